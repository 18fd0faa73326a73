package tree

import (
	"encoding/binary"
	"errors"
	"slices"
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
	head := uint64(n.Kind) << 1
	if n.Plain {
		head |= 1
	}
	b = binary.AppendUvarint(b, head)
	for _, v := range []int{i, n.Line, n.Col} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	switch n.Kind {
	case Scalar:
		b = binary.AppendUvarint(b, uint64(len(n.Text)))
		b = append(b, n.Text...)
	case List:
		b = binary.AppendUvarint(b, uint64(len(n.Items)))
		for _, item := range n.Items {
			b = Append(b, item, files)
		}
	case Map:
		b = binary.AppendUvarint(b, uint64(len(n.Pairs)))
		for _, p := range n.Pairs {
			b = Append(Append(b, p.Key, files), p.Value, files)
		}
	}
	return b
}

// Read is the inverse of Append. The texts of the nodes share s. It survives
// any s.
func Read(s string, files []*File) (*Node, error) {
	r := decoder{text: s, files: files}
	n := r.node(0)
	if r.failed || r.text != "" {
		return nil, errDamaged
	}
	return n, nil
}

type decoder struct {
	text   string
	files  []*File
	failed bool
}

func (r *decoder) uvarint() int {
	var x uint64
	for i := 0; i < len(r.text) && i < 5; i++ {
		c := r.text[i]
		x |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.text = r.text[i+1:]
			return int(x)
		}
	}
	r.failed, r.text = true, ""
	return 0
}

func (r *decoder) node(depth int) *Node {
	head, file := r.uvarint(), r.uvarint()
	n := &Node{Kind: Kind(head >> 1), Plain: head&1 == 1, Line: r.uvarint(), Col: r.uvarint()}
	if file >= len(r.files) || depth > 2*maxDepth {
		r.failed, r.text = true, ""
		return n
	}
	n.File = r.files[file]
	if n.Kind == Null {
		return n
	}
	size := r.uvarint()
	if size > len(r.text) {
		r.failed, r.text = true, ""
		return n
	}
	switch n.Kind {
	case Scalar:
		n.Text, r.text = r.text[:size], r.text[size:]
	case List:
		for ; size > 0 && !r.failed; size-- {
			n.Items = append(n.Items, r.node(depth+1))
		}
	case Map:
		for ; size > 0 && !r.failed; size-- {
			key := r.node(depth + 1)
			n.Pairs = append(n.Pairs, Pair{key, r.node(depth + 1)})
		}
	default:
		r.failed, r.text = true, ""
	}
	return n
}
