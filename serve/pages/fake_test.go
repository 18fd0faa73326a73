package pages_test

import (
	"encoding/csv"
	"strconv"

	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/partition"
	"labbook/internal/show/plots"
	"labbook/internal/store/comparison"
	"labbook/internal/store/offer"
	"labbook/internal/store/registry"
	"labbook/internal/store/requests"
	"labbook/serve/pages"
)

// hostile is text that would run if any of it were not escaped.
const hostile = `"><script>alert('x')</script><img src=x onerror=alert(1)>`

// now is when the fake is looked at.
var now = time.Date(2026, 11, 21, 22, 31, 5, 0, time.UTC)

// token is the one that the fake takes.
const token = "correct horse"

// fake is a server with two pipelines, one of diamonds and one of texts, with
// hostile text wherever data can put text.
type fake struct {
	cellsAsked int    // how often what stages show was asked for
	unwritten  string // the run whose notebook is not there yet
	mu         sync.Mutex
	open       bool // no token is asked for
	private    bool // one is asked for to read
	saved      []*requests.Prediction
	model      *pages.Model
	jobs       []pages.Job
	queue      []*record.Queued
	said       map[string]*record.Remark
	again      []string // runs that are to be done again
	runs       []*record.Run
	runStages  map[string][]*record.Stage
	requests   int // how many there are; 0 means 400
	keys       []*record.Key
	lacks      []record.Scope // what whoever is signed in may not do
	signedOut  int
	wondered   int // how often it was asked what would be
	question   pages.Question
}

func number(name, unit string, low, high float64) table.Field {
	deciles := make([]float64, 11)
	for i := range deciles {
		deciles[i] = low + (high-low)*float64(i)/20
	}
	return table.Field{Name: name, Type: table.Number, Unit: unit, Seen: &table.Summary{Count: 1000, Min: low, Max: high, Quantiles: deciles}}
}

