package ensemble

import (
	"errors"
	"fmt"
	"math"
	"runtime"

	"labbook/internal/base/parallel"
	"labbook/internal/base/wire"
	"labbook/models/estimator"
)

// magic begins the encoding of a model, with its version.
const magic = "labbook ensemble 2\n"

// widest bounds what decode believes of outputs and columns.
const widest = 1 << 24

// leastPart is the fewest bytes that encode a part.
const leastPart = 11

var errDamaged = errors.New("ensemble: not an encoded model of this version, or damaged")

// MarshalBinary encodes the outputs, the columns, and each part by its name,
// weight, step and encoding.
func (m *model) MarshalBinary() ([]byte, error) {
	w := wire.Writer(magic)
	w.Int(m.outputs)
	w.Int(m.columns)
	w.Int(len(m.parts))
	for _, p := range m.parts {
		learned, err := p.model.MarshalBinary()
		if err != nil {
			return nil, err
		}
		w.Text(p.name)
		w.Float(p.weight)
		w.Int(p.step)
		w.Sized(learned)
	}
	return w, nil
}

// decode is the inverse of MarshalBinary; it survives any bytes. depth is how
// many ensembles this one stands within.
func (e *ensemble) decode(data []byte, depth int) (estimator.Model, error) {
	if depth >= deepest || len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return nil, errDamaged
	}
	r := wire.Read(data[len(magic):])
	outputs, columns := r.Below(widest+1), r.Below(widest+1)
	var parts []part
	var learned [][]byte
	step := 0
	for range r.Count(leastPart) {
		p := part{name: r.Text(), weight: r.Float(), step: r.Int()}
		learned = append(learned, r.Sized())
		if r.Failed() || !(p.weight > 0) || math.IsInf(p.weight, 0) || p.step < step || p.step > 0 && (len(parts) == 0 || outputs > 1) {
			return nil, errDamaged
		}
		parts, step = append(parts, p), p.step
	}
	if !r.Done() || len(parts) == 0 {
		return nil, errDamaged
	}
	// On all cores, because a server's first answer waits for it.
	failed := make([]error, len(parts))
	parallel.Each(runtime.GOMAXPROCS(0), len(parts), func(i int) {
		parts[i].model, failed[i] = e.part(parts[i].name, learned[i], depth)
	})
	for i, p := range parts {
		if failed[i] != nil {
			return nil, fmt.Errorf("ensemble: %s: %w", p.name, failed[i])
		}
		width, known := p.model.(interface{ Columns() int })
		if p.model.Outputs() != outputs || known && width.Columns() != columns+min(p.step, 1) {
			return nil, errDamaged
		}
	}
	return e.newModel(parts, outputs, columns), nil
}

func (e *ensemble) part(name string, learned []byte, depth int) (estimator.Model, error) {
	spec := e.lookup(name)
	switch {
	case spec == nil:
		return nil, errors.New("this program has no such model")
	case spec.Name == e.self.Name:
		return e.decode(learned, depth+1)
	}
	return spec.Decode(learned)
}
