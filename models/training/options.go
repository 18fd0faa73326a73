package training

import (
	"fmt"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/learn/features"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/calibration"
	"labbook/models/estimator"
)

// Options are the parameters of the kind train.
type Options struct {
	Model        string             `yaml:"model" doc:"The estimator to fit: one of the models below."`
	Quality      string             `yaml:"quality" enum:"|quick|good|best" doc:"Instead of a model: how much is tried for the best answer, where train reads a split and features say the target. Models of several families, each with features that suit it, are judged on the same rows held out, and the mean that does best there, by log loss or by RMSE, is fitted to all rows. quick: a linear model and boosted trees. good: boosted trees of several shapes and encodings besides. best: a search for the parameters of boosted trees, and models of other kinds. What was chosen stands in the notebook, ready to be copied; of features, encode, numbers and text are chosen too."`
	Candidates   int                `yaml:"candidates" range:"[0,100000]" doc:"How many candidates quality tries, besides a guess: first its own, those first that are worth their time most, then trials of a search for the parameters of boosted trees. It counts work and not time, so that the result is the same on every machine; 0 is what quality tries by itself. init --budget 10m writes how many fit into a time."`
	Budget       time.Duration      `yaml:"budget" doc:"Time after which quality begins no further candidate, and tune no further trial; what is finished counts. 0s is no limit. What it stops depends on the machine's speed: the result is kept like any other, as that of the time that was granted, says so, and run --verify may find another. To make a choice take less time everywhere, say candidates, or tune.trials."`
	Params       params.Open        `yaml:"params" doc:"The estimator's own parameters."`
	Target       string             `yaml:"target" enum:"none|log|log1p" doc:"What is done to the target before learning, and undone to predictions: log suits prices and other positive amounts, log1p counts that may be 0."`
	Weights      string             `yaml:"weights" enum:"equal|target|balanced" doc:"What a row counts in learning, of any model. target: in proportion to its target, which suits target: log where errors are judged as amounts: a tenth of a large price is more than a tenth of a small one. balanced: so that every class counts the same, however few rows it has; probabilities are then those of a world in which classes are as common as one another, unless calibrate: isotonic brings them back. Where mistakes differ in what they cost, threshold says so better."`
	ClassWeights map[string]float64 `yaml:"class_weights" range:"(0,)" doc:"What a row of a class counts in learning, by the class's name; others count 1. Of two classes, {yes: 5} is XGBoost's scale_pos_weight of 5."`
	Bounds       string             `yaml:"bounds" enum:"none|seen" doc:"seen: predictions, and the ends of their ranges, stay between the least and the greatest target that was learned from. Trees hardly leave it; linear models do, down to negative prices."`
	Features     *features.Options  `yaml:"features" like:"features" doc:"How features are made, with the parameters of the kind features, where train reads a split; the model has features of its own then."`
	Validation   ValidationOptions  `yaml:"validation" doc:"How the recipe is judged inside the training part. Rows are held out as split declares that they belong together, and features are fitted to the others only."`
	Refit        bool               `yaml:"refit" doc:"Whether the model is fitted to the whole training part in the end. With false, which needs a validation share, it is the one that the held-out rows judged, and stopped early."`
	Calibrate    string             `yaml:"calibrate" enum:"auto|none|temperature|isotonic" doc:"Makes the probabilities of classes come true as often as they say, by rows held out as validation says; a share of 0.2 if it says nothing. auto: a temperature, where at least 50 rows are held out anyway and it does better on them beyond noise. temperature: one number, which makes the model more or less sure of all it says, and never changes which class is likeliest. isotonic: a rising curve for each class, where at least 500 rows are held out and it does better on them than a temperature; else a temperature."`
	Threshold    *ThresholdOptions  `yaml:"threshold" doc:"When the positive of two classes is predicted, instead of wherever it is the likelier one: chosen for the least costs, or for a precision or a recall, by rows held out as validation says; a share of 0.2 if it says nothing. Probabilities stay as they are."`
	Interval     *IntervalOptions   `yaml:"interval" doc:"What holds the truth with some probability besides a prediction: of a number a range, of classes the set of those that it may be. Conformal prediction, from how far predictions of rows held out for validation were off; a share of 0.2 if it says nothing. Where split declares groups, the promise is of rows of groups never seen, and each group counts the same; in time, of moments like those held out, which come after what was learned from. It holds for rows that are exchangeable with the training rows, not for a market that has moved since."`
	Tune         *SearchOptions     `yaml:"tune" doc:"Searches for the estimator's parameters; they are judged as validation says, on a share of 0.2 if it says nothing."`
	Seed         uint64             `yaml:"seed" doc:"Seed of the fit, of the validation's shuffle and of the search."`

	// Programs are the files of the project that the estimator reads, which whoever
	// trains has to give it: as the model keeps them, or as the project has them.
	Programs []estimator.File `yaml:"-"`
	// Memory is how many bytes a program that fits may hold; 0: any.
	Memory int64 `yaml:"-"`
}

