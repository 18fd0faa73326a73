package serve

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/serve/refusal"
)

// Run is a run as clients see it: without what is this machine's alone.
type Run struct {
	ID       string            `json:"id"`
	Pipeline string            `json:"pipeline"`
	Status   record.Status     `json:"status" enum:"queued,running,succeeded,failed,cached,interrupted" doc:"Queued: it waits for its turn. Cached: nothing had changed. Interrupted: see error for why."`
	SameAs   string            `json:"same_as,omitempty" doc:"The run whose stages stand for this one's, for nothing had changed since."`
	Started  time.Time         `json:"started" doc:"Of a queued run: when it was asked for."`
	Ended    time.Time         `json:"ended,omitzero"`
	Commit   string            `json:"commit,omitempty" doc:"Of the project's sources."`
	Dirty    bool              `json:"dirty,omitempty" doc:"Whether the sources were other than that commit."`
	Params   map[string]string `json:"params,omitempty" doc:"Parameters of the pipeline."`
	Versions map[string]string `json:"versions,omitempty" doc:"Of the programs that made it."`
	Error    string            `json:"error,omitempty"`
	Remark   *record.Remark    `json:"remark,omitempty" doc:"What people say of it: its name, a note, tags."`
	Before   int               `json:"before,omitempty" doc:"Of a queued run: how many wait before it."`
}

func outward(r *record.Run) Run {
	return Run{ID: r.ID, Pipeline: r.Pipeline, Status: r.Status, SameAs: r.SameAs, Started: r.Started, Ended: r.Ended, Commit: r.Commit,
		Dirty: r.Dirty, Params: r.Params, Versions: r.Versions, Error: r.Error}
}

// RunDetails is a run with its stages.
type RunDetails struct {
	Run
	Stages []*record.Stage `json:"stages" nullable:"false"`
}

type listRuns struct {
	Pipeline string `query:"pipeline" maxLength:"100"`
	Status   string `query:"status" enum:"queued,running,succeeded,failed,cached,interrupted" doc:"Queued: those that wait for their turn, the first first; no other list has them."`
	Before   string `query:"before" maxLength:"64" doc:"Only those before this id: the next page."`
	Limit    int    `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

func (s *Server) routeRuns(api huma.API) {
	tags := []string{"runs"}
	huma.Register(api, huma.Operation{OperationID: "list-runs", Method: http.MethodGet, Path: "/v1/runs", Tags: tags, Summary: "List the runs, the newest first"},
		func(ctx context.Context, in *listRuns) (*reply[page[Run]], error) {
			pipeline, err := listed(ctx, in.Pipeline)
			if err != nil {
				return nil, err
			}
			if in.Status == string(record.QueuedRun) {
				return s.listQueue(ctx, pipeline)
			}
			found, err := s.options.Runs.Runs(ctx, record.Filter{Pipeline: pipeline, Status: record.Status(in.Status), Before: in.Before, Limit: in.Limit})
			if err != nil {
				return nil, internal(err)
			}
			ids := make([]string, len(found))
			for i, run := range found {
				ids[i] = run.ID
			}
			said, err := s.options.Runs.Remarks(ctx, ids)
			if err != nil {
				return nil, internal(err)
			}
			runs := make([]Run, len(found))
			for i, run := range found {
				runs[i] = outward(run)
				runs[i].Remark = said[run.ID]
			}
			return &reply[page[Run]]{newPage(ctx, runs, in.Limit, func(r Run) string { return r.ID })}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-run", Method: http.MethodGet, Path: "/v1/runs/{run}", Tags: tags, Summary: "Read a run with its stages and metrics"},
		func(ctx context.Context, in *struct {
			Run string `path:"run"`
		}) (*reply[RunDetails], error) {
			run, stages, err := s.run(ctx, in.Run)
			if err != nil {
				return nil, problemOf(err)
			}
			out := outward(run)
			if run.Status == record.QueuedRun {
				if out.Before, err = s.before(ctx, run.ID); err != nil {
					return nil, internal(err)
				}
			}
			said, err := s.options.Runs.Remarks(ctx, []string{run.ID})
			if err != nil {
				return nil, internal(err)
			}
			out.Remark = said[run.ID]
			return &reply[RunDetails]{RunDetails{out, stages}}, nil
		})
}

// listQueue gives the queue, whole, as a page.
func (s *Server) listQueue(ctx context.Context, pipeline string) (*reply[page[Run]], error) {
	queue, err := s.queue(ctx)
	if err != nil {
		return nil, internal(err)
	}
	runs := []Run{}
	for i, q := range queue {
		if pipeline == "" || pipeline == q.Pipeline {
			run := outward(q.Run())
			run.Before = i
			runs = append(runs, run)
		}
	}
	return &reply[page[Run]]{page[Run]{Items: runs}}, nil
}

// queue gives the runs that wait, the first first.
func (s *Server) queue(ctx context.Context) ([]*record.Queued, error) {
	if s.options.Runner == nil {
		return nil, nil
	}
	return s.options.Runner.Queue(ctx)
}

// before counts those that wait before a queued run.
func (s *Server) before(ctx context.Context, id string) (int, error) {
	queue, err := s.queue(ctx)
	return max(0, slices.IndexFunc(queue, func(q *record.Queued) bool { return q.ID == id })), err
}

// run gives a run with the stages that stand for it; one that is queued has none.
func (s *Server) run(ctx context.Context, id string) (*record.Run, []*record.Stage, error) {
	// The queue is looked at first: what leaves it is in the ledger by then.
	queue, err := s.queue(ctx)
	if err != nil {
		return nil, nil, internal(err)
	}
	run, err := s.options.Runs.FindRun(ctx, "", id)
	var unknown *diag.Error
	if errors.As(err, &unknown) {
		for _, q := range queue {
			if q.ID == id && mayPipeline(ctx, q.Pipeline) {
				return q.Run(), []*record.Stage{}, nil
			}
		}
	}
	if errors.As(err, &unknown) || err == nil && !mayPipeline(ctx, run.Pipeline) {
		return nil, nil, problem(http.StatusNotFound, "there is no run "+strconv.Quote(refusal.Cut(id)))
	}
	if err != nil {
		return nil, nil, internal(err)
	}
	of := run.ID
	if run.SameAs != "" {
		of = run.SameAs
	}
	stages, err := s.options.Runs.Stages(ctx, of)
	if err != nil {
		return nil, nil, internal(err)
	}
	if stages == nil {
		stages = []*record.Stage{} // none has ended yet
	}
	return run, stages, nil
}
