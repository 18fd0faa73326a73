package trees

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"

	"labbook/internal/base/wire"
	"labbook/models/estimator"
)

// widest bounds what decode believes of columns and classes.
const widest = 1 << 24

var errDamaged = errors.New("trees: not an encoded model of this version, or damaged")

// MarshalBinary encodes the magic, the columns, the classes, the gains, and each tree as
// it lies in memory: the number of its splits, these, the values, which are
// little-endian numbers of 4 bytes.
func (m *model) MarshalBinary() ([]byte, error) {
	w := wire.Writer(m.magic)
	w.Int(m.columns)
	w.Int(m.classes)
	for _, v := range m.gain {
		w.Float(v)
	}
	w.Int(len(m.trees))
	for k := range m.trees {
		t := &m.trees[k]
		w.Int(len(t.splits))
		for _, s := range t.splits {
			w = binary.LittleEndian.AppendUint32(w, math.Float32bits(s.threshold))
			w = binary.LittleEndian.AppendUint32(w, s.link)
		}
		for _, v := range t.values {
			w = binary.LittleEndian.AppendUint32(w, math.Float32bits(v))
		}
	}
	return w, nil
}

// decode is the inverse of MarshalBinary for models with this magic; it survives
// any bytes, and takes memory in proportion to them.
func decode(magic string, data []byte) (estimator.Model, error) {
	form, ok := bytes.CutPrefix(data, []byte(magic))
	if !ok {
		return nil, errDamaged
	}
	r := reader{wire.Read(form)}
	m := &model{magic: magic, columns: r.Count(8), classes: r.Below(widest + 1)}
	for range m.columns {
		m.gain = append(m.gain, r.Float())
	}
	m.packing = packingOf(max(1, m.columns))
	for left := r.Count(1); left > 0 && !r.Failed(); left-- {
		m.trees = append(m.trees, r.tree(m))
	}
	if !r.Done() || len(m.trees) == 0 || m.columns == 0 || m.columns > widest {
		return nil, errDamaged
	}
	return m.public(), nil
}

type reader struct{ *wire.Reader[[]byte] }

// tree reads a tree, and proves that walks stay within it.
func (r reader) tree(m *model) tree {
	n := r.Count(8)
	values := 2*n + 1
	if m.classes > 0 {
		values = (n + 1) * m.classes
	}
	splits, rest := r.Raw(8*n), r.Raw(4*values)
	if r.Failed() {
		return tree{}
	}
	t := tree{make([]split, n), make([]float32, values)}
	for i := range t.splits {
		t.splits[i] = split{math.Float32frombits(binary.LittleEndian.Uint32(splits[8*i:])), binary.LittleEndian.Uint32(splits[8*i+4:])}
	}
	for i := range t.values {
		t.values[i] = math.Float32frombits(binary.LittleEndian.Uint32(rest[4*i:]))
	}
	if !t.sound(m.packing, m.columns) {
		r.Fail()
	}
	return t
}
