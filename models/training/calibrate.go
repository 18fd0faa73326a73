package training

import (
	"context"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/partition"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// HeldOut are the rows that the divisions held out, behind each other as Pool puts
// what was said of them.
type HeldOut struct {
	X      func() *matrix.Matrix // as the model will be asked about such rows
	Layout *partition.Layout
}

// heldOut gives the rows held out for a model that is fitted to final in the end.
func (s *Source) heldOut(divisions []Holdout, final Holdout) (HeldOut, error) {
	_, layout, err := s.Rows()
	if err != nil {
		return HeldOut{}, err
	}
	var rows []int
	for _, d := range divisions {
		rows = append(rows, d.Held...)
	}
	encoded := func() *matrix.Matrix {
		if final.Test != nil { // which only the one division has
			return final.Test.X
		}
		return s.Data.X.Take(rows)
	}
	return HeldOut{encoded, layout.Take(rows)}, nil
}

// Calibrate finds the intervals of a recipe from what it said of the rows that
// were held out. With local they are as wide as errors of such rows
// are expected to be: errors are divided by what a model that did not see them
// expects (Papadopoulos, Gammerman, Vovk, "Normalized Nonconformity
// Measures for Regression Conformal Prediction", AIA 2008).
func (r *Recipe) Calibrate(ctx context.Context, level float64, local bool, held HeldOut, said []*metrics.Sample, cores int) (*bundle.Ranges, error) {
	pool := Pool(said)
	actual, err := r.Transform.Forward(pool.Actual)
	if err != nil {
		return nil, err
	}
	off, err := r.Transform.Forward(pool.Predicted)
	if err != nil {
		return nil, err
	}
	for i, v := range off {
		off[i] = math.Abs(v - actual[i])
	}
	v := &bundle.Ranges{Level: level, Rows: len(off), Folds: folds(said), Local: local && len(off) >= leastSpread} // fewer cannot tell rows apart
	units := held.Layout.Units()
	if v.Local {
		var rows []int
		if v.Spread, rows, off, err = fitSpread(ctx, held, off, r.Seed, cores); err != nil {
			return nil, err
		}
		units = units.Take(rows)
	}
	if units != nil {
		v.Units = units.Count
	}
	v.Reach, err = reach(off, units, level)
	return v, err
}

// folds gives the number of divisions that held rows out, 0 of a single one.
func folds(said []*metrics.Sample) int {
	if len(said) > 1 {
		return len(said)
	}
	return 0
}

// spreadFolds is in how many parts errors are set against what is expected of
// them, and leastSpread the fewest errors for that.
const (
	spreadFolds = 5
	leastSpread = 10 * spreadFolds
)

// fitSpread learns what error to expect of a row, and gives the rows and the error
// of each divided by what was learned from others. Rows that no fold holds out,
// the earliest in time, are left out.
func fitSpread(ctx context.Context, held HeldOut, off []float64, seed uint64, cores int) (spread estimator.Model, rows []int, shares []float64, err error) {
	n := len(off)
	typical := slices.Clone(off)
	slices.Sort(typical)
	floor := max(typical[n/2]/10, math.SmallestNonzeroFloat32) // no error is expected to vanish
	logs := make([]float64, n)
	for i, e := range off {
		logs[i] = math.Log(e + floor)
	}
	folds, err := held.Layout.Folds(min(spreadFolds, held.Layout.Free()), 1, seed)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, fold := range folds {
		rows = append(rows, fold.Test...)
	}
	spec, p := models.Widths()
	x := held.X().Main()
	fit := func(x *matrix.Matrix, y []float64) (estimator.Model, error) {
		return spec.Fit(ctx, p, &estimator.Data{X: x, Y: y}, estimator.Options{Seed: seed, Cores: 1})
	}
	divided := make([][]float64, len(folds))
	var group errgroup.Group
	group.SetLimit(max(1, cores))
	group.Go(func() (err error) {
		spread, err = fit(x, logs)
		return err
	})
	for k, fold := range folds {
		group.Go(func() error {
			m, err := fit(x.Take(fold.Train), some(logs, fold.Train))
			if err != nil {
				return err
			}
			expected := make([]float64, len(fold.Test))
			m.Predict(expected, x.Take(fold.Test))
			for at, e := range some(off, fold.Test) {
				divided[k] = append(divided[k], e/math.Exp(expected[at]))
			}
			return nil
		})
	}
	err = group.Wait()
	return spread, rows, slices.Concat(divided...), err
}

// some gives the values of some rows.
func some(values []float64, rows []int) []float64 {
	out := make([]float64, len(rows))
	for at, row := range rows {
		out[at] = values[row]
	}
	return out
}
