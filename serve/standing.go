package serve

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"

	"labbook/internal/base/artifact"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/store/comparison"
	"labbook/internal/store/registry"
	"labbook/models/estimator"
	"labbook/serve/pages"
)

// standing remembers what does not change while a version answers, for pages ask for
// it again and again: how it did on rows held out, and its answers to samples.
type standing struct {
	mu       sync.Mutex
	held     map[string]heldOut // by the version
	examples map[string]json.RawMessage
}

type heldOut struct {
	*comparison.Held
	err error
}

// What standing remembers at most.
const rememberedHeld, rememberedExamples = 16, 256

// Held implements pages.Backend.
func (b *backend) Held(ctx context.Context, v *record.Version) (*comparison.Held, error) {
	return b.server.heldBy(ctx, v)
}

// heldOut is heldBy, nil where nothing is known.
func (s *Server) heldOut(ctx context.Context, v *record.Version) *comparison.Held {
	h, _ := s.heldBy(ctx, v)
	return h
}

// heldBy gives how a version did on rows held out, and remembers it.
func (s *Server) heldBy(ctx context.Context, v *record.Version) (*comparison.Held, error) {
	name := registry.Name(v)
	s.standing.mu.Lock()
	known, ok := s.standing.held[name]
	s.standing.mu.Unlock()
	if ok {
		return known.Held, known.err
	}
	h, err := s.comparer.Held(ctx, v)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	s.standing.mu.Lock()
	defer s.standing.mu.Unlock()
	if s.standing.held == nil || len(s.standing.held) >= rememberedHeld {
		s.standing.held = map[string]heldOut{}
	}
	s.standing.held[name] = heldOut{h, err}
	return h, err
}

// Example implements pages.Backend.
func (b *backend) Example(ctx context.Context, of pages.Asked, input json.RawMessage) (json.RawMessage, error) {
	made, err := b.endpoint(ctx, of)
	if made == nil || err != nil {
		return nil, err
	}
	name := of.Pipeline + " " + registry.Name(made.Version) + " " + string(input)
	b.server.standing.mu.Lock()
	known, ok := b.server.standing.examples[name]
	b.server.standing.mu.Unlock()
	if ok {
		return known, nil
	}
	answer, err := made.unasked(input)
	if err != nil {
		return nil, err
	}
	b.server.standing.mu.Lock()
	defer b.server.standing.mu.Unlock()
	if b.server.standing.examples == nil || len(b.server.standing.examples) >= rememberedExamples {
		b.server.standing.examples = map[string]json.RawMessage{}
	}
	b.server.standing.examples[name] = answer
	return answer, nil
}

// unasked answers an input that nobody asked about, with reasons.
func (s *Endpoint) unasked(input json.RawMessage) (json.RawMessage, error) {
	decoded, err := s.decoder.Decode(input, 1)
	if err != nil {
		return nil, err
	}
	p, err := s.model.bundle.Answer(decoded.Table)
	if err != nil {
		return nil, err
	}
	return s.appendAnswer(nil, decoded.Table, p, false, s.tellsPeople(), ""), nil
}

// level is how often the truth is promised to lie in the range or set that is
// answered; 0 where none is.
func (s *Endpoint) level() float64 {
	switch own := s.Interval(); {
	case s.model.bundle.Interval != nil:
		return s.model.bundle.Interval.Level
	case own != nil && s.Features().Classes == nil:
		return own.Level
	}
	return 0
}

// Cells implements pages.Backend.
func (b *backend) Cells(ctx context.Context, run string, kinds ...string) ([]pages.Cell, error) {
	_, all, err := b.server.run(ctx, run)
	if err != nil {
		return nil, unknown(err)
	}
	var found []pages.Cell
	for _, kind := range kinds {
		for _, s := range all {
			if s.Kind != kind {
				continue
			}
			if cell := b.notebooks.Cell(ctx, s); cell != nil {
				found = append(found, pages.Cell{Stage: s.Name, Kind: s.Kind, Cell: cell})
			}
		}
	}
	return found, nil
}

