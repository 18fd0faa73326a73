package pages

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/data/record"
)

// trainView is the form that starts a run.
type trainView struct {
	frame
	Pipelines []string
	Pipeline  string
	Params    []paramInput
	Models    []string // that can be chosen
	MayStart  bool
}

type paramInput struct{ ID, Name, Value string }

// paramPrefix keeps the names of parameters apart from the form's own.
const paramPrefix = "param."

// trainPages start a run.
type trainPages struct {
	*site
	pipelines Pipelines
	from      Runs
	starter   Starter
}

// trainPage asks what to run. What there is to choose from is known from the
// pipeline's last run that has stages.
func (s *trainPages) trainPage(w http.ResponseWriter, r *http.Request) error {
	v := &trainView{frame: s.frame(r, "Start a run", "runs"), Pipeline: r.URL.Query().Get("pipeline"), MayStart: s.starter.MayStart()}
	var err error
	if v.Pipelines, err = pipelineNames(s.pipelines, r); err != nil {
		return err
	}
	if v.Pipeline == "" && len(v.Pipelines) > 0 {
		v.Pipeline = v.Pipelines[0]
	}
	if !slices.Contains(v.Pipelines, v.Pipeline) {
		return errNothing
	}
	run, stages, err := s.lastRun(r, v.Pipeline)
	if err != nil {
		return err
	}
	if run != nil {
		for i, p := range pairs(run.Params) {
			v.Params = append(v.Params, paramInput{fmt.Sprintf("param-%d", i), p.Name, p.Value})
		}
	}
	for _, st := range stages {
		if st.Left(artifact.Model) && strings.Contains(st.Name, "/") { // a variant, for others have nothing to choose from
			v.Models = append(v.Models, st.Name)
		}
	}
	return s.render(w, r, http.StatusOK, "train", v)
}

// lastRun gives the newest run of a pipeline that came to its stages, or nil.
func (s *trainPages) lastRun(r *http.Request, pipeline string) (*record.Run, []*record.Stage, error) {
	found, err := s.from.Runs(r.Context(), record.Filter{Pipeline: pipeline, Limit: 10})
	if err != nil {
		return nil, nil, err
	}
	for _, one := range found {
		run, stages, err := s.from.Run(r.Context(), one.ID)
		if err != nil || run != nil && len(stages) > 0 && run.Status != record.Running {
			return run, stages, err
		}
	}
	return nil, nil, nil
}

// train starts a run and goes to see it.
func (s *trainPages) train(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	job := Job{Pipeline: r.PostForm.Get("pipeline"), Params: map[string]string{}, Models: r.PostForm["model"], Force: r.PostForm.Get("force") != ""}
	names, err := pipelineNames(s.pipelines, r)
	if err != nil {
		return err
	}
	if !slices.Contains(names, job.Pipeline) {
		return diag.New("there is no such pipeline", diag.DidYouMean(job.Pipeline, names))
	}
	last, _, err := s.lastRun(r, job.Pipeline)
	if err != nil {
		return err
	}
	for name, values := range r.PostForm {
		param, is := strings.CutPrefix(name, paramPrefix)
		if value := strings.TrimSpace(values[0]); is && value != "" && (last == nil || last.Params[param] != value) {
			job.Params[param] = value
		}
	}
	id, err := s.starter.Start(r, job)
	if err != nil {
		return err
	}
	http.Redirect(w, r, path("runs", id)+"?done=started", http.StatusSeeOther)
	return nil
}
