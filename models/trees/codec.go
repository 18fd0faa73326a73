package trees

import (
	"encoding/binary"
	"errors"
	"math"

	"labbook/models/estimator"
)

// magic begins the encoding of a model, with its version.
const magic = "labbook extra-trees 1\n"

// widest bounds what decode believes of columns and classes.
const widest = 1 << 24

var errDamaged = errors.New("extra-trees: not an encoded model of this version, or damaged")

// MarshalBinary encodes the columns, the classes, the gains, and each tree's
// nodes in preorder: 1 + the column and the threshold of a split, 0 of a leaf;
// then the value of a regression, or, of a leaf, the shares of the classes.
// Integers are varints, numbers little-endian IEEE 754.
func (m *model) MarshalBinary() ([]byte, error) {
	b := []byte(magic)
	b = binary.AppendUvarint(b, uint64(m.columns))
	b = binary.AppendUvarint(b, uint64(m.classes))
	for _, v := range m.gain {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
	}
	b = binary.AppendUvarint(b, uint64(len(m.trees)))
	for k := range m.trees {
		t := &m.trees[k]
		b = binary.AppendUvarint(b, uint64(len(t.nodes)))
		for i := range t.nodes {
			n := &t.nodes[i]
			if n.right > 0 {
				b = appendFloat(binary.AppendUvarint(b, uint64(n.column)+1), n.threshold)
			} else {
				b = append(b, 0)
			}
			switch {
			case m.classes == 0:
				b = appendFloat(b, n.value)
			case n.right <= 0:
				for _, p := range t.shares[-1-n.right:][:m.classes] {
					b = appendFloat(b, p)
				}
			}
		}
	}
	return b, nil
}

func appendFloat(b []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
}

// decode is the inverse of MarshalBinary; it survives any bytes, and takes
// memory in proportion to them.
func decode(data []byte) (estimator.Model, error) {
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return nil, errDamaged
	}
	r := &reader{rest: data[len(magic):]}
	m := &model{columns: r.count(widest), classes: r.count(widest)}
	if m.columns > len(r.rest)/8 {
		return nil, errDamaged
	}
	for range m.columns {
		m.gain = append(m.gain, math.Float64frombits(binary.LittleEndian.Uint64(r.take(8))))
	}
	trees := r.count(len(r.rest))
	for k := 0; k < trees && !r.damaged; k++ {
		m.trees = append(m.trees, r.tree(m))
	}
	if r.damaged || len(r.rest) > 0 || len(m.trees) == 0 || m.columns == 0 {
		return nil, errDamaged
	}
	return m.public(), nil
}

// reader reads from the front of rest; once damaged it gives zeros.
type reader struct {
	rest    []byte
	damaged bool
}

func (r *reader) count(most int) int {
	v, n := binary.Uvarint(r.rest)
	if r.damaged || n <= 0 || v > uint64(most) {
		r.damaged = true
		return 0
	}
	r.rest = r.rest[n:]
	return int(v)
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.damaged = true
		return make([]byte, 8)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) float() float32 {
	return math.Float32frombits(binary.LittleEndian.Uint32(r.take(4)))
}

// leastNode is how many bytes a node takes at least.
const leastNode = 9

// tree reads a tree. A right child stands where the left subtree ends: where
// it has one leaf more than splits.
func (r *reader) tree(m *model) tree {
	n := r.count(len(r.rest))
	t := tree{nodes: make([]node, 0, min(n, len(r.rest)/leastNode+1))}
	var open []int32 // splits that wait for their right child
	for i := range n {
		if r.damaged || i > 0 && t.nodes[i-1].right <= 0 && len(open) == 0 {
			r.damaged = true
			return t
		}
		if i > 0 && t.nodes[i-1].right <= 0 {
			t.nodes[open[len(open)-1]].right = int32(i)
			open = open[:len(open)-1]
		}
		var at node
		if column := r.count(m.columns); column > 0 {
			at.column, at.threshold, at.right = int32(column-1), r.float(), math.MaxInt32
			open = append(open, int32(i))
		} else if m.classes > 0 {
			at.right = int32(-1 - len(t.shares))
			for k := 0; k < m.classes && !r.damaged; k++ {
				t.shares = append(t.shares, r.float())
			}
		}
		if m.classes == 0 {
			at.value = r.float()
		}
		t.nodes = append(t.nodes, at)
	}
	if len(t.nodes) == 0 || len(open) > 0 || t.nodes[len(t.nodes)-1].right > 0 {
		r.damaged = true
	}
	return t
}
