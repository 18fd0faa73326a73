package matrix

// View is one of several ways to see the same rows: a linear model reads columns
// of 0 and 1 where trees read codes, and both are members of one model.
type View struct {
	Name string
	*Matrix
}

// Join gives the matrix that holds views of the same rows, which are not views
// of others in turn: its columns are theirs, behind each other.
func Join(views []View) *Matrix {
	m := &Matrix{Rows: views[0].Rows, Views: views}
	for _, v := range views {
		m.Cols += v.Cols
		m.Names = append(m.Names, v.Names...)
	}
	return m
}

// View gives the view of that name; Main for "", nil where there is none.
func (m *Matrix) View(name string) *Matrix {
	if name == "" {
		return m.Main()
	}
	for _, v := range m.Views {
		if v.Name == name {
			return v.Matrix
		}
	}
	return nil
}

// Main gives the matrix for whoever knows of no views: the first view that is
// dense, or else the first; m itself where it has none.
func (m *Matrix) Main() *Matrix {
	for _, v := range m.Views {
		if v.Sparse == nil {
			return v.Matrix
		}
	}
	if len(m.Views) > 0 {
		return m.Views[0].Matrix
	}
	return m
}

// Entries is how many values row i holds: one per column, or, where it is sparse,
// per column that is stored; those of its views together.
func (m *Matrix) Entries(i int) int {
	n := 0
	for _, v := range m.Views {
		n += v.Entries(i)
	}
	switch {
	case m.Views != nil:
		return n
	case m.Sparse != nil:
		lo, hi := m.Sparse.Span(i)
		return hi - lo
	}
	return m.Cols
}

// Entry gives the column of a value of row i, by its place among the Entries.
func (m *Matrix) Entry(i, place int) int {
	first := 0
	for _, v := range m.Views {
		n := v.Entries(i)
		if place < n {
			return first + v.Entry(i, place)
		}
		place, first = place-n, first+v.Cols
	}
	if m.Sparse == nil {
		return place
	}
	columns, _ := m.SparseRow(i)
	return int(columns[place])
}

// Value gives a value of row i, by its place among the Entries.
func (m *Matrix) Value(i, place int) float64 {
	for _, v := range m.Views {
		n := v.Entries(i)
		if place < n {
			return v.Value(i, place)
		}
		place -= n
	}
	if m.Sparse == nil {
		return m.Dense[i*m.Cols+place]
	}
	_, values := m.SparseRow(i)
	return values[place]
}

// take is Take of a matrix of views.
func (m *Matrix) take(rows []int) *Matrix {
	out := &Matrix{Rows: len(rows), Cols: m.Cols, Names: m.Names, Views: make([]View, len(m.Views))}
	for k, v := range m.Views {
		out.Views[k] = View{v.Name, v.Take(rows)}
	}
	return out
}
