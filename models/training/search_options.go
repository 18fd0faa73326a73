package training

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/tune"
	"labbook/models/estimator"
)

// SearchOptions are the parameters of the search for the estimator's parameters.
type SearchOptions struct {
	Trials   int              `yaml:"trials" range:"[1,1000000]" doc:"Trials at most; a grid needs as many as it has points, and makes no more."`
	Minimize string           `yaml:"minimize" doc:"Metric to make small, such as mae."`
	Maximize string           `yaml:"maximize" doc:"Metric to make large, such as r2 or f1_weighted."`
	Space    map[string]Range `yaml:"space" doc:"What is searched: a range for each of the estimator's parameters by its path."`
	Sampler  string           `yaml:"sampler" enum:"tpe|multivariate|random|grid" doc:"tpe: the Tree-structured Parzen estimator, each parameter by itself. multivariate: the same, all parameters together. grid: every combination of choices, whole numbers, and the steps of float and log ranges, the last parameter by name changing fastest."`
	Prune    string           `yaml:"prune" enum:"none|median|halving" doc:"Cuts hopeless trials short, by the loss after each round of the fit from the 30th on, or by the score after each fold. median: worse than the median of others at that step. halving: successive halving. A race is won by those that start fast: better leave learning_rate out of the space. Only boosting tells its rounds; the trials of other models, ensembles too, can be cut short where validation has folds, and only there."`
	Parallel int              `yaml:"parallel" range:"[1,256]" doc:"Trials that may run at once. It is part of the search: a trial knows the outcomes only of trials that many numbers before it."`
}

// SetDefaults implements what package params asks for.
func (t *SearchOptions) SetDefaults() {
	*t = SearchOptions{Trials: 50, Sampler: "tpe", Prune: "none", Parallel: 2}
}

// Range is one of its first four fields.
type Range struct {
	Log    []float64       `yaml:"log" doc:"From the first to the second, evenly on a logarithmic scale."`
	Float  []float64       `yaml:"float" doc:"From the first to the second, evenly."`
	Int    []int           `yaml:"int" doc:"Whole numbers from the first to the second."`
	Choose []params.Scalar `yaml:"choose" doc:"One of these."`
	Steps  int             `yaml:"steps" range:"[0,10000]" doc:"How many values a grid takes of a range, both ends among them; 0 is 5 of log or float, and every one of int."`
}

// forms are those of a range.
const forms = "one of {log: [a, b]}, {float: [a, b]}, {int: [a, b]}, {choose: [a, b, …]}"

// Resolve implements what package params asks for.
func (r *Range) Resolve() error {
	var given []string
	for _, scale := range []struct {
		name  tune.Scale
		count int
	}{{tune.Log, len(r.Log)}, {tune.Float, len(r.Float)}, {tune.Int, len(r.Int)}, {tune.Choose, len(r.Choose)}} {
		if scale.count == 0 {
			continue
		}
		given = append(given, string(scale.name))
		if scale.name != tune.Choose && scale.count != 2 {
			return params.Fault(string(scale.name), fmt.Sprintf("a range has two bounds, not %d", scale.count), "[a, b]",
				"write the smallest and the largest value, or list values with choose")
		}
	}
	switch {
	case len(given) == 0:
		return &diag.Error{What: "a range of nothing", Wanted: forms, Hint: "say what to search"}
	case len(given) > 1:
		return &diag.Error{What: fmt.Sprintf("a range with the scales %s and %s", given[0], given[1]), Wanted: forms, Hint: "keep one of them"}
	case r.Steps > 0 && len(r.Choose) > 0:
		return params.Fault("steps", "a grid takes every choice", "", "leave steps out")
	}
	p := r.parameter("")
	return p.Check()
}

// parameter gives the range, which is resolved, as the search takes it.
func (r *Range) parameter(name string) tune.Parameter {
	p := tune.Parameter{Name: name, Steps: r.Steps}
	switch {
	case r.Log != nil:
		p.Scale, p.Low, p.High = tune.Log, r.Log[0], r.Log[1]
	case r.Float != nil:
		p.Scale, p.Low, p.High = tune.Float, r.Float[0], r.Float[1]
	case r.Int != nil:
		p.Scale, p.Low, p.High = tune.Int, float64(r.Int[0]), float64(r.Int[1])
	default:
		p.Scale = tune.Choose
		for _, v := range r.Choose {
			p.Choices = append(p.Choices, string(v))
		}
	}
	return p
}

