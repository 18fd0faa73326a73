package boosting

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// magic begins the encoding of a model, with its version.
const magic = "labbook boosting 1\n"

// limits of what Decode believes.
const (
	maxColumns = 1 << 24
	maxClasses = 1 << 16
	leastNode  = 9 // bytes of a leaf
)

// MarshalBinary encodes the model: header, base margins, then each tree's
// nodes in preorder. Integers are varints, numbers little-endian IEEE 754.
func (m *Model) MarshalBinary() ([]byte, error) {
	b := []byte(magic)
	b = appendString(b, m.objective)
	b = binary.AppendUvarint(b, uint64(m.columns))
	b = binary.AppendUvarint(b, uint64(m.classes))
	b = appendFloat(b, m.shape.quantile)
	b = appendFloat(b, m.shape.slope)
	if m.objective == "tweedie" {
		b = appendFloat(b, m.shape.power)
	}
	for _, v := range m.base {
		b = appendFloat(b, v)
	}
	if m.packed != nil {
		return append(b, m.packed.data...), nil
	}
	b = binary.AppendUvarint(b, uint64(len(m.trees)))
	for _, t := range m.trees {
		b = t.append(b)
	}
	return b, nil
}

// Flags of a node.
const (
	isSplit = 1 << iota
	missingLeft
	isSet
)

// append encodes a tree. A right child's place follows from the preorder.
func (t *Tree) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(t.Nodes)))
	for i := range t.Nodes {
		n := &t.Nodes[i]
		flags := byte(0)
		if n.Right > 0 {
			flags |= isSplit
		}
		if n.MissingLeft {
			flags |= missingLeft
		}
		if n.Set > 0 {
			flags |= isSet
		}
		b = append(b, flags)
		b = appendFloat32(b, n.Cover)
		switch {
		case n.Right == 0:
			b = appendFloat32(b, n.Value)
			continue
		case n.Set > 0:
			set := t.Sets[n.Set-1]
			b = binary.AppendUvarint(b, uint64(len(set)))
			for _, w := range set {
				b = binary.LittleEndian.AppendUint64(b, w)
			}
		default:
			b = appendFloat32(b, n.Threshold)
		}
		b = binary.AppendUvarint(b, uint64(n.Column))
		b = appendFloat32(b, n.Gain)
	}
	return b
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendFloat(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

func appendFloat32(b []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
}

// Decode is the inverse of MarshalBinary. It takes any bytes: whatever it
// accepts predicts without a panic, and takes memory in proportion to them.
func Decode(data []byte) (*Model, error) {
	r := &decoder{rest: data}
	if string(r.bytes(len(magic))) != magic {
		return nil, errors.New("boosting: not an encoded model of this version")
	}
	m := &Model{objective: string(r.bytes(r.count(len(r.rest)))), columns: r.count(maxColumns), classes: r.count(maxClasses)}
	m.shape = shape{quantile: r.float(), slope: r.float()}
	if m.objective == "tweedie" {
		m.shape.power = r.float()
	}
	if m.link = objectiveNamed(m.objective, m.shape, m.classes); m.link == nil {
		r.fail("unknown objective")
		return nil, r.err
	}
	if m.columns == 0 || m.objective == "softmax" && m.classes < 1 || m.objective == "logistic" && m.classes != 2 {
		r.fail("impossible shape")
	}
	for k := 0; k < m.link.groups() && r.err == nil; k++ {
		m.base = append(m.base, r.float())
	}
	encoded := r.rest
	m.trees = r.trees(m.columns)
	switch {
	case r.err != nil:
		return nil, r.err
	case len(r.rest) > 0:
		return nil, errors.New("boosting: bytes after the model's end")
	case len(m.trees)%len(m.base) != 0:
		return nil, errors.New("boosting: a round lacks trees")
	}
	if m.compiled = compile(m); m.compiled.segments != nil {
		m.packed = &packed{data: bytes.Clone(encoded), count: len(m.trees), columns: m.columns}
		m.trees = nil
	}
	return m, nil
}

// decoder reads from the front of rest; after the first error it gives zeros.
type decoder struct {
	rest []byte
	err  error
}

func (r *decoder) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("boosting: damaged model: %s", what)
	}
	r.rest = nil
}

func (r *decoder) bytes(n int) []byte {
	if n > len(r.rest) {
		r.fail("it ends early")
		return make([]byte, min(n, 8))
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

// count reads a number from 0 to most.
func (r *decoder) count(most int) int {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > uint64(most) {
		r.fail("an impossible count")
		return 0
	}
	r.rest = r.rest[n:]
	return int(v)
}

func (r *decoder) float() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(r.bytes(8)))
}

func (r *decoder) float32() float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(r.bytes(4)))
}

// trees reads the number of trees and each of them.
func (r *decoder) trees(columns int) []*Tree {
	n := r.count(len(r.rest))
	var trees []*Tree
	for k := 0; k < n && r.err == nil; k++ {
		trees = append(trees, r.tree(columns))
	}
	return trees
}

// tree reads a tree, whose splits are to name one of the columns.
func (r *decoder) tree(columns int) *Tree {
	n := r.count(len(r.rest))
	t := &Tree{Nodes: make([]Node, 0, min(n, len(r.rest)/leastNode+1))}
	for i := 0; i < n && r.err == nil; i++ {
		t.Nodes = append(t.Nodes, r.node(t, columns))
	}
	if r.err == nil && !t.link() {
		r.fail("nodes that are no tree")
	}
	return t
}

func (r *decoder) node(t *Tree, columns int) (n Node) {
	flags := r.bytes(1)[0]
	n.Cover = r.float32()
	switch {
	case flags&isSplit == 0:
		n.Value = r.float32()
		return n
	case flags&isSet != 0:
		set := make(codeSet, r.count(len(r.rest)/8))
		for i := range set {
			set[i] = binary.LittleEndian.Uint64(r.bytes(8))
		}
		t.Sets = append(t.Sets, set)
		n.Set = int32(len(t.Sets))
	default:
		n.Threshold = r.float32()
	}
	n.MissingLeft = flags&missingLeft != 0
	if n.Column = int32(r.count(columns - 1)); r.err == nil {
		n.Right = -1 // until link
	}
	n.Gain = r.float32()
	return n
}

// link finds the right children of nodes in preorder: a subtree ends where it
// has one leaf more than splits. It says whether the nodes are just one tree.
func (t *Tree) link() bool {
	var open []int // splits that wait for their right child
	for i := range t.Nodes {
		if i > 0 && t.Nodes[i-1].Right == 0 {
			if len(open) == 0 {
				return false
			}
			t.Nodes[open[len(open)-1]].Right = int32(i)
			open = open[:len(open)-1]
		}
		if t.Nodes[i].Right != 0 {
			open = append(open, i)
		}
	}
	return len(t.Nodes) > 0 && len(open) == 0 && t.Nodes[len(t.Nodes)-1].Right == 0
}