func newFake() *fake {
	f := &fake{runStages: map[string][]*record.Stage{}}
	makes := map[string][]artifact.Type{"load": {artifact.Table}, "train": {artifact.Model}, "evaluate": {artifact.Evaluation, artifact.Predictions}}
	mae := func(v float64) metrics.Value {
		low, high := v*.97, v*1.03
		return metrics.Value{Name: "mae", Value: v, Low: &low, High: &high, Level: .95, Unit: "USD", Better: metrics.Lower}
	}
	f.model = &pages.Model{Name: "diamonds", Pipeline: "diamonds", Champion: 5, Aliases: map[string]int{"candidate": 1}}
	for i, v := range []float64{561.5, 402.2, 330.1, 334, 287.9, 263.4} {
		decision := fmt.Sprintf("promoted: MAE %.1f USD, difference beyond noise", v)
		if i == 3 {
			decision = "not promoted: MAE 334.0 USD against 330.1 of version 3, difference 3.9 [-1, 8] is within noise " + hostile
		}
		f.model.Versions = append(f.model.Versions, &record.Version{
			Model: "diamonds", Version: i + 1, Pipeline: "diamonds", Run: fmt.Sprintf("2026110%d-101500-k3f9c2", i+1), Stage: "train/boosting", Estimator: "boosting",
			Metric: "mae", Metrics: []metrics.Value{mae(v), {Name: "r2", Value: 1 - v/20000, Better: metrics.Higher}}, Decision: decision, Created: now.AddDate(0, 0, i-8)})
	}
	// The first two were judged on other test rows than the others; the last is a
	// tie with the champion.
	tie := metrics.Comparison{With: "version 5", Metric: "mae", Verdict: metrics.Tie, Better: 24.5, Low: -3, High: 51, Level: .95}
	for i, d := range []registry.Decision{{Test: "a"}, {Test: "a"}, {Test: "b"}, {Test: "b"}, {Test: "b"}, {Test: "b", Champion: 5, Comparison: &tie}} {
		f.model.Versions[i].Details, _ = d.Encode()
	}
	f.model.Moves = []record.Move{
		{ID: 1, Model: "diamonds", Alias: "champion", Kind: record.Promotion, To: 1, Actor: "run 20261101-101500-k3f9c2", Created: now.AddDate(0, 0, -8)},
		{ID: 2, Model: "diamonds", Alias: "champion", Kind: record.Promotion, From: 1, To: 5, Reason: hostile, Actor: "cli", Created: now.AddDate(0, 0, -3)},
	}
	for i := range 34 {
		started := now.Add(-time.Duration(i) * 7 * time.Hour)
		run := &record.Run{ID: started.Format("20060102-150405") + "-k3f9c2", Pipeline: "diamonds", Status: record.Succeeded, Started: started, Ended: started.Add(12 * time.Second),
			Commit: "7b3653f0c4c4e6e1f1d7", Command: []string{"labbook", "run"}, Params: map[string]string{"seed": fmt.Sprint(42 + i%2)}, Host: "lovelace",
			Versions: map[string]string{"labbook": "0.1.0", "go": "go1.26.8"}}
		stage := func(name, kind string, status record.Status, values ...metrics.Value) {
			f.runStages[run.ID] = append(f.runStages[run.ID], &record.Stage{Run: run.ID, Name: name, Kind: kind, Makes: makes[kind], Status: status, Started: started, Ended: started.Add(1340 * time.Millisecond),
				Key: fmt.Sprint(name, i%3), Output: fmt.Sprint(name, i%2), Reason: "parameter seed changed from 42 to 43", Metrics: values})
		}
		stage("load", "load", record.Cached, metrics.Value{Name: "rows", Value: 53917})
		stage("train/linear", "train", record.Cached)
		validated, tested := mae(270+float64(i%2)*8), mae(263.4+float64(i%2)*8)
		tested.Subject = "train/boosting"
		stage("train/boosting", "train", record.Succeeded, validated)
		stage("evaluate", "evaluate", record.Succeeded, tested, metrics.Value{Name: "r2", Value: .98, Better: metrics.Higher})
		switch i {
		case 0:
			run.Status, run.Ended = record.Running, time.Time{}
			run.Started = now.Add(-24 * time.Second)
			tried := &record.Tried{}
			for i, v := range []float64{402, 351.2, 380, 312.4, 333} {
				tried.Add(i+1, fmt.Sprintf("trial %d trees=%d %s", i+1, 100*i, hostile), mae(v))
			}
			for i, st := range f.runStages[run.ID][1:] {
				st.Status, st.Started, st.Ended, st.Metrics, st.Reason, st.Ordinal = record.Waiting, time.Time{}, time.Time{}, nil, "", i+1
				st.Live = &record.Live{Wait: &record.Wait{For: record.ForStages, Stages: []string{"train/linear", "train/boosting"}}}
			}
			linear, boosting := f.runStages[run.ID][1], f.runStages[run.ID][2]
			linear.Status, linear.Reason, linear.Started = record.Running, "parameter seed changed from 42 to 43", now.Add(-20*time.Second)
			linear.Live = &record.Live{Tried: tried, Tail: []string{"53,917 rows of 9 columns", hostile, "trial 4 is the best so far"},
				Progress: &record.Progress{Step: "search", Done: 5, Total: 12, Unit: "trials", Began: now.Add(-20 * time.Second), At: now}}
			boosting.Live = &record.Live{Wait: &record.Wait{For: record.ForMemory, Memory: 4e9}}
		case 3:
			run.Status, run.Error, run.Dirty = record.Failed, "evaluate: the rows are of another split\nhint: "+hostile, true
			last := f.runStages[run.ID][3]
			last.Status, last.Error, last.Metrics = record.Failed, "the rows are of another split\nhint: "+hostile, nil
		}
		f.runs = append(f.runs, run)
	}
	for i := range 4 {
		f.save("diamonds", json.RawMessage(fmt.Sprintf(`{"carat":%.2f,"cut":"Ideal","color":"E","clarity":"VS1","depth":61.4}`, .3+float64(i)/4)), []string{"", "for the window", hostile, ""}[i])
	}
	f.keys = []*record.Key{
		{Name: "billing", Scopes: []record.Scope{record.ScopePredict}, Pipelines: []string{"diamonds", hostile}, Created: now.AddDate(0, 0, -3), Creator: hostile, Expires: now.AddDate(0, 2, 0),
			Secrets: []record.Secret{{Hint: "lb_7QXA"}, {Hint: "lb_ZZ3T", Expires: now.Add(time.Hour)}}},
		{Name: "dashboard-of-the-sales-department", Scopes: record.Scopes, Created: now.AddDate(0, -3, 0), Creator: "cli", Expires: now.AddDate(0, -1, 0)},
		{Name: "old", Scopes: []record.Scope{record.ScopeRead}, Created: now.AddDate(0, -3, 0), Creator: "key ops", Revoked: now.AddDate(0, -1, 0)},
	}
	f.saved[1].Outcome = json.RawMessage("3120")
	f.said = map[string]*record.Remark{f.runs[1].ID: {Name: "Deeper trees " + hostile, Note: "As deep as the columns allow.", Tags: []string{"deep", "trees"}}}
	for i := range 2 {
		f.queue = append(f.queue, &record.Queued{ID: fmt.Sprintf("20261121-22310%d-k3f9c2", i), Pipeline: "diamonds", Job: json.RawMessage("{}"), Asked: now.Add(-time.Duration(20-i) * time.Second)})
	}
	return f
}

func (f *fake) MayRead(r *http.Request) bool { return !f.private || f.signedIn(r) }
func (f *fake) May(r *http.Request, scope record.Scope) bool {
	return (f.open || f.signedIn(r)) && !slices.Contains(f.lacks, scope)
}

func (f *fake) Who(r *http.Request) string {
	if f.signedIn(r) {
		return "token"
	}
	return ""
}

func (f *fake) signedIn(r *http.Request) bool {
	c, err := r.Cookie("session")
	return err == nil && c.Value == "open sesame"
}

func (f *fake) SignIn(_ *http.Request, given string) (string, time.Duration, error) {
	switch given {
	case token:
		return "open sesame", time.Hour, nil
	case "again and again":
		return "", 0, pages.ErrTooOften
	case "bound":
		return "", 0, diag.New("this key is bound to pipelines", "")
	}
	return "", 0, pages.ErrWrongKey
}

