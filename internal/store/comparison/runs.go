package comparison

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"labbook/internal/base/artifact"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/learn/evaluation"
	"labbook/internal/store/registry"
)

// Runs answers for each metric of two runs, which these stages stand for.
func (c *Comparer) Runs(ctx context.Context, changes []record.MetricChange, a, b []*record.Stage) ([]Metric, error) {
	x, y := c.judgements(a), c.judgements(b)
	all := make([]Metric, len(changes))
	for i := range changes {
		m := &changes[i]
		all[i].MetricChange = *m
		answer, done := plain(m)
		if !done {
			var err error
			if answer, err = c.between(ctx, answer, m, x, y); err != nil {
				return nil, err
			}
		}
		all[i].Answer = answer
	}
	return all, nil
}

// between compares by a metric that stages of one name measured.
func (c *Comparer) between(ctx context.Context, plain Answer, m *record.MetricChange, a, b *judgements) (Answer, error) {
	if s, t := a.stages[m.Stage], b.stages[m.Stage]; s != nil && t != nil && s.Output != "" && s.Output == t.Output {
		plain.Verdict, plain.Reason = metrics.Tie, "the same output"
		return plain, nil
	}
	if slices.Contains(m.Makes, artifact.Registration) {
		x, y := a.version(ctx, m.Stage), b.version(ctx, m.Stage)
		if answer, ok := found(x, y, m.Name, plain.Difference.Unit); ok {
			return answer, nil
		}
	}
	x, err := a.find(m.Stage, m.Subject)
	if err != nil {
		return incomparable(plain, "%v", err), nil
	}
	y, err := b.find(m.Stage, m.Subject)
	if err != nil {
		return incomparable(plain, "%v", err), nil
	}
	return c.by(ctx, plain, m.Name, x, y)
}

// by compares two judged models by a metric.
func (c *Comparer) by(ctx context.Context, plain Answer, metric string, a, b *judged) (Answer, error) {
	answers, err := c.versus(ctx, a, b)
	if err != nil {
		return Answer{}, err
	}
	answer, ok := answers[metric]
	if !ok {
		return incomparable(plain, "%s", cmp.Or(answers[""].Reason, errNone.Error())), nil
	}
	if answer.Difference == nil {
		answer.Difference = plain.Difference
	}
	return answer, nil
}

// judgements finds what the evaluate stages of a run said of its models.
type judgements struct {
	comparer *Comparer
	stages   map[string]*record.Stage
	order    []*record.Stage
	opened   map[string]*evaluated // by the output; what could not be opened is nil
	failed   map[string]error
}

func (c *Comparer) judgements(stages []*record.Stage) *judgements {
	j := &judgements{comparer: c, stages: map[string]*record.Stage{}, order: stages, opened: map[string]*evaluated{}, failed: map[string]error{}}
	for _, s := range stages {
		j.stages[s.Name] = s
	}
	return j
}

// errNone is told of metrics that were taken of rows whose predictions nobody
// keeps, such as those of validation.
var errNone = errors.New("no predictions are kept of the rows it was measured on")

// find gives the model whose metric a stage measured: of an evaluate stage the
// subject, of a register stage the one that it chose. The error is for people.
func (j *judgements) find(stage, subject string) (*judged, error) {
	s := j.stages[stage]
	switch {
	case s == nil:
	case s.Left(artifact.Evaluation):
		return j.of(s, func(m *evaluation.Model) bool { return m.Stage == subject })
	case s.Left(artifact.Registration):
		chosen, err := j.chosen(s)
		if err != nil {
			return nil, err
		}
		return j.artifact(chosen.Artifact)
	}
	return nil, errNone
}

// artifact gives the judged model of that artifact.
func (j *judgements) artifact(digest string) (*judged, error) {
	err := errKept
	for _, s := range j.order {
		if !s.Left(artifact.Evaluation) {
			continue
		}
		found, failed := j.of(s, func(m *evaluation.Model) bool { return m.Artifact == digest })
		if found != nil {
			return found, nil
		}
		err = failed
	}
	return nil, err
}

func (j *judgements) of(s *record.Stage, is func(*evaluation.Model) bool) (*judged, error) {
	e, err := j.opened[s.Output], j.failed[s.Output]
	if e == nil && err == nil {
		e, err = j.comparer.open(s)
		j.opened[s.Output], j.failed[s.Output] = e, err
	}
	if err != nil {
		return nil, err
	}
	for i := range e.Models {
		if is(&e.Models[i]) {
			return &judged{s.Output, &e.Models[i], e}, nil
		}
	}
	return nil, errNone
}

// version gives the version that a stage registered, or nil.
func (j *judgements) version(ctx context.Context, stage string) *record.Version {
	s := j.stages[stage]
	if s == nil || !s.Left(artifact.Registration) {
		return nil
	}
	chosen, err := j.chosen(s)
	if err != nil {
		return nil
	}
	v, _ := j.comparer.Registry.Find(ctx, chosen.Model, chosen.Artifact)
	return v
}

// chosen reads what a stage registered.
func (j *judgements) chosen(s *record.Stage) (*registry.Registered, error) {
	out, err := j.comparer.Registry.Output(s)
	if err != nil {
		return nil, errKept
	}
	r, err := registry.OpenRegistered(out)
	if err != nil {
		return nil, unreadable(err)
	}
	return r, nil
}
