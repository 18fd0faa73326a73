package exchange

import (
	"math"
	"slices"

	"labbook/internal/base/diag"
	"labbook/models/exchange/onnx"
	"labbook/models/formula"
)

// formula gives what a formula makes of a block: N x its outputs.
func (t *translation) formula(f formula.Formula, b *block) (onnx.Value, error) {
	switch f := f.(type) {
	case *formula.Constant:
		return t.everywhere(f.Values), nil
	case *formula.Affine:
		scores := t.everywhere(f.Bias)
		if k := len(f.Bias); len(f.Weights) > 0 {
			scores = t.g.Op("Add", t.g.Op("MatMul", b.x, t.g.Const(onnx.Doubles(f.Weights, len(f.Weights)/k, k))), t.g.Const(onnx.Doubles(f.Bias, 1, k)))
		}
		return t.link(f.Link, scores), nil
	case *formula.Trees:
		return t.link(f.Link, t.trees(f, b.x)), nil
	case *formula.Sum:
		return t.sum(f, b)
	}
	return "", diag.New("a model of a kind that has no form in ONNX", "export a version of another model")
}

func (t *translation) sum(f *formula.Sum, b *block) (onnx.Value, error) {
	g, step := t.g, 0
	var sum, made onnx.Value // made: by the steps before
	for _, p := range f.Parts {
		if p.Step > step {
			made, step = sum, p.Step
		}
		seen := b.view(p.View)
		if p.Step > 0 {
			seen = seen.with(g, made)
		}
		one, err := t.formula(p.Formula, seen)
		if err != nil {
			return "", err
		}
		one = g.Op("Mul", one, g.Number(p.Weight))
		if sum == "" {
			sum = one
		} else {
			sum = g.Op("Add", sum, one)
		}
	}
	if f.Most > 0 {
		sum = g.Op("Where", g.Op("Greater", sum, g.Number(f.Most)), g.Number(f.Most), sum)
	}
	return sum, nil
}

func (t *translation) link(l formula.Link, scores onnx.Value) onnx.Value {
	g := t.g
	switch l.Kind {
	case formula.Exp:
		return g.Op("Exp", scores)
	case formula.Logistic:
		p := t.sigmoid(g.Op("Neg", scores))
		return g.Concat([]onnx.Value{g.Op("Sub", g.Number(1), p), p})
	case formula.Softmax:
		return t.softmax(scores)
	case formula.Sigmoids:
		k := len(l.Slopes)
		p := t.sigmoid(g.Op("Add", g.Op("Mul", scores, g.Const(onnx.Doubles(l.Slopes, 1, k))), g.Const(onnx.Doubles(l.Offsets, 1, k))))
		sum := g.Reduce("ReduceSum", p)
		return g.Op("Where", g.Op("Equal", sum, g.Number(0)), g.Number(1/float64(k)), g.Op("Div", p, sum))
	}
	return scores
}

// sigmoid is 1/(1+exp(x)).
func (t *translation) sigmoid(x onnx.Value) onnx.Value {
	return t.g.Op("Div", t.g.Number(1), t.g.Op("Add", t.g.Number(1), t.g.Op("Exp", x)))
}

func (t *translation) softmax(scores onnx.Value) onnx.Value {
	e := t.g.Op("Exp", t.g.Op("Sub", scores, t.g.Reduce("ReduceMax", scores)))
	return t.g.Op("Div", e, t.g.Reduce("ReduceSum", e))
}

// trees gives the scores of trees.
func (t *translation) trees(f *formula.Trees, x onnx.Value) onnx.Value {
	base := slices.Clone(f.Base)
	one, each := &grove{targets: len(base)}, &grove{}
	for _, tree := range f.Trees {
		leaf := firstLeaf(tree.Nodes)
		switch {
		case len(leaf) == 1 && len(tree.Nodes) == 1:
			base[tree.Score] += float64(leaf[0])
		case len(leaf) == 1:
			one.add(tree.Nodes, tree.Score, func(v []float32) float64 { return float64(v[0]) })
		case len(tree.Nodes) == 1:
			for k, v := range leaf {
				base[k] += float64(v)
			}
		default:
			each.add(tree.Nodes, each.trees, func(v []float32) float64 { return float64(each.keep(v)) })
		}
	}
	scores := t.everywhere(base)
	if one.trees > 0 {
		scores = t.g.Op("Add", t.g.Const(onnx.Doubles(base, 1, len(base))), t.ensemble(one, x))
	}
	if each.trees > 0 {
		scores = t.g.Op("Add", scores, t.shares(each, x, len(base)))
	}
	if f.Count > 0 {
		scores = t.g.Op("Div", scores, t.g.Number(f.Count))
	}
	return scores
}

func firstLeaf(nodes []formula.Node) []float32 {
	for i := range nodes {
		if nodes[i].Values != nil {
			return nodes[i].Values
		}
	}
	return nil
}

