package pages

import (
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/store/comparison"
)

// compared is a metric of two versions or runs.
type compared struct {
	Of, Title, Unit, Arrow, Hint string
	A, B                         *figure // nil where one lacks it
	// Change is the difference from A to B, with its interval where there is one.
	Change, Interval string
	Verdict, Class   string // "not comparable", and as a class "not-comparable"
	Reason           string
}

func newCompared(m *comparison.Metric) compared {
	c := compared{Of: measuredOf(m), Title: metricTitle(m.Name), Verdict: string(m.Verdict), Reason: m.Reason}
	if m.On != "" {
		c.Reason = strings.TrimPrefix(c.Reason+", on "+m.On, ", ")
	}
	c.Class = strings.ReplaceAll(c.Verdict, " ", "-")
	if m.A != nil {
		f := newFigure(*m.A)
		c.A = &f
	}
	if m.B != nil {
		f := newFigure(*m.B)
		c.B = &f
	}
	shape := c.B
	if shape == nil {
		shape = c.A
	}
	c.Unit, c.Arrow, c.Hint = shape.Unit, shape.Arrow, shape.Better
	if d := m.Difference; d != nil {
		f := newFigure(*d)
		c.Change, c.Interval = f.Value, f.Interval
		switch {
		case d.Value == 0:
			c.Change, c.Interval = "none", ""
		case d.Value > 0:
			c.Change = "+" + f.Value
		}
		if d.Value != 0 && f.Unit != "" {
			c.Change += " " + f.Unit
		}
	}
	return c
}

// measuredOf says what a metric of a run was measured of, and on which rows:
// the same model has metrics of its validation and of the test part.
func measuredOf(m *comparison.Metric) string {
	switch made := func(t artifact.Type) bool { return slices.Contains(m.Makes, t) }; {
	case made(artifact.Evaluation):
		if m.Subject != "" {
			return m.Subject + ", on the test rows of " + m.Stage
		}
	case made(artifact.Model):
		return m.Stage + ", in validation"
	case made(artifact.Registration):
		return "what " + m.Stage + " chose"
	}
	return strings.TrimSpace(m.Subject + " " + m.Stage)
}
