package stages

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/neardup"
	"labbook/internal/learn/partition"
)

// nearlyAlike is the share of runs of words in common from which texts are
// near-duplicates; longText the length, in characters, of the average text from
// which a column is looked through for them.
const (
	nearlyAlike = 0.8
	longText    = 100
)

// longTexts gives the columns of texts that are long enough to have
// near-duplicates, and the one of that name in any case; "" is none.
func longTexts(t *table.Table, name string) ([]*table.Column, error) {
	if c := t.Column(name); name != "" && (c == nil || c.Type != table.Text) {
		if c == nil {
			return nil, params.NoColumn("alike", name, t.Names())
		}
		return nil, params.FaultOf("alike", &diag.Error{What: fmt.Sprintf("alike: %s is no column of texts", name), Found: "a " + string(c.Type),
			Hint: "name a column of texts, or declare its type at load"})
	}
	var texts []*table.Column
	for _, c := range t.Columns {
		if c.Type != table.Text {
			continue
		}
		total := 0
		for _, s := range c.Texts {
			total += utf8.RuneCountInString(s)
		}
		if c.Name == name || total >= longText*len(c.Texts) {
			texts = append(texts, c)
		}
	}
	return texts, nil
}

// torn counts the test rows that nearly repeat a training row, or are repeated
// by one.
func torn(pairs []neardup.Pair, parts *partition.Parts) int {
	inTest := func(row int) bool { _, found := slices.BinarySearch(parts.Test, row); return found }
	var rows []int
	for _, p := range pairs {
		switch first, second := inTest(p.First), inTest(p.Second); {
		case first && !second:
			rows = append(rows, p.First)
		case second && !first:
			rows = append(rows, p.Second)
		}
	}
	slices.Sort(rows)
	return len(slices.Compact(rows))
}
