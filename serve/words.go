package serve

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"labbook/internal/data/table"
	"labbook/models/bundle"
)

// leadingTerms is how many terms of a text may be left out for another answer.
const leadingTerms = 40

// without finds the fewest words that speak for the answer to a text without which it
// would be another one: the strongest first, and then each is put back that is not
// needed. It gives nil where leaving out leadingTerms of them changes nothing. It is of
// classes, and of the first row of t.
func (s *Endpoint) without(t *table.Table, p *bundle.Predictions) (words []string, class int, err error) {
	if p.Classes == nil || !s.hasText() || !s.explains() {
		return nil, 0, nil
	}
	e := s.explain(t, p)
	e.weigh(0, int(p.Values[0]))
	terms := e.leading(leadingTerms)
	s.explainers.Put(e)
	var stems []string
	for _, term := range terms {
		_, after, prefixed := strings.Cut(term, ": ") // where several columns are texts
		if !prefixed {
			after = term
		}
		for _, stem := range strings.Fields(after) {
			if utf8.RuneCountInString(stem) > 2 && !slices.Contains(stems, stem) {
				stems = append(stems, stem)
			}
		}
	}
	stems = stems[:min(len(stems), leadingTerms)]
	label := func(left []string) (int, error) {
		said, err := s.model.bundle.Predict(leaveOut(t, left))
		if err != nil {
			return 0, err
		}
		return int(said.Values[0]), nil
	}
	own := int(p.Values[0])
	for n := range stems {
		if class, err = label(stems[:n+1]); err != nil {
			return nil, 0, err
		}
		if class != own {
			stems = stems[:n+1]
			break
		}
	}
	if len(stems) == 0 || class == own {
		return nil, 0, nil
	}
	for i := len(stems) - 2; i >= 0; i-- {
		fewer := slices.Delete(slices.Clone(stems), i, i+1)
		other, err := label(fewer)
		if err != nil {
			return nil, 0, err
		}
		if other != own {
			stems, class = fewer, other
		}
	}
	return spelled(t, stems), class, nil
}

// leading gives the terms that speak most for what was weighed.
func (e *explainer) leading(n int) []string {
	found := slices.DeleteFunc(slices.Clone(e.found), func(r int32) bool { return !(e.sums[r] > 0) || !e.reasons.Terms[r] })
	slices.SortStableFunc(found, func(a, b int32) int { return cmp.Compare(e.sums[b], e.sums[a]) })
	names := make([]string, 0, n)
	for _, r := range found[:min(n, len(found))] {
		names = append(names, e.reasons.Names[r])
	}
	return names
}

// eachWord calls visit with every word of a text and what stands between them.
func eachWord(text string, visit func(part string, word bool)) {
	inWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for len(text) > 0 {
		first, _ := utf8.DecodeRuneInString(text)
		word := inWord(first)
		end := strings.IndexFunc(text, func(r rune) bool { return inWord(r) != word })
		if end < 0 {
			end = len(text)
		}
		visit(text[:end], word)
		text = text[end:]
	}
}

// of says whether a word is one that a stem stands for.
func of(word string, stems []string) bool {
	word = strings.ToLower(word)
	return slices.ContainsFunc(stems, func(stem string) bool { return strings.HasPrefix(word, stem) })
}

// leaveOut gives the first row of t without the words of stems in its texts.
func leaveOut(t *table.Table, stems []string) *table.Table {
	row := t.Take([]int{0})
	for _, c := range row.Columns {
		if c.Type != table.Text {
			continue
		}
		var b strings.Builder
		eachWord(c.Texts[0], func(part string, word bool) {
			if !word || !of(part, stems) {
				b.WriteString(part)
			}
		})
		c.Texts[0] = b.String()
	}
	return row
}

// spelled gives each stem as a word of the texts has it first.
func spelled(t *table.Table, stems []string) []string {
	words := make([]string, 0, len(stems))
	for _, stem := range stems {
		found := stem
		for _, c := range t.Columns {
			if c.Type != table.Text {
				continue
			}
			done := false
			eachWord(c.Texts[0], func(part string, word bool) {
				if word && !done && of(part, []string{stem}) {
					found, done = part, true
				}
			})
		}
		words = append(words, found)
	}
	return words
}
