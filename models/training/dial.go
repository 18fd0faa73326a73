package training

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/diag"
	"labbook/internal/base/facts"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/ensemble"
	"labbook/models/estimator"
	"labbook/models/selection"
)

// Qualities are what the parameter quality may say besides nothing.
var Qualities = []string{"quick", "good", "best"}

// The places of Qualities.
const (
	quick = iota
	good
	best
)

func place(quality string) int { return slices.Index(Qualities, quality) }

// Blend is what quality chose: how its features are made, and what was tried.
type Blend struct {
	Features *features.Options
	Facts    BlendFacts
}

// BlendFacts is what training.json keeps of it.
type BlendFacts struct {
	Metric string       `json:"metric"` // by which candidates are weighed, on rows held out
	Score  facts.Number `json:"score"`  // of the weighted mean, each row weighed by other rows where there are folds
	Tried  []Tried      `json:"tried"`
}

// Tried is a candidate.
type Tried struct {
	Name   string       `json:"name"`
	Model  string       `json:"model"`
	View   string       `json:"view,omitempty"`
	Score  facts.Number `json:"score"`
	Weight facts.Number `json:"weight"`
	Error  string       `json:"error,omitempty"` // why it could not learn
}

// attempt is a candidate that was tried.
type attempt struct {
	candidate
	samples []*metrics.Sample // of each division
	pool    *metrics.Sample
	score   float64
	err     error
}

// dial tries the candidates of a quality on the same rows held out, weighs them by
// what they said, and fits the weighted mean to all rows.
func (o *Options) dial(ctx context.Context, from *Source, work *Work) (*Trained, error) {
	if from.options == nil {
		return nil, diag.New("quality makes features of its own, and nobody knows how these were made", "run the stages before it again")
	}
	t, err := from.open()
	if err != nil {
		return nil, err
	}
	b, err := o.blending(t, 0, from.structure, from.options, from.Features, work)
	if err != nil {
		return nil, err
	}
	tried, err := b.all(ctx)
	if err != nil {
		return nil, err
	}
	said, weights := b.weigh(tried)
	chosen, read := b.chosen(tried, weights)
	result := &Blend{narrow(b.whole, read), b.facts(tried, weights, said)}
	final, err := newSource(t, from.structure, *result.Features, from.Features, work.Cores)
	if err != nil {
		return nil, err
	}
	settled := *o
	settled.Model, settled.Quality, settled.Candidates, settled.Budget, settled.Params = "ensemble", "", 0, 0, params.OpenOver(chosen, models.Lookup("ensemble").Params())
	done := &Trained{Blend: result}
	done.Facts.Blend = &result.Facts
	return done, settled.conclude(ctx, final, b.divisions, said, members(tried, weights), done, work)
}

// members are the candidates with a weight, in the order of the ensemble of them.
func members(tried []*attempt, weights []float64) []member {
	var all []member
	for i, a := range tried {
		if weights[i] > 0 {
			all = append(all, member{weight: weights[i], said: a.samples})
		}
	}
	return all
}

// heldBy says which rows candidates are weighed by: folds, or of many rows a share.
func (o *Options) heldBy(rows int) Validation {
	const many, share = 20_000, 0.2
	v := Validation{Share: o.Validation.Share, Folds: o.Validation.Folds, Seed: o.Seed}
	switch {
	case v.Share > 0 || v.Folds > 0:
	case rows > many:
		v.Share = share
	default:
		v.Folds = foldsOfCandidates
	}
	return v
}

// foldsOfCandidates is in how many parts rows are held out to weigh candidates:
// more told no more on average.
const foldsOfCandidates = 3

// blending is a search for the best weighted mean.
type blending struct {
	*Options
	asked
	whole     *features.Options // all views
	divisions []Holdout
	work      *Work
	metric    *metrics.Metric
	unit      string
	began     time.Time

	mu      sync.Mutex // of what follows
	learned bool       // some candidate that does not guess has
	done    int
}

