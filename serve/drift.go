package serve

import (
	"context"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"labbook/internal/data/table"
	"labbook/internal/store/requests"
)

// The thresholds of the population stability index, as usual in credit scoring
// (Siddiqi, Credit Risk Scorecards, 2006).
const (
	shiftedFrom = 0.1
	driftedFrom = 0.25
)

// Drift compares the newest inputs, at least so many if there are, with the
// training data of the model that answers.
func (s *Server) Drift(ctx context.Context, made *Endpoint, last int) (*Drift, error) {
	d := &Drift{Shifted: shiftedFrom, Drifted: driftedFrom, Fields: []FieldDrift{}}
	var fields []*tally
	for i := range made.Features().Inputs {
		fields = append(fields, newTally(&made.Features().Inputs[i]))
	}
	err := s.eachPrediction(ctx, made.Name, last, func(r *requests.Request) bool {
		decoded, err := made.decoder.Decode(r.Request.Kept, made.limits.Rows)
		if err != nil {
			d.Skipped++
			return true
		}
		for _, f := range fields {
			column := decoded.Table.Column(f.field.Name)
			f.add(column)
			f.filling.add(column)
		}
		d.Rows += decoded.Table.Rows()
		if d.Until.IsZero() {
			d.Until = r.Time
		}
		d.From = r.Time
		return d.Rows < last
	})
	if err != nil {
		return nil, err
	}
	for _, f := range fields {
		d.Fields = append(d.Fields, f.drift())
		if found := f.filling.unfilled(f.field); found != nil {
			d.Findings = append(d.Findings, *found)
		}
	}
	return d, nil
}

// predictRoutes are where rows of a pipeline are predicted.
func predictRoutes(pipeline string) []string {
	base := "/v1/" + pipeline
	return []string{base + "/predict", base + "/invocations", "/invocations", "/v2/models/{model}/infer", "/v2/models/{model}/versions/{version}/infer"}
}

// eachPrediction calls visit with the newest recorded predictions of a pipeline
// that were answered, the newest first, until it has had enough.
func (s *Server) eachPrediction(ctx context.Context, pipeline string, last int, visit func(*requests.Request) bool) error {
	f := requests.Filter{Pipeline: pipeline, Routes: predictRoutes(pipeline), Status: 200, Bodies: true}
	for last > 0 {
		f.Limit = min(last, 200)
		found, err := s.options.Requests.Requests(ctx, f)
		if err != nil {
			return err
		}
		for _, r := range found {
			if !visit(r) {
				return nil
			}
		}
		if len(found) < f.Limit {
			return nil
		}
		last -= len(found)
		f.Before = found[len(found)-1].ID
	}
	return nil
}

// tally is how often the live values of a field fall into each bin.
type tally struct {
	field *table.Field
	bins  *bins // nil: training showed nothing that can be compared
	live  []float64
	rows  float64
	filling
}

func newTally(field *table.Field) *tally {
	t := &tally{field: field, bins: binsOf(field)}
	if t.bins != nil {
		t.live = make([]float64, len(t.bins.labels))
	}
	return t
}

func (t *tally) add(column *table.Column) {
	if t.bins == nil {
		return
	}
	for i := range column.Len() {
		t.live[t.bins.of(column, i)]++
	}
	t.rows += float64(column.Len())
}

// drift compares what was counted with what training showed.
func (t *tally) drift() FieldDrift {
	d := FieldDrift{Field: t.field.Name, Status: "unknown"}
	if t.rows == 0 {
		return d
	}
	k := float64(len(t.bins.labels))
	for b, label := range t.bins.labels {
		// Half a row more in each bin, so that an empty one has a logarithm.
		expected := (t.bins.training[b]*t.bins.rows + .5) / (t.bins.rows + .5*k)
		actual := (t.live[b] + .5) / (t.rows + .5*k)
		d.Index += (actual - expected) * math.Log(actual/expected)
		d.Bins = append(d.Bins, DriftBin{label, t.bins.training[b], t.live[b] / t.rows})
	}
	// When nothing has changed the index is about chi-squared, scaled by the
	// sizes (Yurdakul and Naranjo, Statistical properties of the population
	// stability index, 2020).
	if k > 1 {
		d.Noise = distuv.ChiSquared{K: k - 1}.Quantile(.95) * (1/t.rows + 1/t.bins.rows)
	}
	switch {
	case d.Index >= max(driftedFrom, d.Noise):
		d.Status = "drifted"
	case d.Noise > driftedFrom: // even a drift would look like chance
	case d.Index >= max(shiftedFrom, d.Noise):
		d.Status = "shifted"
	default:
		d.Status = "stable"
	}
	return d
}
