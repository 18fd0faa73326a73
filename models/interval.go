package models

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
	"labbook/models/boosting"
	"labbook/models/estimator"
)

// Ranges gives, around the predictions of a regression, ranges that hold the
// truth with probability Level: conformal prediction. How far the predictions
// of held-out rows were off, on the scale that the model learns, says how far
// the next one may be.
//
// The one assumption is that the rows asked for are exchangeable with those of
// training: drawn alike, in no order that means something. Prices that drift
// break it, which is why evaluate counts how many test rows the ranges hold.
// With one share held out and the model that it judged, they hold at least
// Level of the rows on average (Papadopoulos et al., "Inductive Confidence
// Machines for Regression", ECML 2002; Lei et al., "Distribution-Free
// Predictive Inference for Regression", JASA 113, 2018). With folds
// (cross-conformal: Vovk, Ann. Math. Artif. Intell. 74, 2015), or a model
// fitted again to all rows, nothing is proved without a further assumption,
// that the fit is stable: a row more or less hardly moves it (Barber et al.,
// "Predictive inference with the jackknife+", Ann. Stat. 49, 2021).
type Ranges struct {
	Level float64 `json:"level"`
	// Reach is how far a range goes to either side on the scale that is
	// learned; with Local, in multiples of what is expected of the row.
	Reach float64 `json:"reach"`
	// Rows were held out to find it, in so many Folds; 0 is a share of them.
	Rows  int  `json:"rows"`
	Folds int  `json:"folds,omitempty"`
	Local bool `json:"local"`

	// spread gives the logarithm of the error to expect of a row; nil unless
	// Local.
	spread estimator.Model
}

// fileSpread is the file of a bundle that holds Ranges.spread.
const fileSpread = "spread.bin"

// Calibrate finds the intervals of a recipe from what it said of the rows that
// each division held out. With local they are as wide as errors of such rows
// are expected to be: errors are divided by what boosted trees that did not see
// them expect (Papadopoulos, Gammerman, Vovk, "Normalized Nonconformity
// Measures for Regression Conformal Prediction", AIA 2008).
func (r *Recipe) Calibrate(ctx context.Context, level float64, local bool, divisions []Holdout, said []*metrics.Sample, cores int) (*Ranges, error) {
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
	v := &Ranges{Level: level, Rows: n, Local: local}
	if len(divisions) > 1 {
		v.Folds = len(divisions)
	}
	if local {
		if err := v.fitSpread(ctx, heldOut(divisions), off, r.Seed, cores); err != nil {
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

// WidthSpec gives the estimator that learns how wide local intervals are: its
// version is part of what an interval depends on.
func WidthSpec() *estimator.Spec { spec := boosting.Spec(); return &spec }

// fitSpread learns what error to expect of a row, and divides each error by
// what was learned from others.
func (v *Ranges) fitSpread(ctx context.Context, x *matrix.Matrix, off []float64, seed uint64, cores int) error {
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
	fit := func(rows []int) (estimator.Model, error) {
		p := WidthSpec().Params().(*boosting.Params)
		p.Trees, p.LearningRate, p.MaxDepth, p.MinChildWeight, p.Subsample = 60, 0.1, 4, 20, 0.7
		part := &estimator.Data{X: x.Take(rows), Y: make([]float64, len(rows))}
		for at, i := range rows {
			part.Y[at] = logs[i]
		}
		return boosting.Fit(ctx, p, part, estimator.Options{Seed: seed, Cores: 1})
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
				v.spread = m
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

// around gives the ends of the ranges around centres on the scale that is
// learned.
func (v *Ranges) around(centre []float64, x *matrix.Matrix) (low, high []float64) {
	reach := make([]float64, len(centre))
	if v.spread != nil {
		v.spread.Predict(reach, x)
		for i, e := range reach {
			reach[i] = v.Reach * math.Exp(e)
		}
	} else {
		for i := range reach {
			reach[i] = v.Reach
		}
	}
	low, high = slices.Clone(centre), reach
	for i, c := range centre {
		low[i] -= reach[i]
		high[i] += c
	}
	return low, high
}

// read gives an interval its spread, when it has one.
func (v *Ranges) read(read func(name string) ([]byte, error), columns int) error {
	if !(v.Level > 0 && v.Level < 1) || !(v.Reach >= 0) || math.IsInf(v.Reach, 0) {
		return fmt.Errorf("bundle: an impossible interval")
	}
	if !v.Local {
		return nil
	}
	data, err := read(fileSpread)
	if err != nil {
		return err
	}
	spec := WidthSpec()
	if v.spread, err = spec.Decode(data); err != nil {
		return fmt.Errorf("bundle: %s: %w", fileSpread, err)
	}
	if v.spread.Outputs() != 1 || len(v.spread.(*boosting.Model).Importances()["gain"]) != columns {
		return fmt.Errorf("bundle: %s reads other columns than the features make", fileSpread)
	}
	return nil
}
