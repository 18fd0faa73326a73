package evaluation

import (
	"context"
	"fmt"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
)

// Options are the parameters of the evaluate kind.
type Options struct {
	Metrics        params.Strings `yaml:"metrics" json:"metrics" doc:"Metrics to measure, as scikit-learn names them. Empty takes mae, rmse, median_ae, mape and r2 for a number, f1_weighted, f1_macro, accuracy, log_loss and roc_auc for classes; where a class has less than half of an even share of the test rows, f1_macro and balanced_accuracy first."`
	Primary        string         `yaml:"primary" json:"primary" doc:"Metric that orders the models. Empty takes the first of metrics; where those are not named either, mae for a number and log_loss for classes."`
	Resamples      int            `yaml:"resamples" json:"resamples" doc:"Resamples of the bootstrap behind every interval and comparison; 0 takes none, and then every difference is a tie." range:"[0,100000]"`
	Level          float64        `yaml:"level" json:"level" doc:"Level of the intervals." range:"[0.5,0.999]"`
	Seed           uint64         `yaml:"seed" json:"seed" doc:"Seed of resamples and permutations."`
	Permutations   int            `yaml:"permutations" json:"permutations" doc:"How often each column is shuffled for the leader's permutation importance; 0 leaves it out. Wide tables take fewer." range:"[0,100]"`
	PermutedRows   int            `yaml:"permuted_rows" json:"permuted_rows" doc:"Test rows on which it is measured at most, evenly spread." range:"[100,10000000]" unit:"rows"`
	LearningCurve  bool           `yaml:"learning_curve" json:"learning_curve" doc:"Whether the leader is fitted again on 10, 25 and 50 % of the training rows, or of 100,000 of more, and asked about 50,000 test rows at most: would more data help?"`
	Mistakes       int            `yaml:"mistakes" json:"mistakes" doc:"Most confident mistakes (largest errors, of a number) to show." range:"[0,100]"`
	MaxBreakdowns  int            `yaml:"max_breakdowns" json:"max_breakdowns" doc:"Categories by which the leader's error is broken down, the most uneven first." range:"[0,50]"`
	CalibrationBin int            `yaml:"calibration_bins" json:"calibration_bins" doc:"Bins of the calibration curve." range:"[2,100]"`
}

// Defaults are the options of a pipeline that gives none.
func Defaults() Options {
	return Options{
		Resamples: 1000, Level: 0.95, Seed: 42, Permutations: 5, PermutedRows: 2000,
		LearningCurve: true, Mistakes: 10, MaxBreakdowns: 3, CalibrationBin: 10,
	}
}

// Resolve implements what stage.Kind.Params asks for.
func (o *Options) Resolve() error {
	for _, name := range append(slices.Clone(o.Metrics), o.Primary) {
		if name == "" {
			continue
		}
		if _, err := metrics.Find(name, ""); err != nil {
			return err
		}
	}
	return nil
}

// measured gives the metrics to measure of rows of these classes, nil of numbers,
// and the primary one: those that are named in the catalog's order.
func (o *Options) measured(task metrics.Task, actual []float64, classes []string) (all []*metrics.Metric, primary *metrics.Metric, err error) {
	names, first, order := []string(o.Metrics), metrics.Primary(task), metrics.Names(task)
	if len(names) == 0 {
		names = metrics.DefaultsOf(actual, classes)
		order = append(slices.Clone(names), order...)
	} else {
		first = names[0]
	}
	if o.Primary != "" {
		first = o.Primary
	}
	if primary, err = metrics.Find(first, task); err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		if _, err := metrics.Find(name, task); err != nil {
			return nil, nil, err
		}
	}
	for _, name := range order {
		m, _ := metrics.Lookup(name)
		if (name == first || slices.Contains(names, name)) && !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all, primary, nil
}

// Predict gives the predictions for a table's rows: a number each, in the
// target's own unit, or a probability per class each, row by row. It may be
// called from several goroutines at once.
type Predict func(*table.Table) ([]float64, error)

