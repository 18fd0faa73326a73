package pages

import (
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"time"

	"labbook/internal/data/record"
	"labbook/internal/show/status"
)

// runPages are the pages of runs.
type runPages struct {
	*site
	pipelines Pipelines
	from      Runs
	starter   Starter
	about     Standing
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
	Said        *record.Remark
	Live        bool
	Queued      bool
	Before      int  // of a queued run: how many wait before it
	MayStart    bool // runs can be started, and stopped
	Elapsed     time.Duration
	Progress    string // where the events of its progress are
	Notebook    string
	Versions    []pair
	Cells       []shownCell // how good the models are, and which was chosen
	Checks      template.HTML
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
	said, err := s.from.Remarks(r.Context(), []string{run.ID})
	if err != nil {
		return err
	}
	v.Said = said[run.ID]
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
		if v.Cells, v.Checks, err = s.drawn.cells(r.Context(), s.about, run.ID, true, "register", "evaluate"); err != nil {
			return err
		}
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

// remark notes what somebody says of a run.
func (s *runPages) remark(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	id := r.PathValue("run")
	said := &record.Remark{Name: r.PostForm.Get("name"), Note: r.PostForm.Get("note"), Tags: record.TagsOf(r.PostForm.Get("tags"))}
	if err := s.from.Remark(r, id, said); err != nil {
		return err
	}
	http.Redirect(w, r, path("runs", id)+"?done=noted", http.StatusSeeOther)
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
