package cli

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/models/training"
)

// afford says in the declaration how many candidates are tried, by how many fit
// into a time on this machine. Whoever runs it elsewhere tries as many.
func (s *starter) afford(ctx context.Context, within time.Duration) error {
	if within < 0 {
		return &diag.Error{What: "--budget is no time", Found: within.String(), Wanted: "a duration such as 10m", Hint: "leave it out to try what the quality tries by itself"}
	}
	if within == 0 {
		return nil
	}
	t, split := s.table, partition.Options{By: partition.Hash, Group: s.Split.Group, Gap: s.Split.Gap, Folds: s.Split.Folds, Repeats: s.Split.Repeats}
	if s.Target.Recode {
		t = asLevels(t, s.Target.Name)
	}
	switch {
	case s.Split.Time != "":
		split.By, split.Column = partition.Time, s.Split.Time
	case s.Split.Stratified:
		split.By, split.Column = partition.Stratified, s.Target.Name
	}
	structure, err := split.Structure(t)
	if err != nil {
		return err
	}
	o, f := training.Defaults(), features.Defaults()
	o.Quality, f.Target, f.Drop = s.Quality, s.Target.Name, s.Drop()
	for _, d := range s.Dates {
		if f.Columns == nil {
			f.Columns = map[string]features.Column{}
		}
		f.Columns[d.Column] = features.Column{Dates: d.Trees}
	}
	n, each, err := o.Afford(ctx, within, t, structure, &f, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	s.Candidates = n
	s.CandidatesWhy = fmt.Sprintf("about %s on the machine that wrote this, at about %s each; --budget says otherwise", human.Duration(within), human.Duration(each))
	return nil
}

// asLevels gives the table with a column of numbers as a category.
func asLevels(t *table.Table, name string) *table.Table {
	columns := slices.Clone(asTexts(t, []string{name}).Columns)
	at := slices.IndexFunc(columns, func(c *table.Column) bool { return c.Name == name })
	texts := columns[at].Texts
	levels := slices.Compact(slices.Sorted(slices.Values(texts)))
	c := &table.Column{Field: table.Field{Name: name, Type: table.Category, Levels: levels}, Codes: make([]int32, len(texts))}
	for row, text := range texts {
		code, _ := slices.BinarySearch(levels, text)
		c.Codes[row] = int32(code)
	}
	columns[at] = c
	return table.New(columns...)
}
