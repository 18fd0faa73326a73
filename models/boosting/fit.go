package boosting

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"labbook/internal/base/diag"
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
	margins   [][]float64 // by group and row; of a likelihood their exponentials
	g, h      derivatives // h has no bits where all are 1, or follow from g
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
	source := rand.NewPCG(seed, uint64(round))
	f.draw(source)
	rng := rand.New(source)
	f.differentiate()
	for k := range f.margins {
		g := f.grower
		g.seed = rng.Uint64()
		g.columns = draw(rng, allColumns(len(f.dataset.columns)), f.params.ColsampleByTree)
		if err := f.quantise(k); err != nil {
			return err
		}
		if r, ok := f.objective.(refitter); ok {
			g.refit = f.refit(r, k)
		}
		f.model.trees = append(f.model.trees, g.flatten(g.grow()))
	}
	return nil
}

// derivatives are those of one order: for each group the bits of each row's,
// which quantise packs, their size, and by stripe the sum of their sizes.
type derivatives struct {
	bits  [][]int64
	sizes []size
	sums  [][]float64
}

// stripe is how many rows objectives differentiate at a time.
const stripe = 256

// stripes is how many there are of n rows.
func stripes(n int) int { return (n + stripe - 1) / stripe }

// differentiate adds the values that the trees of the last round left in the
// place of gradients to the margins, and takes the derivatives of the loss
// there: a stripe of rows at a time, which stays in the cache.
func (f *fit) differentiate() {
	n := f.dataset.rows
	f.g.sizes, f.h.sizes = make([]size, len(f.g.bits)), make([]size, len(f.h.bits))
	if o, ok := f.objective.(squaredError); ok && f.data.Weights == nil {
		f.crew.lead().split(0, n, shareRows, func(lo, hi int) {
			f.g.sizes[0].include(o.residuals(f.g.bits[0][lo:hi], f.margins[0][lo:hi], f.data.Y[lo:hi]))
		})
		return
	}
	o, ok := f.objective.(likelihood)
	bare := ok && len(f.h.bits) == 0 // Hessians are made when they are packed
	f.crew.lead().split(0, stripes(n), shareRows/stripe, func(first, last int) {
		g, h := planes[float64](len(f.g.bits), stripe), planes[float64](len(f.h.bits), stripe)
		margins, values := make([][]float64, len(f.margins)), make([][]int64, len(f.margins))
		sums := planes[float64](2, len(f.margins))
		for s := first; s < last; s++ {
			lo, hi := s*stripe, min((s+1)*stripe, n)
			y, weights := f.data.Y[lo:hi], part(f.data.Weights, lo, hi)
			for k, m := range f.margins {
				margins[k], values[k] = m[lo:hi], f.g.bits[k][lo:hi]
			}
			switch {
			case bare:
				o.residuals(values, margins, y, sums[0], sums[1])
				f.g.note(sums[0], s)
				f.h.note(sums[1], s)
				continue
			case ok:
				o.residuals(values, margins, y, sums[0], sums[1])
				for k := range values {
					spread(g[k], h[k], values[k], o.curvature(), weights)
				}
			default:
				for k := range margins {
					advance(margins[k], values[k])
				}
				f.objective.(differentiable).gradients(g, h, margins, y, weights)
			}
			f.g.take(g, s, lo, hi)
			f.h.take(h, s, lo, hi)
		}
	})
}

// advance adds values, given by their bits, to margins.
func advance(margins []float64, values []int64) {
	margins = margins[:len(values)]
	for i, bits := range values {
		margins[i] += math.Float64frombits(uint64(bits))
	}
}

// hold makes room for n rows of some groups.
func (d *derivatives) hold(groups, n int) {
	d.bits, d.sums = planes[int64](groups, n), planes[float64](groups, stripes(n))
}

// note keeps the sums of a stripe.
func (d *derivatives) note(sums []float64, stripe int) {
	for k, sum := range sums {
		d.sums[k][stripe] = sum
	}
}

// take keeps the derivatives of rows lo … hi-1, a stripe's.
func (d *derivatives) take(values [][]float64, stripe, lo, hi int) {
	for k := range d.bits {
		d.sums[k][stripe] = d.sizes[k].cover(d.bits[k][lo:hi], values[k][:hi-lo])
	}
}

// total is the sum of the sizes of a group's, the same however the stripes were
// shared.
func (d *derivatives) total(k int) (sum float64) {
	for _, s := range d.sums[k] {
		sum += s
	}
	return sum
}

