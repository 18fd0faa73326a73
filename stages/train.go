package stages

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/facts"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/features"
	"labbook/models"
	"labbook/models/estimator"
	"labbook/runner/stage"
)

// trainParams are the parameters of the kind train.
type trainParams struct {
	Model      string           `yaml:"model" doc:"The estimator to fit: one of the models below."`
	Params     params.Open      `yaml:"params" doc:"The estimator's own parameters."`
	Target     string           `yaml:"target" enum:"none|log|log1p" doc:"What is done to the target before learning, and undone to predictions: log suits prices and other positive amounts, log1p counts that may be 0."`
	Weights    string           `yaml:"weights" enum:"equal|target" doc:"What a row counts in learning. target: in proportion to its target, which suits target: log where errors are judged as amounts: a tenth of a large price is more than a tenth of a small one."`
	Bounds     string           `yaml:"bounds" enum:"none|seen" doc:"seen: predictions, and the ends of their ranges, stay between the least and the greatest target that was learned from. Trees hardly leave it; linear models do, down to negative prices."`
	Validation validationParams `yaml:"validation" doc:"How the recipe is judged inside the training part. The features were fitted on all of it."`
	Refit      bool             `yaml:"refit" doc:"Whether the model is fitted to the whole training part in the end. With false, which needs a validation share, it is the one that the held-out rows judged, and stopped early."`
	Interval   *intervalParams  `yaml:"interval" doc:"Gives the predictions of a regression the ranges that hold the truth with some probability: conformal prediction, from how far the predictions of rows held out for validation were off; a share of 0.2 if it says nothing. It holds for rows that are exchangeable with the training rows, not for a market that has moved since."`
	Tune       *tuneParams      `yaml:"tune" doc:"Searches for the estimator's parameters; they are judged as validation says, on a share of 0.2 if it says nothing."`
	Seed       uint64           `yaml:"seed" doc:"Seed of the fit, of the validation's shuffle and of the search."`
}

// validationParams are none, a share or folds.
type validationParams struct {
	Share float64 `yaml:"share" range:"[0,1)" doc:"Share of the training rows that is held out once; 0 is none."`
	Folds int     `yaml:"folds" range:"[0,1000]" doc:"Parts that are held out in turn (k-fold cross-validation), stratified by class; 0 is none."`
}

// Resolve implements what stage.Kind.Params asks for.
func (v *validationParams) Resolve() error {
	switch {
	case v.Share > 0 && v.Folds > 0:
		return diag.New("validation has both a share and folds", "keep one of them")
	case v.Folds == 1:
		return params.Fault("folds", "one fold leaves nothing to learn from", "0 or at least 2", "use share to hold rows out once")
	}
	return nil
}

// intervalParams ask for prediction intervals.
type intervalParams struct {
	Level float64 `yaml:"level" range:"[0.5,0.999]" doc:"Probability that a range holds the truth."`
	Width string  `yaml:"width" enum:"local|even" doc:"local: as wide as errors of such rows are expected to be, which boosted trees learn. even: the same for all rows, on the scale that is learned: with target: log, the same percentage."`
}

// SetDefaults implements what package params asks for.
func (i *intervalParams) SetDefaults() { *i = intervalParams{Level: 0.9, Width: "local"} }

// Resolve implements what stage.Kind.Params asks for: it decodes params and
// checks the search's space against the estimator's own parameters.
func (p *trainParams) Resolve() error {
	if p.Model == "" {
		return diag.New("no model is named", "add model: to the train stage; "+diag.DidYouMean("", models.Names()))
	}
	spec := models.Lookup(p.Model)
	if spec == nil {
		return params.Fault("model", "there is no such model", "one of "+strings.Join(models.Names(), ", "), diag.DidYouMean(p.Model, models.Names()))
	}
	if spec.Params == nil {
		if p.Params.Written() {
			return params.Fault("params", fmt.Sprintf("the %s model has no parameters", p.Model), "", "leave params out")
		}
	} else if err := p.Params.Into(spec.Params()); err != nil {
		return err
	}
	if !p.Refit && p.Validation.Share == 0 {
		return params.Fault("refit", "refit: false keeps the model that a validation share judged, and there is none", "", "add validation: {share: 0.2}")
	}
	if p.Tune != nil {
		return p.Tune.check(spec, p.Params.Value(), p.Validation.Folds > 0)
	}
	return nil
}

func train(kept Trials) stage.Kind {
	return stage.Kind{
		Name:    "train",
		Version: 6,
		Doc: `Fits a model to the features, and bundles it with all that is needed to use it.

The bundle holds the schema, the fitted features, the estimator, the target's transform and the lineage. With tune, the
estimator's parameters are searched for first: by the Tree-structured Parzen estimator, at random or over a grid, judged
inside the training part only. The parameters as declared are tried too, and stay if no trial beats them. The search
gives the same result whatever the number of cores: each trial knows of those that were done when it would begin with
` + "`parallel`" + ` of them under way, and of no other. A killed search goes on from its finished trials.
A model that stopped early in validation is fitted to the whole training part with as many rounds as it had, or their mean
over the folds; so is each member of an ensemble.`,
		Params: func() any {
			return &trainParams{Target: "none", Weights: "equal", Bounds: "none", Refit: true, Seed: 42}
		},
		Reads: []stage.Port{stage.One(artifact.Features)},
		Makes: []artifact.Type{artifact.Model},
		Parts: func(v any) []params.Line {
			p := v.(*trainParams)
			specs := specsOf(models.Lookup(p.Model), p.Params.Value())
			if p.Interval != nil && p.Interval.Width == "local" {
				specs = append(specs, models.WidthSpec())
			}
			return versions(specs...)
		},
		Cores: func(v any, available int) int {
			p := v.(*trainParams)
			spec := models.Lookup(p.Model)
			if p.Tune != nil || p.Validation.Folds > 0 || spec != nil && spec.Parallel {
				return available
			}
			return 1
		},
		Run: func(c *stage.Context) error { return runTrain(c, kept) },

		Show: showTraining, ShowVersion: 2,
	}
}

