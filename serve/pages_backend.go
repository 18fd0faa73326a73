package serve

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/store/comparison"
	"labbook/internal/store/registry"
	"labbook/internal/store/requests"
	"labbook/serve/pages"
)

// Notebooks are what the pages show that is the project's, not the server's.
type Notebooks interface {
	// Notebook gives the notebook of a run, or of a pipeline's latest when run
	// is ""; nil when there is none.
	Notebook(ctx context.Context, pipeline, run string) ([]byte, error)
	// HasNotebook says whether the notebook of a run that the ledger has is there.
	HasNotebook(run string) bool
	// Offline gives the page by which the pipeline's champion predicts without a
	// server; nil when there is none.
	Offline(ctx context.Context, pipeline string) ([]byte, error)
	// Cell gives what a stage of a run shows; nil when it shows nothing, or what it
	// left is gone.
	Cell(ctx context.Context, s *record.Stage) *notebook.Cell
	// Declared gives the pipelines as they are declared now. Where that cannot be
	// read, the error says why, and the list is of before.
	Declared(ctx context.Context) ([]Declared, error)
	// Learners gives the stages of a pipeline that make models, with the parameters that
	// they have.
	Learners(ctx context.Context, pipeline string) ([]Learner, error)
}

// Declared is a pipeline as it is declared.
type Declared struct {
	Name, Title string
	Params      []Param
	Models      []string // variants that make a model, of which a run can train some
	Judges      []string // stages that judge models: what a run makes that only tries
}

// Learner is a stage that makes a model, with the parameters that it has.
type Learner struct {
	Stage    string
	Settings []params.Setting
}

// Param is a parameter of a pipeline with its value.
type Param struct{ Name, Value string }

// Pages makes the pages of a server, for Options.Pages.
func Pages(n Notebooks) func(*Server) http.Handler {
	return func(s *Server) http.Handler {
		b := newBackend(s, n)
		return warmPages{pages.New(pages.Options{Backend: b, Cookie: SessionCookie, Base: s.options.Behind.Base, MaxFile: s.options.Limits.Body, Log: s.options.Log, Clock: s.options.Clock}), b}
	}
}

// warmPages are pages of which nobody has to wait for the first.
type warmPages struct {
	*pages.Handler
	b *backend
}

// warmDrawn is of how many pipelines the tabs are drawn before anybody looks.
const warmDrawn = 6

// Warm finds out what pages tell of the versions that answer.
func (w warmPages) Warm(ctx context.Context) {
	for _, made := range w.b.server.Endpoints() {
		if _, err := w.b.Held(ctx, made.Version); err != nil && ctx.Err() == nil {
			w.b.server.options.Log.Debug("how a version did is not known", "model", registry.Name(made.Version), "error", err)
		}
		if _, err := w.b.Watch(ctx, made.Name); err != nil && ctx.Err() == nil {
			w.b.server.options.Log.Error("what is asked of it is not known", "pipeline", made.Name, "error", err)
		}
		for _, sample := range made.Samples()[:min(1, len(made.Samples()))] {
			w.b.Example(ctx, pages.Asked{Pipeline: made.Name}, sample.Input)
		}
	}
	served := w.b.server.Endpoints()
	for _, made := range served[:min(warmDrawn, len(served))] {
		if made.Version.Run == "" { // it is an import
			continue
		}
		run, _, err := w.b.server.run(ctx, made.Version.Run)
		if err == nil && run.Status != record.Running {
			err = w.Draw(ctx, run.ID)
		}
		if err != nil && ctx.Err() == nil {
			w.b.server.options.Log.Debug("what a run shows is not drawn", "run", made.Version.Run, "error", err)
		}
	}
}

// backend is the server as the pages see it. What changes something, and what
// is predicted, goes through the API, so that it is guarded and recorded like
// everybody's.
type backend struct {
	server    *Server
	notebooks Notebooks
}

func newBackend(s *Server, n Notebooks) *backend {
	return &backend{server: s, notebooks: n}
}

var _ pages.Backend = (*backend)(nil)

