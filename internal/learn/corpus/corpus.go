// Package corpus writes labelled documents from a declared vocabulary: a corpus
// to learn from where the real one cannot be shipped.
//
// A Vocabulary names the labels and says what each of them talks about; it is
// data, and this package knows nothing of what it says. What makes the corpus
// hard to classify are the Options: how much of a document is in its label's own
// words, how much in those of its siblings or of any label, how often a part of
// it is altogether about a sibling, how few words it repeats, and how many
// labels are wrong.
//
// The same vocabulary and options give the same bytes. Each document has a
// random source of its own, so documents are written on several cores.
package corpus

import (
	"cmp"
	"maps"
	"math"
	"math/rand/v2"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/base/parallel"
	"labbook/internal/base/params"
)

// Options say how many documents are written and how hard they are to tell
// apart.
type Options struct {
	Documents int                  `yaml:"documents" range:"[1,10000000]" doc:"Documents to write; the labels share them by their weights."`
	Length    []float64            `yaml:"length" unit:"characters" doc:"Shortest and longest document, about; in between by the logarithm."`
	Own       []float64            `yaml:"own" doc:"Least and largest share of a document's words that are its label's own."`
	Lists     map[string][]float64 `yaml:"lists" doc:"The same for single lists, by name."`
	Sibling   float64              `yaml:"sibling" range:"[0,1]" doc:"Share of the others that are of a sibling's; the rest are of any label."`
	Change    float64              `yaml:"change" range:"[0,1]" doc:"Chance that a part of the body is about a sibling instead: careers change."`
	Wander    float64              `yaml:"wander" range:"[0,1]" doc:"Chance that a part of the body has another topic than the document."`
	Pool      []int                `yaml:"pool" doc:"Fewest and most entries of a list that one document uses: people repeat themselves."`
	Noise     float64              `yaml:"noise" range:"[0,1]" doc:"Share of the documents whose label is wrong: mostly a sibling's."`
	Typos     float64              `yaml:"typos" range:"[0,1]" doc:"Share of the longer words that are misspelt, or have lost the space behind them."`
	Seed      uint64               `yaml:"seed" doc:"Seed of everything."`
}

// Defaults are those of a stage that declares nothing.
func Defaults() Options {
	return Options{
		Documents: 1000, Length: []float64{2000, 12000}, Own: []float64{0.1, 0.6}, Sibling: 0.5,
		Change: 0.2, Wander: 0.3, Pool: []int{6, 18}, Noise: 0.03, Seed: 42,
	}
}

// Resolve says what does not fit together.
func (o *Options) Resolve() error {
	switch {
	case len(o.Length) != 2 || o.Length[0] < 1 || o.Length[1] < o.Length[0] || o.Length[1] > 1e7:
		return params.Fault("length", "length is not a range", "two numbers from 1 to 10000000, the second not below the first", "write length: [2000, 12000]")
	case !shares(o.Own):
		return params.Fault("own", "own is not a range of shares", "two numbers from 0 to 1, the second not below the first", "write own: [0.1, 0.6]")
	case slices.ContainsFunc(slices.Collect(maps.Values(o.Lists)), func(r []float64) bool { return !shares(r) }):
		return params.Fault("lists", "a list has no range of shares", "two numbers from 0 to 1, the second not below the first", "write lists: {title: [0.6, 0.9]}")
	case len(o.Pool) != 2 || o.Pool[0] < 1 || o.Pool[1] < o.Pool[0]:
		return params.Fault("pool", "pool is not a range", "two whole numbers from 1, the second not below the first", "write pool: [6, 18]")
	}
	return nil
}

// shares says whether r is a range of shares.
func shares(r []float64) bool { return len(r) == 2 && r[0] >= 0 && r[0] <= r[1] && r[1] <= 1 }

// Document is a text and the label that it was given.
type Document struct {
	Text  string
	Label int // among Vocabulary.Labels
	// Truth is the label that it was written for; another one where the label
	// is wrong.
	Truth int
}

// Write writes the documents, in random order, on at most cores goroutines.
func Write(v *Vocabulary, o Options, cores int) ([]Document, error) {
	c, err := v.compile()
	if err != nil {
		return nil, err
	}
	truth := v.deal(o.Documents)
	shuffle := rand.New(rand.NewPCG(o.Seed, 0))
	shuffle.Shuffle(len(truth), func(i, j int) { truth[i], truth[j] = truth[j], truth[i] })
	docs := make([]Document, o.Documents)
	parallel.Each(cores, len(docs), func(i int) {
		w := &writer{compiled: c, options: &o, rand: rand.New(rand.NewPCG(o.Seed, uint64(i)+1)), label: truth[i]}
		docs[i] = Document{Text: misspell(w.document(), o.Typos, w.rand), Label: w.given(), Truth: truth[i]}
	})
	return docs, nil
}

// deal gives n labels in proportion to the weights, by largest remainders.
func (v *Vocabulary) deal(n int) []int {
	total := 0.0
	for _, l := range v.Labels {
		total += l.Value.Weight
	}
	type share struct {
		label, whole int
		rest         float64
	}
	shares, dealt := make([]share, len(v.Labels)), 0
	for i, l := range v.Labels {
		whole, rest := math.Modf(float64(n) * l.Value.Weight / total)
		shares[i] = share{i, int(whole), rest}
		dealt += int(whole)
	}
	byRest := slices.Clone(shares)
	slices.SortStableFunc(byRest, func(a, b share) int { return cmp.Compare(b.rest, a.rest) })
	for _, s := range byRest[:n-dealt] {
		shares[s.label].whole++
	}
	var labels []int
	for _, s := range shares {
		labels = append(labels, slices.Repeat([]int{s.label}, s.whole)...)
	}
	return labels
}

func fault(what, found, wanted, hint string) error {
	return &diag.Error{What: what, Found: found, Wanted: wanted, Hint: hint}
}