// shares sums what the leaves have for each score: the operator's leaves have one
// value, so it gives the number of each tree's leaf, whose values are looked up.
func (t *translation) shares(each *grove, x onnx.Value, scores int) onnx.Value {
	each.targets = each.trees
	leaves := t.g.CastInt(t.ensemble(each, x))
	values := t.g.OpIn("", "Gather", []onnx.Attr{onnx.Int("axis", 0)}, t.g.Const(onnx.Floats(each.values, len(each.values)/scores, scores)), leaves)
	return t.g.OpIn("", "ReduceSum", []onnx.Attr{onnx.Int("keepdims", 0)}, t.g.Cast(values), t.g.Axis(1))
}

// grove is trees in the form of the operator TreeEnsemble.
type grove struct {
	trees, targets                       int
	roots, columns, yes, no              []int64
	leafYes, leafNo, missing, leafTarget []int64
	modes                                []byte
	splits, members, weights             []float64
	values                               []float32 // of leaves that have several
	leaves                               int
}

// keep keeps the values of a leaf and gives its number.
func (w *grove) keep(values []float32) int {
	w.values = append(w.values, values...)
	w.leaves++
	return w.leaves - 1
}

// The modes of nodes: a row goes the true way if its number is less, or if it is a
// member of a set.
const (
	modeLess   = 1
	modeMember = 6
)

// add adds a tree of at least one split whose leaves add to a target.
func (w *grove) add(nodes []formula.Node, target int, weigh func([]float32) float64) {
	w.trees++
	w.roots = append(w.roots, int64(len(w.columns)))
	place := make([]int64, len(nodes)) // among the splits, or among the leaves
	splits, leaves := int64(len(w.columns)), int64(len(w.weights))
	for i := range nodes {
		if n := &nodes[i]; n.Values != nil {
			place[i] = leaves
			leaves++
			w.weights = append(w.weights, weigh(n.Values))
			w.leafTarget = append(w.leafTarget, int64(target))
		} else {
			place[i] = splits
			splits++
		}
	}
	flag := func(b bool) int64 {
		if b {
			return 1
		}
		return 0
	}
	for i := range nodes {
		n := &nodes[i]
		if n.Values != nil {
			continue
		}
		w.split(n)
		w.missing = append(w.missing, flag(n.MissingLeft))
		w.yes, w.leafYes = append(w.yes, place[n.Left]), append(w.leafYes, flag(nodes[n.Left].Values != nil))
		w.no, w.leafNo = append(w.no, place[n.Right]), append(w.leafNo, flag(nodes[n.Right].Values != nil))
	}
}

// split adds what a node asks.
func (w *grove) split(n *formula.Node) {
	w.columns = append(w.columns, int64(n.Column))
	switch {
	case n.Codes == nil:
		w.modes, w.splits = append(w.modes, modeLess), append(w.splits, below(n.Threshold))
	case len(n.Codes) == 0:
		w.modes, w.splits = append(w.modes, modeLess), append(w.splits, math.Inf(-1))
	default:
		w.modes, w.splits = append(w.modes, modeMember), append(w.splits, 0)
		for _, code := range n.Codes {
			w.members = append(w.members, float64(code))
		}
		w.members = append(w.members, math.NaN()) // ends a set
	}
}

// below gives the double that parts those numbers whose nearest float32 is below
// the threshold from the others: the numbers below it are just those.
func below(threshold float32) float64 {
	if threshold != threshold {
		return math.Inf(-1) // nothing is
	}
	wide := func(v float32) float64 { // infinity as the number after the largest
		if math.IsInf(float64(v), 0) {
			return math.Copysign(0x1p128, float64(v))
		}
		return float64(v)
	}
	if math.IsInf(float64(threshold), -1) {
		return math.Inf(-1)
	}
	if threshold == 0 {
		threshold = 0 // not -0
	}
	middle := (wide(math.Nextafter32(threshold, float32(math.Inf(-1)))) + wide(threshold)) / 2
	if math.Float32bits(threshold)&1 == 0 { // halves go to the even one
		return middle
	}
	return math.Nextafter(middle, math.Inf(1))
}

// ensemble gives the sum of the trees' leaves for each target.
func (t *translation) ensemble(w *grove, x onnx.Value) onnx.Value {
	doubles := func(name string, v []float64) onnx.Attr { return onnx.Of(name, onnx.Doubles(v, len(v))) }
	attrs := []onnx.Attr{
		onnx.Int("aggregate_function", 1), // the sum
		onnx.IntList("leaf_targetids", w.leafTarget),
		doubles("leaf_weights", w.weights),
	}
	if w.members != nil {
		attrs = append(attrs, doubles("membership_values", w.members))
	}
	attrs = append(attrs,
		onnx.Int("n_targets", int64(w.targets)),
		onnx.IntList("nodes_falseleafs", w.leafNo),
		onnx.IntList("nodes_falsenodeids", w.no),
		onnx.IntList("nodes_featureids", w.columns),
		onnx.IntList("nodes_missing_value_tracks_true", w.missing),
		onnx.Of("nodes_modes", onnx.Bytes(w.modes, len(w.modes))),
		doubles("nodes_splits", w.splits),
		onnx.IntList("nodes_trueleafs", w.leafYes),
		onnx.IntList("nodes_truenodeids", w.yes),
		onnx.Int("post_transform", 0),
		onnx.IntList("tree_roots", w.roots),
	)
	return t.g.OpIn(onnx.ML, "TreeEnsemble", attrs, x)
}
