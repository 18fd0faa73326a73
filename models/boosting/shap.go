package boosting

// Contributions writes exact path-dependent SHAP values: Lundberg, Erion and
// Lee, "Consistent Individualized Feature Attribution for Tree Ensembles"
// (2018), algorithm 2. See estimator.Contributions; with two classes, the
// second's are those of its log-odds, and the first's their opposite.
func (m *Model) Contributions(dst []float64, row []float64) {
	width := m.columns + 1
	groups := len(m.base)
	clear(dst)
	out := dst
	if groups < m.Outputs() {
		out = dst[width:]
	}
	for g, b := range m.base {
		out[g*width+m.columns] = b
	}
	for k, t := range m.grown() {
		phi := out[k%groups*width:][:width]
		s := shap{tree: t, row: row, phi: phi}
		phi[m.columns] += t.expected(0)
		s.walk(0, nil, 1, 1, -1)
	}
	if groups < m.Outputs() {
		for i, v := range out {
			dst[i] = -v
		}
	}
}

// expected gives the mean of the leaves below a node, weighted by cover.
func (t *Tree) expected(at int32) float64 {
	n := &t.Nodes[at]
	if n.Right == 0 {
		return float64(n.Value)
	}
	left, right := t.shares(n, at)
	return left*t.expected(at+1) + right*t.expected(n.Right)
}

// shares gives the shares of a split's rows that go left and right.
func (t *Tree) shares(n *Node, at int32) (left, right float64) {
	l, r := float64(t.Nodes[at+1].Cover), float64(t.Nodes[n.Right].Cover)
	if l+r <= 0 {
		return 0.5, 0.5
	}
	return l / (l + r), r / (l + r)
}

// shap takes one tree apart for one row.
type shap struct {
	tree *Tree
	row  []float64
	phi  []float64
}

// element is a column on the path: the share of rows that come through when
// the column is unknown (zero) and known (one, 0 or 1), and the weight of the
// sets of known columns of each size.
type element struct {
	column    int32
	zero, one float64
	weight    float64
}

// walk follows all paths below a node. path holds the columns above it.
func (s *shap) walk(at int32, path []element, zero, one float64, column int32) {
	path = extend(path, zero, one, column)
	n := &s.tree.Nodes[at]
	if n.Right == 0 {
		for i := 1; i < len(path); i++ {
			e := &path[i]
			s.phi[e.column] += unwound(path, i) * (e.one - e.zero) * float64(n.Value)
		}
		return
	}
	left, right := s.tree.shares(n, at)
	hot, cold := at+1, n.Right
	if !s.tree.goesLeft(n, s.row[n.Column]) {
		hot, cold = cold, hot
		left, right = right, left
	}
	zero, one = 1, 1
	for i := 1; i < len(path); i++ {
		if path[i].column == n.Column {
			zero, one = path[i].zero, path[i].one
			path = unwind(path, i)
			break
		}
	}
	s.walk(hot, path, left*zero, one, n.Column)
	s.walk(cold, path, right*zero, 0, n.Column)
}

// extend gives the path with one more column.
func extend(path []element, zero, one float64, column int32) []element {
	out := make([]element, len(path)+1)
	copy(out, path)
	n := len(path)
	out[n] = element{column: column, zero: zero, one: one}
	if n == 0 {
		out[n].weight = 1
	}
	for i := n - 1; i >= 0; i-- {
		out[i+1].weight += one * out[i].weight * float64(i+1) / float64(n+1)
		out[i].weight *= zero * float64(n-i) / float64(n+1)
	}
	return out
}

// unwind gives the path as if its i-th column had never been on it.
func unwind(path []element, i int) []element {
	n := len(path) - 1
	e := path[i]
	out := make([]element, n)
	copy(out, path)
	next := path[n].weight
	for j := n - 1; j >= 0; j-- {
		if e.one != 0 {
			w := out[j].weight
			out[j].weight = next * float64(n+1) / (float64(j+1) * e.one)
			next = w - out[j].weight*e.zero*float64(n-j)/float64(n+1)
		} else {
			out[j].weight *= float64(n+1) / (e.zero * float64(n-j))
		}
	}
	for j := i; j < n; j++ {
		out[j].column, out[j].zero, out[j].one = path[j+1].column, path[j+1].zero, path[j+1].one
	}
	return out
}

// unwound gives the sum of the weights of unwind's result.
func unwound(path []element, i int) float64 {
	n := len(path) - 1
	e := path[i]
	next, sum := path[n].weight, 0.0
	for j := n - 1; j >= 0; j-- {
		switch {
		case e.one != 0:
			w := next * float64(n+1) / (float64(j+1) * e.one)
			sum += w
			next = path[j].weight - w*e.zero*float64(n-j)/float64(n+1)
		case e.zero != 0:
			sum += path[j].weight * float64(n+1) / (e.zero * float64(n-j))
		}
	}
	return sum
}