func (f *fake) SignOut(*http.Request) error { f.signedOut++; return nil }

func (f *fake) Keys(context.Context) ([]*record.Key, error) { return f.keys, nil }

func (f *fake) CreateKey(_ *http.Request, key *record.Key) (string, error) {
	if key.Name == "" {
		return "", diag.New("a key cannot have this name", "")
	}
	key.Created, key.Creator = now, "token"
	f.keys = append(f.keys, key)
	return "lb_SECRET" + hostile, nil
}

func (f *fake) RotateKey(_ *http.Request, name string, overlap time.Duration) (string, error) {
	return fmt.Sprint("lb_AGAIN ", name, overlap), nil
}

func (f *fake) ExpireKey(_ *http.Request, name string, when time.Time) error {
	f.key(name).Expires = when
	return nil
}

func (f *fake) RevokeKey(_ *http.Request, name string) error {
	f.key(name).Revoked = now
	return nil
}

func (f *fake) key(name string) *record.Key {
	return f.keys[slices.IndexFunc(f.keys, func(k *record.Key) bool { return k.Name == name })]
}

func (f *fake) Trail(_ context.Context, _ time.Time, limit int) ([]record.Event, error) {
	all := make([]record.Event, 100)
	for i := range all {
		all[i] = record.Event{Time: now.Add(-time.Duration(i) * time.Minute), Actor: "key " + hostile, Client: hostile, Action: "promote", Subject: hostile, Detail: hostile}
	}
	return all[:limit], nil
}

func (f *fake) Pipelines(context.Context) ([]*pages.Pipeline, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	grade := func(name string, levels ...string) table.Field {
		return table.Field{Name: name, Type: table.Category, Levels: levels, Ordered: true}
	}
	diamonds := &pages.Pipeline{
		Name: "diamonds", Title: "What is a diamond worth?", Model: "diamonds", Serving: f.model.Versions[f.model.Champion-1], LastRun: f.runs[1], Declared: true, Params: []pages.Param{{Name: "seed", Value: "43"}}, Models: []string{"train/linear", "train/boosting"}, Judges: []string{"evaluate"},
		Predicts: "price", Unit: "USD", Change: []string{"carat", "cut"}, Level: .9, Learned: 53917,
		Fields: []table.Field{
			number("carat", "ct", .2, 5.01), grade("cut", "Fair", "Good", "Very Good", "Premium", "Ideal"), grade("color", "J", "I", "H", "G", "F", "E", "D"),
			grade("clarity", "I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"), number("depth", "%", 43, 79),
			{Name: hostile, Type: table.Category, Levels: []string{hostile, "plain"}, Missing: true, Doc: hostile},
			{Name: "sold", Type: table.Date, Layout: "2006-01-02", Missing: true},
		},
		Samples: []offer.Sample{
			{Name: "one-carat-classic", Input: json.RawMessage(`{"carat":1.01,"cut":"Very Good","color":"G","clarity":"SI1","depth":61.9}`)},
			{Name: "half-carat-gift", Input: json.RawMessage(`{"carat":0.5,"cut":"Ideal","color":"F","clarity":"VS2","depth":62.9}`)},
			{Name: "flawless-colorless", Input: json.RawMessage(`{"carat":0.59,"cut":"Ideal","color":"D","clarity":"IF","depth":60.9}`)},
			{Name: "largest", Input: json.RawMessage(`{"carat":5.01,"cut":"Fair","color":"J","clarity":"I1","depth":65.5}`)},
			{Name: hostile, Input: json.RawMessage(`{"carat":1}`)},
		},
	}
	resumes := &pages.Pipeline{
		Name: "resumes", Title: "Whose résumé is this?", Model: "resumes", LastRun: f.runs[3], Trouble: "version 3 answers; version 4 did not reproduce its golden predictions: " + hostile,
		Serving: &record.Version{Model: "resumes", Version: 3, Pipeline: "resumes", Run: "20261119-101500-k3f9c2", Estimator: "svm", Metric: "f1_weighted",
			Metrics: []metrics.Value{{Name: "f1_weighted", Value: .941, Better: metrics.Higher}}, Created: now.AddDate(0, 0, -2)},
		Predicts: "label", Classes: []string{"Web Developer", "SAP", "Help Desk"},
		Fields:  []table.Field{{Name: "resume", Type: table.Text, Seen: &table.Summary{Count: 1600, Mean: 6912, Max: 20000}}},
		Samples: []offer.Sample{{Name: "web-developer", Input: json.RawMessage(`{"resume":"Built single page applications in JavaScript and CSS."}`)}},
	}
	return []*pages.Pipeline{diamonds, resumes, {Name: "wines", Declared: true, Trouble: "it has not run yet"}}, nil
}

func (f *fake) Notebook(_ context.Context, pipeline, _ string) ([]byte, error) {
	if pipeline == "wines" {
		return nil, nil
	}
	return []byte(`<!doctype html><html lang="en"><head><title>Notebook</title></head><body><h1>The notebook of ` + pipeline + `</h1><script>parent.document.body.remove()</script></body></html>`), nil
}

// HasNotebook says no of one run alone.
func (f *fake) HasNotebook(run *record.Run) bool { return run.ID != f.unwritten }

