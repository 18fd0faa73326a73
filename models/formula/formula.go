// Package formula says what a fitted model computes in a few shapes that other
// programs know too: sums of weighted columns, trees, and sums of these. It is
// made by models of themselves and read by whoever writes them in another form, with
// what takes predictions apart; nothing is predicted by it.
package formula

import "labbook/internal/base/diag"

// Formula is what a model makes of the columns of its matrix: one of *Constant,
// *Affine, *Trees and *Sum.
type Formula interface{ outputs() int }

// Said is implemented by models that can be said so.
type Said interface {
	// Formula gives the model's formula, or a *diag.Error that names what in it
	// has none.
	Formula() (Formula, error)
}

// Constant is the same for every row: a value for each output.
type Constant struct{ Values []float64 }

// Affine is x W + b, of which Link makes the outputs.
type Affine struct {
	// Weights are those of column j at j*len(Bias), one for each score.
	Weights []float64
	Bias    []float64
	Link    Link
	// Means are those of the columns in training, against which a regression's
	// predictions are taken apart; nil where they are taken apart against a row of
	// zeros, and, of classes, what a column says of one against what it says of all.
	Means []float64
}

// Trees are sums of what a row finds in the leaves, added to Base, divided by
// Count where that is not 0; Link makes the outputs of them.
type Trees struct {
	Base  []float64
	Trees []Tree
	Count float64
	Link  Link
	// Covers and Means say what nodes have; where neither, nothing takes predictions
	// apart.
	Covers, Means bool
}

// Tree is a tree's nodes, the root first.
type Tree struct {
	Nodes []Node
	// Score is the one that the leaves add to, where they have one value and not
	// one for each score.
	Score int
}

// Node is a split, or, with Values, a leaf.
type Node struct {
	Values      []float32 // of a leaf
	Left, Right int
	Column      int
	// Threshold parts numbers, which are compared as float32: those below it go
	// left. With Codes, a code goes left that is one of them.
	Threshold   float32
	Codes       []int
	MissingLeft bool // what becomes of NaN
	// What takes predictions apart: Cover is the weight of the rows that came here, by
	// which trees have Shapley values; Mean, which Trees.Means says they have, is what
	// the tree would say here if it ended.
	Cover, Mean float32
}

// Sum is a weighted sum of parts, in the order of their steps.
type Sum struct {
	Parts   []Part
	Outputs int
	// Most bounds each output, as the sum of probabilities may round to more than
	// 1; 0 bounds none.
	Most float64
}

// Part is a member of a sum.
type Part struct {
	Formula Formula
	Weight  float64
	// View names the one of several matrices that it reads; "": all that there is.
	View string
	// Step is 0 of a part that reads the columns and no more. A later one reads as
	// one more column the sum of all parts of the steps before its own.
	Step int
	// Missing says that it takes NaN as missing; a row with one has no answer else, and
	// Name is what messages call it.
	Missing bool
	Name    string
}

// Link makes outputs of scores.
type Link struct {
	Kind LinkKind
	// Slopes and Offsets are those of Sigmoids, for each class.
	Slopes, Offsets []float64
}

// LinkKind says how.
type LinkKind int

// The links.
const (
	Identity LinkKind = iota
	Exp               // e to the score
	Logistic          // one score to two classes: 1-p and p, p being 1/(1+exp(-score))
	Softmax
	// Sigmoids are 1/(1+exp(slope*score+offset)) for each class, scaled to sum to 1;
	// all the same where they are 0.
	Sigmoids
)

func (c *Constant) outputs() int { return len(c.Values) }
func (a *Affine) outputs() int   { return a.Link.outputs(len(a.Bias)) }
func (t *Trees) outputs() int    { return t.Link.outputs(len(t.Base)) }
func (s *Sum) outputs() int      { return s.Outputs }

func (l Link) outputs(scores int) int {
	if l.Kind == Logistic {
		return 2
	}
	return scores
}

// None is the error of a model that has no formula.
func None(model string) error {
	return &diag.Error{What: "no other program's form holds the model " + model, Found: "model: " + model,
		Wanted: "trees, linear models, naive Bayes, support vector machines, or ensembles of these",
		Hint:   "export a version of another model; `labbook models show MODEL` lists them with their estimators"}
}