// Judged implements pages.Backend.
func (b *backend) Judged(ctx context.Context, run, stage string) (*pages.Judged, error) {
	_, all, err := b.server.run(ctx, run)
	if err != nil {
		return nil, unknown(err)
	}
	at := slices.IndexFunc(all, func(s *record.Stage) bool { return s.Name == stage && slices.Contains(s.Makes, artifact.Evaluation) })
	if at < 0 {
		return nil, nil
	}
	left, err := b.server.left(all[at])
	if err != nil {
		if errors.Is(err, registry.ErrLost) {
			err = nil
		}
		return nil, err
	}
	e, err := evaluation.Open(left)
	if err != nil || len(e.Models) == 0 {
		return nil, err
	}
	said, err := evaluation.OpenPredictions(left)
	if err != nil {
		return nil, err
	}
	lead := e.Models[e.Lead()].Stage
	j := &pages.Judged{Model: lead, Target: e.Target, Sample: e.SampleOf(said, lead)}
	if j.Sample == nil {
		return nil, nil
	}
	if j.Rows, _, err = e.RowsOf(left, said); err != nil {
		return nil, err
	}
	return j, nil
}

// Around implements pages.Backend.
func (b *backend) Around(ctx context.Context, of pages.Asked, input json.RawMessage, q pages.Question) (*pages.Around, error) {
	made, err := b.endpoint(ctx, of)
	if made == nil || err != nil {
		return nil, err
	}
	t, err := made.decodeOne(input)
	if err != nil {
		return nil, err
	}
	around := &pages.Around{Typical: jsonrow.AppendObject(nil, made.model.bundle.Typical(), 0), Similar: made.alikeTo(input)}
	if _, asked := made.model.bundle.Model.(estimator.Asked); asked {
		return around, nil // somebody else would be asked hundreds of times
	}
	w := whatIfOf(input, q)
	may, err := made.changeable(w)
	if err != nil {
		return nil, err
	}
	p, err := made.model.bundle.Answer(t)
	if err != nil {
		return around, nil
	}
	goal, err := made.goal(w, p)
	if err != nil {
		return nil, err
	}
	found, err := made.model.bundle.Changes(t, goal, may, mostChanges)
	if err != nil {
		return nil, err
	}
	words, class, err := made.without(t, p)
	if err != nil {
		return nil, err
	}
	if words != nil {
		around.Without, around.Instead = words, p.Classes[class]
	}
	around.Looked = slices.ContainsFunc(made.Features().Inputs, func(f table.Field) bool { return f.Type != table.Text && may(f.Name) })
	for _, c := range found {
		one := pages.Change{Value: c.Value}
		for _, name := range c.Columns {
			own, changed := t.Column(name), c.Row.Column(name)
			one.Fields = append(one.Fields, pages.Changed{Field: name, Unit: own.Unit, From: own.String(0), To: changed.String(0)})
		}
		if p.Classes != nil {
			one.Class = p.Classes[int(c.Value)]
		}
		around.Changes = append(around.Changes, one)
	}
	return around, nil
}

// alikeTo gives the rows most like an input, as text; nil where none can be asked for.
func (s *Endpoint) alikeTo(input json.RawMessage) *pages.Similar {
	if s.index == nil {
		return nil
	}
	asked, err := s.likely.Decode(input, 1)
	if err != nil {
		return nil
	}
	rows, matching := s.near(asked.Table, similarOnPage)
	q := s.Similar()
	found := &pages.Similar{Searched: s.searched(), Equal: q.Match, Nearest: q.Nearest, Rows: s.index.Table.Rows(), Matching: matching}
	columns := append(append([]string{s.Features().Target.Name, q.Nearest}, q.Match...), s.index.Table.Names()...)
	for i, name := range columns {
		c := s.index.Table.Column(name)
		if c == nil || slices.Contains(columns[:i], name) {
			continue
		}
		cells := make([]string, len(rows))
		for k, row := range rows {
			cells[k] = c.String(row)
		}
		found.Columns = append(found.Columns, pages.SimilarColumn{Name: name, Unit: c.Unit, Numeric: c.Type == table.Number, Cells: cells})
	}
	return found
}

// similarOnPage is how many similar rows a page shows beside an answer.
const similarOnPage = 4

func whatIfOf(input json.RawMessage, q pages.Question) *WhatIf {
	return &WhatIf{Input: input, Change: q.May, Class: q.Class, Least: q.Least, Most: q.Most}
}

// WhatIf implements pages.Backend.
func (b *backend) WhatIf(r *http.Request, of pages.Asked, input json.RawMessage) (json.RawMessage, error) {
	var answer json.RawMessage
	err := b.ask(r, http.MethodPost, askedPath(of, "what-if"), &WhatIf{Input: input}, &answer)
	return answer, ofInput(err)
}

// ofInput places faults of the input, which pages call the body.
func ofInput(err error) error {
	var faults *jsonrow.Faults
	if errors.As(err, &faults) {
		for i, f := range faults.List {
			faults.List[i].Location = strings.Replace(f.Location, "body.input.", "body.", 1)
		}
	}
	return err
}