// Offline is there for stones.
func (f *fake) Offline(_ context.Context, pipeline string) ([]byte, error) {
	if pipeline != "diamonds" {
		return nil, nil
	}
	return []byte("<!doctype html><title>A page that predicts</title>"), nil
}

// Held is how version 5 of the stones did, off by a tenth; of resumes nothing is known.
func (f *fake) Held(_ context.Context, v *record.Version) (*comparison.Held, error) {
	if v.Model != "diamonds" {
		return nil, errors.New("the predictions are no longer kept")
	}
	h := &comparison.Held{Evaluation: &evaluation.Evaluation{Task: metrics.Regression, Target: "price", Unit: "USD",
		Findings: []notebook.Finding{{Code: "C301", Level: notebook.Warning, Text: "it errs most of " + hostile}}}, Model: &evaluation.Model{}, Structure: &partition.Structure{Time: "sold"}, Always: 2500}
	h.Sample, h.Guess = &metrics.Sample{}, &metrics.Sample{}
	for i := range 200 {
		y := float64(1000 + 20*i)
		h.Sample.Actual, h.Sample.Predicted = append(h.Sample.Actual, y), append(h.Sample.Predicted, 1.1*y)
		h.Guess.Predicted = append(h.Guess.Predicted, 2500)
	}
	h.Guess.Actual = h.Sample.Actual
	return h, nil
}

func (f *fake) Example(_ context.Context, of pages.Asked, input json.RawMessage) (json.RawMessage, error) {
	return f.Predict(nil, of, input)
}

func (f *fake) WhatIf(r *http.Request, of pages.Asked, input json.RawMessage) (json.RawMessage, error) {
	f.mu.Lock()
	f.wondered++
	f.mu.Unlock()
	return f.Predict(r, of, input)
}

