package tree

import (
	"errors"
	"slices"

	"labbook/internal/base/wire"
)

var errDamaged = errors.New("tree: damaged encoding")

// Append adds a compact encoding of n to b, which Read reads. files holds the
// files of its nodes and grows by those it lacks; nil must be the first.
func Append(b []byte, n *Node, files *[]*File) []byte {
	i := slices.Index(*files, n.File)
	if i < 0 {
		i = len(*files)
		*files = append(*files, n.File)
	}
	w := wire.Writer(b)
	head := int(n.Kind) << 1
	if n.Plain {
		head |= 1
	}
	for _, v := range []int{head, i, n.Line, n.Col} {
		w.Int(v)
	}
	switch n.Kind {
	case Scalar:
		w.Text(n.Text)
	case List:
		w.Int(len(n.Items))
		for _, item := range n.Items {
			w = Append(w, item, files)
		}
	case Map:
		w.Int(len(n.Pairs))
		for _, p := range n.Pairs {
			w = Append(Append(w, p.Key, files), p.Value, files)
		}
	}
	return w
}

// Read is the inverse of Append. The texts of the nodes share s. It survives
// any s.
func Read(s string, files []*File) (*Node, error) {
	r := reader{wire.Read(s), files}
	n := r.node(0)
	if !r.Done() {
		return nil, errDamaged
	}
	return n, nil
}

type reader struct {
	*wire.Reader[string]
	files []*File
}

func (r reader) node(depth int) *Node {
	head, file := r.Int(), r.Below(len(r.files))
	n := &Node{Kind: Kind(head >> 1), Plain: head&1 == 1, Line: r.Int(), Col: r.Int()}
	if depth > 2*maxDepth {
		r.Fail()
	}
	if r.Failed() {
		return n
	}
	n.File = r.files[file]
	switch n.Kind {
	case Null:
	case Scalar:
		n.Text = r.Text()
	case List:
		for left := r.Count(1); left > 0 && !r.Failed(); left-- {
			n.Items = append(n.Items, r.node(depth+1))
		}
	case Map:
		for left := r.Count(2); left > 0 && !r.Failed(); left-- {
			n.Pairs = append(n.Pairs, Pair{Key: r.node(depth + 1), Value: r.node(depth + 1)})
		}
	default:
		r.Fail()
	}
	return n
}
