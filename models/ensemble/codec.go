package ensemble

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime"

	"labbook/internal/parallel"
	"labbook/models/estimator"
)

// magic begins the encoding of a model, with its version.
const magic = "labbook ensemble 2\n"

// widest bounds what decode believes of outputs and columns.
const widest = 1 << 24

var errDamaged = errors.New("ensemble: not an encoded model of this version, or damaged")

// MarshalBinary encodes the outputs, the columns, and each part by its name,
// weight, step and encoding. Lengths and steps are varints.
func (m *model) MarshalBinary() ([]byte, error) {
	b := []byte(magic)
	b = binary.AppendUvarint(b, uint64(m.outputs))
	b = binary.AppendUvarint(b, uint64(m.columns))
	b = binary.AppendUvarint(b, uint64(len(m.parts)))
	for _, p := range m.parts {
		learned, err := p.model.MarshalBinary()
		if err != nil {
			return nil, err
		}
		b = appendBytes(b, []byte(p.name))
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.weight))
		b = binary.AppendUvarint(b, uint64(p.step))
		b = appendBytes(b, learned)
	}
	return b, nil
}

func appendBytes(b, part []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(part))), part...)
}

// decode is the inverse of MarshalBinary; it survives any bytes. depth is how
// many ensembles this one stands within.
func (e *ensemble) decode(data []byte, depth int) (estimator.Model, error) {
	if depth >= deepest || len(data) < len(magic) || string(data[:len(magic)]) != magic {
		return nil, errDamaged
	}
	r := reader{rest: data[len(magic):]}
	outputs, columns, count := r.count(widest), r.count(widest), r.count(len(data))
	var parts []part
	var learned [][]byte
	step := 0
	for range count {
		p := part{name: string(r.bytes()), weight: r.float(), step: r.count(len(data))}
		learned = append(learned, r.bytes())
		if r.damaged || !(p.weight > 0) || math.IsInf(p.weight, 0) || p.step < step || p.step > 0 && (len(parts) == 0 || outputs > 1) {
			return nil, errDamaged
		}
		parts, step = append(parts, p), p.step
	}
	if r.damaged || len(r.rest) > 0 || len(parts) == 0 {
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
		return make([]byte, min(n, 8))
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) bytes() []byte { return r.take(r.count(len(r.rest))) }

func (r *reader) float() float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(r.take(8)))
}