func (f *fake) Around(_ context.Context, of pages.Asked, _ json.RawMessage, q pages.Question) (*pages.Around, error) {
	if of.Pipeline == "resumes" {
		return &pages.Around{Typical: json.RawMessage(`{}`), Without: []string{"JavaScript", "<i>CSS"}, Instead: "SAP"}, nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.question = q
	around := &pages.Around{Typical: json.RawMessage(`{"carat":0.7,"cut":"Ideal"}`), Looked: true, Similar: &pages.Similar{Searched: "The rows that diamonds@5 was trained on", Rows: 53917,
		Equal: []string{"cut", "color"}, Nearest: "carat", Matching: 2, Columns: []pages.SimilarColumn{{Name: "price", Unit: "USD", Numeric: true, Cells: []string{"4100", "3900"}},
			{Name: "carat", Unit: "ct", Numeric: true, Cells: []string{"1.02", "0.99"}}, {Name: hostile, Cells: []string{hostile, "plain"}}}}}
	if slices.Contains(q.May, "carat") {
		around.Changes = []pages.Change{{Fields: []pages.Changed{{Field: "carat", Unit: "ct", From: "1.01", To: "1.2"}, {Field: hostile, From: "", To: hostile}}, Value: 4800}}
	}
	return around, nil
}

func (f *fake) Cells(_ context.Context, run string, kinds ...string) ([]pages.Cell, error) {
	f.mu.Lock()
	f.cellsAsked++
	f.mu.Unlock()
	if kinds[0] == "evaluate" && strings.HasPrefix(run, "20261119") {
		return nil, nil
	}
	c := &notebook.Cell{}
	c.Markdown("53,917 rows of " + hostile)
	c.Findings(notebook.Finding{Code: "C020", Level: notebook.Advice, Text: "145 rows repeat an earlier one"})
	t := notebook.Table{Caption: "A table", Columns: notebook.Columns("column", "rows")}
	t.Row(notebook.Text(hostile), notebook.Count(3))
	c.Table(t)
	if kinds[0] == "register" {
		c.Gallery(plots.ConfusionMatrix(plots.Frame{Title: "Confusion matrix"}, &metrics.Confusion{Classes: []string{"baker & son", "tailor"}, Counts: [][]float64{{8, 2}, {0, 5}}}))
	}
	return []pages.Cell{{Stage: kinds[0], Kind: kinds[0], Cell: c}, {Stage: kinds[1] + "/" + "one", Kind: kinds[1], Cell: c}}, nil
}

func (f *fake) Predict(_ *http.Request, of pages.Asked, input json.RawMessage) (json.RawMessage, error) {
	pipeline := of.Pipeline
	if pipeline == "resumes" {
		return json.RawMessage(`{"label":"Web Developer","probabilities":{"Web Developer":0.91,"SAP":0.05,"Help Desk":0.02,"Java Developer":0.01,"Oracle DBA":0.005,"Project Manager":0.003,"<b>bold</b>":0.002},
			"why":{"for":[{"term":"javascript","weight":0.81},{"term":"css","weight":0.44},{"term":"<script>alert(2)</script>","weight":0.1}],"against":[{"term":"applications","weight":-0.12}]},
			"model":"resumes","version":3,"run":"20261119-101500-k3f9c2","request":"r0002"}`), nil
	}
	all, _ := f.Pipelines(context.Background())
	if _, err := jsonrow.New(all[0].Fields, jsonrow.Options{}).Decode(input, 1); err != nil {
		return nil, err
	}
	var row struct{ Carat float64 }
	_ = json.Unmarshal(input, &row)
	price := 4000 * row.Carat
	warnings := ""
	if row.Carat > 3 {
		warnings = `"warnings":[{"field":"carat","message":"carat is 4, and training showed 0.2 to 3"}],`
	}
	return json.RawMessage(fmt.Sprintf(`{"price":%g,"unit":"USD","interval":{"low":%g,"high":%g,"level":0.9},%s"why":{"for":[{"feature":"carat","weight":2310.4},{"feature":"cut","weight":12}],"against":[{"feature":"depth","weight":-400}],"typical":2650.1,"rest":3.2},"model":"diamonds","version":5,"run":"20261105-101500-k3f9c2","request":"r0001"}`,
		price, price*.88, price*1.15, warnings)), nil
}

// PredictFile answers stones of a tenth of a thousand dollars a carat, and texts.
func (f *fake) PredictFile(_ *http.Request, of pages.Asked, file []byte) (*pages.FileAnswer, error) {
	pipeline := of.Pipeline
	records, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil || len(records) < 2 {
		return &pages.FileAnswer{Typed: true}, diag.New("the file is empty", "")
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	for i, record := range records {
		more := []string{"predicted_price", "low_price", "high_price"}
		if pipeline == "resumes" {
			more = []string{"predicted_label", "set_label", "p_SAP", "p_Web Developer"}
		}
		if i > 0 && pipeline == "resumes" {
			more = []string{"Web Developer", "SAP|Web Developer", "0.09", "0.91"}
		} else if i > 0 {
			carat, err := strconv.ParseFloat(record[0], 64)
			if err != nil {
				return &pages.FileAnswer{}, &jsonrow.Faults{List: []jsonrow.Fault{{Location: fmt.Sprintf("body:%d:1", i+1), Message: "carat is not a number", Value: strconv.Quote(record[0]), Allowed: "a number"}}, More: 2}
			}
			more = []string{fmt.Sprint(4000 * carat), fmt.Sprint(3500 * carat), fmt.Sprint(4500 * carat)}
		}
		w.Write(append(record, more...))
	}
	w.Flush()
	return &pages.FileAnswer{CSV: out.Bytes(), Request: fmt.Sprintf("r%04d", len(records)), Warnings: []string{"1 of 3 rows: carat is unusual"}}, nil
}

func (f *fake) Save(r *http.Request, of pages.Asked, input json.RawMessage, note string) (*requests.Prediction, error) {
	pipeline := of.Pipeline
	if _, err := f.Predict(r, of, input); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.save(pipeline, input, note), nil
}

func (f *fake) save(pipeline string, input json.RawMessage, note string) *requests.Prediction {
	said := json.RawMessage(`{"price":2757.1,"unit":"USD","interval":{"low":2400,"high":3100,"level":0.9},"model":"diamonds","version":5}`)
	if pipeline == "resumes" {
		said, _ = f.Predict(nil, pages.Asked{Pipeline: pipeline}, input)
	}
	p := &requests.Prediction{ID: fmt.Sprintf("p%04d", len(f.saved)+1), Time: now.Add(time.Duration(len(f.saved)-60) * time.Minute), Pipeline: pipeline, Model: pipeline, Version: 5,
		Input: bytes.Clone(input), Answer: said, Note: note}
	f.saved = append(f.saved, p)
	return p
}

func (f *fake) SetOutcome(_ *http.Request, pipeline, id string, outcome json.RawMessage) error {
	p, _ := f.Prediction(context.Background(), pipeline, id)
	if p == nil {
		return diag.New("there is no such prediction", "")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if p.Outcome = outcome; string(outcome) == "null" {
		p.Outcome = nil
	}
	return nil
}

func (f *fake) Predictions(_ context.Context, filter requests.PredictionFilter) ([]*requests.Prediction, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []*requests.Prediction
	for _, p := range slices.Backward(f.saved) {
		if p.Pipeline == filter.Pipeline && strings.Contains(strings.ToLower(string(p.Input)+p.Note), strings.ToLower(filter.Text)) && (filter.Known == nil || *filter.Known == (p.Outcome != nil)) && (filter.Version == 0 || filter.Version == p.Version) &&
			(filter.Before == "" || p.ID < filter.Before) && filter.Since <= p.ID && len(found) < filter.Limit {
			found = append(found, p)
		}
	}
	return found, nil
}

func (f *fake) Prediction(_ context.Context, pipeline, id string) (*requests.Prediction, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.saved {
		if p.ID == id && p.Pipeline == pipeline {
			return p, nil
		}
	}
	return nil, nil
}

func (f *fake) Watch(context.Context, string) (*pages.Watch, error) {
	return &pages.Watch{Promise: &pages.Promise{Says: "Where " + hostile + " it is broken.", Level: .9, Kept: []pages.Kept{{Outcomes: 40, Share: .9, Low: .77, High: .96}, {Segment: "cut " + hostile, Outcomes: 4, High: .49, Since: &now}}},
		Shadow: &pages.Shadow{Says: "Version 6 is better, with 97 % confidence, after 412 outcomes.", Metric: "mae", Unit: "USD", Champion: 5, Challenger: 6, Answered: 500, Dropped: 3, Outcomes: 412, Losses: []float64{310, 281.5}, Bound: 1200, Better: .974, Promote: true},
		Status: "drifted", P: .00004, Index: .3, Estimate: &pages.Estimate{Rows: 1000, Metric: "mae", Unit: "USD", Value: 310, Low: 290, High: 330, Before: 245}, Rows: 1000, Skipped: 1, From: now.Add(-time.Hour), Until: now, Shifted: .1, Drifted: .25,
		Fields: []pages.FieldDrift{
			{Field: "carat", Kind: "field", Weight: .6, Status: "drifted", Index: .41, Noise: .02, Bins: []pages.DriftBin{{Label: "0.2 to 0.5", Training: .2, Live: .05}, {Label: "0.5 to 1", Training: .5, Live: .35}, {Label: hostile, Training: .3, Live: .6}}},
			{Field: "cut", Kind: "field", Weight: .2, Status: "stable", Index: .01, Noise: .02}, {Field: "price", Kind: "answer", Weight: .8, Status: "stable"}, {Field: hostile, Status: "unknown"},
		},
		Accuracy: []pages.Accuracy{{Version: 5, Rows: 12, Metrics: []metrics.Value{{Name: "mae", Value: 281.2, Unit: "USD"}}}}}, nil
}

func (f *fake) Models(context.Context) ([]*pages.Model, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	copied := *f.model
	return []*pages.Model{&copied, {Name: "wines", Pipeline: "wines"}}, nil
}

func (f *fake) Model(_ context.Context, name string) (*pages.Model, error) {
	all, err := f.Models(context.Background())
	for _, m := range all {
		if m.Name == name {
			return m, err
		}
	}
	return nil, err
}

func (f *fake) Promote(_ *http.Request, model string, version, expected int, reason string) error {
	return f.move(record.Promotion, version, expected, reason)
}

func (f *fake) Rollback(_ *http.Request, model string, expected int, reason string) error {
	return f.move(record.Rollback, 1, expected, reason)
}

func (f *fake) SetAlias(_ *http.Request, model, alias string, version int, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	aliases := maps.Clone(f.model.Aliases)
	aliases[alias] = version
	f.model.Aliases = aliases
	return nil
}

func (f *fake) Version(_ context.Context, p *pages.Pipeline, version string) (*pages.Pipeline, error) {
	if version != "candidate" && version != "1" {
		return nil, diag.New("diamonds has no such version or alias", "there are [1 candidate champion]")
	}
	of := *p
	of.Serving, of.Asked = f.model.Versions[0], version
	return &of, nil
}

func (f *fake) move(kind string, version, expected int, reason string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if expected != f.model.Champion {
		return diag.New("the champion of diamonds was moved meanwhile; nothing was changed", "look again, then decide")
	}
	f.model.Moves = append(f.model.Moves, record.Move{Kind: kind, From: f.model.Champion, To: version, Reason: reason, Actor: "page", Created: now})
	f.model.Champion = version
	return nil
}

func (f *fake) Runs(_ context.Context, filter record.Filter) ([]*record.Run, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []*record.Run
	older := filter.Before == ""
	for _, run := range f.runs {
		if !older {
			older = run.ID == filter.Before
		} else if (filter.Pipeline == "" || run.Pipeline == filter.Pipeline) && (filter.Status == "" || run.Status == filter.Status) {
			found = append(found, run)
		}
	}
	found = found[min(filter.Offset, len(found)):]
	if filter.Limit > 0 && len(found) > filter.Limit {
		found = found[:filter.Limit]
	}
	return found, nil
}

func (f *fake) Run(_ context.Context, id string) (*record.Run, []*record.Stage, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, q := range f.queue {
		if q.ID == id {
			return q.Run(), nil, nil
		}
	}
	for _, run := range f.runs {
		if run.ID == id {
			copied := *run
			return &copied, slices.Clone(f.runStages[id]), nil
		}
	}
	return nil, nil, nil
}

// comparer compares without anything to look into: what was recorded with
// versions counts, and of runs nothing is kept.
func (f *fake) Judged(_ context.Context, run, stage string) (*pages.Judged, error) {
	if stage != "evaluate" {
		return nil, nil
	}
	texts := &table.Column{Field: table.Field{Name: "text", Type: table.Text}, Texts: []string{"sews <b>hems</b>", "bakes " + strings.Repeat("bread ", 100), "", "kneads"}}
	years := &table.Column{Field: table.Field{Name: "years", Type: table.Number, Unit: "a"}, Num: []float64{1, 2.5, math.NaN(), 4}}
	job := &table.Column{Field: table.Field{Name: "job", Type: table.Category, Levels: []string{"baker", "tailor"}}, Codes: []int32{1, 0, 0, 0}}
	return &pages.Judged{Model: "train/linear", Target: "job", Rows: table.New(texts, years, job), Sample: &metrics.Sample{Classes: job.Levels,
		Actual: []float64{1, 0, 0, 0}, Predicted: []float64{1, 1, 1, 0}, Probabilities: []float64{.1, .9, .375, .625, .25, .75, .8, .2}}}, nil
}

func (f *fake) comparer() *comparison.Comparer {
	return &comparison.Comparer{Registry: registry.New(nil, registry.StoreFunc(func(string) ([]artifact.Blob, error) { return nil, registry.ErrLost }))}
}

func (f *fake) CompareRuns(ctx context.Context, changes []record.MetricChange, a, b []*record.Stage) ([]comparison.Metric, error) {
	return f.comparer().Runs(ctx, changes, a, b)
}

func (f *fake) CompareVersions(ctx context.Context, a, b *record.Version) ([]comparison.Metric, error) {
	here := [2]record.Version{*a, *b} // without a run, for there is no ledger
	here[0].Run, here[1].Run = "", ""
	return f.comparer().Versions(ctx, &here[0], &here[1])
}

func (f *fake) TestRows(_ context.Context, versions []*record.Version) ([]string, error) {
	rows := make([]string, len(versions))
	for i, v := range versions {
		rows[i] = registry.TestOf(v)
	}
	return rows, nil
}

func (f *fake) MayStart() bool { return true }

func (f *fake) Foresee(_ context.Context, job pages.Job) ([]pages.ForeseenStage, error) {
	load := pages.ForeseenStage{Name: "load"}
	train := pages.ForeseenStage{Name: "train/boosting", Runs: true, Why: "params.max_depth: 6 → 8", Expected: 3 * time.Second}
	switch {
	case job.Params["seed"] == "no":
		return nil, diag.New("seed is no number", "write one")
	case job.Only != nil:
		return []pages.ForeseenStage{load, train}, nil
	case job.Force:
		load.Runs = true
		return []pages.ForeseenStage{load, train, {Name: "evaluate", Waits: true, Why: "waits for train/boosting", Expected: 127 * time.Second}}, nil
	}
	return []pages.ForeseenStage{load}, nil
}

func (f *fake) Learners(context.Context, string) ([]pages.Learner, error) {
	tree := struct {
		Depth int    `yaml:"max_depth" doc:"How deep a tree may be. Deeper ones take longer." range:"[1,64]" unit:"levels"`
		Grow  string `yaml:"grow" doc:"What is grown first." enum:"|leaf|level"`
		Fast  bool   `yaml:"fast" doc:"Whether it hurries."`
	}{Depth: 6}
	usual := tree
	usual.Depth = 4
	return []pages.Learner{{Stage: "train/boosting", Settings: params.Settings(&tree, &usual)}}, nil
}

func (f *fake) Start(_ *http.Request, job pages.Job) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch job.Params["seed"] {
	case "busy":
		return "", record.ErrQueueFull
	case "no":
		return "", diag.New("seed is no number", "write one")
	}
	f.jobs = append(f.jobs, job)
	return f.runs[0].ID, nil
}

func (f *fake) MetricsOf(_ context.Context, runs []string) (map[string][]metrics.Value, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := map[string][]metrics.Value{}
	for _, id := range runs {
		for _, st := range f.runStages[id] {
			for _, m := range st.Metrics {
				m.Subject = cmp.Or(m.Subject, st.Name)
				found[id] = append(found[id], m)
			}
		}
	}
	return found, nil
}

func (f *fake) Remarks(context.Context, []string) (map[string]*record.Remark, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.said), nil
}

func (f *fake) Remark(_ *http.Request, run string, said *record.Remark) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.said[run] = said
	return nil
}

