package pages

import (
	"encoding/json"
	"net/http"

	"labbook/internal/base/human"
	"labbook/internal/data/record"
	"labbook/internal/show/report"
	"labbook/internal/show/status"
)

// following is what a notebook that is open is told again and again: which run its
// page is of, which of its cells that run changed, and what goes on now.
type following struct {
	Run  string `json:"run"`            // "": there is none
	Cell string `json:"cell,omitempty"` // the anchor of the first cell that changed; "" where that run's is open
	Say  string `json:"say,omitempty"`  // what goes on, or went wrong, in words
	Href string `json:"href,omitempty"` // where to see that
}

// followRuns is how many of the newest runs are looked at for the one whose page is
// the latest.
const followRuns = 20

// latest answers with what an open notebook follows.
func (s *notebookPages) latest(w http.ResponseWriter, r *http.Request) error {
	p, err := findPipeline(s.pipelines, r)
	if err != nil {
		return err
	}
	found, err := s.runs.Runs(r.Context(), record.Filter{Pipeline: p.Name, Limit: followRuns})
	if err != nil {
		return err
	}
	f := following{Say: p.Unread}
	for i, run := range found {
		if i == 0 && f.Say == "" {
			if err := s.say(&f, r, run); err != nil {
				return err
			}
		}
		if run.Status == record.Running || run.SameAs != "" {
			continue
		}
		if run.ID == r.URL.Query().Get("run") { // it is open
			f.Run = run.ID
			break
		}
		if !s.from.HasNotebook(run) { // it may not be written yet
			continue
		}
		_, stages, err := s.runs.Run(r.Context(), run.ID)
		if err != nil {
			return err
		}
		f.Run, f.Cell = run.ID, changedCell(stages)
		break
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(f)
}

// changedCell gives the anchor of the stage that failed, or else of the first that
// ran; "" where none did.
func changedCell(stages []*record.Stage) string {
	first := ""
	for _, st := range stages {
		switch {
		case st.Status == record.Failed:
			return report.Anchor(st.Name)
		case st.Status == record.Succeeded && first == "":
			first = report.Anchor(st.Name)
		}
	}
	return first
}

// say says how the newest run stands, where that is not what the notebook shows.
func (s *notebookPages) say(f *following, r *http.Request, run *record.Run) error {
	switch {
	case run.Status == record.Running:
		_, stages, err := s.runs.Run(r.Context(), run.ID)
		if err != nil {
			return err
		}
		done, doing := 0, ""
		for _, st := range stages {
			switch st.Status {
			case record.Waiting:
			case record.Running:
				doing = st.Name
				if words := status.DoingOf(st.Live, st.Started, s.clock()); words.Count != "" {
					doing += ", " + words.Count
				}
			default:
				done++
			}
		}
		f.Say = human.Int(done) + " of " + human.Count(len(stages), "stage")
		if doing != "" {
			f.Say = "running " + doing + "; " + f.Say
		}
	case run.Status == record.Failed:
		f.Say = "the last run failed"
	case run.Status == record.Interrupted:
		f.Say = "the last run was stopped"
	default:
		return nil
	}
	f.Href = path("runs", run.ID)
	return nil
}