// pruner gives what cuts trials short, after folds or after rounds of the fit.
// The first rounds only show which trials learn fast, and so prune nothing.
func (t *SearchOptions) pruner(folds bool) tune.Pruner {
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
// as declared, are these; folds says whether validation has some.
func (t *SearchOptions) check(spec *estimator.Spec, declared any, folds bool) error {
	switch {
	case (t.Minimize == "") == (t.Maximize == ""):
		return params.Fault("tune", "a search needs just one of minimize and maximize", "", "add minimize: mae, or another metric")
	case len(t.Space) == 0:
		return params.Fault("tune", "there is nothing to search", "", "add space: with a range for each parameter")
	case declared == nil:
		return params.Fault("tune", "the model has no parameters to search", "", "leave tune out")
	case t.Prune != "none" && !folds && !spec.Scores:
		return params.Fault("tune.prune", fmt.Sprintf("the %s model does not tell how a fit goes on, and a share of the rows is judged only once", spec.Name), "",
			"add validation: {folds: 5}, so that trials are judged fold by fold, or leave prune out")
	}
	if err := t.checkMetric(); err != nil {
		return err
	}
	for _, p := range t.space() {
		if err := checkRange(&p, spec, declared); err != nil {
			return err
		}
	}
	return t.checkGrid()
}

func (t *SearchOptions) checkMetric() error {
	path := "tune.minimize"
	if t.Maximize != "" {
		path = "tune.maximize"
	}
	metric, err := metrics.Find(t.Minimize+t.Maximize, "")
	if err != nil {
		return params.FaultOf(path, err)
	}
	if (metric.Better == metrics.Higher) != (t.Maximize != "") {
		return params.Fault(path, fmt.Sprintf("a %s value of %s is better", metric.Better, metric.Name), "", "exchange minimize and maximize")
	}
	return nil
}

// checkRange has the estimator take the ends of a range, and a number between
// them that is not whole.
func checkRange(p *tune.Parameter, spec *estimator.Spec, declared any) error {
	values := p.Choices
	if p.Scale != tune.Choose {
		values = []string{p.Value(0), p.Value(1), p.Value(0.381966)}
	}
	for i, value := range values {
		err := params.Set(clone(spec, declared), p.Name, value)
		var why *diag.Error
		switch {
		case err == nil:
			continue
		case !errors.As(err, &why):
			return params.FaultOf("tune.space."+p.Name, err)
		case why.Found == "": // there is no such parameter
			return params.Fault("tune.space."+p.Name, why.What, why.Wanted, why.Hint)
		}
		hint := why.Hint
		if i == 2 && p.Scale != tune.Choose { // both ends will do
			hint = fmt.Sprintf("write {int: [%g, %g]}", math.Ceil(p.Low), math.Floor(p.High))
		}
		return params.Fault("tune.space."+p.Name, fmt.Sprintf("the estimator does not take %s for %s", value, p.Name), why.Wanted, hint)
	}
	return nil
}

// checkGrid says whether a grid is searched whole, and only a grid has steps.
func (t *SearchOptions) checkGrid() error {
	if t.Sampler != "grid" {
		for _, p := range t.space() {
			if p.Steps > 0 {
				return params.Fault("tune.space."+p.Name+".steps", fmt.Sprintf("the sampler %s takes any value of a range", t.Sampler), "", "leave steps out, or set sampler: grid")
			}
		}
		return nil
	}
	if points := tune.GridSize(t.space()); points > t.Trials {
		return params.Fault("tune.trials", fmt.Sprintf("%d trials leave part of a grid of %s points out", t.Trials, human.Int(points)), "",
			"raise trials, lower the steps of ranges, or set sampler: random")
	}
	return nil
}

// space gives the parameters by name.
func (t *SearchOptions) space() tune.Space {
	var space tune.Space
	for name, r := range t.Space {
		space = append(space, r.parameter(name))
	}
	slices.SortFunc(space, func(a, b tune.Parameter) int { return cmp.Compare(a.Name, b.Name) })
	return space
}

// clone copies an estimator's parameters, and all that they hold.
func clone(spec *estimator.Spec, declared any) any {
	c := spec.Params()
	if err := params.Restore(c, params.Lines(declared)); err != nil {
		panic(fmt.Sprintf("training: parameters of %s cannot be restored: %v", spec.Name, err))
	}
	return c
}