func (f *fake) Queue(context.Context) ([]*record.Queued, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.queue), nil
}

func (f *fake) Stop(_ *http.Request, run string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := slices.IndexFunc(f.queue, func(q *record.Queued) bool { return q.ID == run }); i >= 0 {
		f.queue = slices.Delete(f.queue, i, i+1)
		return true, nil
	}
	if run != f.runs[0].ID || f.runs[0].Status != record.Running {
		return false, record.ErrEnded
	}
	f.runs[0].Status, f.runs[0].Error, f.runs[0].Ended = record.Interrupted, record.OnRequest, now
	for _, st := range f.runStages[run] {
		if st.Live != nil {
			st.Status, st.Live, st.Error = record.Interrupted, nil, "interrupted"
		}
	}
	return false, nil
}

func (f *fake) Again(_ *http.Request, run string) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.again = append(f.again, run)
	return f.runs[0].ID, nil
}

func (f *fake) Outputs(run string, stages []*record.Stage) map[string][]pages.Output {
	if len(stages) == 0 {
		return nil
	}
	return map[string][]pages.Output{stages[0].Name: {
		{Name: "table.arrow", Size: 53940, Links: []pages.OutputLink{{"", "/v1/runs/" + run + "/output?file=table.arrow"}, {"csv", "/v1/runs/" + run + "/output?file=table.csv"}}},
		{Name: "<b>.json", Size: 12, Links: []pages.OutputLink{{"", "/v1/runs/" + run + "/output?file=b.json"}}},
	}}
}

