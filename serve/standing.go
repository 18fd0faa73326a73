package serve

import (
	"context"
	"encoding/json"
	"sync"

	"labbook/internal/data/record"
	"labbook/internal/store/comparison"
	"labbook/internal/store/registry"
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
	name := registry.Name(v)
	b.standing.mu.Lock()
	known, ok := b.standing.held[name]
	b.standing.mu.Unlock()
	if ok {
		return known.Held, known.err
	}
	h, err := b.comparer.Held(ctx, v)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	b.standing.mu.Lock()
	defer b.standing.mu.Unlock()
	if b.standing.held == nil || len(b.standing.held) >= rememberedHeld {
		b.standing.held = map[string]heldOut{}
	}
	b.standing.held[name] = heldOut{h, err}
	return h, err
}

// Example implements pages.Backend.
func (b *backend) Example(_ context.Context, pipeline string, input json.RawMessage) (json.RawMessage, error) {
	made := b.server.Endpoint(pipeline)
	if made == nil {
		return nil, nil
	}
	name := pipeline + " " + registry.Name(made.Version) + " " + string(input)
	b.standing.mu.Lock()
	known, ok := b.standing.examples[name]
	b.standing.mu.Unlock()
	if ok {
		return known, nil
	}
	answer, err := made.unasked(input)
	if err != nil {
		return nil, err
	}
	b.standing.mu.Lock()
	defer b.standing.mu.Unlock()
	if b.standing.examples == nil || len(b.standing.examples) >= rememberedExamples {
		b.standing.examples = map[string]json.RawMessage{}
	}
	b.standing.examples[name] = answer
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
	return s.appendAnswer(nil, decoded.Table, p, false, s.explains(), ""), nil
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
