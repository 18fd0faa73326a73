package offer

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
)

// Index finds the rows of a table that are equal in some categories and
// nearest in a number. It is immutable.
//
// The rows are sorted by those categories, then by the number, so that a group
// is a run of rows, and the nearest in it are neighbours: finding them takes
// time in the logarithm of the table.
type Index struct {
	Table   *table.Table
	match   []*table.Column
	nearest *table.Column
}

// Sort gives the table that an Index needs: the rows of t that lack none of the
// columns, sorted. Rows equal in all of them stay in t's order.
func Sort(t *table.Table, s *Similar) (*table.Table, error) {
	match, nearest, err := s.columns(t)
	if err != nil {
		return nil, err
	}
	var rows []int
	for i := range t.Rows() {
		if !nearest.IsMissing(i) && !slices.ContainsFunc(match, func(c *table.Column) bool { return c.IsMissing(i) }) {
			rows = append(rows, i)
		}
	}
	slices.SortStableFunc(rows, func(a, b int) int {
		for _, c := range match {
			if d := cmp.Compare(c.Codes[a], c.Codes[b]); d != 0 {
				return d
			}
		}
		return cmp.Compare(nearest.Num[a], nearest.Num[b])
	})
	if len(s.Columns) > 0 {
		t = t.Select(s.shown()...)
	}
	return t.Take(rows), nil
}

// NewIndex makes the index of a table that Sort gave.
func NewIndex(t *table.Table, s *Similar) (*Index, error) {
	match, nearest, err := s.columns(t)
	if err != nil {
		return nil, err
	}
	return &Index{t, match, nearest}, nil
}

// Find gives at most n rows with these codes in the columns of Match, in
// order, that are nearest to value: the nearest first; of two equally near the
// one with the smaller value first, and of equal values in the order of the
// data. group is how many rows have these codes.
func (x *Index) Find(codes []int32, value float64, n int) (rows []int, group int) {
	size := x.Table.Rows()
	from := sort.Search(size, func(i int) bool { return x.compare(i, codes) >= 0 })
	to := from + sort.Search(size-from, func(i int) bool { return x.compare(from+i, codes) > 0 })
	values := x.nearest.Num
	right := from + sort.Search(to-from, func(i int) bool { return values[from+i] >= value })
	left := right // the next on the left is the run of equal values before it
	for len(rows) < n && (left > from || right < to) {
		if right < to && (left == from || values[right]-value < value-values[left-1]) {
			rows = append(rows, right)
			right++
			continue
		}
		first := from + sort.Search(left-from, func(i int) bool { return values[from+i] >= values[left-1] })
		for i := first; i < left && len(rows) < n; i++ {
			rows = append(rows, i)
		}
		left = first
	}
	return rows, to - from
}

// Distance gives how far row is from value. Of two decimals it is the decimal
// that people get: 0.73 is 0.03 from 0.7, not 0.030000000000000027.
func (x *Index) Distance(row int, value float64) float64 {
	here := x.nearest.Num[row]
	distance := math.Abs(here - value)
	places := max(decimals(here), decimals(value))
	if places > 15 {
		return distance
	}
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(distance, 'f', places, 64), 64)
	return rounded
}

// decimals gives how many decimals the shortest form of a number has.
func decimals(v float64) int {
	_, after, _ := strings.Cut(strconv.FormatFloat(v, 'f', -1, 64), ".")
	return len(after)
}

func (x *Index) compare(row int, codes []int32) int {
	for k, c := range x.match {
		if d := cmp.Compare(c.Codes[row], codes[k]); d != 0 {
			return d
		}
	}
	return 0
}

// columns gives the columns that likeness is about.
func (s *Similar) columns(t *table.Table) (match []*table.Column, nearest *table.Column, err error) {
	if err := s.CheckColumns(t.Names()); err != nil {
		return nil, nil, err
	}
	find := func(option, name string, types ...table.Type) *table.Column {
		c := t.Column(name)
		if err == nil && !slices.Contains(types, c.Type) {
			err = params.FaultOf("similar."+option, &diag.Error{What: fmt.Sprintf("similar.%s cannot be the column %q", option, name), Found: "a " + string(c.Type),
				Wanted: fmt.Sprintf("a %v", types[0]), Hint: "choose another column, or declare its type at load"})
		}
		return c
	}
	for _, name := range s.Match {
		match = append(match, find("match", name, table.Category))
	}
	nearest = find("nearest", s.Nearest, table.Number, table.Date)
	return match, nearest, err
}

// CheckColumns says which columns are named that are none of these, as errors
// of package params, in the parameters of the kind serve.
func (s *Similar) CheckColumns(columns []string) error {
	return errors.Join(params.NoColumns("similar.match", s.Match, columns),
		params.NoColumn("similar.nearest", s.Nearest, columns), params.NoColumns("similar.columns", s.Columns, columns))
}

// shown gives the columns that the index keeps: those asked for, and those that
// likeness is about.
func (s *Similar) shown() []string {
	names := slices.Clone(s.Columns)
	for _, name := range append(slices.Clone(s.Match), s.Nearest) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