// Candidate is a fitted model to be judged, or what is known of one.
type Candidate struct {
	Stage, Folder, Artifact, Estimator string // as in Model

	// Given, if not nil, is what was said elsewhere of Case.Rows: all that is known.
	// Then Predict is nil, and whatever asks a model is not done.
	Given *metrics.Sample

	Predict Predict
	// Interval gives the ends of the range around each prediction that should
	// hold the truth with probability Level. Nil when it has none.
	Interval func(*table.Table) (low, high []float64, err error)
	Level    float64
	// Sets says of each row and class, row by row, whether it is in the set that
	// should hold the truth with probability Level. Nil when it gives none.
	Sets func(*table.Table) ([]bool, error)
	// Threshold says when it predicts the positive of two classes; nil: where that is
	// the likelier one.
	Threshold *metrics.Threshold
	// Guesses says that it looks at no column: what the others have to beat.
	Guesses bool
	// Inputs are the columns that it reads.
	Inputs []string
	// Refit fits the same model anew on a share of the training rows, and
	// tells how many they were; for the share 1, and for too few rows, it only
	// tells. Nil when it cannot.
	Refit func(ctx context.Context, share float64, cores int) (rows int, predict Predict, err error)
	// Alone fits the same recipe to a training part in which only that column
	// varies. Nil when it cannot.
	Alone func(ctx context.Context, train *table.Table, column string, cores int) (Predict, error)
	// Strictly makes the same model again under a stricter split of all rows, and
	// asks it about the rows held out there. Nil when it cannot.
	Strictly func(ctx context.Context, structure *partition.Structure, cores int) (*Strict, error)
	// Strong fits a model that does well on most tables as it stands to the same
	// features, and Apart lets such a model tell the test part (class 1) from the
	// training part. The errors say why they cannot. Nil when they never can.
	Strong func(ctx context.Context, train *table.Table, cores int) (Predict, error)
	Apart  func(ctx context.Context, train, test *table.Table, cores int) (*metrics.Sample, error)
	// Explain gives the columns that speak most for a class of a row. Nil when it
	// cannot.
	Explain func(t *table.Table, row, class int) []Pull
}

// Case is what is judged: the candidates, and the rows to judge them on.
type Case struct {
	Task    metrics.Task
	Target  table.Field
	Classes []string     // of every candidate, in this order
	Test    *table.Table // none of the candidates saw a row of it
	Digest  string       // of the test part
	// Rows are the rows of Test whose outcome is known, ascending, and Actual
	// their outcome: the number, or the index of the class.
	Rows       []int
	Actual     []float64
	Candidates []Candidate
	// Train opens the training part, in which leaks are looked for; nil: they are
	// not.
	Train func() (*table.Table, error)
	// Outcome gives the outcome of a table's rows as Actual has it; NaN: not known.
	Outcome func(*table.Table) ([]float64, error)
	// Structure says how the rows belong together, and Units what is drawn of Rows
	// to tell noise; nil: independent rows.
	Structure *partition.Structure
	Units     *metrics.Units
	// Folds, if not nil, are what the leaderboard is made of instead of Rows.
	Folds *Folds
}

// ordered checks that every candidate can be measured by what orders them.
func (c *Case) ordered(by *metrics.Metric) error {
	for _, candidate := range c.Candidates {
		if s := candidate.Given; s != nil && by.Probabilities && s.Probabilities == nil {
			return &diag.Error{What: fmt.Sprintf("%s gives classes without probabilities, and the models are ordered by %s, which needs them", candidate.Stage, by.Name),
				Hint: "say in that stage which columns are probabilities, or order here by classes: primary: f1_macro"}
		}
	}
	return nil
}

func (c *Case) check() error {
	if len(c.Candidates) == 0 {
		return diag.New("there is no model to evaluate", "name the train stages in from")
	}
	if len(c.Rows) == 0 {
		return &diag.Error{What: "no test row has a value of the target " + c.Target.Name,
			Hint: "look at the split's test part: is it empty, or are its outcomes missing?"}
	}
	return nil
}
