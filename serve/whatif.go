package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/table"
	"labbook/models/bundle"
	"labbook/serve/refusal"
)

// WhatIf is a question about a row that is not there: what the answer would be, and
// what would have to change for another one.
type WhatIf struct {
	Input json.RawMessage `json:"input" doc:"The input, as for predict: one object."`
	// Changes asks for the smallest changes too, which takes some hundred predictions.
	Changes bool     `json:"changes,omitempty" doc:"Whether to look for the smallest changes after which the answer is another one."`
	Change  []string `json:"change,omitempty" doc:"The fields that may change; absent: those that the pipeline declares, else all."`
	Class   string   `json:"class,omitempty" doc:"Of classes: the one to be reached; absent: any other."`
	Least   *float64 `json:"least,omitempty" doc:"Of a number: reach at least this. With most, either of the two."`
	Most    *float64 `json:"most,omitempty" doc:"Of a number: reach at most this. Absent as least is: leave the interval answered, or a tenth to either side."`
}

type whatIfInput struct {
	Version string `query:"version" maxLength:"64" doc:"Which version of the model is to answer: its number, or an alias such as candidate. Without it the champion answers."`
	Body    WhatIf
}

// mostChanges is how many changes are given.
const mostChanges = 3

func (s *Server) routeWhatIf(api huma.API, snap *snapshot, made *Endpoint, base string, tags []string) {
	huma.Register(api, huma.Operation{OperationID: "what-if-" + made.Name, Method: http.MethodPost, Path: base + "/what-if", Tags: tags,
		Summary: "Ask what the answer would be, and what would change it",
		Description: "The answer is that of predict, with why. It is recorded, but it is nobody's case: drift, accuracy and replay leave it out. " +
			"changes are found by looking: for each field the smallest change of it alone that leads to another answer, within the values of training, else of up to four fields together; a smaller one may be missed."},
		func(ctx context.Context, in *whatIfInput) (*reply[json.RawMessage], error) {
			chosen, err := snap.choose(ctx, s, made, in.Version)
			if err != nil {
				return nil, problemOf(err)
			}
			x := exchangeOf(ctx)
			chosen.mark(x)
			answer, err := chosen.whatIf(&in.Body, x.record.ID)
			if err != nil {
				return nil, problemOf(err)
			}
			return &reply[json.RawMessage]{answer}, nil
		})
}

// whatIf answers a question about a row that is not there.
func (s *Endpoint) whatIf(w *WhatIf, request string) (json.RawMessage, error) {
	t, err := s.decodeOne(w.Input)
	if err != nil {
		return nil, err
	}
	may, err := s.changeable(w)
	if err != nil {
		return nil, err
	}
	p, err := s.model.bundle.Answer(t)
	if err != nil {
		return nil, unanswered(err, func(int) string { return "body.input" })
	}
	b := s.appendAnswer(nil, t, p, false, s.explains(), request)
	if !w.Changes {
		return b, nil
	}
	goal, err := s.goal(w, p)
	if err != nil {
		return nil, err
	}
	found, err := s.model.bundle.Changes(t, goal, may, mostChanges)
	if err != nil {
		return nil, err
	}
	b = append(b[:len(b)-1], `,"changes":[`...)
	for i, c := range found {
		if i > 0 {
			b = append(b, ',')
		}
		b = s.appendChange(b, t, &c)
	}
	return append(b, ']', '}'), nil
}

// decodeOne reads the input of a body that has others beside it.
func (s *Endpoint) decodeOne(input json.RawMessage) (*table.Table, error) {
	decoded, err := s.decoder.Decode(input, 1)
	if err != nil {
		if faults, ok := err.(*jsonrow.Faults); ok {
			faults.Syntax = false
			for i := range faults.List {
				faults.List[i].Location = "body.input" + faults.List[i].Location[len("body"):]
			}
		}
		return nil, err
	}
	if decoded.List {
		return nil, &jsonrow.Faults{List: []jsonrow.Fault{{Location: "body.input", Message: "this is a list", Allowed: "one object"}}}
	}
	return decoded.Table, nil
}

// changeable says which fields may change.
func (s *Endpoint) changeable(w *WhatIf) (func(string) bool, error) {
	for i, name := range w.Change {
		if s.field(name) == nil {
			return nil, &jsonrow.Faults{List: []jsonrow.Fault{{Location: fmt.Sprintf("body.change[%d]", i), Message: "the model reads no such field",
				Value: refusal.Cut(name), Allowed: inputNames(s.Features())}}}
		}
	}
	if w.Change == nil {
		return s.mayChange, nil
	}
	return func(field string) bool { return slices.Contains(w.Change, field) }, nil
}

// goal says what a change is to reach.
func (s *Endpoint) goal(w *WhatIf, p *bundle.Predictions) (bundle.Goal, error) {
	g := bundle.Goal{Class: -1, Least: w.Least, Most: w.Most}
	classes := s.Features().Classes
	switch {
	case classes != nil:
		g.Not = int(p.Values[0])
		if w.Class == "" {
			return g, nil
		}
		if g.Class = slices.Index(classes, w.Class); g.Class < 0 {
			return g, &jsonrow.Faults{List: []jsonrow.Fault{{Location: "body.class", Message: "there is no such class", Value: refusal.Cut(w.Class), Allowed: classes}}}
		}
	case g.Least == nil && g.Most == nil:
		low, high, level := s.bounds(p, 0)
		if level == 0 {
			reach := math.Abs(p.Values[0]) / 10
			low, high = p.Values[0]-reach, p.Values[0]+reach
		}
		g.Most, g.Least = &low, &high
	}
	return g, nil
}

// appendChange appends a change: what it makes of which fields, and what is predicted
// then.
func (s *Endpoint) appendChange(b []byte, from *table.Table, c *bundle.Change) []byte {
	b = jsonrow.AppendObject(append(b, `{"from":`...), from.Select(c.Columns...), 0)
	b = jsonrow.AppendObject(append(b, `,"to":`...), c.Row.Select(c.Columns...), 0)
	b = append(append(b, ','), s.answer...)
	if classes := s.Features().Classes; classes != nil {
		b = jsonrow.AppendString(b, classes[int(c.Value)])
	} else {
		b = jsonrow.AppendNumber(b, c.Value)
	}
	return append(jsonrow.AppendNumber(append(b, `,"distance":`...), math.Round(c.Distance*1e4)/1e4), '}')
}