// quantise packs the gradients of a group for the grower.
func (f *fit) quantise(k int) error {
	g, n := f.grower, f.dataset.rows
	o, ok := f.objective.(likelihood)
	bare := ok && len(f.h.bits) == 0
	size := f.g.sizes[k].value()
	if bare {
		size = f.g.total(k)
	}
	if math.IsInf(size, 0) || size != size {
		return diag.New("boosting diverged: a gradient is not finite", "lower learning_rate, or scale the target")
	}
	p := &g.penalty
	*p = penalty{packing: packingOf(n), lambda: f.params.Lambda, minChild: f.params.MinChildWeight, minRows: int64(f.params.MinSamplesLeaf)}
	g.root.g, g.root.h = f.g.bits[k], nil
	switch {
	case bare:
		p.words = true
		second := o.curvature() * (f.h.total(k) + float64(n)*smallestHessian) // of the gradients as they are rounded it may be so much more
		p.gradientUnit, p.hessianUnit = wordUnit(size, n, wordGradientBits-1), wordUnit(second, n, wordHessianBits)
		g.total = wordSums(f.pack(func(lo, hi int) int64 {
			return packResiduals(g.root.g[lo:hi], o.curvature(), p.gradientUnit, p.hessianUnit, lo, g.seed, part(f.sample, lo, hi))
		}))
	case len(f.h.bits) == 0:
		p.gradientUnit = unitFor(size, n, p.gradientBits())
		g.total = sums{g: f.pack(func(lo, hi int) int64 { return p.pack(g.root.g[lo:hi], p.gradientUnit, part(f.sample, lo, hi)) })}
	case n <= wordRows && !f.objective.flat():
		h := f.h.bits[k]
		p.words = true
		p.gradientUnit, p.hessianUnit = wordUnit(f.g.total(k), n, wordGradientBits-1), wordUnit(f.h.total(k), n, wordHessianBits)
		g.total = wordSums(f.pack(func(lo, hi int) int64 {
			return packWords(g.root.g[lo:hi], h[lo:hi], p.gradientUnit, p.hessianUnit, lo, g.seed, part(f.sample, lo, hi))
		}))
	default:
		g.root.h = f.h.bits[k]
		p.gradientUnit, p.hessianUnit = unitFor(size, n, p.gradientBits()), unitFor(f.h.sizes[k].value(), n, hessianBits)
		g.total.g = f.pack(func(lo, hi int) int64 { return p.pack(g.root.g[lo:hi], p.gradientUnit, part(f.sample, lo, hi)) })
		g.total.h = f.pack(func(lo, hi int) int64 { return packHessians(g.root.h[lo:hi], p.hessianUnit, part(f.sample, lo, hi)) })
	}
	p.alpha = f.params.Alpha / p.gradientUnit
	p.minChild = max(p.minChild, p.hessianUnit)
	return nil
}

// pack has the crew pack rows lo … hi-1 each, and gives the sum of all.
func (f *fit) pack(pack func(lo, hi int) int64) int64 {
	var sum atomic.Int64
	f.crew.lead().split(0, f.dataset.rows, shareRows, func(lo, hi int) { sum.Add(pack(lo, hi)) })
	return sum.Load()
}

// part gives some rows' values; nil, which stands for all alike, stays nil.
func part[T any](values []T, lo, hi int) []T {
	if values == nil {
		return nil
	}
	return values[lo:hi]
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
func (f *fit) draw(source *rand.PCG) {
	if f.params.Subsample >= 1 {
		return
	}
	below := uint64(math.Ceil(f.params.Subsample * (1 << 53)))
	for i := range f.sample {
		f.sample[i] = source.Uint64()<<11>>11 < below // as rand.Float64 would be below the share
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
	f := &fit{params: p, data: data, objective: objectiveNamed(objectiveName(p, data), p.shape(), len(data.Classes)), crew: newCrew(opt.Cores)}
	f.dataset, _ = data.Prepared.(*Dataset)
	if !f.dataset.fits(data.X, p.MaxBins) {
		f.dataset = newDataset(f.crew.lead(), data.X, p.MaxBins)
	}
	base := f.objective.start(data.Y, data.Weights)
	f.model = &Model{columns: data.X.Cols, classes: len(data.Classes), objective: objectiveName(p, data), shape: p.shape(),
		base: base, link: f.objective}
	_, odds := f.objective.(likelihood)
	f.g.hold(len(base), n)
	switch {
	case odds && n <= wordRows && data.Weights == nil:
		f.h.sums = planes[float64](len(base), stripes(n))
	case odds || !f.objective.flat() || data.Weights != nil:
		f.h.hold(len(base), n)
	}
	f.begin(base, odds)
	if p.Subsample < 1 {
		f.sample = make([]bool, n)
	}
	f.grower = newGrower(p, f.dataset, f.crew, data.X.Names)
	f.grower.odds = odds
	if data.Valid != nil && data.Valid.X.Rows > 0 && (p.EarlyStopping > 0 || opt.Score != nil) {
		f.valid = newValidation(data.Valid, f.objective, base)
	}
	return f, nil
}

// begin leaves base as the values by which differentiate advances first.
func (f *fit) begin(base []float64, odds bool) {
	f.margins = planes[float64](len(base), f.dataset.rows)
	for k, v := range base {
		if odds {
			v = oddsOf(v)
			fill(f.margins[k], 1)
		}
		fill(f.g.bits[k], int64(math.Float64bits(v)))
	}
}

// planes gives k slices of n zeros.
func planes[T any](k, n int) [][]T {
	out := make([][]T, k)
	for i := range out {
		out[i] = make([]T, n)
	}
	return out
}

// marginsFrom gives each of n rows the margins of base.
func marginsFrom(base []float64, n int) [][]float64 {
	out := planes[float64](len(base), n)
	for k, v := range base {
		fill(out[k], v)
	}
	return out
}

// fill sets all values to v.
func fill[T any](values []T, v T) {
	for i := range values {
		values[i] = v
	}
}

func newGrower(p *Params, d *Dataset, c *crew, names []string) *grower {
	g := &grower{params: p, data: d, crew: c, cache: cacheBytes}
	g.all, g.rows = make([]uint32, d.rows), [2][]uint32{make([]uint32, d.rows), make([]uint32, d.rows)}
	count(g.all)
	g.root = &view{bins: d.bins}
	if len(p.Monotone) > 0 {
		g.monotone = make([]int, len(names))
		for j, name := range names {
			g.monotone[j] = p.Monotone[name]
		}
	}
	return g
}
