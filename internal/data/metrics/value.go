// Package metrics measures predictions: the field's standard metrics, their
// intervals, and the paired comparison of two models.
package metrics

// Value is a metric as it was measured once: what runs, leaderboards, model
// versions and pages show. Its JSON form is an on-disk format.
type Value struct {
	Name    string   `json:"name"`              // "mae", "r2", "f1_weighted": lower case, as scikit-learn says it
	Subject string   `json:"subject,omitempty"` // what was measured, a stage's name: "train/boosting"; "" for the stage itself
	Value   float64  `json:"value"`
	Low     *float64 `json:"low,omitempty"`   // the interval's ends, nil when none was taken
	High    *float64 `json:"high,omitempty"`  //
	Level   float64  `json:"level,omitempty"` // of the interval: 0.95
	Unit    string   `json:"unit,omitempty"`
	Better  Better   `json:"better,omitempty"`
}

// Better says in which direction a metric improves; "" when neither is better.
type Better string

// The directions.
const (
	Lower  Better = "lower"
	Higher Better = "higher"
)
