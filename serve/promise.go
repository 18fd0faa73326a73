package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/betting"
	"labbook/internal/store/requests"
)

// An interval or a set promises how often the truth lies in it. Outcomes of saved
// predictions are the receipts: of all, and of each level of the model's categories,
// because a promise that is kept on average can be broken to some.

// Promise is what became of the promise of a version.
type Promise struct {
	Version int     `json:"version"`
	Level   float64 `json:"level" doc:"How often the truth is promised to lie in what is answered; 0: nothing is promised."`
	Kept
	Segments []Kept `json:"segments" nullable:"false" doc:"The same of each level of a category of which an outcome is known; those that are broken first."`
	Says     string `json:"says" doc:"In a sentence."`
}

// Kept is how often a promise was kept.
type Kept struct {
	Field    string     `json:"field,omitempty" doc:"The category that a segment is of."`
	Value    string     `json:"value,omitempty" doc:"Its level."`
	Outcomes int        `json:"outcomes"`
	Share    float64    `json:"share" doc:"Of the outcomes known, those that lay in what was answered."`
	Low      float64    `json:"low" doc:"With high the 95 % interval of share (Wilson)."`
	High     float64    `json:"high"`
	Since    *time.Time `json:"broken_since,omitempty" doc:"Since when outcomes say that it is broken; absent where they do not."`

	wealth betting.Wealth
	kept   float64
}

// What is promised is called broken when chance would say so, however often one looks, in
// one case of wronglyBroken: of all, and of all segments together.
const wronglyBroken = .01

// mostSegments is how many levels a category has at most to be segments.
const mostSegments = 20

// add adds an outcome.
func (k *Kept) add(level float64, kept bool, at time.Time, segments int) {
	k.Outcomes++
	if kept {
		k.kept++
	}
	k.wealth.Add(betting.Broken(level, kept))
	switch broken := k.wealth.Now() >= 1-wronglyBroken/float64(segments); {
	case broken && k.Since == nil:
		k.Since = &at
	case !broken:
		k.Since = nil
	}
}

// finish computes the share.
func (k *Kept) finish() {
	if k.Outcomes > 0 {
		k.Share = k.kept / float64(k.Outcomes)
		k.Low, k.High = metrics.Wilson(k.Share, float64(k.Outcomes))
	}
}

func (k *Kept) name() string {
	if k.Field == "" {
		return ""
	}
	return k.Field + " " + k.Value
}

// promiseOf finds out what became of the promise of the version that answers.
func (s *Server) promiseOf(ctx context.Context, made *Endpoint) (*Promise, error) {
	p := &Promise{Version: made.Version.Version, Level: made.level(), Segments: []Kept{}}
	if !(p.Level > 0 && p.Level < 1) {
		p.Says = "Nothing is promised: answers have neither intervals nor sets."
		return p, nil
	}
	told, err := s.outcomesOf(ctx, made)
	if err != nil {
		return nil, err
	}
	segments := map[[2]string]*Kept{}
	count := 0
	for i := range made.Features().Inputs {
		if f := &made.Features().Inputs[i]; f.Type == table.Category && len(f.Levels) <= mostSegments {
			for _, level := range f.Levels {
				segments[[2]string{f.Name, level}] = &Kept{Field: f.Name, Value: level}
				count++
			}
		}
	}
	for _, one := range told {
		kept, known := p.keptBy(made, one)
		if !known {
			continue
		}
		p.Kept.add(p.Level, kept, one.OutcomeTime, 1)
		var input map[string]json.RawMessage
		if json.Unmarshal(one.Input, &input) != nil {
			continue
		}
		for field, value := range input {
			if k := segments[[2]string{field, valueText(value)}]; k != nil {
				k.add(p.Level, kept, one.OutcomeTime, count)
			}
		}
	}
	p.finish()
	for i := range made.Features().Inputs {
		f := &made.Features().Inputs[i]
		for _, level := range f.Levels {
			if k := segments[[2]string{f.Name, level}]; k != nil && k.Outcomes > 0 {
				k.finish()
				p.Segments = append(p.Segments, *k)
			}
		}
	}
	slices.SortStableFunc(p.Segments, func(a, b Kept) int {
		switch {
		case (a.Since != nil) == (b.Since != nil):
			return 0
		case a.Since != nil:
			return -1
		}
		return 1
	})
	p.Says = p.says()
	return p, nil
}

