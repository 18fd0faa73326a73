package metrics

import (
	"math"

	"labbook/internal/base/diag"
)

// Metric is an entry of the Catalog.
type Metric struct {
	Name   string // lower case, as scikit-learn says it: "f1_weighted"
	Title  string // as a table's heading says it: "F1 (weighted)"
	Task   Task
	Better Better
	Scale  Scale
	// Needs says that it is measured on probabilities, not on classes alone.
	Probabilities bool
	Doc           string // one sentence
	// Prepare does what is common to all resamples, such as sorting.
	Prepare func(*Sample) Measure
}

// Of is the metric as a figure of a sample, never defined where the sample lacks
// what it is measured on.
func (m *Metric) Of(s *Sample) Figure {
	if m.Probabilities && s.Probabilities == nil {
		return Figure{s, func(*Sample) Measure { return func([]float64) float64 { return math.NaN() } }}
	}
	return Figure{s, m.Prepare}
}

// Scale says in what a metric is counted, and so how it is written.
type Scale string

// The scales.
const (
	OfTarget Scale = "target" // in the target's unit: "263.4 USD"
	Share    Scale = "share"  // a share, written in per cent: "7.84 %"
	Plain    Scale = "plain"  // a bare number: "0.9856"
)

// Catalog lists every metric, in the order in which pages show them.
var Catalog = []Metric{
	{"mae", "MAE", Regression, Lower, OfTarget, false, "Mean absolute error.", mae},
	{"rmse", "RMSE", Regression, Lower, OfTarget, false, "Root of the mean squared error: large errors count more.", rmse},
	{"median_ae", "Median AE", Regression, Lower, OfTarget, false, "Median absolute error: half of the errors are smaller.", medianAE},
	{"mape", "MAPE", Regression, Lower, Share, false, "Mean absolute error relative to the true value.", mape},
	{"r2", "R²", Regression, Higher, Plain, false, "Share of the variance explained; 0 is a constant guess.", r2},

	{"f1_weighted", "F1 (weighted)", Classification, Higher, Plain, false, "Mean of the classes' F1, weighted by their rows.", weighted(f1)},
	{"f1_macro", "F1 (macro)", Classification, Higher, Plain, false, "Plain mean of the classes' F1: rare classes count as much as common ones.", macro(f1)},
	{"accuracy", "Accuracy", Classification, Higher, Plain, false, "Share of rows whose class was found.", accuracy},
	{"balanced_accuracy", "Balanced accuracy", Classification, Higher, Plain, false, "Plain mean of the classes' recall.", recalled(recall)},
	{"precision_macro", "Precision (macro)", Classification, Higher, Plain, false, "Plain mean of the classes' precision.", macro(precision)},
	{"recall_macro", "Recall (macro)", Classification, Higher, Plain, false, "Plain mean of the classes' recall, over classes that occur or were predicted.", macro(recall)},
	{"precision_weighted", "Precision (weighted)", Classification, Higher, Plain, false, "Mean of the classes' precision, weighted by their rows.", weighted(precision)},
	{"recall_weighted", "Recall (weighted)", Classification, Higher, Plain, false, "Mean of the classes' recall, weighted by their rows: the accuracy.", weighted(recall)},
	{"log_loss", "Log loss", Classification, Lower, Plain, true, "Mean of the negative logarithm of the true class's probability.", logLoss},
	{"roc_auc", "ROC AUC", Classification, Higher, Plain, true, "Area under the ROC curve, mean of each class against the rest.", rocAUC},
	{"pr_auc", "PR AUC", Classification, Higher, Plain, true, "Average precision, mean of each class against the rest.", prAUC},
	{"brier", "Brier score", Classification, Lower, Plain, true, "Mean squared error of the probabilities.", brier},
	{"calibration_error", "Calibration error", Classification, Lower, Plain, true, "Mean distance of confidence from accuracy, over ten bins.", calibrationError},
}

// Defaults names the metrics that are measured when a pipeline names none.
func Defaults(task Task) []string {
	if task == Regression {
		return []string{"mae", "rmse", "median_ae", "mape", "r2"}
	}
	return []string{"f1_weighted", "f1_macro", "accuracy", "log_loss", "roc_auc"}
}

// DefaultsOf names the metrics that are measured of rows of these classes, in the
// order in which they are shown, when a pipeline names none. Where a class has less
// than half of an even share of the rows, what counts every class the same comes
// first: weighted by rows, a model that never finds a class of 5 in 100 still has
// an F1 of .93.
func DefaultsOf(actual []float64, classes []string) []string {
	if classes == nil {
		return Defaults(Regression)
	}
	rows := make([]float64, len(classes))
	for _, y := range actual {
		rows[int(y)]++
	}
	for _, n := range rows {
		if n > 0 && n < float64(len(actual))/float64(2*len(classes)) {
			return []string{"f1_macro", "balanced_accuracy", "accuracy", "log_loss", "roc_auc", "f1_weighted"}
		}
	}
	return Defaults(Classification)
}

// Primary names the metric that orders leaderboards when a pipeline names none.
// Of classes it is a proper score: F1 and accuracy look at the likeliest class
// alone, and where one class is rare they like a guess better than a model that
// ranks the rows well.
func Primary(task Task) string {
	if task == Regression {
		return "mae"
	}
	return "log_loss"
}

// Lookup gives the metric of that name.
func Lookup(name string) (*Metric, bool) {
	for i := range Catalog {
		if Catalog[i].Name == name {
			return &Catalog[i], true
		}
	}
	return nil, false
}

// Names lists the metrics of a task in the catalog's order; of all when task
// is "".
func Names(task Task) []string {
	var names []string
	for _, m := range Catalog {
		if task == "" || m.Task == task {
			names = append(names, m.Name)
		}
	}
	return names
}

// Find is Lookup for a name that a person wrote: the error says what there is
// for the task.
func Find(name string, task Task) (*Metric, error) {
	m, ok := Lookup(name)
	switch {
	case !ok:
		return nil, &diag.Error{What: "there is no metric " + name, Hint: diag.DidYouMean(name, Names(task))}
	case task != "" && m.Task != task:
		return nil, &diag.Error{What: name + " measures " + string(m.Task) + ", and this is " + string(task),
			Hint: "take one of " + join(Names(task))}
	}
	return m, nil
}

// On measures the metric on a sample as it is; unit is the target's.
func (m *Metric) On(s *Sample, unit string) Value {
	return m.Value(m.Prepare(s)(Ones(s.Rows())), unit)
}

// Value wraps a number measured by m; unit is the target's, and left out where
// the scale is not.
func (m *Metric) Value(v float64, unit string) Value {
	out := Value{Name: m.Name, Value: v, Better: m.Better}
	if m.Scale == OfTarget {
		out.Unit = unit
	}
	return out
}

// Improvement gives by how much a is better than b, in the metric's scale:
// negative when it is worse.
func (m *Metric) Improvement(a, b float64) float64 {
	if m.Better == Lower {
		return b - a
	}
	return a - b
}

// Worst is the value that any other is better than.
func (m *Metric) Worst() float64 {
	if m.Better == Lower {
		return math.Inf(1)
	}
	return math.Inf(-1)
}
