package serve

import (
	"context"
	"fmt"

	"labbook/internal/data/record"
	"labbook/internal/store/registry"
	forms "labbook/models/exchange"
	"labbook/serve/pages"
)

// Page gives a page that predicts as the version does, without a server: its form, its
// answers, reasons and ranges are those that this server gives. What has no form in a
// page, and what makes it larger than pages.MaxOffline, is a *diag.Error.
func Page(ctx context.Context, from *registry.Registry, runs Runs, v *record.Version) ([]byte, error) {
	var limits Limits
	limits.defaults()
	l := &loader{registry: from, runs: runs, limits: &limits, bundles: map[string]*model{}}
	made, err := l.endpoint(ctx, v.Pipeline, v)
	if err != nil {
		return nil, err
	}
	return made.page()
}

// PageMark is what a page of the version says of itself in its head: another one is of
// another version, or was written by another program.
func PageMark(v *record.Version) string { return pages.Mark(v) }

func (s *Endpoint) page() ([]byte, error) {
	b := s.model.bundle
	model, err := forms.NewPortable(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", registry.Name(s.Version), err)
	}
	o := &pages.Offline{Version: s.Version, Target: b.Features.Target, Fields: b.Features.Inputs, Rows: b.Rows, Samples: s.Samples(), Model: model}
	if b.Interval == nil && b.Features.Classes == nil {
		o.Interval = s.Interval()
	}
	data, err := o.Write()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", registry.Name(s.Version), err)
	}
	return data, nil
}
