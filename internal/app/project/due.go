package project

import (
	"context"
	"errors"
	"time"

	"labbook/internal/data/record"
	"labbook/runner/pipeline"
)

// Due gives the pipelines that are due by their schedules and that the caller is to
// run: no other is told of the same time. With look it only looks: nothing is
// claimed, and a pipeline whose time is to be left out may be among them.
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

// Keep runs what is due, as processes of their own, until ctx ends. What it starts is
// `+"`labbook run --due`"+`: that claims, so that two servers start one run.
func (l *launcher) Keep(ctx context.Context, p *Project) {
	tick := time.NewTicker(20 * time.Second)
	defer tick.Stop()
	for said := ""; ; {
		err := l.keep(ctx, p, time.Now())
		if err == nil || errors.Is(err, record.ErrBusy) {
			said = ""
		} else if ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			l.log.Warn("what is due could not be started", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (l *launcher) keep(ctx context.Context, p *Project, now time.Time) error {
	declared, err := p.Load(Declared())
	if err != nil {
		return err
	}
	names, err := p.Due(ctx, declared, now, true)
	if err != nil || len(names) == 0 {
		return err
	}
	id, err := l.start(ctx, []string{"-C", l.root, "--no-color", "run", "--json", "--due"})
	if err == nil {
		l.log.Info("a scheduled run began", "run", id)
	}
	return err
}
