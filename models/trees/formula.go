package trees

import "labbook/models/formula"

// Formula implements formula.Said.
func (m *model) Formula() (formula.Formula, error) {
	f := &formula.Trees{Base: make([]float64, m.Outputs()), Count: float64(len(m.trees)), Means: m.classes == 0}
	for k := range m.trees {
		f.Trees = append(f.Trees, formula.Tree{Nodes: m.trees[k].formula(m.packing, m.classes)})
	}
	return f, nil
}

// formula gives the nodes in preorder, of a tree of so many classes; 0: numbers.
func (t *tree) formula(p packing, classes int) []formula.Node {
	nodes := make([]formula.Node, 0, 2*len(t.splits)+1)
	leaves := 0
	var visit func(at, end int)
	visit = func(at, end int) {
		if at == end {
			value := at + leaves // numbers have one for each node
			if classes > 0 {
				value = leaves * classes
			}
			leaf := formula.Node{Values: t.values[value:][:max(1, classes)]}
			if classes == 0 {
				leaf.Mean = leaf.Values[0]
			}
			nodes = append(nodes, leaf)
			leaves++
			return
		}
		s, own := t.splits[at], len(nodes)
		middle := at + 1 + p.left(s.link)
		split := formula.Node{Left: own + 1, Column: p.column(s.link), Threshold: s.threshold}
		if classes == 0 {
			split.Mean = t.values[at+leaves]
		}
		nodes = append(nodes, split)
		visit(at+1, middle)
		nodes[own].Right = len(nodes)
		visit(middle, end)
	}
	visit(0, len(t.splits))
	return nodes
}
