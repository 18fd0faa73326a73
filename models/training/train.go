package training

import (
	"context"
	"math"

	"labbook/internal/base/facts"
	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// Trained is a bundle and how it came about.
type Trained struct {
	Bundle *bundle.Bundle
	Facts  Facts
	Search *SearchFacts // nil where there was none
	Blend  *Blend       // what quality chose; nil where it was not asked for
	Held   *table.Table // what was said of rows held out, see FileHeldOut; nil where none were
}

// Train searches, judges and fits a model. Mistakes of the declaration or the
// data are of type *diag.Error.
func (o *Options) Train(ctx context.Context, from *Source, work *Work) (*Trained, error) {
	if err := o.suits(from.Data.Classes); err != nil {
		return nil, err
	}
	if o.Quality != "" {
		return o.dial(ctx, from, work)
	}
	recipe, unit := o.recipe(), from.Features.Target.Unit
	if err := recipe.Check(from.Data); err != nil {
		return nil, err
	}
	divisions, err := from.Divide(o.validation(), work.Cores)
	if err != nil {
		return nil, err
	}
	done := &Trained{}
	if o.Tune != nil {
		found, err := o.runSearch(ctx, recipe, divisions, unit, work)
		if err != nil {
			return nil, err
		}
		recipe.Params, done.Search = found.params, found.facts()
		if found.best != nil {
			done.Facts.Findings = atEdges(found.study.Space, found.best.Point)
		}
	}
	final, err := from.all()
	if err != nil {
		return nil, err
	}
	if !o.Refit {
		final = divisions[0]
	}
	var said answers
	if len(divisions) > 0 {
		if done.Facts.Validation, said, err = o.validate(ctx, &recipe, from, divisions, final, work.Cores); err != nil {
			return nil, err
		}
		done.Facts.Members = tell(said.members, unit)
		done.Facts.Calibration, done.Facts.Threshold = said.calibrated, said.chosen
		done.Held = from.heldTable(divisions, said.answered, said.members)
	}
	return done, o.finish(ctx, &recipe, final, said, done, work)
}

// conclude finds how an ensemble that quality chose answers, by what it said of the
// rows held out, and fits it to all rows of from.
func (o *Options) conclude(ctx context.Context, from *Source, divisions []Holdout, samples []*metrics.Sample, members []member, done *Trained, work *Work) error {
	recipe := o.recipe()
	final, err := from.all()
	if err != nil {
		return err
	}
	held, err := from.heldOut(divisions, final)
	if err != nil {
		return err
	}
	judged, said, err := o.answer(ctx, &recipe, held, samples, from.Features.Target.Unit, work.Cores)
	if err != nil {
		return err
	}
	done.Facts.Validation, done.Facts.Calibration, done.Facts.Threshold = judged, said.calibrated, said.chosen
	done.Held = from.heldTable(divisions, said.answered, members)
	return o.finish(ctx, &recipe, final, said, done, work)
}

// finish fits the recipe in the end, and makes the bundle.
func (o *Options) finish(ctx context.Context, recipe *Recipe, final Holdout, said answers, done *Trained, work *Work) error {
	unit := final.Features.Target.Unit
	model, err := recipe.Fit(ctx, final, estimator.Options{
		Cores:    work.Cores,
		Logf:     work.Logf,
		Progress: func(done, total int) { work.progress("fit", int64(done), int64(total), "rounds") },
	})
	if err != nil {
		return err
	}
	stacked(recipe.Params, model, done.Facts.Members)
	if advisor, ok := model.(estimator.Advisor); ok {
		done.Facts.Findings = append(done.Facts.Findings, advisor.Findings()...)
	}
	if f := said.chosen; f != nil && f.Finding != nil {
		done.Facts.Findings = append(done.Facts.Findings, *f.Finding)
	}
	done.Facts.Findings = append(done.Facts.Findings, oddFolds(done.Facts.Validation, unit)...)
	done.Bundle = &bundle.Bundle{
		Estimator: o.Model, Version: recipe.Spec.Version, Params: params.Values(recipe.Params), Transform: recipe.Transform, Weights: recipe.Weights, ClassWeights: recipe.ClassWeights,
		Bounds: recipe.Bounds(final.Train.Y), Rows: final.Train.X.Rows, Seed: o.Seed,
		Features: final.Features, Model: model, Calibration: said.calibration, Threshold: said.threshold, Interval: said.interval,
	}
	if final.Features.Classes != nil && final.Features.TextsOnly() {
		done.Bundle.Prior = shares(final.Train)
	}
	for _, m := range done.Facts.Validation {
		metric, _ := metrics.Lookup(m.Metric)
		if v := float64(m.Pooled); !math.IsNaN(v) && !math.IsInf(v, 0) {
			done.Bundle.Validation = append(done.Bundle.Validation, metric.Value(v, unit))
		}
	}
	return nil
}

// validate judges the recipe by the task's usual metrics, and finds how its answers
// are to be given. A recipe that is to be fitted to all rows is settled, and one that
// learns what its members weigh has their weights.
func (o *Options) validate(ctx context.Context, r *Recipe, from *Source, divisions []Holdout, final Holdout, cores int) ([]Judgement, answers, error) {
	fitted, samples, err := r.Validate(ctx, divisions, cores)
	if err != nil {
		return nil, answers{}, err
	}
	held, err := from.heldOut(divisions, final)
	if err != nil {
		return nil, answers{}, err
	}
	members, err := r.members(fitted, divisions)
	if err != nil {
		return nil, answers{}, err
	}
	if o.Refit {
		r.Settle(fitted)
	}
	if r.selects() {
		samples = r.weighMembers(members, held.Layout)
	}
	judged, said, err := o.answer(ctx, r, held, samples, from.Features.Target.Unit, cores)
	said.members = members
	return judged, said, err
}

// answer finds how a recipe's answers are to be given, by what it said of the rows
// held out, and judges what it then says.
func (o *Options) answer(ctx context.Context, r *Recipe, held HeldOut, samples []*metrics.Sample, unit string, cores int) ([]Judgement, answers, error) {
	said := answers{answered: samples}
	var err error
	if samples[0].Classes != nil {
		if said, err = o.ofClasses(ctx, samples, held.Layout, cores); err != nil {
			return nil, said, err
		}
	} else if p := o.Interval; p != nil {
		if said.interval, err = r.Calibrate(ctx, p.Level, p.Width == "local", held, samples, cores); err != nil {
			return nil, said, err
		}
	}
	return judge(said.answered, unit), said, nil
}

// judge takes the task's usual metrics of samples of the rows held out.
func judge(samples []*metrics.Sample, unit string) []Judgement {
	pool := Pool(samples)
	var judged []Judgement
	for _, name := range metrics.Defaults(pool.Task()) {
		m, _ := metrics.Lookup(name)
		j := Judgement{Metric: m.Name, Pooled: facts.Number(m.On(pool, unit).Value)}
		for _, s := range samples {
			j.Each = append(j.Each, facts.Number(m.On(s, unit).Value))
		}
		judged = append(judged, j)
	}
	return judged
}

// shares gives the share of each class among the rows.
func shares(data *matrix.Labelled) []float64 {
	share := make([]float64, len(data.Classes))
	for _, y := range data.Y {
		share[int(y)]++
	}
	for class := range share {
		share[class] /= float64(len(data.Y))
	}
	return share
}
