package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"time"

	"labbook/internal/store/registry"
	"labbook/internal/store/requests"
)

// Replay is what became of recorded requests when another version answered.
type Replay struct {
	Model    string `json:"model"` // "diamonds@4"
	Requests int    `json:"requests"`
	Skipped  int    `json:"skipped"` // kept in part only
	Rows     int    `json:"rows"`    // predictions that were compared
	Changed  int    `json:"changed"` // of them
	// Errors counts requests that were answered, and are refused now; Mended
	// those the other way round.
	Errors int `json:"errors"`
	Mended int `json:"mended"`
	// MeanChange and MaxChange are of numbers, relative to what was answered.
	MeanChange float64 `json:"mean_change"`
	MaxChange  float64 `json:"max_change"`
	// Before and After are the latencies then and now: half of the requests
	// took no longer, and 99 of 100.
	Before Latency `json:"before"`
	After  Latency `json:"after"`
	// Examples are the first errors.
	Examples []string `json:"examples,omitempty"`
}

// Latency is how long answers took.
type Latency struct {
	Median time.Duration `json:"median"`
	P99    time.Duration `json:"p99"`
}

// ReplayOptions say what is replayed.
type ReplayOptions struct {
	Registry *registry.Registry
	Runs     Runs
	Requests *requests.Store
	Model    string // "diamonds@4"
	Last     int    // how many of the newest requests
	// Tolerance is the relative change of a number up to which an answer
	// counts as the same.
	Tolerance float64
}

// maxExamples bounds the errors that are shown.
const maxExamples = 5

// RunReplay has a version answer the newest recorded predictions of its
// pipeline, through the handler that clients would reach, and compares.
// Nothing is recorded.
func RunReplay(ctx context.Context, o ReplayOptions) (*Replay, error) {
	v, err := o.Registry.Resolve(ctx, o.Model)
	if err != nil {
		return nil, err
	}
	s := &Server{options: Options{Registry: o.Registry, Runs: o.Runs, Requests: o.Requests, Clock: time.Now, Log: slog.New(slog.DiscardHandler)}, turns: newTurns()}
	s.options.Limits.defaults()
	s.loader = loader{registry: o.Registry, runs: o.Runs, limits: &s.options.Limits, bundles: map[string]*model{}}
	name := v.Pipeline
	if name == "" {
		name = v.Model
	}
	made, err := s.loader.endpoint(ctx, name, v)
	if err != nil {
		return nil, err
	}
	r := &replaying{Replay: Replay{Model: registry.Name(v)}, server: s, endpoint: made, tolerance: o.Tolerance}
	f := requests.Filter{Pipeline: name, Route: "/v1/" + name + "/predict", Bodies: true}
	for left := o.Last; left > 0; left -= f.Limit {
		f.Limit = min(left, 200)
		found, err := o.Requests.Requests(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, asked := range found {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			r.again(asked)
		}
		if len(found) < f.Limit {
			break
		}
		f.Before = found[len(found)-1].ID
	}
	return r.finish(), nil
}

// replaying is a replay under way.
type replaying struct {
	Replay
	server        *Server
	endpoint      *Endpoint
	tolerance     float64
	before, after []time.Duration
	changes       float64
	numbers       int
}

// again asks a recorded request once more.
func (r *replaying) again(asked *requests.Request) {
	if asked.Request.Truncated() || asked.Response.Truncated() || asked.Status >= 500 || bytes.Contains(asked.Request.Kept, []byte(`"[redacted]"`)) {
		r.Skipped++
		return
	}
	r.Requests++
	again, err := http.NewRequest(http.MethodPost, asked.Path, nil)
	if err != nil {
		r.Skipped++
		return
	}
	again.Header.Set("Content-Type", asked.Request.Type)
	began := time.Now()
	x := r.server.begin(nil, again)
	defer x.release()
	x.body = append(x.body, asked.Request.Kept...)
	x.protect(http.HandlerFunc(r.endpoint.ServePredict), again)
	r.before, r.after = append(r.before, asked.Latency), append(r.after, time.Since(began))
	switch wasFine, isFine := asked.Status < 300 && !r.silent(asked.Response.Kept), x.status < 300; {
	case wasFine && !isFine:
		r.Errors++
		if len(r.Examples) < maxExamples {
			r.Examples = append(r.Examples, fmt.Sprintf("request %s is refused now: %s", asked.ID, x.answer))
		}
	case !wasFine && isFine:
		r.Mended++
	case isFine:
		r.compare(asked.Response.Kept, x.answer)
	}
}

// silent says whether an answer in JSON lacks a prediction, as those of earlier
// versions could.
func (r *replaying) silent(answer []byte) bool {
	_, err := r.predictions(answer)
	return errors.Is(err, errNoPrediction)
}

// compare compares two answers, prediction by prediction.
func (r *replaying) compare(before, after []byte) {
	was, _ := r.predictions(before)
	is, _ := r.predictions(after)
	if was == nil || len(was) != len(is) {
		r.Rows++
		if !bytes.Equal(before, after) { // CSV
			r.Changed++
		}
		return
	}
	for i := range was {
		r.Rows++
		if r.endpoint.Features().Classes != nil {
			if was[i].label != is[i].label {
				r.Changed++
			}
			continue
		}
		change := math.Abs(is[i].value-was[i].value) / max(math.Abs(was[i].value), math.SmallestNonzeroFloat64)
		if was[i].value == is[i].value {
			change = 0
		}
		r.changes += change
		r.numbers++
		r.MaxChange = max(r.MaxChange, change)
		if change > r.tolerance {
			r.Changed++
		}
	}
}

// predictions reads the predictions of an answer in JSON.
func (r *replaying) predictions(data []byte) ([]*answered, error) {
	answers := []json.RawMessage{}
	for lines := json.NewDecoder(bytes.NewReader(data)); ; {
		var one json.RawMessage
		err := lines.Decode(&one)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		answers = append(answers, one)
	}
	if len(answers) == 1 {
		var list struct{ Predictions []json.RawMessage }
		if err := json.Unmarshal(data, &list); err != nil {
			return nil, err
		}
		if list.Predictions != nil {
			answers = list.Predictions
		}
	}
	all := make([]*answered, len(answers))
	for i, one := range answers {
		a, err := readAnswer(r.endpoint, one)
		if err != nil {
			return nil, err
		}
		all[i] = a
	}
	return all, nil
}

func (r *replaying) finish() *Replay {
	if r.numbers > 0 {
		r.MeanChange = r.changes / float64(r.numbers)
	}
	r.Before, r.After = latencyOf(r.before), latencyOf(r.after)
	return &r.Replay
}

func latencyOf(all []time.Duration) Latency {
	if len(all) == 0 {
		return Latency{}
	}
	slices.Sort(all)
	return Latency{all[len(all)/2], all[len(all)*99/100]}
}
