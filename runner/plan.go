package runner

import (
	"context"
	"errors"
	"time"

	"labbook/internal/base/notebook"
	"labbook/runner/pipeline"
)

// Planned is what would be done about a stage.
type Planned struct {
	Pipeline *pipeline.Pipeline
	Stage    *pipeline.Stage
	Decision
	// Key is the text of its key, "" while it waits.
	Key string
	// Expected is how long running it takes by earlier runs, 0 if not known.
	Expected time.Duration
	// Err is why it cannot run: a file that does not exist.
	Err error
}

// Plan tells what Execute would do, and does nothing: no file is written but
// the memory of digests. With Options.Shared it asks what others have, and brings
// nothing here. Nobody is asked a question, unless Options.Asks says so;
// then no answer is kept.
func Plan(ctx context.Context, project *pipeline.Project, o Options) ([]*Planned, error) {
	o = o.withDefaults()
	chosen, err := Select(project, o.Only)
	if err != nil {
		return nil, err
	}
	tasks := graph(project, chosen)
	recall(ctx, o.Ledger, tasks)
	planned := make([]*Planned, len(tasks))
	of := map[*task]*Planned{}
	if o.Shared != nil {
		o.store = o.Shared(ctx, nil, func(_ string, f notebook.Finding) {
			o.Observe(Event{Time: o.Clock(), What: StageWarned, Warning: &f})
		})
	}
	outside := o.outside()
	if o.Asks {
		outside.answers.ask = o.answerAside
	}
	for i, t := range tasks {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p := &Planned{Pipeline: t.pipeline, Stage: t.Stage, Expected: t.expected}
		planned[i], of[t] = p, p
		var waits []string
		a := &asked{}
		for _, up := range t.from {
			if u := of[up]; u.Action == Cached {
				a.inputs = append(a.inputs, u.Record)
			} else {
				waits = append(waits, up.Name)
			}
		}
		if len(waits) == 0 && t.Enabled {
			if a, p.Err = o.ask(ctx, outside, t.Stage, a.inputs); p.Err != nil {
				var asks *errAsks
				if errors.As(p.Err, &asks) {
					p.Decision, p.Err = Decision{Action: Asks, Reason: asks.reason}, nil
					continue
				}
				p.Decision = Decision{Action: Run, Reason: "cannot run: " + p.Err.Error()}
				continue
			}
			p.Key = a.key
		}
		p.Decision = o.decide(ctx, t.Stage, a, waits, t.last)
		p.because(func(input string) string {
			for _, up := range t.from {
				if up.Name == input {
					return of[up].cause(up.Stage)
				}
			}
			return ""
		})
	}
	return planned, nil
}

// Explain gives what would be done about one stage and about the stages above
// it, it being the last.
func Explain(ctx context.Context, project *pipeline.Project, o Options, s *pipeline.Stage) ([]*Planned, error) {
	o.Only = nil
	sub := &pipeline.Project{}
	for _, p := range project.Pipelines {
		for _, each := range p.Stages {
			if each == s {
				sub.Pipelines = []*pipeline.Pipeline{p}
			}
		}
	}
	o.Only = []string{sub.Pipelines[0].Name + "/" + s.Name}
	return Plan(ctx, sub, o)
}
