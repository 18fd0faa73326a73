package features

import (
	"strings"
	"unicode"
)

// Unknown gives of each text of a column the share of its words that no view has a term
// for; of a text without words it is 0. It is nil where no term is made
// of that column.
func (f *Features) Unknown(column string, texts []string) []float64 {
	var known func(words []string) []bool
	for _, own := range f.withOwn() {
		for _, e := range own.encoders {
			terms, ok := e.(*terms)
			if !ok || terms.Column != column {
				continue
			}
			before := known
			known = func(words []string) []bool {
				x := terms.vectorizer.Transform(words, 1)
				out := make([]bool, len(words))
				for i := range words {
					lo, hi := x.Span(i)
					out[i] = hi > lo
				}
				if before != nil {
					for i, is := range before(words) {
						out[i] = out[i] || is
					}
				}
				return out
			}
		}
	}
	if known == nil {
		return nil
	}
	places, words := map[string]int{}, []string(nil)
	of := make([][]int, len(texts))
	for i, text := range texts {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			at, seen := places[word]
			if !seen {
				at = len(words)
				places[word], words = at, append(words, word)
			}
			of[i] = append(of[i], at)
		}
	}
	shares := make([]float64, len(texts))
	if len(words) == 0 {
		return shares
	}
	is := known(words)
	for i, places := range of {
		for _, at := range places {
			if !is[at] {
				shares[i] += 1 / float64(len(places))
			}
		}
	}
	return shares
}

// withOwn gives the views, or the features themselves where they have none.
func (f *Features) withOwn() []*Features {
	if f.views == nil {
		return []*Features{f}
	}
	all := make([]*Features, len(f.views))
	for i, v := range f.views {
		all[i] = v.Features
	}
	return all
}
