// Package text turns documents into sparse matrices of term counts or TF-IDF
// weights, with the options and the meaning of scikit-learn's
// CountVectorizer, TfidfVectorizer and HashingVectorizer (version 1.2): on the
// same text and options the terms, their order and their weights are the same.
//
// A document goes through a scanner (tokens.go, chars.go), which gives words
// or characters; a trie (trie.go) numbers the terms; fit.go chooses which of
// them become columns; weight.go turns counts into weights.
package text

import (
	"labbook/internal/base/diag"
)

// Options say what a term is and what it weighs.
type Options struct {
	Analyzer  string `yaml:"analyzer" json:"analyzer" enum:"word|char|char_wb" doc:"What terms are made of: words, characters, or characters within word boundaries."`
	Pattern   string `yaml:"token_pattern" json:"token_pattern" doc:"What a word is, a regular expression; by default two or more letters, digits or underscores."`
	Lowercase bool   `yaml:"lowercase" json:"lowercase" doc:"Fold case first."`
	NGrams    []int  `yaml:"ngram_range" json:"ngram_range" doc:"The shortest and longest run of words (or characters) that is a term."`
	Stop      string `yaml:"stop_words" json:"stop_words" enum:"|english" doc:"Words to leave out: none, or the common English ones."`
	Stem      string `yaml:"stem" json:"stem" enum:"|english" doc:"Reduce words to their stems (Porter 2): none, or English."`

	MinDF       float64 `yaml:"min_df" json:"min_df" range:"[0,)" doc:"Leave out terms in fewer documents: a share below 1, a number of documents from 1."`
	MaxDF       float64 `yaml:"max_df" json:"max_df" range:"(0,)" doc:"Leave out terms in more documents: a share up to 1, a number of documents above 1."`
	MaxFeatures int     `yaml:"max_features" json:"max_features" range:"[0,)" doc:"Keep only this many of the most frequent terms; 0 keeps all."`
	Hash        int     `yaml:"hash" json:"hash" range:"[0,)" doc:"Place terms among this many columns by a hash instead of keeping a vocabulary; 0 keeps one."`

	Weight      string `yaml:"weight" json:"weight" enum:"tfidf|count|binary" doc:"What a term weighs: TF-IDF, its count, or 1."`
	SublinearTF bool   `yaml:"sublinear_tf" json:"sublinear_tf" doc:"Count 1 + log(count) instead of the count (TF-IDF)."`
	UseIDF      bool   `yaml:"use_idf" json:"use_idf" doc:"Weigh rare terms more (TF-IDF)."`
	SmoothIDF   bool   `yaml:"smooth_idf" json:"smooth_idf" doc:"Count one more document that has every term (TF-IDF)."`
	Norm        string `yaml:"norm" json:"norm" enum:"l2|l1|none" doc:"Scale every document to length 1 in this norm (TF-IDF)."`
}

// Default gives the defaults of scikit-learn's TfidfVectorizer.
func Default() Options {
	return Options{
		Analyzer: "word", Pattern: DefaultPattern, Lowercase: true, NGrams: []int{1, 1},
		MinDF: 1, MaxDF: 1, Weight: "tfidf", UseIDF: true, SmoothIDF: true, Norm: "l2",
	}
}

// SetDefaults makes the options those of Default.
func (o *Options) SetDefaults() { *o = Default() }

// Resolve is Validate, where options are the parameters of a stage.
func (o *Options) Resolve() error { return o.Validate() }

// Validate says what does not fit together.
func (o *Options) Validate() error {
	if len(o.NGrams) != 2 || o.NGrams[0] < 1 || o.NGrams[1] < o.NGrams[0] || o.NGrams[1] > 255 {
		return diag.New("ngram_range must be two whole numbers, the first from 1, the second not below it, at most 255", "write ngram_range: [1, 2] for words and pairs of words")
	}
	if o.Analyzer != "word" && (o.Stop != "" || o.Stem != "") {
		return diag.New("stop_words and stem are for analyzer: word", "remove them, or set analyzer: word")
	}
	if o.Hash > 0 && (o.MaxFeatures > 0 || o.MinDF > 1 || o.Weight == "tfidf" && o.UseIDF) {
		return diag.New("hash keeps no vocabulary, so max_features, min_df and use_idf have nothing to work on", "set weight: count, or use_idf: false")
	}
	if _, err := newTokenizer(o.Pattern, o.Lowercase); err != nil {
		return diag.New("token_pattern is not a regular expression: "+err.Error(), "the syntax is RE2's: https://github.com/google/re2/wiki/Syntax")
	}
	return nil
}

// documents gives a df bound in documents, of n.
func documents(bound float64, n int, share bool) float64 {
	if share {
		return bound * float64(n)
	}
	return bound
}

// ShortestWord gives how many letters the shortest word has, where words are
// whole runs of letters, digits and underscores; 0 where the pattern says
// otherwise.
func (o *Options) ShortestWord() int {
	t, err := newTokenizer(o.Pattern, o.Lowercase)
	if err != nil || t.pattern != nil {
		return 0
	}
	return t.shortest
}