func (f *fake) Progress(run string) string { return "/v1/runs/" + run + "/events" }

// move1 brings the run that is under way a trial further.
func (f *fake) move1() {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.runStages[f.runs[0].ID][1]
	st, live, at := *was, *was.Live, *was.Live.Progress
	at.Done++
	st.Live, live.Progress = &live, &at
	f.runStages[f.runs[0].ID] = slices.Clone(f.runStages[f.runs[0].ID])
	f.runStages[f.runs[0].ID][1] = &st
}

// finish ends the run that is under way.
func (f *fake) finish() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.runs[0].Status, f.runs[0].Ended = record.Succeeded, now.Add(time.Second)
	f.runStages[f.runs[0].ID] = f.runStages[f.runs[1].ID]
}

func (f *fake) Batches(_ *http.Request, pipeline string) ([]*pages.Batch, bool, error) {
	if pipeline != "diamonds" {
		return nil, pipeline == "resumes", nil
	}
	at := func(id string) string { return "/v1/diamonds/batches/" + id }
	return []*pages.Batch{
		{ID: "b4", Name: hostile, Status: "queued", Before: 1, Created: now, Size: 5e6, Caller: hostile},
		{ID: "b3", Status: "running", Rows: 120_000, Share: .34, Created: now.Add(-time.Minute), Size: 9e7, Model: "diamonds", Version: 6},
		{ID: "b2", Name: "stock.csv", Status: "failed", Rows: 10, Detail: "100 rows cannot be answered: " + hostile, Faults: 100, Href: at("b2"), Created: now.Add(-time.Hour), Expires: now.Add(23 * time.Hour), Record: "r0388", Model: "diamonds", Version: 6},
		{ID: "b1", Name: "all.parquet", Status: "done", Rows: 53_940, Share: 1, Created: now.Add(-2 * time.Hour), Expires: now.Add(22 * time.Hour), Record: "r0388", Model: "diamonds", Version: 6, Warnings: []string{hostile},
			Results: []pages.BatchResult{{Form: "csv", Href: at("b1/result.csv")}, {Form: "parquet", Href: at("b1/result.parquet")}}},
	}, true, nil
}

