package comparison

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"labbook/internal/data/metrics"
)

// versus compares b with a by all the metrics that were measured of both. An
// answer without a metric's name is why nothing can be compared. The same two
// give the same answers ever after, so these are remembered.
func (c *Comparer) versus(ctx context.Context, a, b *judged) (map[string]Answer, error) {
	id := a.id() + "\n" + b.id()
	c.mu.Lock()
	answers := c.known[id]
	c.mu.Unlock()
	if answers != nil {
		return answers, nil
	}
	answers, err := c.measure(ctx, a, b)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		reason := map[string]Answer{"": incomparable(Answer{}, "%v", err)}
		if !errors.Is(err, errRows) && !errors.Is(err, errQuestion) {
			return reason, nil // what is gone may come back with the next run
		}
		answers = reason
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || len(c.known) >= remembered {
		c.known = map[string]map[string]Answer{}
	}
	c.known[id] = answers
	return answers, nil
}

// errQuestion is told of models that answer different questions.
var errQuestion = errors.New("they answer different questions")

// measure takes the paired differences.
func (c *Comparer) measure(ctx context.Context, a, b *judged) (map[string]Answer, error) {
	switch x, y := a.from, b.from; {
	case x.Task != y.Task || x.Target != y.Target:
		return nil, fmt.Errorf("%w: one predicts %s (%s), the other %s (%s)", errQuestion, x.Target, x.Task, y.Target, y.Task)
	case !slices.Equal(x.Classes, y.Classes):
		return nil, fmt.Errorf("%w: they know other classes", errQuestion)
	}
	if err := sameRows(a.from, b.from); err != nil {
		return nil, err
	}
	x, _, err := a.sample()
	if err != nil {
		return nil, err
	}
	y, units, err := b.sample()
	if err != nil {
		return nil, err
	}
	if !slices.Equal(x.Actual, y.Actual) {
		return nil, fmt.Errorf("%w: the same rows have other true values", errRows)
	}
	return c.resample(ctx, a, b, x, y, units)
}

// resample compares y, what b said, with x, by paired bootstrap over the units that
// b was judged by.
func (c *Comparer) resample(ctx context.Context, a, b *judged, x, y *metrics.Sample, units *metrics.Units) (map[string]Answer, error) {
	boot := metrics.Bootstrap{Resamples: b.from.Resamples, Seed: b.from.Seed, Cores: c.cores(), Units: units}
	answers := map[string]Answer{}
	var compared []*metrics.Metric
	var figures []metrics.Figure
	for _, v := range b.model.Metrics {
		m, ok := metrics.Lookup(v.Name)
		_, both := a.model.Metric(v.Name)
		switch {
		case !ok || !both:
		case m.Probabilities && (x.Probabilities == nil || y.Probabilities == nil):
			answers[v.Name] = incomparable(Answer{}, "the probabilities were not kept")
		default:
			compared = append(compared, m)
			figures = append(figures, m.Of(y), m.Of(x))
		}
	}
	if x.Same(y) { // whatever is drawn of them, they do not differ
		for _, m := range compared {
			answers[m.Name] = paired(m, metrics.Comparison{Verdict: metrics.Tie, Level: 0.95}, b.from.Unit)
		}
		return answers, nil
	}
	values, replicates, err := boot.Replicates(ctx, figures)
	if err != nil {
		return nil, err
	}
	for i, m := range compared {
		comparison := boot.Compare(m, b.from.Unit, a.model.Stage, x.Rows(), values[2*i], values[2*i+1], replicates[2*i], replicates[2*i+1])
		answers[m.Name] = paired(m, comparison, b.from.Unit)
	}
	return answers, nil
}