// blending makes what candidates are judged on of rows that belong together as
// structure says: all there are, or, where all is not 0, some of so many.
func (o *Options) blending(t *table.Table, all int, structure *partition.Structure, base *features.Options, like *features.Features, work *Work) (*blending, error) {
	b := &blending{Options: o, whole: views(t, base, structure.Time), work: work, began: time.Now()}
	wide, err := newSource(t, structure, *b.whole, like, work.Cores)
	if err != nil {
		return nil, err
	}
	data := wide.Data
	b.asked = asked{max(all, data.X.Rows), len(data.Classes), b.whole.Views.Keys()}
	b.metric, b.unit = weighedBy(data.Classes), wide.Features.Target.Unit
	b.divisions, err = wide.Divide(o.heldBy(b.rows), work.Cores)
	return b, err
}

// all tries the portfolio, and what a search finds besides.
func (b *blending) all(ctx context.Context) ([]*attempt, error) {
	candidates, err := b.portfolio(b.asked)
	if err != nil {
		return nil, err
	}
	trials := b.trials(len(candidates))
	total := len(candidates) + trials
	tried, err := b.tries(ctx, candidates, total)
	if err != nil {
		return nil, err
	}
	begun := len(tried)
	if trials > 0 && !b.late() {
		more, n, err := b.search(ctx, trials, total)
		if err != nil {
			return nil, err
		}
		tried, begun = append(tried, more...), begun+n
	}
	b.cutShort(begun, total, "candidates", b.work)
	var first error
	for _, t := range tried {
		b.work.logf("%s", b.say(t))
		if t.err != nil && first == nil {
			first = t.err
		}
	}
	if !b.learned {
		return nil, first
	}
	return tried, nil
}

// tries tries candidates in their order, as many at once as there are cores, and
// begins none but a guess when time is up.
func (b *blending) tries(ctx context.Context, candidates []candidate, total int) ([]*attempt, error) {
	tried := make([]*attempt, len(candidates))
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(max(1, b.work.Cores))
	for i, c := range candidates {
		group.Go(func() error {
			if models.Lookup(c.model).Guesses || !b.late() {
				tried[i] = b.try(inner, c, total)
			}
			return inner.Err()
		})
	}
	err := group.Wait()
	return slices.DeleteFunc(tried, func(a *attempt) bool { return a == nil }), err
}

// late says whether time is up, which it is not before something has learned.
func (b *blending) late() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Budget > 0 && b.learned && time.Since(b.began) > b.Budget
}

// try has a candidate predict what each division holds out. With one core each:
// there are more candidates than cores.
func (b *blending) try(ctx context.Context, c candidate, total int) *attempt {
	a := &attempt{candidate: c}
	r := b.recipe()
	r.Spec, r.Params = models.Lookup(c.model), c.params
	seen := b.divisions
	if r.Spec.Views == nil {
		seen = View(b.divisions, c.view)
	}
	if a.err = r.Check(seen[0].Train); a.err == nil {
		var fitted []estimator.Model
		if fitted, a.samples, a.err = r.Validate(ctx, seen, 1); a.err == nil {
			r.Settle(fitted)
			a.params, a.pool = r.Params, Pool(a.samples)
			a.score = b.metric.On(a.pool, b.unit).Value
		}
	}
	b.tell(a, total)
	return a
}

// tell shows how far it is, and what was found.
func (b *blending) tell(a *attempt, total int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.done++
	b.learned = b.learned || a.err == nil && !models.Lookup(a.model).Guesses
	if a.err == nil {
		b.work.scored(b.done, a.name, b.metric.Value(a.score, b.unit))
	}
	b.work.progress("tried "+a.name, int64(b.done), int64(total), "candidates")
}

func (b *blending) say(a *attempt) string {
	if a.err != nil {
		return a.name + " cannot learn: " + strings.Split(a.err.Error(), "\n")[0]
	}
	return fmt.Sprintf("%s: %s %s", a.name, b.metric.Name, b.metric.Format(a.score, b.unit))
}

