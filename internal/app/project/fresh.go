package project

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"labbook/internal/base/params"
	"labbook/internal/data/record"
	"labbook/runner"
	"labbook/runner/pipeline"
)

// Fresh gives how old everything is of which the pipelines declare how old it may be,
// in their order. A champion is as old as its version: since that was registered, what
// answers has learned nothing new, whoever was compared with it. An error leaves out
// only what it is about.
func (p *Project) Fresh(ctx context.Context, declared *pipeline.Project) ([]record.Freshness, error) {
	var all []record.Freshness
	var unknown error
	for _, each := range declared.Pipelines {
		for _, s := range each.Stages {
			if s.Fresh == 0 || !s.Enabled {
				continue
			}
			f := record.Freshness{Pipeline: each.Name, Stage: s.Name, Model: s.Registers(), Limit: s.Fresh}
			var err error
			if f.Model {
				err = p.champion(ctx, s, &f)
			} else {
				f.Since, f.What, err = runner.DataSince(ctx, p.Options(), each.Name, s)
			}
			if err != nil {
				unknown = errors.Join(unknown, fmt.Errorf("%s/%s: %w", each.Name, s.Name, err))
				continue
			}
			all = append(all, f)
		}
	}
	return all, unknown
}

// champion notes who stands where a stage registers.
func (p *Project) champion(ctx context.Context, s *pipeline.Stage, f *record.Freshness) error {
	lines, _ := s.ParamLines()
	at := slices.IndexFunc(lines, func(l params.Line) bool { return l.Path == "model" })
	if at < 0 {
		return nil
	}
	model := lines[at].Value
	if plain, err := strconv.Unquote(model); err == nil {
		model = plain
	}
	v, err := p.Registry().Champion(ctx, model)
	if err != nil || v == nil {
		return err
	}
	f.Since, f.What = v.Created, fmt.Sprintf("%s@%d", v.Model, v.Version)
	return nil
}

// Freshness is Fresh of what is declared now, for serve.Options: as far as it can be
// told; `labbook doctor` says why not.
func (p *Project) Freshness(ctx context.Context) []record.Freshness {
	declared, err := p.lately()
	if err != nil {
		return nil
	}
	all, _ := p.Fresh(ctx, declared)
	return all
}
