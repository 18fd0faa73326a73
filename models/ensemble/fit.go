package ensemble

import (
	"context"
	"math"
	"math/rand/v2"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// fit is the fitting of one ensemble.
type fit struct {
	*ensemble
	params *Params
	opt    estimator.Options
	total  int          // fits to do
	done   atomic.Int64 // of them
}

// job is the fit of one member on some data.
type job struct {
	member, repeat int
	data           *estimator.Data
}

func (e *ensemble) fit(ctx context.Context, p *Params, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f := &fit{ensemble: e, params: p, opt: opt}
	if err := e.self.CheckViews(p, data.X); err != nil {
		return nil, err
	}
	for m := range p.Of {
		if err := e.lookup(p.Of[m].Model).Check(f.seen(m, data)); err != nil {
			return nil, err
		}
		f.total += p.repeats(m)
	}
	var parts []part
	var err error
	switch p.Method {
	case "stack":
		parts, err = f.stack(ctx, data)
	case "residual", "cascade":
		parts, err = f.chain(ctx, data)
	default:
		parts, err = f.average(ctx, data)
	}
	if err != nil {
		return nil, err
	}
	return e.newModel(parts, max(1, len(data.Classes)), shapeOf(data.X)), nil
}

// average weighs the members as declared.
func (f *fit) average(ctx context.Context, data *estimator.Data) ([]part, error) {
	weights, sum := make([]float64, len(f.params.Of)), 0.0
	for m := range weights {
		weights[m] = f.params.Of[m].Weight
		sum += weights[m]
	}
	for m := range weights {
		weights[m] /= sum
	}
	fitted, err := f.run(ctx, f.jobs(data))
	return f.weigh(fitted, weights, data.X), err
}

// prepared gives what is prepared of data for each member.
func (f *fit) prepared(data *estimator.Data) []any {
	if prepared, _ := data.Prepared.([]any); len(prepared) == len(f.params.Of) {
		return prepared
	}
	return f.prepare(f.params, data.X)
}

// jobs lists the fits of all members to data, each with what is prepared for it.
func (f *fit) jobs(data *estimator.Data) []job {
	prepared := f.prepared(data)
	var jobs []job
	for m := range f.params.Of {
		own := f.seen(m, data)
		own.Prepared = prepared[m]
		for r := range f.params.repeats(m) {
			jobs = append(jobs, job{m, r, own})
		}
	}
	return jobs
}

// weigh makes parts of the models that fitted jobs gave on x, in the same order: a
// member's weight is shared by its repeats, and members without weight are
// left out.
func (f *fit) weigh(fitted []estimator.Model, weights []float64, x *matrix.Matrix) []part {
	var parts []part
	at := 0
	for m, w := range weights {
		n := f.params.repeats(m)
		for range n {
			if at < len(fitted) && w > 0 {
				parts = append(parts, part{f.params.Of[m].Model, f.reads(x, f.params.Of[m]), w / float64(n), 0, fitted[at], m})
			}
			at++
		}
	}
	return parts
}

// run fits the jobs, several at once, and gives their models in order.
func (f *fit) run(ctx context.Context, jobs []job) ([]estimator.Model, error) {
	fitted := make([]estimator.Model, len(jobs))
	cores := max(1, f.opt.Cores)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(cores)
	for i, j := range jobs {
		group.Go(func() error {
			own := f.params.Of[j.member]
			opt := estimator.Options{Seed: seed(f.opt.Seed, j.member, j.repeat), Cores: max(1, cores/len(jobs)), Logf: f.opt.Logf}
			var err error
			fitted[i], err = f.lookup(own.Model).Fit(ctx, own.Params.Value(), j.data, opt)
			if done := f.done.Add(1); err == nil && f.opt.Progress != nil {
				f.opt.Progress(min(int(done), f.total), f.total)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return fitted, nil
}

// seed gives a seed of its own to each fit; the first keeps the ensemble's.
func seed(of uint64, member, repeat int) uint64 {
	if member == 0 && repeat == 0 {
		return of
	}
	return rand.NewPCG(of, uint64(member)<<32|uint64(repeat)).Uint64() & math.MaxInt64
}
