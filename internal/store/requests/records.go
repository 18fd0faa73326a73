// Package requests keeps what a server was asked and what it answered: a row
// per request, durable before the answer is sent, and the predictions that
// people saved, with the outcomes they attach later.
//
// A Store writes one transaction at a time. What arrives while one is being made
// durable goes into the next one together, so that a hundred clients cost one
// fsync and not a hundred (group commit); the first of those who wait makes it for
// all of them (queue.go). Beneath it is SQLite or PostgreSQL,
// with one schema, the same statements, and one conformance test.
package requests

import (
	"encoding/json"
	"time"
)

// Request is a request with its answer.
type Request struct {
	ID       string        `json:"id"` // of NewID: sorts by time
	Time     time.Time     `json:"time"`
	Method   string        `json:"method"`
	Route    string        `json:"route"` // the pattern: "/v1/diamonds/predict"
	Path     string        `json:"path"`  // as asked for, with the query
	Pipeline string        `json:"pipeline,omitempty"`
	Model    string        `json:"model,omitempty"`
	Version  int           `json:"version,omitempty"` // of the model that answered; 0: none did
	Run      string        `json:"run,omitempty"`     // that registered that version
	Status   int           `json:"status"`
	Latency  time.Duration `json:"latency"`          // until the answer was ready to be recorded, in nanoseconds
	Client   string        `json:"client"`           // address, without the port
	Caller   string        `json:"caller,omitempty"` // the key that it came with; "" is none
	Request  Body          `json:"request"`
	Response Body          `json:"response"`
	Error    string        `json:"error,omitempty"` // of a 5xx: what is not told the client

	// Prediction, if not nil, is saved with the request, both or neither.
	Prediction *Prediction `json:"-"`
	// Idempotent, if not nil, is kept with the request, both or neither.
	Idempotent *Idempotent `json:"-"`
}

// Body is what was sent, as far as it is kept.
type Body struct {
	Type string `json:"type,omitempty"` // of the content: "application/json"
	Size int64  `json:"size"`           // in bytes, of all of it
	Kept []byte `json:"-"`              // its beginning, redacted
}

// Truncated says whether less was kept than there was.
func (b *Body) Truncated() bool { return b.Size > int64(len(b.Kept)) }

// Prediction is one that somebody saved.
type Prediction struct {
	ID       string          `json:"id"`
	Time     time.Time       `json:"time"`
	Pipeline string          `json:"pipeline"`
	Model    string          `json:"model"`
	Version  int             `json:"version"`
	Run      string          `json:"run"`
	Request  string          `json:"request"` // that asked for it
	Input    json.RawMessage `json:"input"`
	Answer   json.RawMessage `json:"answer"`
	Note     string          `json:"note,omitempty"`
	// Outcome is what came true: a number or the name of a class; nil until
	// somebody tells it.
	Outcome     json.RawMessage `json:"outcome,omitempty"`
	OutcomeTime time.Time       `json:"outcome_time,omitzero"`
}

// Filter chooses requests. Empty fields choose all.
type Filter struct {
	Caller                 string // the key that they came with
	Pipeline, Route, Model string
	Routes                 []string // one of these; none: any
	Method                 string
	Version                int
	// Status is a status, or with one digit a class of them: 4 for 4xx.
	Status      int
	From, Until time.Time // From is included, Until is not; both in milliseconds
	Before      string    // an id: only older ones, for the next page
	Since       string    // an id: only that one and newer ones
	Limit       int       // 0 means 50; at most 1000
	Bodies      bool      // with what was sent
	Excerpt     int       // with the beginning of that alone, so many bytes; 0: all of it or nothing
}

// PredictionFilter chooses saved predictions.
type PredictionFilter struct {
	Pipeline string
	Version  int
	Text     string // words that all stand in the input, the answer or the note, in any case
	Known    *bool  // whether the outcome is known; nil chooses both
	Before   string // an id: only older ones
	Since    string // an id: only that one and newer ones
	Limit    int    // 0 means 50; at most 1000
}

// Timing is how long the answer to a request took, and its status.
type Timing struct {
	Time    time.Time
	Latency time.Duration
	Status  int
}

func limit(n int) int {
	switch {
	case n <= 0:
		return 50
	case n > 1000:
		return 1000
	}
	return n
}
