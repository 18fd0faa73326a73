package boosting

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"labbook/internal/diag"
	"labbook/models/estimator"
)

// fit is the boosting of one model.
type fit struct {
	params    *Params
	data      *estimator.Data
	dataset   *Dataset
	objective objective
	crew      *crew
	grower    *grower
	margins   [][]float64 // by group and row
	g, h      [][]float64 // gradients, Hessians; h is nil where all are 1
	sizes     [2][]size   // of the gradients and Hessians of each group
	sample    []bool      // the rows of the round; nil for all
	valid     *validation
	model     *Model
}

// run grows round after round of trees, one for each group: each lowers the
// loss of what the ones before it left.
func (f *fit) run(ctx context.Context, opt estimator.Options) error {
	for round := range f.params.Trees {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.round(opt.Seed, round); err != nil {
			return err
		}
		if opt.Progress != nil {
			opt.Progress(round+1, f.params.Trees)
		}
		if f.valid == nil {
			continue
		}
		loss := f.valid.score(f.model)
		if opt.Score != nil && !opt.Score(round, loss) {
			break
		}
		if n := f.params.EarlyStopping; n > 0 && round-f.valid.best >= n {
			break
		}
	}
	if f.valid != nil && f.params.EarlyStopping > 0 {
		f.model.trees = f.model.trees[:(f.valid.best+1)*f.objective.groups()]
		if opt.Logf != nil {
			opt.Logf("best round %d, validation loss %.6g", f.valid.best+1, f.valid.bestLoss)
		}
	}
	return nil
}

// round grows one tree for each group.
func (f *fit) round(seed uint64, round int) error {
	d := f.dataset
	f.differentiate()
	rng := rand.New(rand.NewPCG(seed, uint64(round)))
	f.draw(rng)
	for k := range f.margins {
		g := f.grower
		g.seed = rng.Uint64()
		g.columns = draw(rng, allColumns(len(d.columns)), f.params.ColsampleByTree)
		if err := f.quantise(k); err != nil {
			return err
		}
		g.root.values = f.margins[k]
		if r, ok := f.objective.(refitter); ok {
			g.refit = f.refit(r, k)
		}
		f.model.trees = append(f.model.trees, g.flatten(g.grow()))
	}
	return nil
}

// differentiate takes the derivatives of the loss, and their sizes while they
// are in the cache.
func (f *fit) differentiate() {
	f.sizes = [2][]size{make([]size, len(f.g)), make([]size, len(f.h))}
	f.crew.lead().split(0, f.dataset.rows, shareRows, func(lo, hi int) {
		for ; lo < hi; lo += shareRows {
			end := min(lo+shareRows, hi)
			f.objective.gradients(f.g, f.h, f.margins, f.data.Y, f.data.Weights, lo, end)
			for k := range f.g {
				f.sizes[0][k].cover(f.g[k][lo:end])
			}
			for k := range f.h {
				f.sizes[1][k].cover(f.h[k][lo:end])
			}
		}
	})
}

// quantise packs the gradients of a group for the grower.
func (f *fit) quantise(k int) error {
	g, v, n := f.grower, f.grower.root, f.dataset.rows
	size := f.sizes[0][k].value()
	if math.IsInf(size, 0) || size != size {
		return diag.New("boosting diverged: a gradient is not finite", "lower learning_rate, or scale the target")
	}
	g.penalty = penalty{lambda: f.params.Lambda, minChild: f.params.MinChildWeight, gradientUnit: unitFor(size, n, gradientBits)}
	g.penalty.alpha = f.params.Alpha / g.penalty.gradientUnit
	var total atomic.Int64
	f.crew.lead().split(0, n, shareRows, func(lo, hi int) {
		total.Add(pack(v.g[lo:hi], f.g[k][lo:hi], g.penalty.gradientUnit, part(f.sample, lo, hi)))
	})
	g.total = sums{g: total.Load()}
	if f.h == nil {
		return nil
	}
	g.penalty.hessianUnit = unitFor(f.sizes[1][k].value(), n, hessianBits)
	total.Store(0)
	f.crew.lead().split(0, n, shareRows, func(lo, hi int) {
		total.Add(packHessians(v.h[lo:hi], f.h[k][lo:hi], g.penalty.hessianUnit, part(f.sample, lo, hi)))
	})
	g.total.h = total.Load()
	return nil
}

func part(sample []bool, lo, hi int) []bool {
	if sample == nil {
		return nil
	}
	return sample[lo:hi]
}

