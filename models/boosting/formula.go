package boosting

import "labbook/models/formula"

// Formula implements formula.Said.
func (m *Model) Formula() (formula.Formula, error) {
	f := &formula.Trees{Base: m.base, Covers: true}
	switch m.objective {
	case "poisson":
		f.Link.Kind = formula.Exp
	case "logistic":
		f.Link.Kind = formula.Logistic
	case "softmax":
		f.Link.Kind = formula.Softmax
	}
	for k, t := range m.grown() {
		f.Trees = append(f.Trees, formula.Tree{Nodes: t.formula(), Score: k % len(m.base)})
	}
	return f, nil
}

func (t *Tree) formula() []formula.Node {
	nodes := make([]formula.Node, len(t.Nodes))
	for i := range t.Nodes {
		n := &t.Nodes[i]
		if n.Right == 0 {
			nodes[i] = formula.Node{Values: []float32{n.Value}, Cover: n.Cover}
			continue
		}
		nodes[i] = formula.Node{Cover: n.Cover, Left: i + 1, Right: int(n.Right), Column: int(n.Column), Threshold: n.Threshold, MissingLeft: n.MissingLeft}
		if n.Set > 0 {
			nodes[i].Codes = t.Sets[n.Set-1].list()
		}
	}
	return nodes
}

// list gives the codes of the set, ascending; it is not nil.
func (s codeSet) list() []int {
	codes := []int{}
	for c := range len(s) * 64 {
		if s.has(float64(c)) {
			codes = append(codes, c)
		}
	}
	return codes
}
