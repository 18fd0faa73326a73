package training

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// Calibrate finds the intervals of a recipe from what it said of the rows that
// each division held out. With local they are as wide as errors of such rows
// are expected to be: errors are divided by what a model that did not see them
// expects (Papadopoulos, Gammerman, Vovk, "Normalized Nonconformity
// Measures for Regression Conformal Prediction", AIA 2008).
func (r *Recipe) Calibrate(ctx context.Context, level float64, local bool, divisions []Holdout, said []*metrics.Sample, cores int) (*bundle.Ranges, error) {
	pool := Pool(said)
	actual, err := r.Transform.Forward(pool.Actual)
	if err != nil {
		return nil, err
	}
	off, err := r.Transform.Forward(pool.Predicted)
	if err != nil {
		return nil, err
	}
	n := len(off)
	for i, v := range off {
		off[i] = math.Abs(v - actual[i])
	}
	v := &bundle.Ranges{Level: level, Rows: n, Local: local}
	if len(divisions) > 1 {
		v.Folds = len(divisions)
	}
	if local {
		if err := fitSpread(ctx, v, heldOut(divisions), off, r.Seed, cores); err != nil {
			return nil, err
		}
	}
	slices.Sort(off)
	at := int(math.Ceil(float64(n+1)*level)) - 1
	if at >= n {
		return nil, &diag.Error{What: "too few rows are held out for prediction intervals", Found: fmt.Sprint(n),
			Wanted: fmt.Sprintf("at least %.0f at level %g", math.Ceil(level/(1-level)), level), Hint: "hold out more rows, or lower the level"}
	}
	v.Reach = off[at]
	return v, nil
}

// heldOut gives the held-out rows of the divisions behind each other, as Pool
// does with what was said of them.
func heldOut(divisions []Holdout) *matrix.Matrix {
	if len(divisions) == 1 {
		return divisions[0].Test.X
	}
	all := &matrix.Matrix{Cols: divisions[0].Test.X.Cols, Names: divisions[0].Test.X.Names, Levels: divisions[0].Test.X.Levels}
	if divisions[0].Test.X.Sparse != nil {
		all.Sparse = &matrix.CSR{}
	}
	for _, d := range divisions {
		all.Rows += d.Test.X.Rows
		all.Dense = append(all.Dense, d.Test.X.Dense...)
		if s := d.Test.X.Sparse; s != nil {
			all.Sparse.Indptr, all.Sparse.Ends = append(all.Sparse.Indptr, s.Indptr...), append(all.Sparse.Ends, s.Ends...)
			all.Sparse.Indices, all.Sparse.Data = s.Indices, s.Data // of the matrix that all were taken from
		}
	}
	return all
}

// spreadFolds is in how many parts errors are set against what is expected of
// them.
const spreadFolds = 5

// fitSpread learns what error to expect of a row, and divides each error by
// what was learned from others.
func fitSpread(ctx context.Context, v *bundle.Ranges, x *matrix.Matrix, off []float64, seed uint64, cores int) error {
	n := len(off)
	if n < 10*spreadFolds {
		v.Local = false // too few to tell rows apart
		return nil
	}
	typical := slices.Clone(off)
	slices.Sort(typical)
	floor := max(typical[n/2]/10, math.SmallestNonzeroFloat32) // no error is expected to vanish
	logs := make([]float64, n)
	for i, e := range off {
		logs[i] = math.Log(e + floor)
	}
	spec, p := models.Widths()
	fit := func(rows []int) (estimator.Model, error) {
		part := &estimator.Data{X: x.Take(rows), Y: make([]float64, len(rows))}
		for at, i := range rows {
			part.Y[at] = logs[i]
		}
		return spec.Fit(ctx, p, part, estimator.Options{Seed: seed, Cores: 1})
	}
	order := rand.New(rand.NewPCG(seed, 0x737072656164)).Perm(n)
	expected := make([]float64, n)
	group := errgroup.Group{}
	group.SetLimit(max(1, cores))
	for k := range spreadFolds + 1 { // the last one learns from all rows
		var train, test []int
		for at, row := range order {
			if at%spreadFolds == k {
				test = append(test, row)
			} else {
				train = append(train, row)
			}
		}
		slices.Sort(train)
		group.Go(func() error {
			m, err := fit(train)
			if err != nil {
				return err
			}
			if k == spreadFolds {
				v.Spread = m
				return nil
			}
			out := make([]float64, len(test))
			m.Predict(out, x.Take(test))
			for at, i := range test {
				expected[i] = math.Exp(out[at])
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i := range off {
		off[i] /= expected[i]
	}
	return nil
}
