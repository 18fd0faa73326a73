package training

import (
	"context"
	"fmt"
	"math"

	"labbook/internal/base/facts"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/tune"
	"labbook/models/estimator"
)

// search is a finished one.
type search struct {
	study    tune.Study
	sampler  string
	metric   *metrics.Metric
	unit     string
	trials   []tune.Trial
	start    any         // the parameters as declared
	declared float64     // their score; NaN if they do not work
	best     *tune.Trial // nil when no trial beats them
	params   any         // the better ones
}

// runSearch runs the study on the divisions of the training part.
func (o *Options) runSearch(ctx context.Context, recipe Recipe, divisions []Holdout, unit string, work *Work) (*search, error) {
	t := o.Tune
	metric, err := metrics.Find(t.Minimize+t.Maximize, taskOf(divisions))
	if err != nil {
		return nil, err
	}
	for i := range divisions {
		recipe.Prepare(&divisions[i])
	}
	s := &search{sampler: t.Sampler, metric: metric, unit: unit}
	s.study = tune.Study{
		Space: t.space(), Sampler: tune.TPE{}, Maximize: t.Maximize != "", Trials: t.Trials, Lag: t.Parallel,
		Seed: o.Seed, Cores: work.Cores, Budget: o.Budget,
	}
	switch t.Sampler {
	case "multivariate":
		s.study.Sampler = tune.TPE{Multivariate: true}
	case "random":
		s.study.Sampler = tune.Random{}
	case "grid":
		s.study.Sampler = tune.Grid{}
		s.study.Trials = tune.GridSize(s.study.Space)
	}
	s.study.Pruner = t.pruner(len(divisions) > 1)
	if s.study.Store, err = work.store(s.study.Space); err != nil {
		return nil, err
	}
	done := int64(0)
	s.study.Done = func(t tune.Trial) {
		done++
		if t.State == tune.Complete {
			work.scored(int(done), s.name(t), metric.Value(t.Score, unit))
		}
		work.progress("search", done, int64(s.study.Trials), "trials")
	}
	score := objective{s, recipe, divisions, work.Cores}
	s.start, s.params = recipe.Params, recipe.Params
	s.declared, err = score.score(ctx, recipe.Params, func(float64) bool { return true })
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		work.logf("the parameters as declared do not work: %v", err)
		s.declared = math.NaN()
	}
	score.cores = max(1, work.Cores/t.Parallel)
	if s.trials, err = s.study.Run(ctx, score.point); err != nil {
		return nil, err
	}
	for _, trial := range s.trials {
		work.logf("%s", s.say(trial))
	}
	if best := s.study.Best(s.trials); best != nil && !(metric.Improvement(best.Score, s.declared) <= 0) {
		s.best = best
		if s.params, err = score.at(best.Point); err != nil {
			return nil, err
		}
	} else {
		work.warn(checks.SearchFoundNothing.Finding("", len(s.trials), "no trial is better than the parameters as declared, which stay"))
	}
	o.cutShort(len(s.trials), s.study.Trials, "trials", work)
	return s, nil
}

// cutShort says where the budget has ended a choice before all was tried.
func (o *Options) cutShort(tried, of int, what string, work *Work) {
	if o.Budget > 0 && tried < of {
		work.warn(checks.SearchCutShort.Finding("", tried, "the budget of %s ended the search after %d of %d %s: another run may find another model", o.Budget, tried, of, what))
	}
}

func taskOf(divisions []Holdout) metrics.Task {
	if divisions[0].Train.Classes != nil {
		return metrics.Classification
	}
	return metrics.Regression
}

// objective scores points of the search.
type objective struct {
	*search
	recipe    Recipe
	divisions []Holdout
	cores     int // of each fit
}

// at gives the estimator's parameters at a point.
func (o *objective) at(point tune.Point) (any, error) {
	p := clone(o.recipe.Spec, o.recipe.Params)
	for i, value := range point {
		if err := params.Set(p, o.study.Space[i].Name, value); err != nil {
			return nil, err
		}
	}
	if r, ok := p.(interface{ Resolve() error }); ok {
		return p, r.Resolve()
	}
	return p, nil
}

// point implements tune.Objective.
func (o *objective) point(ctx context.Context, point tune.Point, report func(float64) bool) (float64, error) {
	p, err := o.at(point)
	if err != nil {
		return 0, err
	}
	return o.score(ctx, p, report)
}

// score gives the metric's mean over the divisions. With one of them, what is
// reported is the loss after each round, turned as the metric is; with several,
// the mean so far.
func (o *objective) score(ctx context.Context, p any, report func(float64) bool) (float64, error) {
	recipe := o.recipe
	recipe.Params = p
	var sum float64
	for i, d := range o.divisions {
		opt := estimator.Options{Cores: o.cores}
		if len(o.divisions) == 1 && o.study.Pruner != nil {
			opt.Score = func(_ int, loss float64) bool {
				if o.study.Maximize {
					loss = -loss
				}
				return report(loss)
			}
		}
		model, err := recipe.Fit(ctx, d, opt)
		if err != nil {
			return 0, err
		}
		said, err := recipe.Sample(model, d)
		if err != nil {
			return 0, err
		}
		sum += o.metric.On(said, o.unit).Value
		if len(o.divisions) > 1 && i+1 < len(o.divisions) && !report(sum/float64(i+1)) {
			break
		}
	}
	return sum / float64(len(o.divisions)), nil
}

// say is the line of the log about a trial.
func (s *search) say(t tune.Trial) string {
	text := s.name(t)
	switch t.State {
	case tune.Failed:
		return text + " failed: " + t.Error
	case tune.Pruned:
		return text + fmt.Sprintf(" pruned at step %d", len(t.Steps))
	}
	return text + fmt.Sprintf(" %s %s", s.metric.Name, s.metric.Format(t.Score, s.unit))
}

// name is what a trial is called.
func (s *search) name(t tune.Trial) string {
	text := fmt.Sprintf("trial %d", t.Number+1)
	for i := range s.study.Space {
		text += fmt.Sprintf(" %s=%s", s.study.Space[i].Name, t.Point[i])
	}
	return text
}

// facts gives what is kept of the search.
func (s *search) facts() *SearchFacts {
	f := &SearchFacts{Metric: s.metric.Name, Sampler: s.sampler, Declared: facts.Number(s.declared), Space: s.study.Space, Trials: s.trials}
	declared := map[string]string{}
	for _, line := range params.Lines(s.start) {
		declared[line.Path] = line.Value
	}
	for i := range f.Space {
		f.Start = append(f.Start, declared[f.Space[i].Name])
	}
	if s.best != nil {
		f.Best = &s.best.Number
	}
	return f
}
