package comparison

import (
	"context"
	"errors"
	"fmt"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
)

// Versions answers for each metric of two versions of a model. By the metric
// that a version was registered by, it is what was found then, if it was
// compared with the other: on rows that neither had learned from, and recorded
// for good.
func (c *Comparer) Versions(ctx context.Context, a, b *record.Version) ([]Metric, error) {
	var all []Metric
	for i := range b.Metrics {
		m := record.MetricChange{Name: b.Metrics[i].Name, B: &b.Metrics[i]}
		for k := range a.Metrics {
			if a.Metrics[k].Name == m.Name {
				m.A = &a.Metrics[k]
			}
		}
		answer, done := plain(&m)
		if !done {
			var err error
			if answer, err = c.version(ctx, answer, m.Name, a, b); err != nil {
				return nil, err
			}
		}
		all = append(all, Metric{m, answer})
	}
	return all, nil
}

// version compares two versions by a metric.
func (c *Comparer) version(ctx context.Context, plain Answer, metric string, a, b *record.Version) (Answer, error) {
	if answer, ok := found(a, b, metric, plain.Difference.Unit); ok {
		return answer, nil
	}
	x, err := c.judgedVersion(ctx, a)
	if err != nil {
		return incomparable(plain, "%v", err), nil
	}
	y, err := c.judgedVersion(ctx, b)
	if err != nil {
		return incomparable(plain, "%v", err), nil
	}
	return c.by(ctx, plain, metric, x, y)
}

// found gives what was found when one of two versions was registered and the
// other stood; either may be nil.
func found(a, b *record.Version, metric, unit string) (answer Answer, ok bool) {
	if a == nil || b == nil || a.Model != b.Model {
		return Answer{}, false
	}
	if answer, ok = recorded(b, a, metric, unit); ok {
		return answer, true
	}
	answer, ok = recorded(a, b, metric, unit)
	return answer.turned(), ok
}

// recorded gives what was found when a version was registered and the other
// stood as champion; ok is false where they were not compared by the metric.
func recorded(v, champion *record.Version, metric, unit string) (a Answer, ok bool) {
	d, err := registry.DecodeDecision(v.Details)
	m, known := metrics.Lookup(metric)
	if err != nil || !known || d.Champion != champion.Version || d.Comparison == nil || d.Comparison.Metric != metric {
		return Answer{}, false
	}
	a = paired(m, *d.Comparison, unit)
	if test := registry.TestOf(v); test == "" || test != registry.TestOf(champion) {
		a.On = fmt.Sprintf("the test rows of version %d", v.Version)
	}
	return a, true
}

// errElsewhere is told of a version that no run of this project measured.
var errElsewhere = errors.New("the rows it was judged on are not known")

// judgedVersion finds what the run that registered a version said of it.
func (c *Comparer) judgedVersion(ctx context.Context, v *record.Version) (*judged, error) {
	if v.Run == "" {
		return nil, errElsewhere
	}
	stages, err := c.Ledger.Stages(ctx, v.Run)
	if err != nil {
		return nil, err
	}
	return c.judgements(stages).artifact(v.Artifact)
}

// Rows gives for each version the digest of the test part that it was judged
// on: versions of one digest can be seen side by side. "" says that it is not
// known, as of an import.
func (c *Comparer) Rows(ctx context.Context, versions []*record.Version) ([]string, error) {
	digests := make([]string, len(versions))
	for i, v := range versions {
		if digests[i] = registry.TestOf(v); digests[i] != "" {
			continue
		}
		name := registry.Name(v)
		c.mu.Lock()
		known := c.tests[name]
		c.mu.Unlock()
		if known == "" {
			j, err := c.judgedVersion(ctx, v)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				continue
			}
			known = j.from.Test
			c.mu.Lock()
			if c.tests == nil {
				c.tests = map[string]string{}
			}
			c.tests[name] = known
			c.mu.Unlock()
		}
		digests[i] = known
	}
	return digests, nil
}
