package elasticnet

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"

	"labbook/internal/base/parallel"
	"labbook/models/estimator"
	"labbook/models/internal/linear"
	"labbook/models/internal/plane"
)

const (
	steps   = 100  // of the path from which the penalty is chosen
	beyond  = 15   // of them are tried after the best so far
	folds   = 5    // that choose it
	fewer   = 1000 // columns at most of which the products are held
	loosely = 1e-3 // is as near as the folds come to their optima
)

// work is a problem, and what it takes to make a plane of its solution.
type work struct {
	*descent
	*scaling
}

// held is a fold: the problem of the other rows, and the mean squared error of a
// plane on its own.
type held struct {
	others work
	weight float64
	loss   func(intercept float64, weights []float64) float64
}

// fit chooses the penalty where none is declared, and goes down the path to it.
func fit(ctx context.Context, p *Params, data *estimator.Data, opt estimator.Options) (*model, error) {
	whole, parts, err := pose(ctx, p, data, opt)
	if err != nil {
		return nil, err
	}
	if _, target, _ := whole.norms(); p.Standardise && target > 0 {
		whole.unit = math.Sqrt(target)
		for k := range parts {
			parts[k].others.unit = whole.unit
		}
	}
	begin, part := whole.begin()
	var alphas []float64 // none where there is nothing to learn
	switch {
	case p.Alpha > 0:
		alphas = between(begin, p.Alpha)
	case begin > 0:
		alphas = path(begin, part)
		best, err := choose(ctx, alphas, parts, opt)
		if err != nil {
			return nil, err
		}
		alphas = alphas[:best+1]
	}
	closed, before := true, begin
	for k, alpha := range alphas {
		if whole.tol = loosely; k == len(alphas)-1 {
			whole.tol = p.Tol
		}
		closed = whole.solve(ctx, alpha, before)
		before = alpha
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m := &model{Plane: plane.Plane{Names: data.X.Names, Means: whole.means, Spreads: whole.spreads}, Alpha: before, Sparse: data.X.Sparse != nil}
	m.Intercept, m.Weights = whole.plane(whole.b)
	for _, w := range m.Weights {
		if w != 0 {
			m.Used++
		}
	}
	if !closed {
		m.stopped = linear.Stopped("elastic-net", p.MaxIter, "raise max_iter, tol or alpha")
	}
	return m, m.Finite()
}

// pose gives the problem of all rows, and, where a penalty is to be chosen, the
// folds.
func pose(ctx context.Context, p *Params, data *estimator.Data, opt estimator.Options) (work, []held, error) {
	parts := deal(data.X.Rows, opt.Seed)
	pose := poseColumns
	if data.X.Sparse == nil && data.X.Cols <= fewer && data.X.Cols < data.X.Rows {
		pose = poseProducts
	}
	return pose(ctx, p, data, parts, p.Alpha == 0 && len(parts) > 1, opt)
}

// work gives the work on a problem.
func (p *Params) work(pr problem, sc *scaling) work {
	return work{newDescent(pr, len(sc.means), p.Ratio, loosely, p.MaxIter), sc}
}

// poseProducts holds the products of columns: those of the other parts are all
// less the part's.
func poseProducts(ctx context.Context, p *Params, data *estimator.Data, parts [][]int, fold bool, opt estimator.Options) (work, []held, error) {
	centre := centreOf(data)
	each, err := sumParts(ctx, data, centre, parts, opt.Cores)
	if err != nil {
		return work{}, nil, err
	}
	all := newSums(len(centre))
	for _, s := range each {
		all.add(s)
	}
	whole := p.work(all.problem(centre, p.Standardise))
	var out []held
	for k := 0; fold && k < len(each); k++ {
		others := newSums(len(centre))
		for _, s := range slices.Concat(each[:k], each[k+1:]) {
			others.add(s)
		}
		own := each[k]
		out = append(out, held{p.work(others.problem(centre, p.Standardise)), own.weight,
			func(intercept float64, weights []float64) float64 { return own.loss(centre, intercept, weights) }})
	}
	return whole, out, nil
}

// poseColumns holds the columns.
func poseColumns(ctx context.Context, p *Params, data *estimator.Data, parts [][]int, fold bool, _ estimator.Options) (work, []held, error) {
	whole := p.work(newColumns(data, p.Standardise))
	var out []held
	for k := 0; fold && k < len(parts) && ctx.Err() == nil; k++ {
		own := take(data, parts[k])
		others := take(data, slices.Concat(slices.Concat(parts[:k], parts[k+1:])...))
		out = append(out, held{p.work(newColumns(others, p.Standardise)), total(own),
			func(intercept float64, weights []float64) float64 { return loss(own, intercept, weights) }})
	}
	return whole, out, ctx.Err()
}

// deal deals the rows out to the folds at random; a part keeps their order.
func deal(rows int, seed uint64) [][]int {
	rng := rand.New(rand.NewPCG(seed, 0))
	parts := make([][]int, min(folds, rows))
	of := make([]int, rows)
	for i, place := range rng.Perm(rows) {
		of[i] = place % len(parts)
	}
	for i, k := range of {
		parts[k] = append(parts[k], i)
	}
	return parts
}

// path gives falling penalties, from one to a part of it.
func path(begin, part float64) []float64 {
	alphas := make([]float64, steps)
	for k := range alphas {
		alphas[k] = begin * math.Pow(part, float64(k)/(steps-1))
	}
	return alphas
}

// between gives penalties that fall to the last in steps that the strong rule
// takes.
func between(begin, end float64) (alphas []float64) {
	for alpha := begin * 0.7; alpha > end && end > 0; alpha *= 0.7 {
		alphas = append(alphas, alpha)
	}
	return append(alphas, end)
}

// choose gives the place of the penalty with the least error in the folds. It
// goes no further than some steps beyond it, for weak penalties take long.
func choose(ctx context.Context, alphas []float64, parts []held, opt estimator.Options) (int, error) {
	best, least, before := 0, math.Inf(1), alphas[0]
	errors := make([]float64, len(parts))
	for k, alpha := range alphas {
		err := parallel.Until(ctx, max(1, opt.Cores), len(parts), func(f int) {
			part := &parts[f]
			part.others.solve(ctx, alpha, before)
			errors[f] = part.weight * part.loss(part.others.plane(part.others.b))
		})
		if err != nil {
			return 0, err
		}
		if sum := floats.Sum(errors); sum < least {
			best, least = k, sum
		}
		if k >= best+beyond {
			break
		}
		before = alpha
		if opt.Progress != nil {
			opt.Progress(k+1, len(alphas))
		}
	}
	return best, nil
}