// Pipelines implements pages.Backend: those that are declared, those that ever ran,
// and those that are served.
func (b *backend) Pipelines(ctx context.Context) ([]*pages.Pipeline, error) {
	snap := b.server.current.Load()
	found := map[string]*pages.Pipeline{}
	pipeline := func(name string) *pages.Pipeline {
		if found[name] == nil {
			found[name] = &pages.Pipeline{Name: name, Trouble: "it is no longer declared"}
		}
		return found[name]
	}
	declared, unread := b.notebooks.Declared(ctx)
	for _, d := range declared {
		p := pipeline(d.Name)
		p.Title, p.Models, p.Judges, p.Declared, p.Trouble = d.Title, d.Models, d.Judges, true, "it has not run yet"
		for _, param := range d.Params {
			p.Params = append(p.Params, pages.Param(param))
		}
	}
	ran, err := b.server.options.Runs.Pipelines(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range ran {
		p := pipeline(name)
		last, err := b.server.options.Runs.Runs(ctx, record.Filter{Pipeline: name, Limit: 1})
		if err != nil {
			return nil, err
		}
		if len(last) == 0 {
			continue
		}
		if p.LastRun = last[0]; p.Declared {
			p.Trouble = "no model of it is registered"
		}
	}
	for name := range snap.problems {
		pipeline(name).Trouble = "its champion cannot be loaded; the log says why"
	}
	for name, made := range snap.endpoints {
		p := pipeline(name)
		fillFrom(p, made)
		if said := made.promise.Load(); said != nil && said.anyBroken() {
			p.Broken = said.Says
		}
		if c := snap.canaries[name]; c != nil {
			p.Beside = append(p.Beside, c.Says())
		}
		if c := snap.shadows[name]; c != nil {
			found, err := b.server.shadowNow(ctx, made, c)
			if err != nil {
				return nil, err
			}
			p.Beside = append(p.Beside, found.Says)
		}
	}
	if unread != nil {
		what, _, _ := strings.Cut(unread.Error(), "\n")
		for _, p := range found {
			p.Unread = "what is declared cannot be read: " + what
			p.Trouble = strings.TrimPrefix(p.Trouble+"; "+p.Unread, "; ")
		}
	}
	if b.server.options.Fresh != nil {
		for _, f := range b.server.options.Fresh(ctx) {
			if p, now := found[f.Pipeline], b.server.options.Clock(); p != nil {
				p.Fresh = append(p.Fresh, pages.Aged{Words: f.Words(now), Stale: f.Stale(now)})
			}
		}
	}
	return slices.SortedFunc(maps.Values(found), func(x, y *pages.Pipeline) int { return cmp.Compare(x.Name, y.Name) }), nil
}

// fillFrom adds what answers.
func fillFrom(p *pages.Pipeline, made *Endpoint) {
	d := made.describe(true)
	p.Model, p.Serving, p.Trouble = d.Model, made.Version, d.Refused
	p.Predicts, p.Unit, p.Classes, p.Fields, p.Samples = d.Predicts, d.Unit, d.Classes, d.Fields, d.Samples
	p.Change = nil
	for _, f := range p.Fields {
		if f.Type != table.Text && made.mayChange(f.Name) {
			p.Change = append(p.Change, f.Name)
		}
	}
	p.Level, p.Learned = made.level(), made.Bundle().Rows
}

// Version implements pages.Backend.
func (b *backend) Version(ctx context.Context, p *pages.Pipeline, version string) (*pages.Pipeline, error) {
	made, err := b.endpoint(ctx, pages.Asked{Pipeline: p.Name, Version: version})
	var faults *jsonrow.Faults
	var known *Problem
	switch {
	case errors.As(err, &faults):
		return nil, diag.New(faults.List[0].Message, fmt.Sprintf("there are %s", strings.Join(faults.List[0].Allowed.([]string), ", ")))
	case errors.As(err, &known):
		return nil, diag.New(known.Detail, "")
	case err != nil || made == nil:
		return nil, err
	}
	of := *p
	fillFrom(&of, made)
	of.Asked = version
	return &of, nil
}

// Notebook implements pages.Backend.
func (b *backend) Notebook(ctx context.Context, pipeline, run string) ([]byte, error) {
	if run != "" { // only what the ledger knows becomes a path
		found, _, err := b.server.run(ctx, run)
		if err != nil || found.ID != run || found.Pipeline != pipeline {
			return nil, unknown(err)
		}
	}
	return b.notebooks.Notebook(ctx, pipeline, run)
}

// HasNotebook implements pages.Backend.
func (b *backend) HasNotebook(run *record.Run) bool { return b.notebooks.HasNotebook(run.ID) }

// Offline implements pages.Backend.
func (b *backend) Offline(ctx context.Context, pipeline string) ([]byte, error) {
	return b.notebooks.Offline(ctx, pipeline)
}

// Predict implements pages.Backend.
func (b *backend) Predict(r *http.Request, of pages.Asked, input json.RawMessage) (json.RawMessage, error) {
	var answer json.RawMessage
	err := b.ask(r, http.MethodPost, askedPath(of, "predict")+"&explain="+strconv.FormatBool(b.explains(r.Context(), of)), input, &answer)
	return answer, err
}

// explains says whether what a person asks is explained.
func (b *backend) explains(ctx context.Context, of pages.Asked) bool {
	made, err := b.endpoint(ctx, of)
	return err == nil && made != nil && made.tellsPeople()
}

// endpoint gives who is to answer; nil where nobody answers for the pipeline.
func (b *backend) endpoint(ctx context.Context, of pages.Asked) (*Endpoint, error) {
	snap := b.server.current.Load()
	made := snap.endpoints[of.Pipeline]
	if made == nil {
		return nil, nil
	}
	return snap.choose(ctx, b.server, made, of.Version)
}

// askedPath gives the path at which a version is asked for something: the champion itself,
// of which the page tells, and not who answers a part in its place.
func askedPath(of pages.Asked, what string) string {
	return "/v1/" + url.PathEscape(of.Pipeline) + "/" + what + "?" + versionParameter + "=" + url.QueryEscape(cmp.Or(of.Version, record.Champion))
}

// Save implements pages.Backend.
func (b *backend) Save(r *http.Request, of pages.Asked, input json.RawMessage, note string) (*requests.Prediction, error) {
	var saved requests.Prediction
	body := map[string]any{"input": input, "note": note}
	err := b.ask(r, http.MethodPost, askedPath(of, "predictions"), body, &saved)
	return &saved, ofInput(err)
}

// SetOutcome implements pages.Backend.
func (b *backend) SetOutcome(r *http.Request, pipeline, id string, outcome json.RawMessage) error {
	path := "/v1/" + url.PathEscape(pipeline) + "/predictions/" + url.PathEscape(id)
	err := b.ask(r, http.MethodPatch, path, map[string]any{"outcome": outcome}, nil)
	var faults *jsonrow.Faults
	if errors.As(err, &faults) {
		return diag.New(faults.List[0].Message, fmt.Sprintf("it takes %v", faults.List[0].Allowed))
	}
	return err
}

// Predictions implements pages.Backend.
func (b *backend) Predictions(ctx context.Context, f requests.PredictionFilter) ([]*requests.Prediction, error) {
	return b.server.options.Requests.Predictions(ctx, f)
}

// PredictionEdge implements pages.Backend.
func (b *backend) PredictionEdge(ctx context.Context, f requests.PredictionFilter, n int) (string, error) {
	return b.server.options.Requests.PredictionEdge(ctx, f, n)
}

// Prediction implements pages.Backend.
func (b *backend) Prediction(ctx context.Context, pipeline, id string) (*requests.Prediction, error) {
	return b.server.options.Requests.Prediction(ctx, pipeline, id)
}

// Watch implements pages.Backend.
func (b *backend) Watch(ctx context.Context, pipeline string) (*pages.Watch, error) {
	made := b.server.Endpoint(pipeline)
	if made == nil {
		return nil, diag.New("no model answers for "+pipeline, "")
	}
	d, err := b.server.driftNow(ctx, made)
	if err != nil {
		return nil, err
	}
	found, err := b.server.accuracyNow(ctx, made)
	if err != nil {
		return nil, err
	}
	w := &pages.Watch{Rows: d.Rows, Skipped: d.Skipped, From: d.From, Until: d.Until, Shifted: d.Shifted, Drifted: d.Drifted, Findings: d.Findings, Status: d.Status, P: d.P, Index: d.Index}
	if e := d.Estimate; e != nil {
		w.Estimate = (*pages.Estimate)(e)
	}
	for _, f := range d.Fields {
		field := pages.FieldDrift{Field: f.Field, Kind: f.Kind, Status: f.Status, Index: f.Index, Noise: f.Noise, P: f.P, Weight: f.Weight}
		for _, bin := range f.Bins {
			field.Bins = append(field.Bins, pages.DriftBin(bin))
		}
		w.Fields = append(w.Fields, field)
	}
	if c := b.server.current.Load().shadows[pipeline]; c != nil {
		found, err := b.server.shadowNow(ctx, made, c)
		if err != nil {
			return nil, err
		}
		w.Shadow = &pages.Shadow{Says: found.Says, Metric: found.Metric, Unit: found.Unit, Champion: found.Champion, Challenger: found.Challenger, Outcomes: found.Outcomes,
			Answered: found.Answered, Refused: found.Failed, Dropped: found.Dropped, Losses: found.Losses, Bound: found.Bound, Better: found.Better, Worse: found.Worse, Promote: found.Promote}
	}
	said, err := b.server.promiseNow(ctx, made)
	if err != nil {
		return nil, err
	}
	if said.Level > 0 {
		w.Promise = &pages.Promise{Says: said.Says, Level: said.Level}
		for _, k := range append([]Kept{said.Kept}, said.Segments...) {
			w.Promise.Kept = append(w.Promise.Kept, pages.Kept{Segment: k.name(), Outcomes: k.Outcomes, Share: k.Share, Low: k.Low, High: k.High, Since: k.Since})
		}
	}
	for _, a := range found {
		w.Accuracy = append(w.Accuracy, pages.Accuracy(a))
	}
	return w, nil
}

// Models implements pages.Backend.
func (b *backend) Models(ctx context.Context) ([]*pages.Model, error) {
	names, err := b.server.options.Registry.Models(ctx)
	if err != nil {
		return nil, err
	}
	all := make([]*pages.Model, len(names))
	for i, name := range names {
		if all[i], err = b.model(ctx, name); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Model implements pages.Backend.
func (b *backend) Model(ctx context.Context, name string) (*pages.Model, error) {
	names, err := b.server.options.Registry.Models(ctx)
	if err != nil || !slices.Contains(names, name) {
		return nil, err
	}
	return b.model(ctx, name)
}

func (b *backend) model(ctx context.Context, name string) (*pages.Model, error) {
	m, err := b.server.Model(ctx, name)
	if err != nil {
		return nil, err
	}
	return &pages.Model{Name: name, Pipeline: m.pipeline(), Champion: m.Champion, Versions: m.Versions, Moves: m.History, Aliases: m.Aliases}, nil
}

// Promote implements pages.Backend.
func (b *backend) Promote(r *http.Request, model string, version, expected int, reason string) error {
	body := map[string]any{"version": version, "expected": expected, "reason": reason}
	return b.ask(r, http.MethodPost, "/v1/models/"+url.PathEscape(model)+"/promote", body, nil)
}

// Rollback implements pages.Backend.
func (b *backend) Rollback(r *http.Request, model string, expected int, reason string) error {
	body := map[string]any{"expected": expected, "reason": reason}
	return b.ask(r, http.MethodPost, "/v1/models/"+url.PathEscape(model)+"/rollback", body, nil)
}

// SetAlias implements pages.Backend.
func (b *backend) SetAlias(r *http.Request, model, alias string, version int, reason string) error {
	body := map[string]any{"alias": alias, "version": version, "reason": reason}
	return b.ask(r, http.MethodPost, "/v1/models/"+url.PathEscape(model)+"/alias", body, nil)
}

// CompareVersions implements pages.Backend.
func (b *backend) CompareVersions(ctx context.Context, x, y *record.Version) ([]comparison.Metric, error) {
	return b.server.comparer.Versions(ctx, x, y)
}

// TestRows implements pages.Backend.
func (b *backend) TestRows(ctx context.Context, versions []*record.Version) ([]string, error) {
	return b.server.comparer.Rows(ctx, versions)
}

// unknown takes away an error that says that there is no such thing.
func unknown(err error) error {
	var p *Problem
	if errors.As(err, &p) && p.Status == http.StatusNotFound {
		return nil
	}
	return err
}

// Requests implements pages.Backend.
func (b *backend) Requests(ctx context.Context, f requests.Filter) ([]*requests.Request, error) {
	return b.server.options.Requests.Requests(ctx, f)
}

// Edge implements pages.Backend.
func (b *backend) Edge(ctx context.Context, f requests.Filter, n int) (string, error) {
	return b.server.options.Requests.Edge(ctx, f, n)
}

// Timings implements pages.Backend.
func (b *backend) Timings(ctx context.Context, f requests.Filter, n int) ([]requests.Timing, error) {
	return b.server.options.Requests.Timings(ctx, f, n)
}

// Request implements pages.Backend.
func (b *backend) Request(ctx context.Context, id string) (*requests.Request, error) {
	return b.server.options.Requests.Request(ctx, id)
}