// specsOf gives an estimator and what it is made of.
func specsOf(spec *estimator.Spec, declared any) []*estimator.Spec {
	all := []*estimator.Spec{spec}
	if spec.Members != nil {
		all = append(all, spec.Members(declared)...)
	}
	return all
}

// versions gives the versions of estimators as they stand in a key.
func versions(specs ...*estimator.Spec) []params.Line {
	var lines []params.Line
	for _, s := range specs {
		line := params.Line{Path: s.Name + ".version", Value: strconv.Itoa(s.Version)}
		if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return lines
}

func runTrain(c *stage.Context, kept Trials) error {
	p := stage.Params[trainParams](c)
	fitted, data, err := features.Open(c.Inputs()[0])
	if err != nil {
		return err
	}
	recipe := models.Recipe{Spec: models.Lookup(p.Model), Params: p.Params.Value(), Transform: models.Transform(p.Target), Weights: models.Weights(p.Weights), Bounded: p.Bounds == "seen", Seed: p.Seed}
	if err := recipe.Check(data); err != nil {
		return err
	}
	if p.Interval != nil && data.Classes != nil {
		return diag.New("classes have no prediction intervals", "leave interval out: the probabilities say how sure the model is")
	}
	divisions, err := p.validation().Divide(data)
	if err != nil {
		return err
	}
	var found *search
	if p.Tune != nil {
		if found, err = runSearch(c, p, recipe, divisions, fitted.Target.Unit, kept); err != nil {
			return err
		}
		recipe.Params = found.params
	}
	judged, interval, err := validate(c, &recipe, divisions, fitted.Target.Unit)
	if err != nil {
		return err
	}
	final := models.Holdout{Train: data}
	if !p.Refit {
		final = divisions[0]
	}
	model, err := recipe.Fit(c, final, estimator.Options{
		Cores:    c.Cores(),
		Logf:     c.Logf,
		Progress: func(done, total int) { c.Progress("fit", int64(done), int64(total), "rounds") },
	})
	if err != nil {
		return err
	}
	bundle := &models.Bundle{
		Estimator: p.Model, Version: recipe.Spec.Version, Params: map[string]string{}, Transform: recipe.Transform, Weights: recipe.Weights,
		Bounds: recipe.Bounds(final.Train.Y),
		Rows:   final.Train.X.Rows, Seed: p.Seed, Lineage: map[string]string{"features": c.Inputs()[0].Digest},
		Features: fitted, Model: model, Interval: interval,
	}
	for _, line := range params.Lines(recipe.Params) {
		bundle.Params[line.Path] = line.Value
	}
	for _, m := range judged {
		metric, _ := metrics.Lookup(m.Metric)
		if v := float64(m.Pooled); !math.IsNaN(v) && !math.IsInf(v, 0) {
			value := metric.Value(v, fitted.Target.Unit)
			bundle.Validation = append(bundle.Validation, value)
			c.Metric(value)
		}
	}
	if err := saveTraining(c, model, judged); err != nil {
		return err
	}
	if found != nil {
		if err := found.save(c); err != nil {
			return err
		}
	}
	if rows, err := c.Inputs()[0].Blob(models.FileRows); err == nil {
		c.Link(rows, models.FileRows)
	}
	return bundle.Save(c.WriteFile)
}

// validation gives the declared one, or the default of what needs one.
func (p *trainParams) validation() models.Validation {
	v := models.Validation{Share: p.Validation.Share, Folds: p.Validation.Folds, Seed: p.Seed}
	if (p.Tune != nil || p.Interval != nil) && v.Share == 0 && v.Folds == 0 {
		v.Share = 0.2
	}
	return v
}

// validate judges the recipe by the task's usual metrics, and finds its
// intervals if they are asked for; without divisions it gives nothing. A recipe
// that is to be fitted to all rows is settled.
func validate(c *stage.Context, r *models.Recipe, divisions []models.Holdout, unit string) ([]judgement, *models.Ranges, error) {
	if len(divisions) == 0 {
		return nil, nil, nil
	}
	fitted, samples, err := r.Validate(c, divisions, c.Cores())
	if err != nil {
		return nil, nil, err
	}
	var interval *models.Ranges
	if p := stage.Params[trainParams](c).Interval; p != nil {
		if interval, err = r.Calibrate(c, p.Level, p.Width == "local", divisions, samples, c.Cores()); err != nil {
			return nil, nil, err
		}
	}
	if p := stage.Params[trainParams](c); p.Refit {
		r.Settle(fitted)
	}
	pool := models.Pool(samples)
	var judged []judgement
	for _, name := range metrics.Defaults(pool.Task()) {
		m, _ := metrics.Lookup(name)
		j := judgement{Metric: m.Name, Pooled: facts.Number(m.On(pool, unit).Value)}
		for _, s := range samples {
			j.Each = append(j.Each, facts.Number(m.On(s, unit).Value))
		}
		judged = append(judged, j)
	}
	return judged, interval, nil
}
