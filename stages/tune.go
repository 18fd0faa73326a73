package stages

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"labbook/internal/diag"
	"labbook/internal/metrics"
	"labbook/internal/notebook"
	"labbook/internal/params"
	"labbook/internal/tune"
	"labbook/models"
	"labbook/models/estimator"
	"labbook/runner/stage"
)

// tuneParams are the parameters of the search in the kind train.
type tuneParams struct {
	Trials   int                  `yaml:"trials" range:"[1,1000000]" doc:"Trials at most; of a grid, no more than it has points."`
	Minimize string               `yaml:"minimize" doc:"Metric to make small, such as mae."`
	Maximize string               `yaml:"maximize" doc:"Metric to make large, such as r2 or f1_weighted."`
	Space    map[string]tuneRange `yaml:"space" doc:"What is searched: a range for each of the estimator's parameters by its path."`
	Sampler  string               `yaml:"sampler" enum:"tpe|multivariate|random|grid" doc:"tpe: the Tree-structured Parzen estimator, each parameter by itself. multivariate: the same, all parameters together. grid: every combination; a float or log range counts with its steps."`
	Prune    string               `yaml:"prune" enum:"none|median|halving" doc:"Cuts hopeless trials short, by the loss after each round of the fit from the 30th on, or by the score after each fold. median: worse than the median of others at that step. halving: successive halving. Only boosting tells its rounds; trials of other models are cut short where validation has folds."`
	Parallel int                  `yaml:"parallel" range:"[1,256]" doc:"Trials that may run at once. It is part of the search: a trial knows the outcomes only of trials that many numbers before it."`
	Budget   time.Duration        `yaml:"budget" doc:"Time after which no further trial begins; 0s is no limit. A search that it stops depends on the machine's speed."`
}

// SetDefaults implements what package params asks for.
func (t *tuneParams) SetDefaults() {
	*t = tuneParams{Trials: 50, Sampler: "tpe", Prune: "none", Parallel: 2}
}

// tuneRange is one of its first four fields.
type tuneRange struct {
	Log    []float64       `yaml:"log" doc:"From the first to the second, evenly on a logarithmic scale."`
	Float  []float64       `yaml:"float" doc:"From the first to the second, evenly."`
	Int    []int           `yaml:"int" doc:"Whole numbers from the first to the second."`
	Choose []params.Scalar `yaml:"choose" doc:"One of these."`
	Steps  int             `yaml:"steps" range:"[0,10000]" doc:"How many values a grid takes of log or float; 0 is 5."`
}

// Resolve implements what package params asks for.
func (r *tuneRange) Resolve() error {
	p, err := r.parameter("")
	if err == nil {
		err = p.Check()
	}
	if err != nil {
		return &diag.Error{What: err.Error(), Wanted: "one of {log: [a, b]}, {float: [a, b]}, {int: [a, b]}, {choose: [a, b, …]}",
			Hint: "write the smaller bound first"}
	}
	return nil
}

// parameter gives the range as the search takes it.
func (r *tuneRange) parameter(name string) (tune.Parameter, error) {
	p := tune.Parameter{Name: name, Steps: r.Steps}
	given := 0
	bounds := func(scale tune.Scale, values []float64) {
		if len(values) > 0 {
			given++
			p.Scale, p.Low, p.High = scale, values[0], values[len(values)-1]
			if len(values) != 2 {
				given = 2
			}
		}
	}
	bounds(tune.Log, r.Log)
	bounds(tune.Float, r.Float)
	var whole []float64
	for _, v := range r.Int {
		whole = append(whole, float64(v))
	}
	bounds(tune.Int, whole)
	if len(r.Choose) > 0 {
		given++
		p.Scale = tune.Choose
		for _, v := range r.Choose {
			p.Choices = append(p.Choices, string(v))
		}
	}
	if given != 1 {
		return p, fmt.Errorf("a range needs one scale with two bounds")
	}
	return p, nil
}

// pruner gives what cuts trials short, after folds or after rounds of the fit.
// The first rounds say little but who learns fast.
func (t *tuneParams) pruner(folds bool) tune.Pruner {
	warmup, first := 30, 30
	if folds {
		warmup, first = 0, 1
	}
	switch t.Prune {
	case "median":
		return tune.Median{Warmup: warmup}
	case "halving":
		return tune.Halving{First: first}
	}
	return nil
}

// check finds what is wrong with the search for an estimator whose parameters,
// as declared, are these.
func (t *tuneParams) check(spec *estimator.Spec, declared any) error {
	switch {
	case (t.Minimize == "") == (t.Maximize == ""):
		return params.Fault("tune", "a search needs just one of minimize and maximize", "", "add minimize: mae, or another metric")
	case len(t.Space) == 0:
		return params.Fault("tune", "there is nothing to search", "", "add space: with a range for each parameter")
	case declared == nil:
		return params.Fault("tune", "the model has no parameters to search", "", "leave tune out")
	}
	metric, err := metrics.Find(t.Minimize+t.Maximize, "")
	if err != nil {
		return err
	}
	if (metric.Better == metrics.Higher) != (t.Maximize != "") {
		return params.Fault("tune", fmt.Sprintf("a %s value of %s is better", metric.Better, metric.Name), "",
			"exchange minimize and maximize")
	}
	for _, p := range t.space() {
		ends := p.Choices
		if p.Scale != tune.Choose {
			ends = []string{format(p.Low), format(p.High)}
		}
		for _, value := range ends {
			if err := params.Set(clone(spec, declared), p.Name, value); err != nil {
				return params.Fault("tune.space."+p.Name, fmt.Sprintf("the estimator does not take %s for %s: %v", value, p.Name, err), "",
					"choose among the estimator's own parameters, within their ranges")
			}
		}
	}
	return nil
}

