// Package offer is what a pipeline's serve stage leaves for the server,
// beside the model itself, which the server finds by its alias: how the answer
// is called, samples to try, predictions that the model must reproduce before
// it answers anybody, how far off it is, and the training rows by likeness.
package offer

import (
	"encoding/json"
	"fmt"
)

// The files of the stage's output.
const (
	File      = "service.json"
	FileIndex = "similar.arrow" // only when Offer.Similar is set
)

// Offer is service.json.
type Offer struct {
	Format int    `json:"format"`
	Model  string `json:"model"` // its name in the registry
	// Artifact is the bundle that answers, and that Golden is of; Interval is of the
	// errors of the one that was judged. Another version of the model has its own, in
	// the output of the run that registered it.
	Artifact string `json:"artifact"`
	Predict  string `json:"predict"` // what the answer is called
	// Columns are those of the table. A client may send those that the model
	// does not read: another version did, or will.
	Columns  []string  `json:"columns,omitempty"`
	Similar  *Similar  `json:"similar,omitempty"`
	Samples  []Sample  `json:"samples,omitempty"`
	Golden   []Golden  `json:"golden,omitempty"`
	Interval *Interval `json:"interval,omitempty"` // of a regression
	// Change names the fields that somebody can change, so that a change of them can
	// be advised; all when there are none.
	Change []string `json:"change,omitempty"`
	// Canary is the version that answers a part of what is asked; nil: none does.
	Canary *Canary `json:"canary,omitempty"`
	// Shadow is the version that is asked the same and not heard; nil: none is.
	Shadow *Shadow `json:"shadow,omitempty"`
}

// Shadow says which version, by its alias, is asked what the champion is asked, and what
// becomes of it once outcomes say that it is better.
type Shadow struct {
	Alias string `json:"alias"`
	// Confidence is how sure it has to be that it is better, or worse, until that is said.
	Confidence float64 `json:"confidence"`
	Promote    bool    `json:"promote,omitempty"` // then
}

// Canary says which part of what is asked the version at an alias answers in the
// champion's place. Who has one value of the header or the field, of which at most one is
// named, is always answered by the same of the two; where it is missing, and where
// neither is named, each request is by itself.
type Canary struct {
	Alias  string  `json:"alias"`
	Share  float64 `json:"share"` // of 1
	Header string  `json:"header,omitempty"`
	Field  string  `json:"field,omitempty"` // of the object that is sent, or of the first of a list
}

// Similar says what likeness is: equal in the columns of Match, and near in
// Nearest.
type Similar struct {
	Match   []string `json:"match"`
	Nearest string   `json:"nearest"`
	Columns []string `json:"columns,omitempty"` // shown; all when there are none
	// Trained says that the rows are those that Artifact was trained on, and no others;
	// else they are all of the table.
	Trained bool `json:"trained,omitempty"`
}

// Sample is an input to try.
type Sample struct {
	Name  string          `json:"name"`
	Input json.RawMessage `json:"input"` // one object
}

// Golden is an input with what the model said of it when it was registered.
type Golden struct {
	Input json.RawMessage `json:"input"` // one object
	// Value is the number predicted, or the index of the class.
	Value float64 `json:"value"`
	// Probabilities has one per class, nil for a regression.
	Probabilities []float64 `json:"probabilities,omitempty"`
}

// format is raised when older programs could not read service.json.
const format = 1

// Encode gives the bytes of service.json.
func (s *Offer) Encode() ([]byte, error) {
	s.Format = format
	data, err := json.MarshalIndent(s, "", " ")
	return append(data, '\n'), err
}

// Decode is the inverse of Encode; it survives any bytes.
func Decode(data []byte) (*Offer, error) {
	var s Offer
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("%s: %w", File, err)
	}
	if s.Format != format {
		return nil, fmt.Errorf("%s: format %d, this program reads %d", File, s.Format, format)
	}
	if s.Model == "" {
		return nil, fmt.Errorf("%s: it names no model", File)
	}
	return &s, nil
}