// ValidationOptions are none, a share or folds.
type ValidationOptions struct {
	Share float64 `yaml:"share" range:"[0,1)" doc:"Share of the training rows that is held out once, at random or the latest; 0 is none."`
	Folds int     `yaml:"folds" range:"[0,1000]" doc:"Parts that are held out in turn (k-fold cross-validation), stratified by class, or windows of time that are judged by what is before them; 0 is none."`
}

// Resolve implements what stage.Kind.Params asks for.
func (v *ValidationOptions) Resolve() error {
	switch {
	case v.Share > 0 && v.Folds > 0:
		return diag.New("validation has both a share and folds", "keep one of them")
	case v.Folds == 1:
		return params.Fault("folds", "one fold leaves nothing to learn from", "0 or at least 2", "use share to hold rows out once")
	}
	return nil
}

// IntervalOptions ask for prediction intervals.
type IntervalOptions struct {
	Level   float64 `yaml:"level" range:"[0.5,0.999]" doc:"Probability that a range, or a set, holds the truth."`
	Width   string  `yaml:"width" enum:"local|even" doc:"Of numbers. local: as wide as errors of such rows are expected to be, which boosted trees learn. even: the same for all rows, on the scale that is learned: with target: log, the same percentage."`
	Abstain bool    `yaml:"abstain" doc:"Of classes: no label is given where the set does not hold one class alone."`
}

// SetDefaults implements what package params asks for.
func (i *IntervalOptions) SetDefaults() { *i = IntervalOptions{Level: 0.9, Width: "local"} }

// Resolve implements what stage.Kind.Params asks for: it decodes params and
// checks the search's space against the estimator's own parameters.
func (o *Options) Resolve() error {
	switch {
	case o.Budget < 0:
		return params.Fault("budget", "a choice cannot end before it begins", "a duration such as 10m, or 0s for no limit", "write it without the minus")
	case o.Budget > 0 && o.Quality == "" && o.Tune == nil:
		return params.Fault("budget", "a budget is of what tries more than one model, and there is one", "", "add quality: good, or a search by tune, or leave budget out")
	case o.Quality != "":
		return o.checkQuality()
	case o.Candidates > 0:
		return params.Fault("candidates", "candidates are of quality, and there is none", "", "add quality: good, or leave candidates out; a search has tune.trials")
	case o.Model == "":
		return diag.New("no model is named, and no quality", "add quality: good to the train stage, or model:; "+diag.DidYouMean("", models.Names()))
	}
	spec := models.Lookup(o.Model)
	if spec == nil {
		return params.Fault("model", "there is no such model", "one of "+strings.Join(models.Names(), ", "), diag.DidYouMean(o.Model, models.Names()))
	}
	if spec.Params == nil {
		if o.Params.Written() {
			return params.Fault("params", fmt.Sprintf("the %s model has no parameters", o.Model), "", "leave params out")
		}
	} else if err := o.Params.Into(spec.Params()); err != nil {
		return err
	}
	if spec.Whole != nil {
		if err := spec.Whole(o.Params.Value()); err != nil {
			return params.Within("params", err)
		}
	}
	if len(o.ClassWeights) > 0 && o.Weights != string(bundle.Equal) {
		return params.Fault("class_weights", "rows weigh by weights: "+o.Weights+" already", "", "keep one of weights and class_weights")
	}
	if !o.Refit && o.Validation.Share == 0 {
		return params.Fault("refit", "refit: false keeps the model that a validation share judged, and there is none", "", "add validation: {share: 0.2}")
	}
	if o.Tune != nil {
		return o.Tune.check(spec, o.Params.Value(), o.Validation.Folds > 0)
	}
	return nil
}

