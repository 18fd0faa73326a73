package boosting

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/models/estimator"
)

// Params are the parameters of a fit, with XGBoost's names, meanings and
// defaults.
type Params struct {
	Trees        int     `yaml:"n_estimators" doc:"Trees at most; with softmax, for each class." range:"[1,100000]" unit:"trees"`
	LearningRate float64 `yaml:"learning_rate" doc:"Shrinks what each tree adds." range:"(0,1]"`
	MaxDepth     int     `yaml:"max_depth" doc:"Splits on the way to a leaf at most; 0 is no limit and needs max_leaves." range:"[0,64]"`
	MaxLeaves    int     `yaml:"max_leaves" doc:"Leaves of a tree at most; 0 is no limit." range:"[0,1000000]" unit:"leaves"`
	Grow         string  `yaml:"grow" doc:"Order in which nodes are split when max_leaves binds: depth takes the shallowest, leaf the one that gains most." enum:"depth|leaf"`

	MinChildWeight float64 `yaml:"min_child_weight" doc:"Sum of the Hessian (with squared error: of weights) that a child needs." range:">=0"`
	MinSamplesLeaf int     `yaml:"min_samples_leaf" doc:"Rows that each leaf keeps, of those that its tree learns from, whatever they weigh; more make smaller and smoother trees." range:"[1,16777215]" unit:"rows"`
	Lambda         float64 `yaml:"lambda" doc:"L2 penalty on the values of leaves." range:">=0"`
	Alpha          float64 `yaml:"alpha" doc:"L1 penalty on the values of leaves." range:">=0"`
	Gamma          float64 `yaml:"gamma" doc:"Drop of the loss that a split needs." range:">=0"`

	Subsample        float64 `yaml:"subsample" doc:"Share of the rows that each tree learns from." range:"(0,1]"`
	ColsampleByTree  float64 `yaml:"colsample_bytree" doc:"Share of the columns that each tree may use." range:"(0,1]"`
	ColsampleByLevel float64 `yaml:"colsample_bylevel" doc:"Share of the tree's columns that each of its levels may use." range:"(0,1]"`
	ColsampleByNode  float64 `yaml:"colsample_bynode" doc:"Share of the level's columns that each node may use." range:"(0,1]"`

	MaxBins    int     `yaml:"max_bins" doc:"Bins that a column is cut into at most." range:"[2,65536]" unit:"bins"`
	CatSmooth  float64 `yaml:"cat_smooth" doc:"Added to the Hessian of each category when categories are ordered for a split, against noise in the small ones." range:">=0"`
	CatMinRows int     `yaml:"cat_min_rows" doc:"Rows of a node that a category needs there, for a split to tell it from the others: with fewer it goes where the missing go. Many small categories are otherwise learned by heart." range:"[1,16777215]" unit:"rows"`

	Objective     string  `yaml:"objective" doc:"Loss; auto is squared_error for numbers, logistic for two classes, softmax for more. poisson is for counts, gamma for what is above 0 and spreads the more the larger it is, tweedie for what is often 0 and else as gamma's." enum:"auto|squared_error|absolute_error|pseudo_huber|poisson|gamma|tweedie|quantile|logistic|softmax"`
	QuantileAlpha float64 `yaml:"quantile_alpha" doc:"The quantile that objective quantile aims at." range:"(0,1)"`
	TweediePower  float64 `yaml:"tweedie_variance_power" doc:"The variance that objective tweedie supposes is proportional to the mean to this power: near 1 as counts, near 2 as gamma." range:"(1,2)"`
	HuberSlope    float64 `yaml:"huber_slope" doc:"Where pseudo_huber turns from square to absolute, in units of the target." range:">0"`

	EarlyStopping int            `yaml:"early_stopping_rounds" doc:"Stop when the loss on the validation rows has not improved for so many rounds, and keep the best; 0 is never." range:"[0,100000]" unit:"rounds"`
	Monotone      map[string]int `yaml:"monotone_constraints" doc:"By column: 1, the prediction never falls as the column rises; -1, never rises."`
}

// defaults are XGBoost's.
func defaults() *Params {
	return &Params{
		Trees: 100, LearningRate: 0.3, MaxDepth: 6, Grow: "depth",
		MinChildWeight: 1, MinSamplesLeaf: 1, Lambda: 1,
		Subsample: 1, ColsampleByTree: 1, ColsampleByLevel: 1, ColsampleByNode: 1,
		MaxBins: 256, CatSmooth: 10, CatMinRows: 30,
		Objective: "auto", QuantileAlpha: usual().quantile, HuberSlope: usual().slope, TweediePower: usual().power,
	}
}

func (p *Params) shape() shape {
	return shape{quantile: p.QuantileAlpha, slope: p.HuberSlope, power: p.TweediePower}
}

// check finds what the tags cannot say.
func (p *Params) check(data *estimator.Data) error {
	if p.MaxDepth == 0 && p.MaxLeaves == 0 {
		return &diag.Error{What: "a tree without limits", Found: "max_depth 0 and max_leaves 0",
			Wanted: "a limit on one of them", Hint: "set max_leaves, for example to 31"}
	}
	if p.MaxLeaves == 1 {
		return &diag.Error{What: "a tree of one leaf cannot split", Found: "max_leaves 1",
			Wanted: "0 or at least 2", Hint: "set max_leaves, for example to 31"}
	}
	classes := data.Task() == metrics.Classification
	switch p.Objective {
	case "auto":
	case "logistic", "softmax":
		if !classes {
			return objectiveMismatch(p.Objective, "a target of classes", "auto")
		}
		if p.Objective == "logistic" && len(data.Classes) != 2 {
			return &diag.Error{What: "objective logistic knows two classes",
				Found: fmt.Sprint(len(data.Classes)), Wanted: "2", Hint: "set objective to softmax"}
		}
	default:
		if classes {
			return objectiveMismatch(p.Objective, "a numeric target", "logistic or softmax")
		}
	}
	if err := inDomain(p.Objective, data.Y); err != nil {
		return err
	}
	for name, sign := range p.Monotone {
		if !slices.Contains(data.X.Names, name) {
			return &diag.Error{What: "monotone_constraints names an unknown column", Found: name,
				Wanted: "one of " + strings.Join(data.X.Names, ", "), Hint: "use the column's name after encoding"}
		}
		if sign < -1 || sign > 1 {
			return &diag.Error{What: "monotone_constraints of " + name, Found: fmt.Sprint(sign), Wanted: "-1, 0 or 1",
				Hint: "write 1 for rising, -1 for falling"}
		}
	}
	return nil
}

// inDomain says which target has no likelihood under an objective.
func inDomain(objective string, y []float64) error {
	wanted := "0 or more"
	switch objective {
	case "poisson", "tweedie":
	case "gamma":
		wanted = "a number above 0"
	default:
		return nil
	}
	for i, v := range y {
		if v < 0 || v == 0 && objective == "gamma" {
			return &diag.Error{What: fmt.Sprintf("objective %s does not suit the target of training row %d", objective, i+1), Found: fmt.Sprint(v), Wanted: wanted,
				Hint: "drop such rows at load with keep, or choose another objective"}
		}
	}
	return nil
}

func objectiveMismatch(objective, wanted, instead string) error {
	return &diag.Error{What: "objective " + objective + " does not suit the target", Wanted: wanted,
		Hint: "set objective to " + instead}
}
