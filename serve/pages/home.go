package pages

import (
	"net/http"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/show/status"
)

type homeView struct {
	frame
	Pipelines []*Pipeline
}

// homePage is the first page.
type homePage struct {
	*site
	pipelines Pipelines
}

// home lists the pipelines with who answers for them.
func (s *homePage) home(w http.ResponseWriter, r *http.Request) error {
	all, err := s.pipelines.Pipelines(r.Context())
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "home", &homeView{frame: s.frame(r, "Pipelines", "pipelines"), Pipelines: all})
}

// Health is how a pipeline is, for the eye and in words.
func (p *Pipeline) Health() status.Status {
	switch {
	case p.Serving == nil && p.LastRun == nil:
		return status.OfStage("")
	case p.Serving == nil:
		return status.Status{Class: "failed", Word: "not serving", Sign: "✕"}
	case p.Trouble != "":
		return status.Status{Class: "warned", Word: "serving an older version", Sign: "!"}
	}
	return status.Status{Class: "cached", Word: "serving", Sign: "✓"}
}

// Lately is how the last run, of a pipeline that has run, ended or goes.
func (p *Pipeline) Lately() status.Status { return status.OfRun(p.LastRun) }

// Chosen is the metric by which the version that answers was chosen, or nil.
func (p *Pipeline) Chosen() *figure {
	if p.Serving == nil {
		return nil
	}
	return chosenOf(p.Serving)
}

// figure is a measured value, for people.
type figure struct {
	Title, Value, Unit, Interval, Arrow, Better string
	number                                      float64
	low, high                                   *float64
}

func newFigure(v metrics.Value) figure {
	m, known := metrics.Lookup(v.Name)
	if !known {
		m = &metrics.Metric{Name: v.Name, Title: v.Name, Scale: metrics.Plain}
	}
	f := figure{Title: m.Title, Value: m.Bare(v.Value), number: v.Value, low: v.Low, high: v.High}
	if !known {
		f.Value = human.Digits(v.Value, 4)
	}
	f.Unit = strings.TrimSpace(strings.TrimPrefix(m.Format(v.Value, v.Unit), m.Bare(v.Value)))
	if v.Low != nil && v.High != nil {
		f.Interval = m.Bare(*v.Low) + " to " + m.Bare(*v.High)
	}
	switch v.Better {
	case metrics.Lower:
		f.Arrow, f.Better = "↓", "lower is better"
	case metrics.Higher:
		f.Arrow, f.Better = "↑", "higher is better"
	}
	return f
}

// chosenOf gives the metric that a version was chosen by, or its first; nil
// when it has none.
func chosenOf(v *record.Version) *figure {
	if len(v.Metrics) == 0 {
		return nil
	}
	best := v.Metrics[0]
	for _, m := range v.Metrics {
		if m.Name == v.Metric {
			best = m
			break
		}
	}
	f := newFigure(best)
	return &f
}