// Defaults are the options where nothing is said.
func Defaults() *Options {
	return &Options{Target: "none", Weights: "equal", Bounds: "none", Calibrate: string(calibration.Auto), Refit: true, Seed: 42}
}

// recipe gives how the estimator is fitted, with its parameters as declared.
func (o *Options) recipe() Recipe {
	return Recipe{Spec: models.Lookup(o.Model), Params: o.Params.Value(), Transform: bundle.Transform(o.Target),
		Weights: bundle.Weights(o.Weights), ClassWeights: o.ClassWeights, Bounded: o.Bounds == "seen", Seed: o.Seed, Files: o.Programs, Memory: o.Memory}
}

// Specs are the estimators that take part, once for each time: their versions
// are part of what comes out.
func (o *Options) Specs() []*estimator.Spec {
	all := blended()
	if o.Quality == "" {
		spec := models.Lookup(o.Model)
		all = []*estimator.Spec{spec}
		if spec.Members != nil {
			all = append(all, spec.Members(o.Params.Value())...)
		}
	}
	if o.Interval != nil && o.Interval.Width == "local" {
		width, _ := models.Widths()
		all = append(all, width)
	}
	return all
}

// Files gives the files of the project that training reads: patterns of those that
// must be there, and paths of those that are read where they are.
func (o *Options) Files() (needed, wanted []string) {
	if spec := models.Lookup(o.Model); spec != nil && spec.Files != nil {
		return spec.Files(o.Params.Value())
	}
	return nil, nil
}

// Tools gives the programs outside the project that the model depends on.
func (o *Options) Tools() []estimator.Tool {
	if spec := models.Lookup(o.Model); spec != nil && spec.Tools != nil {
		return spec.Tools(o.Params.Value())
	}
	return nil
}

// Parallel says whether several cores are of use.
func (o *Options) Parallel() bool {
	spec := models.Lookup(o.Model)
	return o.Quality != "" || o.Tune != nil || o.Validation.Folds > 0 || spec != nil && spec.Parallel
}

// validation gives the declared one, or the default of what needs one.
func (o *Options) validation() Validation {
	v := Validation{Share: o.Validation.Share, Folds: o.Validation.Folds, Seed: o.Seed}
	weighs := o.recipe()
	if (o.Tune != nil || o.Interval != nil || o.calibrates() || o.Threshold != nil || weighs.selects()) && v.Share == 0 && v.Folds == 0 {
		v.Share = 0.2
	}
	return v
}

// calibrates says whether probabilities are to be calibrated even if rows have to be
// held out for it.
func (o *Options) calibrates() bool {
	return o.Calibrate != string(calibration.Auto) && o.Calibrate != string(calibration.None)
}

// fewestCalibrated is the fewest rows held out for which probabilities are
// calibrated unasked: in simulations a temperature of 50 rows cost a model that was
// right .01 to .02 of log loss, and spared one that was not .1.
const fewestCalibrated = 50

// calibration gives how probabilities are calibrated where so many rows are held
// out. A temperature never changes which class is likeliest; a model that guesses
// has nothing to be too sure of.
func (o *Options) calibration(rows int) calibration.Method {
	method := calibration.Method(o.Calibrate)
	if method == calibration.Auto && (rows < fewestCalibrated || models.Lookup(o.Model).Guesses) {
		return calibration.None
	}
	return method
}
