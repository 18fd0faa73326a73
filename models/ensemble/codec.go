package ensemble

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"

	"labbook/internal/base/parallel"
	"labbook/internal/base/wire"
	"labbook/models/estimator"
)

// magic begins the encoding of a model, with its version; older that of the
// version before, which knows no views and not whose the parts are.
const (
	magic = "labbook ensemble 3\n"
	older = "labbook ensemble 2\n"
)

// widest bounds what decode believes of outputs and columns.
const widest = 1 << 24

// leastPart is the fewest bytes that encode a part.
const leastPart = 11

// leastView is the fewest bytes that encode a view.
const leastView = 2

var errDamaged = errors.New("ensemble: not an encoded model of this version, or damaged")

// MarshalBinary encodes the outputs, the columns, the views, and each part by its
// name, view, weight, step, member and encoding.
func (m *model) MarshalBinary() ([]byte, error) {
	w := wire.Writer(magic)
	w.Int(m.outputs)
	w.Int(m.columns)
	w.Int(len(m.views))
	for _, v := range m.views {
		w.Text(v.view)
		w.Int(v.columns)
	}
	w.Int(len(m.parts))
	for _, p := range m.parts {
		learned, err := p.model.MarshalBinary()
		if err != nil {
			return nil, err
		}
		w.Text(p.name)
		w.Text(p.view)
		w.Float(p.weight)
		w.Int(p.step)
		w.Int(p.member)
		w.Sized(learned)
	}
	return w, nil
}

// decode is the inverse of MarshalBinary; it survives any bytes. depth is how
// many ensembles this one stands within.
func (e *ensemble) decode(data []byte, depth int) (estimator.Model, error) {
	if depth >= deepest || len(data) < len(magic) || string(data[:len(magic)]) != magic && string(data[:len(older)]) != older {
		return nil, errDamaged
	}
	old, r := string(data[:len(older)]) == older, wire.Read(data[len(magic):])
	outputs, of := r.Below(widest+1), shape{columns: r.Below(widest + 1)}
	if !old {
		for range r.Count(leastView) {
			of.views = append(of.views, width{r.Text(), r.Below(widest + 1)})
		}
	}
	if r.Failed() || !of.fits() {
		return nil, errDamaged
	}
	var parts []part
	var learned [][]byte
	step := 0
	for range r.Count(leastPart) {
		p := part{name: r.Text(), member: -1}
		if !old {
			p.view = r.Text()
		}
		p.weight, p.step = r.Float(), r.Int()
		if !old {
			p.member = r.Below(widest)
		}
		learned = append(learned, r.Sized())
		if _, _, ok := of.place(p.view); !ok || r.Failed() || !(p.weight > 0) || math.IsInf(p.weight, 0) || p.step < step || p.step > 0 && (len(parts) == 0 || outputs > 1) {
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
		if !of.suits(&p) || p.model.Outputs() != outputs {
			return nil, errDamaged
		}
	}
	return e.newModel(parts, outputs, of), nil
}

// fits says whether the views have the columns together, and names of their own.
func (s *shape) fits() bool {
	columns := 0
	for i, v := range s.views {
		columns += v.columns
		if v.view == "" || slices.ContainsFunc(s.views[:i], func(o width) bool { return o.view == v.view }) {
			return false
		}
	}
	return s.views == nil || columns == s.columns
}

// suits says whether a part reads what there is.
func (s *shape) suits(p *part) bool {
	_, columns, _ := s.place(p.view)
	if of, ok := p.model.(interface{ of() shape }); ok && p.view == "" && s.views != nil {
		return p.step == 0 && slices.Equal(of.of().views, s.views)
	}
	known, ok := p.model.(interface{ Columns() int })
	return (s.views == nil || p.view != "") && (!ok || known.Columns() == columns+min(p.step, 1))
}

func (m *model) of() shape { return m.shape }

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
