package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"labbook/internal/data/rows"
	"labbook/internal/data/table"
	"labbook/internal/learn/drift"
	"labbook/internal/store/requests"
)

// The thresholds of the population stability index, as usual in credit scoring
// (Siddiqi, Credit Risk Scorecards, 2006).
const (
	shiftedFrom = 0.1
	driftedFrom = 0.25
)

// Drift compares the newest inputs, at least so many if there are, with the
// training data of the model that answers, and what it says of them with what it said of
// rows held out: whatever way they came, as an object, a list, lines or a table, saved or
// not. What was only tried, as what would be, is not among them.
func (s *Server) Drift(ctx context.Context, made *Endpoint, last int) (*Drift, error) {
	d := &Drift{Shifted: shiftedFrom, Drifted: driftedFrom, Status: "unknown", Fields: []FieldDrift{}}
	w := s.watchOf(ctx, made)
	var fields []*tally
	for i := range made.Features().Inputs {
		one := newTally(&made.Features().Inputs[i])
		if exact := w.training[one.field.Name]; exact != nil && one.bins != nil {
			one.bins = exact
		}
		fields = append(fields, one)
	}
	var parts []*table.Table
	err := s.eachPrediction(ctx, made.Name, last, func(r *requests.Request) bool {
		d.requests++
		t, err := made.asked(r)
		if err != nil {
			d.Skipped++
			return true
		}
		for _, f := range fields {
			column := t.Column(f.field.Name)
			f.add(column)
			f.filling.add(column)
		}
		parts = append(parts, t)
		d.Rows += t.Rows()
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
		if f.field.Type != table.Text {
			one := f.drift()
			one.Weight = w.weight(f.field.Name)
			d.Fields = append(d.Fields, one)
		}
		if found := f.filling.unfilled(f.field); found != nil {
			d.Findings = append(d.Findings, *found)
		}
	}
	w.more(made, parts, d)
	d.judge()
	return d, nil
}

// predictRoutes are where rows of a pipeline are predicted.
func predictRoutes(pipeline string) []string {
	base := "/v1/" + pipeline
	return []string{base + "/predict", base + "/invocations", "/invocations", "/v2/models/{model}/infer", "/v2/models/{model}/versions/{version}/infer"}
}

// watched is how many of the newest requests pages compare with training.
const watched = 1000

// manyAsked is from how many requests on a drift is shown while a newer one is found out: some
// more hardly change it.
const manyAsked = 200

// driftNow is Drift of the newest, which is found out anew when one of fifty of the requests
// that it is of have given way to newer ones: of many while it is shown as it was.
func (s *Server) driftNow(ctx context.Context, made *Endpoint) (*Drift, error) {
	made.drifting.Lock()
	defer made.drifting.Unlock()
	f := asksOf(made.Name)
	f.Limit, f.Bodies, f.Since = 1, false, made.driftAt
	if made.drift != nil {
		f.Limit += made.drift.requests / 50
	}
	if made.driftAt != "" {
		f.Limit++ // it is found too
	}
	newer, err := s.options.Requests.Requests(ctx, f)
	if err != nil {
		return nil, err
	}
	if made.drift != nil && len(newer) < f.Limit {
		return made.drift, nil
	}
	at := ""
	if len(newer) > 0 {
		at = newer[0].ID
	}
	if made.drift != nil && made.drift.requests >= manyAsked {
		if !made.looking {
			made.looking = true
			go s.driftLater(context.WithoutCancel(ctx), made, at)
		}
		return made.drift, nil
	}
	d, err := s.Drift(ctx, made, watched)
	if err == nil {
		made.drift, made.driftAt = d, at
	}
	return d, err
}

// driftLater finds out a drift for whoever asks next.
func (s *Server) driftLater(ctx context.Context, made *Endpoint, at string) {
	d, err := s.Drift(ctx, made, watched)
	made.drifting.Lock()
	defer made.drifting.Unlock()
	made.looking = false
	if err != nil {
		s.options.Log.Debug("what is asked of it is not known", "pipeline", made.Name, "error", err)
		return
	}
	made.drift, made.driftAt = d, at
}

// judge says in one verdict whether what is asked has moved: beyond chance, which P
// tells, and by how much, in the fields that count.
func (d *Drift) judge() {
	var p, weights []float64
	total, most := 0.0, 0.0
	for _, f := range d.Fields {
		if f.Status != "unknown" {
			p, weights = append(p, f.P), append(weights, f.Weight)
			total += f.Weight
		}
	}
	if len(p) == 0 || !(total > 0) {
		return
	}
	d.P = drift.Together(p, weights)
	for _, f := range d.Fields {
		if f.Status != "unknown" {
			d.Index += f.Weight / total * f.Index
			if f.Kind == "answer" {
				most = f.Index
			}
		}
	}
	switch size := max(d.Index, most); {
	case d.P >= beyondChance:
		d.Status = "stable"
	case size >= driftedFrom:
		d.Status = "drifted"
	case size >= shiftedFrom:
		d.Status = "shifted"
	default:
		d.Status = "stable"
	}
}

// beyondChance is below which p-value what is asked has moved.
const beyondChance = 0.01

// asked gives the rows that a recorded request was about. Of one that is kept in part
// these are the rows that are whole.
func (s *Endpoint) asked(r *requests.Request) (*table.Table, error) {
	body := r.Request.Kept
	if strings.HasSuffix(r.Route, "/predictions") {
		var saved struct{ Input json.RawMessage }
		if err := json.Unmarshal(body, &saved); err != nil {
			return nil, err
		}
		body = saved.Input
	}
	kind, _, _ := strings.Cut(r.Request.Type, ";")
	first := bytes.TrimLeft(body, " \t\r\n\xef\xbb\xbf")
	csv := kind == typeCSV || len(first) > 0 && first[0] != '{' && first[0] != '['
	if r.Request.Truncated() {
		end := []byte("\n")
		if len(first) > 0 && first[0] == '[' {
			end = []byte("},")
		}
		at := bytes.LastIndex(body, end)
		if at < 0 {
			return nil, errKeptInPart
		}
		if body = body[:at+1]; len(end) > 1 {
			body = append(bytes.Clone(body), ']')
		}
	}
	f := s.Features()
	if csv {
		read, err := rows.Parse(body, "body", f.Inputs, rows.Most{Rows: s.limits.Rows, Bytes: int(s.limits.Body)}, f.Target.Name)
		if err != nil {
			return nil, err
		}
		return read.Table, nil
	}
	if lines := kind == typeLines || kind == "application/ndjson" || kind == "application/jsonl"; lines {
		list, _, err := listOf(body)
		if err != nil {
			return nil, err
		}
		body = list
	}
	decoded, err := s.decoder.Decode(body, s.limits.Rows)
	if err != nil {
		return nil, err
	}
	return decoded.Table, nil
}

var errKeptInPart = errors.New("less is kept of the request than a row")

// asksOf chooses the requests by which a pipeline was asked for predictions, and answered.
func asksOf(pipeline string) requests.Filter {
	return requests.Filter{Pipeline: pipeline, Routes: append(predictRoutes(pipeline), "/v1/"+pipeline+"/predictions"), Status: 2, Method: http.MethodPost, Bodies: true}
}

// eachPrediction calls visit with the newest recorded predictions of a pipeline
// that were answered, the newest first, until it has had enough.
func (s *Server) eachPrediction(ctx context.Context, pipeline string, last int, visit func(*requests.Request) bool) error {
	f := asksOf(pipeline)
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
	d := FieldDrift{Field: t.field.Name, Kind: "field", Status: "unknown", P: 1}
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
	before := make([]float64, len(t.live))
	for b, share := range t.bins.training {
		before[b] = share * t.bins.rows
	}
	if !t.bins.rough {
		d.P = drift.Same(before, t.live)
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
