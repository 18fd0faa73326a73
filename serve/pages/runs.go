package pages

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/show/status"
)

type runsView struct {
	frame
	Queue     []runRow // those that wait, on the first page
	Rows      []runRow
	Pipelines []string
	Pipeline  string // that was asked for
	Statuses  []record.Status
	Status    record.Status
	Newer     string
	Older     string
	MayStart  bool
}

type runRow struct {
	*record.Run
	State status.Status
	// A and B say that this is what is compared unless somebody chooses
	// otherwise.
	A, B bool
}

// runRows is how many runs a page shows.
const runRows = 30

// runPages are the pages of runs.
type runPages struct {
	*site
	pipelines Pipelines
	from      Runs
	starter   Starter
}

func (s *runPages) runs(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	v := &runsView{frame: s.frame(r, "Runs", "runs"), Pipeline: query.Get("pipeline"), Status: record.Status(query.Get("status")), MayStart: s.starter.MayStart(),
		Statuses: []record.Status{record.QueuedRun, record.Running, record.Succeeded, record.Cached, record.Failed, record.Interrupted}}
	var err error
	if v.Pipelines, err = pipelineNames(s.pipelines, r); err != nil {
		return err
	}
	offset, _ := strconv.Atoi(query.Get("offset"))
	offset = min(max(offset, 0), 1e6)
	if offset == 0 && (v.Status == "" || v.Status == record.QueuedRun) {
		queue, err := s.starter.Queue(r.Context())
		if err != nil {
			return err
		}
		for _, q := range queue {
			if v.Pipeline == "" || v.Pipeline == q.Pipeline {
				run := q.Run()
				v.Queue = append(v.Queue, runRow{Run: run, State: status.OfRun(run)})
			}
		}
	}
	found, err := s.from.Runs(r.Context(), record.Filter{Pipeline: v.Pipeline, Status: v.Status, Limit: runRows + 1, Offset: offset})
	if err != nil {
		return err
	}
	page := func(offset int) string {
		q := url.Values{}
		for name, value := range map[string]string{"pipeline": v.Pipeline, "status": string(v.Status)} {
			if value != "" {
				q.Set(name, value)
			}
		}
		q.Set("offset", strconv.Itoa(offset))
		return "/runs?" + q.Encode()
	}
	if offset > 0 {
		v.Newer = page(max(offset-runRows, 0))
	}
	if len(found) > runRows {
		found, v.Older = found[:runRows], page(offset+runRows)
	}
	for i, run := range found {
		v.Rows = append(v.Rows, runRow{Run: run, State: status.OfRun(run), A: i == 1, B: i == 0})
	}
	return s.render(w, r, http.StatusOK, "runs", v)
}

func pipelineNames(from Pipelines, r *http.Request) ([]string, error) {
	all, err := from.Pipelines(r.Context())
	if err != nil {
		return nil, err
	}
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = p.Name
	}
	return names, nil
}

type runView struct {
	frame
	*record.Run
	State  status.Status
	Stages []stageRow
	More   int // stages that wait, and are not listed
	Params []pair
	// Done of Total stages have ended; Live says that more will.
	Done, Total int
	Live        bool
	Queued      bool
	Before      int  // of a queued run: how many wait before it
	MayStart    bool // runs can be started, and stopped
	Elapsed     time.Duration
	Progress    string // where the events of its progress are
	Notebook    string
	Versions    []pair
}

// waitingShown is how many of the stages that wait are listed.
const waitingShown = 100

// run shows one run: how it goes, or how it went.
func (s *runPages) run(w http.ResponseWriter, r *http.Request) error {
	run, stages, err := s.from.Run(r.Context(), r.PathValue("run"))
	if err != nil {
		return err
	}
	if run == nil {
		return errNothing
	}
	v := &runView{frame: s.frame(r, "Run "+run.ID, "runs"), Run: run, State: status.OfRun(run), Live: run.Status == record.Running, Queued: run.Status == record.QueuedRun,
		MayStart: s.starter.MayStart(), Params: pairs(run.Params), Versions: pairs(run.Versions), Total: len(stages)}
	left := s.from.Outputs(run.ID, stages)
	waiting := 0
	for _, st := range stages {
		switch st.Status {
		case record.Waiting:
			if waiting++; waiting > waitingShown {
				continue
			}
		case record.Running:
		default:
			v.Done++
		}
		row, err := newStageRow(st, s.clock())
		if err != nil {
			return err
		}
		row.Files = left[st.Name]
		v.Stages = append(v.Stages, row)
	}
	v.More = max(0, waiting-waitingShown)
	if v.Queued {
		queue, err := s.starter.Queue(r.Context())
		if err != nil {
			return err
		}
		v.Before = max(0, slices.IndexFunc(queue, func(q *record.Queued) bool { return q.ID == run.ID }))
	}
	if v.Live || v.Queued {
		v.Refresh = 3
		v.Elapsed = s.clock().Sub(run.Started)
		v.Progress = s.from.Progress(run.ID)
	} else {
		v.Notebook = path("pipelines", run.Pipeline, "notebook") + "?run=" + url.QueryEscape(run.ID)
	}
	return s.render(w, r, http.StatusOK, "run", v)
}

// stop stops a run, and goes to see it; one that was queued is no more.
func (s *runPages) stop(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("run")
	queued, err := s.starter.Stop(r, id)
	if err != nil {
		return err
	}
	to := path("runs", id)
	if queued {
		to = "/runs?done=removed"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// again starts what a run was asked to do, and goes to see it.
func (s *runPages) again(w http.ResponseWriter, r *http.Request) error {
	id, err := s.starter.Again(r, r.PathValue("run"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, path("runs", id), http.StatusSeeOther)
	return nil
}

func pairs(m map[string]string) []pair {
	var out []pair
	for name, value := range m {
		out = append(out, pair{name, value})
	}
	slices.SortFunc(out, func(a, b pair) int {
		if a.Name < b.Name {
			return -1
		}
		return 1
	})
	return out
}

type compareView struct {
	frame
	*record.Difference
	StateA, StateB status.Status
	Rows           []compared
	Equal          int // metrics that are the same
}

// compare shows what changed from one run to another.
func (s *runPages) compare(w http.ResponseWriter, r *http.Request) error {
	var runs [2]*record.Run
	var stages [2][]*record.Stage
	for i, name := range []string{"a", "b"} {
		id := r.URL.Query().Get(name)
		if id == "" {
			return diag.New("two runs are needed to compare", "choose them in the list of runs")
		}
		var err error
		if runs[i], stages[i], err = s.from.Run(r.Context(), id); err != nil {
			return err
		}
		if runs[i] == nil {
			return errNothing
		}
	}
	d := record.Diff(runs[0], runs[1], stages[0], stages[1])
	v := &compareView{frame: s.frame(r, "Two runs compared", "runs"), Difference: d, StateA: status.OfRun(d.A), StateB: status.OfRun(d.B)}
	all, err := s.from.CompareRuns(r.Context(), d.Metrics, stages[0], stages[1])
	if err != nil {
		return err
	}
	for i := range all {
		if m := &all[i]; m.Differs() {
			v.Rows = append(v.Rows, newCompared(m))
		} else {
			v.Equal++
		}
	}
	return s.render(w, r, http.StatusOK, "compare", v)
}
