package features

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/data/matrix"
)

// Description says what becomes of a column.
type Description struct {
	View   string // "" where there are none
	Source string
	How    string // "0/1 columns but for Fair", "log, median for missing, standardised"
	Names  []string
}

// Describe says what becomes of each column, in the matrix's order.
func (f *Features) Describe() []Description {
	var views []Description
	for _, v := range f.views {
		for _, d := range v.Describe() {
			d.View = v.name
			views = append(views, d)
		}
	}
	if views != nil {
		return views
	}
	expressions := map[string]string{}
	for _, s := range f.statistics {
		expressions[s.Field.Name] = s.Said.words()
	}
	for _, d := range f.derived {
		expressions[d.Field.Name] = d.Expr
	}
	var out []Description
	for _, e := range f.encoders {
		source := e.source()
		if expr, ok := expressions[source]; ok && expr != source {
			source += " = " + expr
		}
		out = append(out, Description{"", source, e.describe(), e.names()})
	}
	return out
}

// Origins gives, for each column of the matrix, the columns of the table that it
// is made of, in the order of Inputs: what a reason is told in.
func (f *Features) Origins() [][]string {
	if f.views != nil {
		var all [][]string
		for _, v := range f.views {
			all = append(all, v.Origins()...)
		}
		return all
	}
	of := map[string][]string{}
	for _, s := range f.statistics {
		of[s.Field.Name] = f.ordered(s.reads())
	}
	for _, d := range f.derived {
		var from []string
		for _, name := range d.compiled.Columns() {
			if deeper, ok := of[name]; ok {
				from = append(from, deeper...)
			} else {
				from = append(from, name)
			}
		}
		of[d.Field.Name] = f.ordered(from)
	}
	origins := make([][]string, 0, len(f.names))
	for _, v := range f.views {
		origins = append(origins, v.Origins()...)
	}
	for _, e := range f.encoders {
		from, ok := of[e.source()]
		if !ok {
			from = []string{e.source()}
		}
		for range e.names() {
			origins = append(origins, from)
		}
	}
	return origins
}

// Gather adds up what columns of a matrix that Transform made say of row i, where
// they are told as one: all of a number's curve by the number's own column, which
// has its name. values are those of Matrix.Entries.
func (f *Features) Gather(values []float64, x *matrix.Matrix, i int) {
	if f.leads == nil {
		return
	}
	lead, at := -1, 0
	for k := range values {
		column := x.Entry(i, k)
		switch f.leads[column] {
		case column:
			lead, at = column, k
		case lead:
			values[at], values[k] = values[at]+values[k], 0
		}
	}
}

// leading gives for each column the one that it is told by; nil where each is told
// by itself.
func (f *Features) leading() []int {
	leads, any := make([]int, 0, len(f.names)), false
	for _, v := range f.views {
		first := len(leads)
		for j := range v.names {
			lead := j
			if v.leads != nil {
				lead, any = v.leads[j], true
			}
			leads = append(leads, first+lead)
		}
	}
	for i, e := range f.encoders {
		_, together := e.(*curve)
		for j := range e.names() {
			if together {
				any, j = true, 0
			}
			leads = append(leads, f.starts[i]+j)
		}
	}
	if !any {
		return nil
	}
	return leads
}

// ordered gives the inputs that are named, once each and in their order.
func (f *Features) ordered(names []string) []string {
	var out []string
	for i := range f.Inputs {
		if slices.Contains(names, f.Inputs[i].Name) {
			out = append(out, f.Inputs[i].Name)
		}
	}
	return out
}

func (e *number) describe() string {
	var parts []string
	if e.Log {
		parts = append(parts, "logarithm")
	}
	if e.Impute != nil {
		parts = append(parts, fmt.Sprintf("%.4g for missing", *e.Impute))
	}
	if e.Scale != 0 {
		parts = append(parts, fmt.Sprintf("standardised (mean %.4g, deviation %.4g)", e.Mean, e.Scale))
	}
	if parts == nil {
		return "as it is"
	}
	return strings.Join(parts, ", ")
}

func (e *onehot) describe() string {
	if e.DropFirst && len(e.Levels) > 0 {
		return "0/1 columns; " + e.Levels[0] + " is none of them"
	}
	return "0/1 columns"
}

func (e *ordinal) describe() string {
	if e.Native {
		return fmt.Sprintf("a code of %d levels without order", len(e.Levels))
	}
	if len(e.Levels) == 0 {
		return "its place"
	}
	return fmt.Sprintf("its place from 0, %s, to %d, %s", e.Levels[0], len(e.Levels)-1, e.Levels[len(e.Levels)-1])
}

func (e *date) describe() string {
	parts := "its " + strings.Join(e.Parts, ", ")
	if e.Scales != nil {
		parts += ", standardised"
	}
	return parts
}
