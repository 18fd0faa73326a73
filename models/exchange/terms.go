package exchange

import (
	"fmt"
	"math"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/learn/features"
	"labbook/internal/learn/text"
	"labbook/models/exchange/onnx"
)

// locale is the one in which letters become small: that of the C library that
// knows Unicode and needs no language installed.
const locale = "C.UTF-8"

// terms gives a column for each term of a text: onnxruntime finds the words, all
// operators count them, and the weights are those of package text.
func (t *translation) terms(p *features.TermsPart, b *block) (onnx.Value, error) {
	v := p.Vectorizer
	o := v.Options()
	shortest, err := wordsOf(p.Column, &o)
	if err != nil {
		return "", err
	}
	g := t.g
	words := t.flat(t.columns[p.Column])
	if o.Lowercase {
		words = g.OpIn("", "StringNormalizer", []onnx.Attr{onnx.Str("case_change_action", "LOWER"),
			onnx.Int("is_case_sensitive", 1), onnx.Str("locale", locale)}, words)
	}
	words = g.OpIn(onnx.Microsoft, "Tokenizer", []onnx.Attr{onnx.Int("mark", 0), onnx.Int("mincharnum", 1),
		onnx.Str("pad_value", ""), onnx.Str("tokenexp", fmt.Sprintf(`[\pL\pN_]{%d,}`, shortest))}, words)
	counts := g.OpIn("", "TfIdfVectorizer", vocabulary(v, &o), words)
	b.counts = append(b.counts, counts)
	return t.weigh(v, g.Cast(counts)), nil
}

// wordsOf gives the letters of the shortest word, or says what of the options has
// no form in ONNX.
func wordsOf(column string, o *text.Options) (shortest int, err error) {
	refuse := func(what, found, wanted, hint string) (int, error) {
		return 0, &diag.Error{What: fmt.Sprintf("%s of the text %q have no form in ONNX", what, column), Found: found, Wanted: wanted, Hint: hint}
	}
	shortest = o.ShortestWord()
	switch {
	case o.Analyzer != "word":
		return refuse("the characters", "analyzer: "+o.Analyzer, "analyzer: word", "train with words, and export that version")
	case o.Stem != "":
		return refuse("the stems", "stem: "+o.Stem, "no stem", "train without stem, with ngram_range or min_df instead, and export that version")
	case o.Hash > 0:
		return refuse("the hashed terms", fmt.Sprintf("hash: %d", o.Hash), "a vocabulary", "train with max_features instead of hash, and export that version")
	case shortest == 0:
		return refuse("the words", "token_pattern: "+o.Pattern, `\b\w\w+\b or \b\w+\b`, "train with one of these patterns, and export that version")
	case o.Stop != "" && o.NGrams[1] > 1:
		return refuse("runs of words past stop words", "stop_words: "+o.Stop, "ngram_range: [1, 1], or no stop words", "train with one of these, and export that version")
	}
	return shortest, nil
}

// vocabulary gives the terms in the form of the operator TfIdfVectorizer: by their
// number of words, with their columns.
func vocabulary(v *text.Vectorizer, o *text.Options) []onnx.Attr {
	names := v.Names()
	byLength := make([][]int64, o.NGrams[1]+1)
	for column, name := range names {
		n := strings.Count(name, " ") + 1
		byLength[n] = append(byLength[n], int64(column))
	}
	var pool []string
	var starts, columns []int64
	for n := 1; n <= o.NGrams[1]; n++ {
		starts = append(starts, int64(len(pool)))
		for _, column := range byLength[n] {
			pool = append(pool, strings.Split(names[column], " ")...)
			columns = append(columns, column)
		}
	}
	return []onnx.Attr{onnx.Int("max_gram_length", int64(o.NGrams[1])), onnx.Int("max_skip_count", 0),
		onnx.Int("min_gram_length", int64(o.NGrams[0])), onnx.Str("mode", "TF"), onnx.IntList("ngram_counts", starts),
		onnx.IntList("ngram_indexes", columns), onnx.StrList("pool_strings", pool)}
}

// weigh turns counts into weights.
func (t *translation) weigh(v *text.Vectorizer, x onnx.Value) onnx.Value {
	g, o := t.g, v.Options()
	switch o.Weight {
	case "count":
		return x
	case "binary":
		return g.Cast(g.Op("Greater", x, g.Number(0)))
	}
	if o.SublinearTF { // of 1/e instead of 0 that is 0, with fewer passes over all terms
		x = g.Op("Add", g.Op("Log", g.Op("Max", x, g.Number(1/math.E))), g.Number(1))
	}
	if o.UseIDF {
		idf := make([]float64, v.Cols())
		for column := range idf {
			idf[column] = v.IDF(column)
		}
		x = g.Op("Mul", x, g.Const(onnx.Doubles(idf, 1, len(idf))))
	}
	norms := map[string]string{"l2": "ReduceL2", "l1": "ReduceL1"}
	if norm := norms[o.Norm]; norm != "" {
		length := g.Reduce(norm, x)
		x = g.Op("Div", x, g.Op("Where", g.Op("Equal", length, g.Number(0)), g.Number(1), length))
	}
	return x
}
