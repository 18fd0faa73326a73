package stages

import (
	"cmp"
	"slices"

	"labbook/internal/base/artifact"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/runner/stage"
)

// From how many distinct values on a column of texts is one, and no category: as
// where a table is read from a file.
const (
	manyLevels = 1000
	fewLevels  = 10 // need not repeat
)

// knownFields gives what is known of the columns of the tables that a command read,
// by name; of several, the first.
func knownFields(c *stage.Context) (map[string]table.Field, error) {
	known := map[string]table.Field{}
	for _, in := range c.Of(artifact.Table, artifact.Split, artifact.Features) {
		for _, name := range []string{table.File, partition.FileTrain} {
			if _, err := table.BlobOf(in, name); err != nil {
				continue
			}
			t, err := table.OpenFile(in, name)
			if err != nil {
				return nil, err
			}
			for _, f := range t.Fields() {
				if _, before := known[f.Name]; !before {
					known[f.Name] = f
				}
			}
		}
	}
	return known, nil
}

// settle gives the canonical form of a table that another program wrote. Of a column
// that the program was given, it keeps what the file cannot say: unit, documentation,
// bounds, how it is written, and that texts are levels, in their order. Of others,
// texts that repeat are levels, sorted.
func settle(t *table.Table, known map[string]table.Field) *table.Table {
	columns := make([]*table.Column, len(t.Columns))
	for i, c := range t.Columns {
		d := *c
		d.Seen = nil
		f, given := known[c.Name]
		if d.Type == table.Text && (given && f.Type == table.Category || !given && repeats(d.Texts)) {
			d = levelsOf(&d)
		}
		if given && f.Type == d.Type {
			adopt(&d, f)
		}
		declared := given && f.Ordered || d.Ordered
		if d.Type == table.Category && !declared {
			d.Codes, d.Levels = inOrder(&d, slices.Sorted(slices.Values(d.Levels)))
		}
		table.Observe(&d, declared)
		columns[i] = &d
	}
	return table.New(columns...)
}

// adopt takes over what the program could not say of a column.
func adopt(c *table.Column, f table.Field) {
	c.Unit, c.Doc, c.Layout = cmp.Or(c.Unit, f.Unit), cmp.Or(c.Doc, f.Doc), cmp.Or(f.Layout, c.Layout)
	c.Min, c.Max, c.Marks, c.Labels = f.Min, f.Max, f.Marks, f.Labels
	if f.Type == table.Category && f.Ordered && !slices.ContainsFunc(c.Levels, func(l string) bool { return !slices.Contains(f.Levels, l) }) {
		c.Codes, c.Levels = inOrder(c, f.Levels)
		c.Ordered = true
	}
}

// inOrder gives the codes of a category for its levels in another order.
func inOrder(c *table.Column, levels []string) ([]int32, []string) {
	index := make(map[string]int32, len(levels))
	for i, l := range levels {
		index[l] = int32(i)
	}
	codes := make([]int32, len(c.Codes))
	for i, code := range c.Codes {
		if codes[i] = -1; code >= 0 {
			codes[i] = index[c.Levels[code]]
		}
	}
	return codes, levels
}

// repeats says whether texts are few that come again and again.
func repeats(texts []string) bool {
	distinct, present := map[string]bool{}, 0
	for _, text := range texts {
		if text == "" {
			continue
		}
		present++
		if distinct[text] = true; len(distinct) > manyLevels {
			return false
		}
	}
	return present > 0 && (len(distinct) <= fewLevels || 2*len(distinct) <= present)
}

// levelsOf makes a category of texts.
func levelsOf(c *table.Column) table.Column {
	d := table.Column{Field: c.Field}
	d.Type, d.Codes, d.Levels = table.Category, make([]int32, len(c.Texts)), slices.Sorted(slices.Values(c.Texts))
	d.Levels = slices.DeleteFunc(slices.Compact(d.Levels), func(l string) bool { return l == "" })
	index := make(map[string]int32, len(d.Levels))
	for i, l := range d.Levels {
		index[l] = int32(i)
	}
	for i, text := range c.Texts {
		if d.Codes[i] = -1; text != "" {
			d.Codes[i] = index[text]
		}
	}
	return d
}