func (f *fake) Requests(_ context.Context, filter requests.Filter) ([]*requests.Request, error) {
	var found []*requests.Request
	for i := cmp.Or(f.requests, 400) - 1; i >= 0; i-- {
		r := fakeRequest(i)
		if (filter.Before == "" || r.ID < filter.Before) && (filter.Pipeline == "" || filter.Pipeline == r.Pipeline) &&
			filter.Since <= r.ID && (filter.Model == "" || filter.Model == r.Model) && (filter.Status == 0 || filter.Status == r.Status/100) && len(found) < filter.Limit {
			found = append(found, r)
		}
	}
	return found, nil
}

func (f *fake) Edge(ctx context.Context, filter requests.Filter, n int) (string, error) {
	found, err := f.Requests(ctx, requests.Filter{Before: filter.Before, Pipeline: filter.Pipeline, Limit: n})
	if len(found) < n {
		return "", err
	}
	return found[n-1].ID, err
}

func (f *fake) Timings(ctx context.Context, filter requests.Filter, n int) (all []requests.Timing, err error) {
	filter.Limit = n
	found, err := f.Requests(ctx, filter)
	for _, r := range found {
		all = append(all, requests.Timing{Time: r.Time, Latency: r.Latency, Status: r.Status})
	}
	return all, err
}

func (f *fake) PredictionEdge(ctx context.Context, filter requests.PredictionFilter, n int) (string, error) {
	found, err := f.Predictions(ctx, requests.PredictionFilter{Pipeline: filter.Pipeline, Before: filter.Before, Limit: n})
	if len(found) < n {
		return "", err
	}
	return found[n-1].ID, err
}

func fakeRequest(i int) *requests.Request {
	id := fmt.Sprintf("r%04d", i)
	if i >= 10_000 {
		id = fmt.Sprintf("s%05d", i)
	}
	r := &requests.Request{ID: id, Time: now.Add(time.Duration(i-400) * 9 * time.Second), Method: "POST", Route: "/v1/diamonds/predict", Path: "/v1/diamonds/predict",
		Pipeline: "diamonds", Model: "diamonds", Version: 5, Run: "20261105-101500-k3f9c2", Status: 200, Latency: time.Duration(600+(i*7919)%900+i%40*20) * time.Microsecond, Client: "127.0.0.1",
		Request:  requests.Body{Type: "application/json", Size: 70, Kept: []byte(`{"carat":1.01,"cut":"` + strings.ReplaceAll(hostile, `"`, `\"`) + `"}`)},
		Response: requests.Body{Type: "application/json", Size: 90000, Kept: []byte(`{"price":4040`)}}
	if i%5 == 0 {
		r.Response = requests.Body{Type: "application/json", Size: 14, Kept: []byte(`{"price":4040}`)}
	}
	switch {
	case i%23 == 0:
		r.Status, r.Version, r.Path = 422, 0, "/v1/diamonds/predict?note="+hostile
	case i%97 == 0:
		r.Status, r.Error = 500, "the disk is full "+hostile
	}
	return r
}

func (f *fake) Request(_ context.Context, id string) (*requests.Request, error) {
	for i := range 400 {
		if r := fakeRequest(i); r.ID == id {
			return r, nil
		}
	}
	return nil, nil
}
