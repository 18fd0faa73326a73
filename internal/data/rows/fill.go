package rows

import (
	"fmt"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
)

// fill puts what is usual in training where a row of CSV has no value and no
// training row lacked one: the median of a number or date, the most frequent
// level of a category. A remark says so. A text has no such value.
//
// JSON is held to the schema instead: whoever writes a row by field means what
// is there, whereas a table has gaps.
func (r *Rows) fill(fields []table.Field) error {
	var wrong diag.List
	for j, f := range fields {
		c := r.Table.Columns[j]
		if f.Missing {
			continue
		}
		var gaps []int
		for row := range c.Len() {
			if c.IsMissing(row) {
				gaps = append(gaps, row)
			}
		}
		if gaps == nil {
			continue
		}
		filled, how := usual(c, f, gaps)
		if filled == nil {
			for _, row := range gaps[:min(len(gaps), diag.MaxListed+1)] {
				wrong = append(wrong, &diag.Error{File: r.name, Line: r.csv.line(row), What: f.Name + " has no value",
					Wanted: "a " + string(f.Type), Hint: "fill it in: no row that the model was trained on lacked it"})
			}
			continue
		}
		r.Table.Columns[j] = filled
		r.Remarks = append(r.Remarks, notebook.Finding{Level: "warning", Column: f.Name, Count: len(gaps),
			Text: fmt.Sprintf("%s has no value in %s, first at %s: %s in training, %s, stands in", f.Name, human.Count(len(gaps), "row"), r.Place(gaps[0]), how, filled.String(gaps[0]))})
	}
	return wrong.Err()
}

// usual gives the column with the gaps filled, and how the value was found; nil
// when nothing is known to fill them with.
func usual(c *table.Column, f table.Field, gaps []int) (filled *table.Column, how string) {
	if f.Seen == nil || f.Seen.Count == 0 {
		return nil, ""
	}
	d := *c
	switch {
	case f.Type == table.Category && len(f.Seen.Counts) == len(f.Levels):
		best := 0
		for k, n := range f.Seen.Counts {
			if n > f.Seen.Counts[best] {
				best = k
			}
		}
		code := slices.Index(d.Levels, f.Levels[best])
		if code < 0 {
			code = len(d.Levels)
			d.Levels = append(slices.Clone(d.Levels), f.Levels[best])
		}
		d.Codes = slices.Clone(d.Codes)
		for _, row := range gaps {
			d.Codes[row] = int32(code)
		}
		return &d, "the most frequent level"
	case (f.Type == table.Number || f.Type == table.Date) && len(f.Seen.Quantiles) > 0:
		d.Num = slices.Clone(d.Num)
		for _, row := range gaps {
			d.Num[row] = f.Seen.Quantiles[len(f.Seen.Quantiles)/2]
		}
		return &d, "the median"
	}
	return nil, ""
}
