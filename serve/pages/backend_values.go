package pages

import (
	"time"

	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/store/offer"
)

// Pipeline is a pipeline with what answers for it.
type Pipeline struct {
	Name  string
	Title string // "" when it has none
	// Model is the registry's name of its model; "" when it registers none.
	Model string
	// Serving is the version that answers; nil when none does.
	Serving *record.Version
	// Trouble is why nothing answers, or why not the newest champion; "" when
	// all is well.
	Trouble string
	// LastRun is nil when it never ran.
	LastRun *record.Run
	// Unread says why its declaration, as it is now, cannot be read; "" when it can.
	Unread string
	// Declared says that it can be run. Then Params are its parameters, and Models
	// the variants that make a model, of which a run can train some.
	Declared bool
	Params   []Param
	Models   []string
	Judges   []string // stages that judge models: a run that only tries ends with them
	// Fresh is how old its data and its champion are, where that is declared.
	Fresh []Aged

	// Broken says which promise is broken, and since when; "" where none is known to be.
	Broken string
	// Beside are sentences on who answers beside the champion.
	Beside []string

	// The rest is set when Serving is.
	// Asked is the version that was asked for in the champion's place, "" where none was.
	Asked    string
	Predicts string // what the answer is called
	Unit     string // of the answer
	Classes  []string
	Fields   []table.Field // what the model reads
	Samples  []offer.Sample
	Change   []string // the fields that somebody can change
	Level    float64  // how often the truth is to lie in the range or set that is answered; 0: none is
	Learned  int      // rows that the fit that answers learned from
}

// Param is a parameter of a pipeline with its value.
type Param struct{ Name, Value string }

// Aged says how old something is.
type Aged struct {
	Words string
	Stale bool // older than it may be
}

// Sentence is the words as one.
func (a Aged) Sentence() string { return sentence(a.Words) }

// Model is a model of the registry with its history.
type Model struct {
	Name     string
	Pipeline string
	Champion int               // 0: none
	Versions []*record.Version // the oldest first
	Moves    []record.Move     // of the champion, the oldest first
	Aliases  map[string]int    // the versions that others stand at
}

// Job is a run to start.
type Job struct {
	Pipeline string
	Params   map[string]string // only those that differ from the declared
	Models   []string          // of those that it trains; all when empty
	Only     []string          // stages to make, with what they need and nothing after them; all when empty
	Force    bool              // also what is up to date
}

// ForeseenStage is what a run would do about a stage.
type ForeseenStage struct {
	Name     string
	Runs     bool          // it would run
	Waits    bool          // that cannot be told before others have run
	Why      string        // it would run, or what it waits for
	Expected time.Duration // how long it would take by earlier runs; 0: it never ran
}

// Learner is a stage that makes a model, with the parameters that it has.
type Learner struct {
	Stage    string
	Settings []params.Setting
}

// Watch says whether a model still does what it did.
type Watch struct {
	Rows, Skipped    int // inputs that were looked at, and requests that could not be
	From, Until      time.Time
	Shifted, Drifted float64 // the indexes from which a field is called so
	Fields           []FieldDrift
	Findings         []notebook.Finding // of checks that look at what is asked
	Accuracy         []Accuracy         // the newest version first
	// Status, P and Index are the verdict on all fields together: whether they have
	// moved, how often chance alone moves them as far, and how far, by importance.
	Status   string
	P, Index float64
	Promise  *Promise  // nil: nothing is promised
	Shadow   *Shadow   // nil: none is declared
	Estimate *Estimate // nil: too little was asked, or nobody knows how the model errs
}

// Promise is how often the truth lay in what was answered.
type Promise struct {
	Says  string
	Level float64
	Kept  []Kept // of all, then of segments
}

// Kept is a part of a promise.
type Kept struct {
	Segment          string // "" is all
	Outcomes         int
	Share, Low, High float64
	Since            *time.Time // that it is broken; nil where it is not known to be
}

// Shadow is how a challenger, which nobody hears, does beside the champion.
type Shadow struct {
	Says                                 string // in a sentence
	Champion, Challenger                 int    // versions; the second 0 where none is asked
	Answered, Refused, Dropped, Outcomes int
	Metric, Unit                         string
	Losses                               []float64 // mean, of champion and challenger; nil: no outcome is known
	Bound                                float64   // what larger losses count as in the test; 0: not known
	Better, Worse                        float64   // how sure it is that the challenger is so
	Promote                              bool
}

// Estimate is how good answers are likely to be before anybody knows what came true.
type Estimate struct {
	Rows             int
	Metric, Unit     string // "mae" or "accuracy"
	Value, Low, High float64
	Before           float64 // measured on rows held out
}

// FieldDrift is how the values of a field differ from those of training.
type FieldDrift struct {
	Field  string
	Kind   string  // "field", "text" or "answer"
	Status string  // "stable", "shifted", "drifted", "unknown"
	Index  float64 // population stability index
	Noise  float64 // what chance alone exceeds in one case of twenty
	P      float64 // the p-value of the field alone
	Weight float64 // how much it counts in the verdict
	Bins   []DriftBin
}

// DriftBin is a part of a distribution, as shares of 1.
type DriftBin struct {
	Label          string
	Training, Live float64
}

// Accuracy is how good the saved predictions of a version turned out to be.
type Accuracy struct {
	Version, Rows int
	Metrics       []metrics.Value
	Coverage      []metrics.Value // how often the truth lay in what was promised
}
