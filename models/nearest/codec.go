package nearest

import (
	"encoding/binary"
	"errors"
	"math"

	"labbook/internal/base/wire"
	"labbook/models/estimator"
)

// magic begins the encoding of a model, with the version of its form.
const magic = "labbook nearest-neighbours 1\n"

var errDamaged = errors.New("nearest-neighbours: not an encoded model of this version, or damaged")

// MarshalBinary encodes what the model knows of columns and classes, then of
// each row in the tree's order the target, the weight, and the point, whose
// numbers are little-endian of 4 bytes, and last the cuts.
func (m *model) MarshalBinary() ([]byte, error) {
	w := wire.Writer(magic)
	w.Int(m.columns)
	w.Int(m.classes)
	w.Int(m.neighbours)
	w.Bool(m.byDistance)
	for j := range m.means {
		w.Float(m.means[j])
		w.Float(m.scales[j])
	}
	w.Bool(m.weights != nil)
	w.Int(len(m.targets))
	for i, y := range m.targets {
		if m.classes > 0 {
			w.Int(int(y))
		} else {
			w.Float(y)
		}
		if m.weights != nil {
			w.Float(m.weights[i])
		}
		for _, v := range m.tree.points[i*m.columns : (i+1)*m.columns] {
			w = binary.LittleEndian.AppendUint32(w, math.Float32bits(v))
		}
	}
	for _, c := range m.tree.cuts {
		w.Int(int(c.column))
		w = binary.LittleEndian.AppendUint32(w, math.Float32bits(c.at))
	}
	return w, nil
}

// decode is the inverse of MarshalBinary; it survives any bytes, and takes
// memory in proportion to them.
func decode(data []byte) (estimator.Model, error) {
	if len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return nil, errDamaged
	}
	r := wire.Read(data[len(magic):])
	m := &model{columns: r.Count(16), classes: r.Below(math.MaxInt32), neighbours: r.Int(), byDistance: r.Bool()}
	for range m.columns {
		m.means, m.scales = append(m.means, r.Float()), append(m.scales, r.Float())
	}
	weighted := r.Bool()
	rows := r.Count(1 + 4*m.columns)
	if r.Failed() || m.columns == 0 || rows == 0 || rows > maxRows || m.neighbours < 1 || m.neighbours > rows {
		return nil, errDamaged
	}
	m.tree = tree{columns: m.columns, points: make([]float32, 0, rows*m.columns)}
	for range rows {
		if m.classes > 0 {
			m.targets = append(m.targets, float64(r.Below(m.classes)))
		} else {
			m.targets = append(m.targets, r.Float())
		}
		if weighted {
			m.weights = append(m.weights, r.Float())
		}
		point := r.Raw(4 * m.columns)
		for ; len(point) > 0; point = point[4:] {
			m.tree.points = append(m.tree.points, math.Float32frombits(binary.LittleEndian.Uint32(point)))
		}
	}
	for range cutsOf(rows, m.columns) {
		column, at := r.Below(m.columns), r.Raw(4)
		if r.Failed() {
			return nil, errDamaged
		}
		m.tree.cuts = append(m.tree.cuts, cut{int32(column), math.Float32frombits(binary.LittleEndian.Uint32(at))})
	}
	if !r.Done() {
		return nil, errDamaged
	}
	m.tree.measure()
	return m, nil
}