// weigh gives the weights of those that learned, and what their weighted mean says
// of each division: with the weights that the other divisions give, so that no row
// is judged by what it decided itself, where there are others.
func (b *blending) weigh(tried []*attempt) (said []*metrics.Sample, weights []float64) {
	greedy := func(without int) []float64 {
		var pools []*metrics.Sample
		for _, a := range tried {
			switch {
			case a.err != nil:
			case without < 0:
				pools = append(pools, a.pool)
			default:
				pools = append(pools, Pool(slices.Delete(slices.Clone(a.samples), without, without+1)))
			}
		}
		some, all := selection.Greedy(pools, b.metric), make([]float64, len(tried))
		for i, a := range tried {
			if a.err == nil {
				all[i], some = some[0], some[1:]
			}
		}
		return all
	}
	weights = greedy(-1)
	for d := range b.divisions {
		own := weights
		if len(b.divisions) > 1 {
			own = greedy(d)
		}
		var of []*metrics.Sample
		var with []float64
		for i, a := range tried {
			if a.err == nil {
				of, with = append(of, a.samples[d]), append(with, own[i])
			}
		}
		said = append(said, selection.Mean(of, with))
	}
	return said, weights
}

// chosen gives the ensemble of those with a weight, and the views that they read.
// Weights are written as whole numbers, for that is how they came about.
func (b *blending) chosen(tried []*attempt, weights []float64) (p *ensemble.Params, read []string) {
	p = models.Lookup("ensemble").Params().(*ensemble.Params)
	p.Of = nil
	whole := selection.Counts(weights)
	for i, a := range tried {
		if weights[i] == 0 {
			continue
		}
		m := ensemble.Member{Model: a.model, View: a.view, Weight: whole[i]}
		spec := models.Lookup(a.model)
		if spec.Params != nil {
			m.Params = params.OpenOver(a.params, spec.Params())
		}
		p.Of, read = append(p.Of, m), append(read, a.view)
		if spec.Views != nil {
			read = append(read, spec.Views(a.params)...)
		}
	}
	return p, read
}

func (b *blending) facts(tried []*attempt, weights []float64, said []*metrics.Sample) BlendFacts {
	f := BlendFacts{Metric: b.metric.Name, Score: facts.Number(b.metric.On(Pool(said), b.unit).Value)}
	for i, a := range tried {
		t := Tried{Name: a.name, Model: a.model, View: a.view, Score: facts.Number(a.score), Weight: facts.Number(weights[i])}
		if a.err != nil {
			t.Error = strings.Split(a.err.Error(), "\n")[0]
		}
		f.Tried = append(f.Tried, t)
	}
	return f
}

// blended are the estimators that a quality may choose.
func blended() []*estimator.Spec {
	var all []*estimator.Spec
	for _, name := range []string{"ensemble", "dummy", "linear", "elastic-net", "logistic", "linear-svm", "boosting", "random-forest", "extra-trees", "nearest-neighbours"} {
		all = append(all, models.Lookup(name))
	}
	return all
}

// checkQuality says what is wrong with a declaration of quality.
func (o *Options) checkQuality() error {
	for _, said := range []struct {
		option string
		is     bool
	}{{"model", o.Model != ""}, {"params", o.Params.Written()}, {"tune", o.Tune != nil}} {
		if said.is {
			return params.Fault(said.option, "quality chooses models and their parameters itself", "", "leave "+said.option+" out, or quality")
		}
	}
	switch {
	case !o.Refit:
		return params.Fault("refit", "the models that quality chose are fitted to the whole training part", "refit: true", "leave refit out")
	case bundle.Weights(o.Weights) == bundle.Balanced:
		return params.Fault("weights", "quality weighs models by probabilities, which balanced classes distort", "weights: equal", "leave weights out; threshold says what mistakes cost")
	}
	return nil
}