// refit gives what finds a leaf's value from its rows.
func (f *fit) refit(r refitter, k int) func(rows []uint32) float64 {
	return func(rows []uint32) float64 {
		residuals, weights := make([]float64, 0, len(rows)), []float64(nil)
		for _, i := range rows {
			if f.sample != nil && !f.sample[i] {
				continue
			}
			residuals = append(residuals, f.data.Y[i]-f.margins[k][i])
			if f.data.Weights != nil {
				weights = append(weights, f.data.Weights[i])
			}
		}
		return r.leaf(residuals, weights)
	}
}

// draw takes each row into the round's sample with the probability subsample.
func (f *fit) draw(rng *rand.Rand) {
	if f.params.Subsample >= 1 {
		return
	}
	for i := range f.sample {
		f.sample[i] = rng.Float64() < f.params.Subsample
	}
}

func allColumns(n int) []int {
	all := make([]int, n)
	for j := range all {
		all[j] = j
	}
	return all
}

// draw takes a share of the columns, at least one, ascending.
func draw(rng *rand.Rand, columns []int, share float64) []int {
	n := max(1, int(share*float64(len(columns))))
	if n >= len(columns) {
		return columns
	}
	drawn := slices.Clone(columns)
	for i := range n {
		k := i + rng.IntN(len(drawn)-i)
		drawn[i], drawn[k] = drawn[k], drawn[i]
	}
	drawn = drawn[:n]
	slices.Sort(drawn)
	return drawn
}

// newFit prepares a fit of checked parameters.
func newFit(p *Params, data *estimator.Data, opt estimator.Options) (*fit, error) {
	n := data.X.Rows
	switch {
	case n == 0:
		return nil, diag.New("no rows to learn from", "check what the stages before keep")
	case n > maxRows:
		return nil, &diag.Error{What: "too many rows for boosting", Found: fmt.Sprint(n),
			Wanted: fmt.Sprintf("at most %d", maxRows), Hint: "learn from a sample"}
	case data.X.Cols == 0:
		return nil, diag.New("no columns to learn from", "check what the features stage drops")
	}
	f := &fit{params: p, data: data, objective: objectiveNamed(objectiveName(p, data), p.QuantileAlpha, p.HuberSlope, len(data.Classes)), crew: newCrew(opt.Cores)}
	f.dataset, _ = data.Prepared.(*Dataset)
	if !f.dataset.fits(data.X, p.MaxBins) {
		f.dataset = newDataset(f.crew.lead(), data.X, p.MaxBins)
	}
	base := f.objective.start(data.Y, data.Weights)
	f.model = &Model{columns: data.X.Cols, classes: len(data.Classes), objective: objectiveName(p, data),
		quantile: p.QuantileAlpha, slope: p.HuberSlope, base: base, link: f.objective}
	f.margins, f.g = planes(base, n), planes(make([]float64, len(base)), n)
	hessians := !f.objective.flat() || data.Weights != nil
	if hessians {
		f.h = planes(make([]float64, len(base)), n)
	}
	if p.Subsample < 1 {
		f.sample = make([]bool, n)
	}
	f.grower = newGrower(p, f.dataset, f.crew, data.X.Names, hessians)
	if data.Valid != nil && data.Valid.X.Rows > 0 && (p.EarlyStopping > 0 || opt.Score != nil) {
		f.valid = newValidation(data.Valid, f.objective, base)
	}
	return f, nil
}

// planes gives a slice of n values for each start.
func planes(start []float64, n int) [][]float64 {
	out := make([][]float64, len(start))
	for k, v := range start {
		out[k] = make([]float64, n)
		if v != 0 {
			for i := range out[k] {
				out[k][i] = v
			}
		}
	}
	return out
}

func newGrower(p *Params, d *Dataset, c *crew, names []string, hessians bool) *grower {
	g := &grower{params: p, data: d, crew: c, identity: make([]uint32, d.rows)}
	for i := range g.identity {
		g.identity[i] = uint32(i)
	}
	g.rows = [2][]uint32{make([]uint32, d.rows), make([]uint32, d.rows)}
	g.root = &view{bins: d.bins, g: make([]int64, d.rows)}
	if hessians {
		g.root.h = make([]int64, d.rows)
	}
	if len(p.Monotone) > 0 {
		g.monotone = make([]int, len(names))
		for j, name := range names {
			g.monotone[j] = p.Monotone[name]
		}
	}
	return g
}
