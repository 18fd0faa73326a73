package project

import (
	"context"
	"time"

	"labbook/internal/data/record"
	"labbook/runner/pipeline"
)

// Due gives the pipelines that are due by their schedules and that the caller is to
// run: no other is told of the same time. With look it only looks: nothing is
// claimed, and a pipeline whose time is to be left out may be among them. Where the
// clock was set back what is due counts from now on.
func (p *Project) Due(ctx context.Context, declared *pipeline.Project, now time.Time, look bool) (names []string, err error) {
	for _, each := range declared.Pipelines {
		s := each.Schedule
		if s == nil {
			continue
		}
		last, err := p.Ledger.LastDue(ctx, each.Name, now)
		if err != nil {
			return nil, err
		}
		if pipeline.SetBack(last, now) {
			if _, err := p.Ledger.ClaimDue(each.Name, last, now); err != nil {
				return nil, err
			}
			last = now
		}
		due := s.Due(last, now)
		if due.IsZero() {
			continue
		}
		if look {
			names = append(names, each.Name)
			continue
		}
		if _, err := p.Ledger.MarkInterrupted(ctx); err != nil {
			return nil, err
		}
		under, err := p.Ledger.Runs(ctx, record.Filter{Pipeline: each.Name, Status: record.Running, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(under) > 0 && s.Queue {
			continue
		}
		mine, err := p.Ledger.ClaimDue(each.Name, last, now)
		if err != nil {
			return nil, err
		}
		late := !s.CatchUp && now.Sub(due) > pipeline.Late
		if mine && len(under) == 0 && !late {
			names = append(names, each.Name)
		}
	}
	return names, nil
}