// outcomesOf gives the newest saved predictions of the version that answers whose outcome
// is known, in the order in which they were told.
func (s *Server) outcomesOf(ctx context.Context, made *Endpoint) ([]*requests.Prediction, error) {
	known := true
	f := requests.PredictionFilter{Pipeline: made.Name, Version: made.Version.Version, Known: &known, Limit: 1000}
	var all []*requests.Prediction
	for len(all) < mostPairs {
		found, err := s.options.Requests.Predictions(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		if len(found) < f.Limit {
			break
		}
		f.Before = found[len(found)-1].ID
	}
	slices.SortStableFunc(all, func(a, b *requests.Prediction) int { return a.OutcomeTime.Compare(b.OutcomeTime) })
	return all, nil
}

// keptBy says whether the truth lay in what was answered; known is false where nothing of
// this level was promised, as of a row outside training.
func (p *Promise) keptBy(made *Endpoint, one *requests.Prediction) (kept, known bool) {
	said, err := readAnswer(made, one.Answer)
	if err != nil || math.Abs(said.level-p.Level) > 1e-9 {
		return false, false
	}
	if made.Features().Classes == nil {
		var v float64
		err = json.Unmarshal(one.Outcome, &v)
		return said.low <= v && v <= said.high, err == nil
	}
	var label string
	err = json.Unmarshal(one.Outcome, &label)
	return slices.Contains(said.set, label), err == nil
}

// anyBroken says whether outcomes say that the promise is broken, to all or to some.
func (p *Promise) anyBroken() bool {
	return p.Since != nil || len(p.Segments) > 0 && p.Segments[0].Since != nil
}

// says tells of the promise in a sentence.
func (p *Promise) says() string {
	promised := fmt.Sprintf("%.4g in 100", 100*p.Level)
	held := func(k *Kept) string { return fmt.Sprintf("%.3g in 100 of %s", 100*k.Share, outcomesText(k.Outcomes)) }
	switch {
	case p.Since != nil:
		return fmt.Sprintf("What version %d answers held the truth in %s, not in the %s that it promises: broken since %s.", p.Version, held(&p.Kept), promised, p.Since.UTC().Format("2006-01-02"))
	case p.anyBroken():
		k := &p.Segments[0]
		return fmt.Sprintf("Where %s is %s, what version %d answers held the truth in %s, not in the %s that it promises: broken since %s.",
			k.Field, k.Value, p.Version, held(k), promised, k.Since.UTC().Format("2006-01-02"))
	case p.Outcomes == 0:
		return fmt.Sprintf("It promises to hold the truth in %s; no outcome is known yet.", promised)
	}
	return fmt.Sprintf("What version %d answers held the truth in %s; it promises %s, and nothing says that this is broken.", p.Version, held(&p.Kept), promised)
}

// warnings says what is broken of what is promised to rows; p and t may be nil.
func (p *Promise) warnings(t *table.Table) []notebook.Finding {
	if p == nil || t == nil || !p.anyBroken() {
		return nil
	}
	if p.Since != nil {
		return []notebook.Finding{{Text: p.Says, Count: t.Rows()}}
	}
	var all []notebook.Finding
	for i := range p.Segments {
		k := &p.Segments[i]
		column := t.Column(k.Field)
		if k.Since == nil || column == nil {
			continue
		}
		n := 0
		for row := range t.Rows() {
			if !column.IsMissing(row) && column.String(row) == k.Value {
				n++
			}
		}
		if n > 0 {
			one := Promise{Version: p.Version, Level: p.Level, Segments: []Kept{*k}}
			all = append(all, notebook.Finding{Column: k.Field, Text: one.says(), Count: n})
		}
	}
	return all
}

// promises tell what became of promises, as far as it was looked at.
type promises struct{ server *Server }

var (
	promiseLabels = []string{"pipeline", "version", "field", "value"}
	heldDesc      = prometheus.NewDesc("labbook_promise_held", "Share of known outcomes that lay in the interval or set answered; without a field of all.", promiseLabels, nil)
	brokenDesc    = prometheus.NewDesc("labbook_promise_broken", "Whether outcomes say that this is less than promised.", promiseLabels, nil)
)

// Describe implements prometheus.Collector.
func (promises) Describe(to chan<- *prometheus.Desc) { to <- heldDesc; to <- brokenDesc }

// Collect implements prometheus.Collector.
func (c promises) Collect(to chan<- prometheus.Metric) {
	for _, made := range c.server.Endpoints() {
		p := made.promise.Load()
		if p == nil || p.Outcomes == 0 {
			continue
		}
		for _, k := range append([]Kept{p.Kept}, p.Segments...) {
			broken := 0.0
			if k.Since != nil {
				broken = 1
			}
			labels := []string{made.Name, fmt.Sprint(p.Version), k.Field, k.Value}
			to <- prometheus.MustNewConstMetric(heldDesc, prometheus.GaugeValue, k.Share, labels...)
			to <- prometheus.MustNewConstMetric(brokenDesc, prometheus.GaugeValue, broken, labels...)
		}
	}
}
