package training

import (
	"labbook/internal/base/facts"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/tune"
)

// The files beside a bundle that say how it came about.
const (
	FileTraining = "training.json" // Facts
	FileTrials   = "trials.json"   // SearchFacts; only where there was a search
	FileHeldOut  = "heldout.arrow" // what was said of rows held out; only where some were
)

// Facts is training.json.
type Facts struct {
	// Validation has the metrics on the training rows that were held out; none
	// where none were.
	Validation []Judgement `json:"validation,omitempty"`
	// Members are those of an ensemble that answer on their own, in their order; nil
	// of other models, and where no rows were held out.
	Members []MemberFacts `json:"members,omitempty"`
	// Calibration is how probabilities of those rows came true; nil where they were
	// not calibrated.
	Calibration *CalibrationFacts `json:"calibration,omitempty"`
	// Threshold is how it was chosen; nil where there is none.
	Threshold *ThresholdFacts `json:"threshold,omitempty"`
	// Blend is what quality tried; nil where it was not asked for.
	Blend *BlendFacts `json:"blend,omitempty"`
	// Findings are what the fit noticed.
	Findings []notebook.Finding `json:"findings,omitempty"`
}

// Judgement is a metric on the rows that were held out.
type Judgement struct {
	Metric string         `json:"metric"`
	Pooled facts.Number   `json:"pooled"` // on all of them together
	Each   []facts.Number `json:"each"`   // on those of each division
}

// CalibrationFacts say how sure the model was of rows held out, and how often it
// was right: as it was, and after a calibration by other rows held out.
type CalibrationFacts struct {
	Before Calibrated `json:"before"`
	After  Calibrated `json:"after"`
}

// Calibrated is a calibration curve, and what is measured of probabilities.
type Calibrated struct {
	LogLoss facts.Number  `json:"log_loss"`
	Error   facts.Number  `json:"calibration_error"`
	Bins    []metrics.Bin `json:"bins"`
}

// ThresholdFacts say what a threshold was chosen for, what it may be besides, by
// the bootstrap, and what others come to on the rows held out.
type ThresholdFacts struct {
	Positive  string           `json:"positive"`
	Costs     *metrics.Costs   `json:"costs,omitempty"`
	Precision float64          `json:"precision,omitempty"`
	Recall    float64          `json:"recall,omitempty"`
	At        facts.Number     `json:"at"`
	Low       facts.Number     `json:"low"`
	High      facts.Number     `json:"high"`
	Level     float64          `json:"level"`
	Rows      int              `json:"rows"`
	Curves    []ThresholdCurve `json:"curves"` // costs per row, or precision and recall
	// Finding is what the choice noticed.
	Finding *notebook.Finding `json:"finding,omitempty"`
}

// ThresholdCurve is what is measured at each threshold.
type ThresholdCurve struct {
	Name   string           `json:"name"`
	Points []ThresholdPoint `json:"points"` // by rising threshold
}

// ThresholdPoint is a value with its interval.
type ThresholdPoint struct {
	At    facts.Number `json:"at"`
	Value facts.Number `json:"value"`
	Low   facts.Number `json:"low"`
	High  facts.Number `json:"high"`
}

// SearchFacts is trials.json.
type SearchFacts struct {
	Metric   string       `json:"metric"`
	Sampler  string       `json:"sampler"`
	Declared facts.Number `json:"declared"` // the score of the parameters as declared; null when they do not work
	Space    tune.Space   `json:"space"`
	// Start has the declared values of the space's parameters.
	Start  []string     `json:"start"`
	Best   *int         `json:"best"` // number of the trial that beat them; null for none
	Trials []tune.Trial `json:"trials"`
}
