package ensemble

import (
	"slices"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// reads gives the name of the view that a member reads of x: the main one where it
// names none, and "", all of them, of an ensemble that names none.
func (e *ensemble) reads(x *matrix.Matrix, m Member) string {
	if x.Views == nil || m.View != "" || e.lookup(m.Model).Views != nil {
		return m.View
	}
	at := slices.IndexFunc(x.Views, func(v matrix.View) bool { return v.Matrix == x.Main() })
	return x.Views[at].Name
}

// sees gives a view of x, all of it for "".
func sees(x *matrix.Matrix, view string) *matrix.Matrix {
	if view == "" {
		return x
	}
	return x.View(view)
}

// seen gives data as member m reads it; it shares memory with data.
func (f *fit) seen(m int, data *estimator.Data) *estimator.Data {
	own := *data
	own.X = sees(data.X, f.reads(data.X, f.params.Of[m]))
	if data.Valid != nil {
		own.Valid = f.seen(m, data.Valid)
	}
	return &own
}

// views gives the views that the members name, and theirs.
func (e *ensemble) views(of []Member) []string {
	var all []string
	for _, m := range of {
		if spec := e.lookup(m.Model); spec.Views != nil && m.View == "" {
			all = append(all, spec.Views(m.Params.Value())...)
		} else {
			all = append(all, m.View)
		}
	}
	return all
}

// shape is the columns of the matrix that a model was fitted to, and, where it has
// views, how many each of them has.
type shape struct {
	columns int
	views   []width
}

type width struct {
	view    string
	columns int
}

func shapeOf(x *matrix.Matrix) shape {
	s := shape{columns: x.Cols}
	for _, v := range x.Views {
		s.views = append(s.views, width{v.Name, v.Cols})
	}
	return s
}

// place gives where the columns of a view begin, of "" of all, and how many they
// are; ok is false where there is no such view.
func (s *shape) place(view string) (first, columns int, ok bool) {
	if view == "" {
		return 0, s.columns, true
	}
	for _, v := range s.views {
		if v.view == view {
			return first, v.columns, true
		}
		first += v.columns
	}
	return 0, 0, false
}

// Views gives the names of the views that the model was fitted to, and how many
// columns each has; nil where it reads one matrix.
func (m *model) Views() (names []string, columns []int) {
	for _, v := range m.views {
		names, columns = append(names, v.view), append(columns, v.columns)
	}
	return names, columns
}
