// Package explore describes a table for the notebook: what each column holds,
// how columns go together, what is odd, and what to do about it, in words.
//
// Describe measures (Facts), and Findings judges what was measured. Save and Open
// are how Facts are kept; package explored shows them. Nothing is assumed of the
// table: it may have no rows, no columns, or nothing but missing values.
package explore

import (
	"context"
	"errors"

	"labbook/internal/base/parallel"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
)

// Options are the parameters of the explore kind.
type Options struct {
	Target     string         `yaml:"target" json:"target,omitempty" names:"column" doc:"The column to be predicted: everything else is shown against it."`
	Group      params.Strings `yaml:"group" json:"group,omitempty" names:"column" doc:"Categories by which the target is shown. Empty takes those that tell most about it."`
	MaxColumns int            `yaml:"max_columns" json:"max_columns" doc:"Columns that get a figure of their own, the most telling first; tables show all." range:"[1,200]"`
	Sample     int            `yaml:"sample" json:"sample" doc:"Rows on which associations and figures rest at most, evenly spread over the table; statistics use all." range:"[1000,100000000]" unit:"rows"`
}

// Defaults are the options of a pipeline that gives none.
func Defaults() Options { return Options{MaxColumns: 24, Sample: 200_000} }

// CheckColumns says which options name a column that is none of these, as
// errors of package params.
func (o *Options) CheckColumns(columns []string) error {
	return errors.Join(params.NoColumn("target", o.Target, columns), params.NoColumns("group", o.Group, columns))
}

// Facts is what was measured of a table.
type Facts struct {
	Table      *table.Table // the whole
	Sample     *table.Table // the rows on which Links and figures rest
	Target     *Profile     // nil when none is declared
	Profiles   []*Profile   // of every column, in the table's order
	Links      [][]float64  // association of columns i and j (see Associate), NaN where not defined
	Confounded []Confounding
	Duplicates Duplicates
	Readings   []*Reading // of columns of texts, in the table's order; rows count within their sample
	Options    Options
}

// Describe measures a table. A target or group that the table lacks is an
// error of package params. classify finds labels that look wrong; nil leaves that out.
func Describe(ctx context.Context, t *table.Table, o Options, classify Classify, cores int) (*Facts, error) {
	if err := o.CheckColumns(t.Names()); err != nil {
		return nil, err
	}
	f := &Facts{Table: t, Sample: spread(t, o.Sample), Options: o}
	f.Profiles = make([]*Profile, len(t.Columns))
	if err := parallel.Until(ctx, cores, len(t.Columns), func(i int) { f.Profiles[i] = NewProfile(t.Columns[i]) }); err != nil {
		return nil, err
	}
	f.aim()
	var err error
	if f.Links, err = Associate(ctx, f.Sample, cores); err != nil {
		return nil, err
	}
	if f.Confounded, err = f.confounded(ctx, cores); err != nil {
		return nil, err
	}
	f.Duplicates = FindDuplicates(t, cores)
	return f, f.read(ctx, classify, cores)
}

// aim finds the target among the profiles.
func (f *Facts) aim() {
	if i := f.Index(f.Options.Target); i >= 0 && f.Options.Target != "" {
		f.Target = f.Profiles[i]
	}
}

// spread gives at most n rows, evenly over the table: a sample that needs no
// seed and keeps the order.
func spread(t *table.Table, n int) *table.Table {
	if n <= 0 || t.Rows() <= n {
		return t
	}
	rows := make([]int, n)
	for i := range rows {
		rows[i] = int(int64(i) * int64(t.Rows()) / int64(n))
	}
	return t.Take(rows)
}

// Index gives the place of a column, -1 where there is none.
func (f *Facts) Index(name string) int {
	for i, p := range f.Profiles {
		if p.Name == name {
			return i
		}
	}
	return -1
}

// Link gives the association of two columns by name.
func (f *Facts) Link(a, b string) float64 { return f.Links[f.Index(a)][f.Index(b)] }
