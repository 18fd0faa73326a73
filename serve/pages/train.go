package pages

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"labbook/internal/base/diag"
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
	starter   Starter
}

// trainPage asks what to run, of what is declared.
func (s *trainPages) trainPage(w http.ResponseWriter, r *http.Request) error {
	v := &trainView{frame: s.frame(r, "Start a run", "runs"), Pipeline: r.URL.Query().Get("pipeline"), MayStart: s.starter.MayStart()}
	all, err := s.declared(r)
	if err != nil {
		return err
	}
	if v.Pipeline == "" && len(all) > 0 {
		v.Pipeline = all[0].Name
	}
	for _, p := range all {
		v.Pipelines = append(v.Pipelines, p.Name)
		if p.Name != v.Pipeline {
			continue
		}
		v.Models = p.Models
		for i, param := range p.Params {
			v.Params = append(v.Params, paramInput{fmt.Sprintf("param-%d", i), param.Name, param.Value})
		}
	}
	if v.Pipeline != "" && !slices.Contains(v.Pipelines, v.Pipeline) {
		return errNothing
	}
	return s.render(w, r, http.StatusOK, "train", v)
}

// declared gives the pipelines that can be run.
func (s *trainPages) declared(r *http.Request) ([]*Pipeline, error) {
	all, err := s.pipelines.Pipelines(r.Context())
	return slices.DeleteFunc(all, func(p *Pipeline) bool { return !p.Declared }), err
}

// train starts a run and goes to see it.
func (s *trainPages) train(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	job := Job{Pipeline: r.PostForm.Get("pipeline"), Params: map[string]string{}, Models: r.PostForm["model"], Force: r.PostForm.Get("force") != ""}
	all, err := s.declared(r)
	if err != nil {
		return err
	}
	var names []string
	declared := map[string]string{}
	for _, p := range all {
		names = append(names, p.Name)
		for _, param := range p.Params {
			if p.Name == job.Pipeline {
				declared[param.Name] = param.Value
			}
		}
	}
	if !slices.Contains(names, job.Pipeline) {
		return diag.New("there is no such pipeline", diag.DidYouMean(job.Pipeline, names))
	}
	for name, values := range r.PostForm {
		param, is := strings.CutPrefix(name, paramPrefix)
		value := strings.TrimSpace(values[0])
		if was, known := declared[param]; is && value != "" && !(known && was == value) {
			job.Params[param] = value
		}
	}
	id, err := s.starter.Start(r, job)
	if err != nil {
		return err
	}
	http.Redirect(w, r, path("runs", id), http.StatusSeeOther)
	return nil
}
