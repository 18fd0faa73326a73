package runner

import (
	"context"
	"os"
	"time"

	"labbook/internal/base/human"
	"labbook/runner/pipeline"
)

// DataSince gives of when the data are that a stage brings in, and what says so; the
// zero time where there are none yet. Of a stage that asks a question it is when the kept answer was given;
// of one that reads files of the project, when the newest of those that it would read
// now was modified; of one that runs a program, or reads nothing, when it last ran. It
// reads no data.
func DataSince(ctx context.Context, o Options, in string, s *pipeline.Stage) (at time.Time, what string, err error) {
	o = o.withDefaults()
	switch {
	case s.Question != nil:
		who, err := s.Kind.Asks.Whom(o.Project, s.Question.From, o.Env)
		if err != nil {
			return at, "", err
		}
		kept := newAnswers(&o).kept(ctx, answerKey(s.Question, who))
		if kept == nil {
			return at, "", nil
		}
		return kept.Made, "the answer of " + who.Name, nil
	case len(s.Files) > 0 && len(s.Tools) == 0:
		for _, pattern := range s.Files {
			found, err := expand(o.Project, pattern)
			if err != nil {
				return at, "", err
			}
			for _, name := range found {
				if info, err := os.Stat(abs(o.Project, name)); err == nil && info.ModTime().After(at) {
					at, what = info.ModTime(), human.Line(name, 80)
				}
			}
		}
		return at, what, nil
	}
	last, err := o.Ledger.LastStages(ctx, in, s.Name)
	if err != nil || last[s.Name] == nil {
		return at, "", err
	}
	ran, err := o.Ledger.FindRun(ctx, in, last[s.Name].Ran)
	if err != nil { // of another ledger, whose cache is shared
		if r, miss := o.Cache.Get(last[s.Name].KeyText); miss == nil && r.Run == last[s.Name].Ran {
			return r.Made, "what " + s.Name + " left", nil
		}
	}
	if err != nil || ran == nil {
		return at, "", err
	}
	return ran.Started, "what " + s.Name + " left", nil
}
