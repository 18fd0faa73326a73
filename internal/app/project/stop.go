package project

import (
	"context"
	"errors"
	"slices"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/serve"
)

// Timing of a stop.
const (
	stopPatience = 5 * time.Second        // for a run to end
	stopEvery    = 100 * time.Millisecond // how often that is looked for
)

// Stop implements serve.Runner.
func (l *launcher) Stop(ctx context.Context, id string) (serve.Stopping, error) {
	return l.project.Stop(ctx, id)
}

// Stop takes a run out of the queue, or stops it and waits a moment for that. Every
// process that sees the files of the project can.
func (p *Project) Stop(ctx context.Context, id string) (serve.Stopping, error) {
	switch removed, err := p.Ledger.Dequeue(id); {
	case err != nil:
		return "", err
	case removed:
		return serve.Removed, nil
	}
	if _, err := p.Ledger.MarkInterrupted(ctx); err != nil {
		return "", err
	}
	written := false
	defer func() {
		if run, err := p.Ledger.FindRun(context.Background(), "", id); err == nil && run.Status != record.Running {
			p.said().end(id)
		}
	}()
	for until := time.Now().Add(stopPatience); ; {
		run, err := p.Ledger.FindRun(ctx, "", id)
		var unknown *diag.Error
		switch {
		case errors.As(err, &unknown): // a server is beginning it, or there is none
			queue, err := p.Ledger.Queue(ctx)
			if err != nil || !slices.ContainsFunc(queue, func(q *record.Queued) bool { return q.ID == id }) {
				return "", errors.Join(err, unknown)
			}
		case err != nil:
			return "", err
		case run.Stopped() && written:
			return serve.Stopped, nil
		case run.Status != record.Running:
			return "", record.ErrEnded
		}
		if !written {
			if err := p.said().say(id, saidStop, nil); err != nil {
				return "", err
			}
			written = true
		}
		if time.Now().After(until) {
			return serve.StillStopping, nil
		}
		select {
		case <-time.After(stopEvery):
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
	}
}
