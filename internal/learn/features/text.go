package features

import (
	"fmt"
	"strconv"

	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/text"
)

// terms gives a text a column per term: counts or weights (see package text).
// A missing text has none.
//
// Its vocabulary may be hundreds of thousands of terms, so it is kept in a file
// of its own and not in the JSON form (see Save).
type terms struct {
	Column string `json:"column"`
	// Prefix says that the names begin with the column's, because another text
	// may have the same terms.
	Prefix bool `json:"prefix,omitempty"`

	vectorizer *text.Vectorizer
}

// fitTerms fits the encoder. It gives nil when no term stands in two texts, for
// then the column names the rows, and there is nothing to learn from it.
func fitTerms(c *table.Column, o text.Options, cores int) (*terms, *matrix.CSR, error) {
	v, x, err := text.Fit(c.Texts, o, cores)
	if err != nil {
		return nil, nil, fmt.Errorf("column %s: %w", c.Name, err)
	}
	if o.Hash == 0 && len(x.Indices) == v.Cols() {
		return nil, nil, nil
	}
	return &terms{Column: c.Name, vectorizer: v}, x, nil
}

func (e *terms) kind() string      { return "terms" }
func (e *terms) source() string    { return e.Column }
func (e *terms) reads() table.Type { return table.Text }

func (e *terms) names() []string {
	names := e.vectorizer.Names()
	if e.Prefix {
		for i, name := range names {
			names[i] = e.Column + ": " + name
		}
	}
	return names
}

func (e *terms) describe() string {
	o := e.vectorizer.Options()
	weight := map[string]string{"tfidf": "TF-IDF weights", "count": "counts", "binary": "0/1"}[o.Weight]
	unit := "words"
	if o.Analyzer != "word" {
		unit = "characters"
	}
	length := "single " + unit
	if low, high := o.NGrams[0], o.NGrams[1]; high > 1 {
		length = "runs of " + strconv.Itoa(low) + " to " + strconv.Itoa(high) + " " + unit
	}
	return weight + " of " + length
}

// valid trusts the vocabulary, which Load decodes.
func (e *terms) valid() error { return nil }

func (e *terms) encode(c *table.Column, cores int) (*matrix.CSR, error) {
	return e.vectorizer.Transform(c.Texts, cores), nil
}

// fitText fits the column's encoder, or notes why there is none.
func (f *Features) fitText(c *table.Column, with *fitting) (encoder, error) {
	own := with.options.Text
	if special := with.options.Columns[c.Name].Text; special != nil {
		own = *special
	}
	e, x, err := fitTerms(c, own, with.cores)
	if err != nil {
		return nil, err
	}
	if e == nil {
		f.note(checks.NothingToLearn, c.Name, "%s has no term that stands in two texts: it names the rows, and is left out", c.Name)
		return nil, nil
	}
	with.ready.sparse[e] = x
	return e, nil
}

// prefix makes the names of terms unlike where several columns are texts.
func (f *Features) prefix() {
	var texts []*terms
	for _, e := range f.encoders {
		if t, ok := e.(*terms); ok {
			texts = append(texts, t)
		}
	}
	for _, t := range texts {
		t.Prefix = len(texts) > 1
	}
}
