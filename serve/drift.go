package serve

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"

	"labbook/internal/requests"
	"labbook/internal/table"
)

// The thresholds of the population stability index, as usual in credit scoring
// (Siddiqi, Credit Risk Scorecards, 2006).
const (
	shiftedFrom = 0.1
	driftedFrom = 0.25
)

// Drift compares the newest inputs with the training data of the model that
// answers.
func (s *Server) Drift(ctx context.Context, made *Service, last int) (*Drift, error) {
	d := &Drift{Shifted: shiftedFrom, Drifted: driftedFrom, Fields: []FieldDrift{}}
	var parts []*table.Table
	err := s.eachPrediction(ctx, made.Name, last, func(r *requests.Request) {
		decoded, err := made.decoder.Decode(r.Request.Kept, made.limits.Rows)
		if err != nil {
			d.Skipped++
			return
		}
		parts = append(parts, decoded.Table)
		d.Rows += decoded.Table.Rows()
		if d.Until.IsZero() {
			d.Until = r.Time
		}
		d.From = r.Time
	})
	if err != nil {
		return nil, err
	}
	for i := range made.Features().Inputs {
		field := &made.Features().Inputs[i]
		d.Fields = append(d.Fields, driftOf(field, parts))
	}
	return d, nil
}

// eachPrediction calls visit with the newest recorded predictions of a
// pipeline that were answered, the newest first.
func (s *Server) eachPrediction(ctx context.Context, pipeline string, last int, visit func(*requests.Request)) error {
	f := requests.Filter{Pipeline: pipeline, Route: "/v1/" + pipeline + "/predict", Status: 200, Bodies: true}
	for last > 0 {
		f.Limit = min(last, 200)
		found, err := s.options.Requests.Requests(ctx, f)
		if err != nil {
			return err
		}
		for _, r := range found {
			visit(r)
		}
		if len(found) < f.Limit {
			return nil
		}
		last -= len(found)
		f.Before = found[len(found)-1].ID
	}
	return nil
}

// driftOf compares a field's live values with what training showed of it.
func driftOf(field *table.Field, parts []*table.Table) FieldDrift {
	d := FieldDrift{Field: field.Name, Status: "unknown"}
	bins := binsOf(field)
	if bins == nil {
		return d
	}
	live, rows := make([]float64, len(bins.labels)), 0.0
	for _, t := range parts {
		c := t.Column(field.Name)
		for i := range c.Len() {
			live[bins.of(c, i)]++
			rows++
		}
	}
	if rows == 0 {
		return d
	}
	k := float64(len(bins.labels))
	for b, label := range bins.labels {
		// Half a row more in each bin, so that an empty one has a logarithm.
		expected := (bins.training[b]*bins.rows + .5) / (bins.rows + .5*k)
		actual := (live[b] + .5) / (rows + .5*k)
		d.Index += (actual - expected) * math.Log(actual/expected)
		d.Bins = append(d.Bins, DriftBin{label, bins.training[b], live[b] / rows})
	}
	// When nothing has changed the index is about chi-squared, scaled by the
	// sizes (Yurdakul and Naranjo, Statistical properties of the population
	// stability index, 2020).
	if k > 1 {
		d.Noise = distuv.ChiSquared{K: k - 1}.Quantile(.95) * (1/rows + 1/bins.rows)
	}
	switch {
	case d.Index >= max(driftedFrom, d.Noise):
		d.Status = "drifted"
	case d.Index >= max(shiftedFrom, d.Noise):
		d.Status = "shifted"
	default:
		d.Status = "stable"
	}
	return d
}

// bins part the values of a field, as training showed them.
type bins struct {
	labels   []string
	training []float64 // the share of each
	rows     float64   // of training
	of       func(c *table.Column, i int) int
}

// binsOf gives the levels of a category, or the tenths of a number, with a bin
// for what is missing and, for a category, one for levels that training did
// not have; nil when training showed nothing that can be compared.
func binsOf(field *table.Field) *bins {
	seen := field.Seen
	if seen == nil || seen.Count+seen.Missing == 0 {
		return nil
	}
	b := &bins{rows: float64(seen.Count + seen.Missing)}
	present := float64(seen.Count) / b.rows
	switch {
	case field.Type == table.Category && len(seen.Counts) == len(field.Levels):
		b.labels = slices.Clone(field.Levels)
		for _, n := range seen.Counts {
			b.training = append(b.training, float64(n)/b.rows)
		}
		b.labels, b.training = append(b.labels, "other"), append(b.training, 0)
		levels := len(field.Levels)
		b.of = func(c *table.Column, i int) int {
			switch code := int(c.Codes[i]); {
			case code < 0:
				return levels + 1
			case code < levels: // rows are decoded with the levels of training first
				return code
			}
			return levels
		}
	case (field.Type == table.Number || field.Type == table.Date) && len(seen.Quantiles) == 11:
		// A value that fills several tenths makes one bin of them.
		edges := slices.Compact(slices.Clone(seen.Quantiles[1:10]))
		c := table.Column{Field: *field}
		from := ""
		for _, edge := range edges {
			c.Num = []float64{edge}
			b.labels = append(b.labels, from+"up to "+c.String(0))
			from = "above " + c.String(0) + " "
		}
		b.labels = append(b.labels, fmt.Sprintf("%sand more", from))
		before := 0
		for _, edge := range edges {
			upTo := 0
			for k, q := range seen.Quantiles[1:10] {
				if q == edge {
					upTo = k + 1
				}
			}
			b.training = append(b.training, present*float64(upTo-before)/10)
			before = upTo
		}
		b.training = append(b.training, present*float64(10-before)/10)
		b.of = func(c *table.Column, i int) int {
			if c.IsMissing(i) {
				return len(edges) + 1
			}
			return sort.SearchFloat64s(edges, c.Num[i])
		}
	default:
		return nil
	}
	b.labels, b.training = append(b.labels, "missing"), append(b.training, 1-present)
	return b
}