func format(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// space gives the parameters by name.
func (t *tuneParams) space() tune.Space {
	var space tune.Space
	for name, r := range t.Space {
		p, _ := r.parameter(name)
		space = append(space, p)
	}
	slices.SortFunc(space, func(a, b tune.Parameter) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return space
}

// clone copies an estimator's parameters, and all that they hold.
func clone(spec *estimator.Spec, declared any) any {
	c := spec.Params()
	if err := params.Restore(c, params.Lines(declared)); err != nil {
		panic(fmt.Sprintf("stages: parameters of %s cannot be restored: %v", spec.Name, err))
	}
	return c
}

// search is a finished one.
type search struct {
	study    tune.Study
	sampler  string
	metric   *metrics.Metric
	unit     string
	trials   []tune.Trial
	declared float64     // score of the parameters as declared; NaN if they do not work
	best     *tune.Trial // nil when no trial beats them
	params   any         // the better ones
}

// runSearch runs the study on the divisions of the training part.
func runSearch(c *stage.Context, p *trainParams, recipe models.Recipe, divisions []models.Holdout, unit string, kept Trials) (*search, error) {
	t := p.Tune
	metric, err := metrics.Find(t.Minimize+t.Maximize, metrics.Task(taskOf(divisions)))
	if err != nil {
		return nil, err
	}
	for i := range divisions {
		recipe.Prepare(&divisions[i])
	}
	s := &search{sampler: t.Sampler, metric: metric, unit: unit}
	s.study = tune.Study{
		Space: t.space(), Sampler: tune.TPE{}, Maximize: t.Maximize != "", Trials: t.Trials, Lag: t.Parallel,
		Seed: p.Seed, Cores: c.Cores(), Budget: t.Budget,
	}
	switch t.Sampler {
	case "multivariate":
		s.study.Sampler = tune.TPE{Multivariate: true}
	case "random":
		s.study.Sampler = tune.Random{}
	case "grid":
		s.study.Sampler = tune.Grid{}
		s.study.Trials = min(t.Trials, tune.GridSize(s.study.Space))
	}
	s.study.Pruner = t.pruner(len(divisions) > 1)
	if s.study.Store, err = openStore(c, s.study.Space, kept); err != nil {
		return nil, err
	}
	done := int64(0)
	s.study.Done = func(tune.Trial) {
		done++
		c.Progress("search", done, int64(s.study.Trials), "trials")
	}
	o := objective{s, recipe, divisions, c.Cores()}
	s.params = recipe.Params
	s.declared, err = o.score(c, recipe.Params, func(float64) bool { return true })
	switch {
	case c.Err() != nil:
		return nil, c.Err()
	case err != nil:
		c.Logf("the parameters as declared do not work: %v", err)
		s.declared = math.NaN()
	}
	o.cores = max(1, c.Cores()/t.Parallel)
	if s.trials, err = s.study.Run(c, o.point); err != nil {
		return nil, err
	}
	for _, trial := range s.trials {
		c.Logf("%s", s.say(trial))
	}
	if best := s.study.Best(s.trials); best != nil && !(metric.Improvement(best.Score, s.declared) <= 0) {
		s.best = best
		if s.params, err = o.at(best.Point); err != nil {
			return nil, err
		}
	} else {
		c.Warn(notebook.Finding{Text: "no trial is better than the parameters as declared, which stay", Count: len(s.trials)})
	}
	if t.Budget > 0 && len(s.trials) < s.study.Trials {
		c.Warn(notebook.Finding{Count: len(s.trials), Text: fmt.Sprintf(
			"the budget of %s ended the search after %d of %d trials: another run may find another model", t.Budget, len(s.trials), s.study.Trials)})
	}
	return s, nil
}

func taskOf(divisions []models.Holdout) estimator.Task {
	if divisions[0].Train.Classes != nil {
		return estimator.Classification
	}
	return estimator.Regression
}

// objective scores points of the search.
type objective struct {
	*search
	recipe    models.Recipe
	divisions []models.Holdout
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
		sum += o.metric.On(recipe.Sample(model, d), o.unit).Value
		if len(o.divisions) > 1 && i+1 < len(o.divisions) && !report(sum/float64(i+1)) {
			break
		}
	}
	return sum / float64(len(o.divisions)), nil
}

// say is the line of the log about a trial.
func (s *search) say(t tune.Trial) string {
	text := fmt.Sprintf("trial %d", t.Number+1)
	for i := range s.study.Space {
		text += fmt.Sprintf(" %s=%s", s.study.Space[i].Name, t.Point[i])
	}
	switch t.State {
	case tune.Failed:
		return text + " failed: " + t.Error
	case tune.Pruned:
		return text + fmt.Sprintf(" pruned at step %d", len(t.Steps))
	}
	return text + fmt.Sprintf(" %s %s", s.metric.Name, s.metric.Format(t.Score, s.unit))
}

// fileTrials lists the trials in the stage's output.
const fileTrials = "trials.json"

// save writes the trials to the output.
func (s *search) save(c *stage.Context) error {
	names := make([]string, len(s.study.Space))
	for i := range names {
		names[i] = s.study.Space[i].Name
	}
	var declared *float64
	if !math.IsNaN(s.declared) && !math.IsInf(s.declared, 0) {
		declared = &s.declared
	}
	data, err := json.MarshalIndent(struct {
		Metric     string       `json:"metric"`
		Declared   *float64     `json:"declared"` // null when they do not work
		Parameters []string     `json:"parameters"`
		Trials     []tune.Trial `json:"trials"`
	}{s.metric.Name, declared, names, s.trials}, "", " ")
	if err != nil {
		return err
	}
	return c.WriteFile(fileTrials, append(data, '\n'))
}
