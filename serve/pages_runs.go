package serve

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/store/comparison"
	"labbook/serve/pages"
)

// Runs implements pages.Backend.
func (b *backend) Runs(ctx context.Context, f record.Filter) ([]*record.Run, error) {
	return b.server.options.Runs.Runs(ctx, f)
}

// Run implements pages.Backend.
func (b *backend) Run(ctx context.Context, id string) (*record.Run, []*record.Stage, error) {
	run, stages, err := b.server.run(ctx, id)
	return run, stages, unknown(err)
}

// Outputs implements pages.Backend.
func (b *backend) Outputs(run string, stages []*record.Stage) map[string][]pages.Output {
	by := map[string][]pages.Output{}
	for _, f := range b.server.outputsOf(run, stages) {
		o := pages.Output{Name: f.File, Size: f.Size, Links: []pages.OutputLink{{Href: strings.TrimPrefix(f.Href, b.server.options.Behind.Base)}}}
		for _, form := range f.Forms {
			if form.Form == "csv" || form.Form == "parquet" {
				o.Links = append(o.Links, pages.OutputLink{Form: form.Form, Href: strings.TrimPrefix(form.Href, b.server.options.Behind.Base)})
			}
		}
		by[f.Stage] = append(by[f.Stage], o)
	}
	return by
}

// CompareRuns implements pages.Backend.
func (b *backend) CompareRuns(ctx context.Context, changes []record.MetricChange, x, y []*record.Stage) ([]comparison.Metric, error) {
	return b.server.comparer.Runs(ctx, changes, x, y)
}

// MayStart implements pages.Backend.
func (b *backend) MayStart() bool { return b.server.options.Runner != nil }

// Start implements pages.Backend.
func (b *backend) Start(r *http.Request, job pages.Job) (string, error) {
	return b.start(r, jobOf(job))
}

// Foresee implements pages.Backend.
func (b *backend) Foresee(ctx context.Context, job pages.Job) ([]pages.ForeseenStage, error) {
	if b.server.options.Runner == nil {
		return nil, noRunner()
	}
	stages, err := b.server.options.Runner.Foresee(ctx, jobOf(job))
	var all []pages.ForeseenStage
	for _, s := range stages {
		all = append(all, pages.ForeseenStage(s))
	}
	return all, err
}

// Learners implements pages.Backend.
func (b *backend) Learners(ctx context.Context, pipeline string) ([]pages.Learner, error) {
	learners, err := b.notebooks.Learners(ctx, pipeline)
	all := make([]pages.Learner, len(learners))
	for i, l := range learners {
		all[i] = pages.Learner(l)
	}
	return all, err
}

func jobOf(job pages.Job) Job {
	params := make(map[string]Setting, len(job.Params))
	for name, value := range job.Params {
		params[name] = Setting(value)
	}
	return Job{Pipeline: job.Pipeline, Params: params, Models: job.Models, Only: job.Only, Force: job.Force}
}

func (b *backend) start(r *http.Request, job Job) (string, error) {
	var out struct{ Run string }
	err := b.ask(r, http.MethodPost, "/v1/runs", job, &out)
	return out.Run, err
}

// Queue implements pages.Backend.
func (b *backend) Queue(ctx context.Context) ([]*record.Queued, error) { return b.server.queue(ctx) }

// Stop implements pages.Backend.
func (b *backend) Stop(r *http.Request, run string) (queued bool, err error) {
	var out struct{ Status Stopping }
	err = b.ask(r, http.MethodDelete, "/v1/runs/"+url.PathEscape(run), nil, &out)
	return out.Status == Removed, err
}

// Again implements pages.Backend.
func (b *backend) Again(r *http.Request, id string) (string, error) {
	run, _, err := b.server.run(r.Context(), id)
	if err != nil {
		return "", err
	}
	if b.server.options.Runner == nil {
		return "", noRunner()
	}
	return b.start(r, b.server.options.Runner.Again(run))
}

// MetricsOf implements pages.Backend.
func (b *backend) MetricsOf(ctx context.Context, runs []string) (map[string][]metrics.Value, error) {
	return b.server.options.Runs.MetricsOf(ctx, runs)
}

// Remarks implements pages.Backend.
func (b *backend) Remarks(ctx context.Context, runs []string) (map[string]*record.Remark, error) {
	return b.server.options.Runs.Remarks(ctx, runs)
}

// Remark implements pages.Backend.
func (b *backend) Remark(r *http.Request, run string, said *record.Remark) error {
	return b.ask(r, http.MethodPatch, "/v1/runs/"+url.PathEscape(run), said, nil)
}

// Progress implements pages.Backend.
func (b *backend) Progress(run string) string { return "/v1/runs/" + url.PathEscape(run) + "/events" }
