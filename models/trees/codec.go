package trees

import (
	"encoding/binary"
	"errors"
	"math"

	"labbook/models/estimator"
)

// magic begins the encoding of a model, with its version.
const magic = "labbook extra-trees 2\n"

// widest bounds what decode believes of columns and classes.
const widest = 1 << 24

var errDamaged = errors.New("extra-trees: not an encoded model of this version, or damaged")

// MarshalBinary encodes the columns, the classes, the gains, and each tree as
// it lies in memory: the number of its splits, these, the values. Counts are
// varints, the others little-endian, numbers IEEE 754.
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
		b = binary.AppendUvarint(b, uint64(len(t.splits)))
		for _, s := range t.splits {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(s.threshold))
			b = binary.LittleEndian.AppendUint32(b, s.link)
		}
		for _, v := range t.values {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
	}
	return b, nil
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
	m.packing = packingOf(max(1, m.columns))
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

// tree reads a tree, and proves that walks stay within it.
func (r *reader) tree(m *model) tree {
	n := r.count(len(r.rest) / 8)
	values := 2*n + 1
	if m.classes > 0 {
		values = (n + 1) * m.classes
	}
	splits, rest := r.take(8*n), r.take(4*values)
	if r.damaged {
		return tree{}
	}
	t := tree{make([]split, n), make([]float32, values)}
	for i := range t.splits {
		t.splits[i] = split{math.Float32frombits(binary.LittleEndian.Uint32(splits[8*i:])), binary.LittleEndian.Uint32(splits[8*i+4:])}
	}
	for i := range t.values {
		t.values[i] = math.Float32frombits(binary.LittleEndian.Uint32(rest[4*i:]))
	}
	r.damaged = !t.sound(m.packing, m.columns)
	return t
}
