package pages

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/record"
)

// trainView is the form that starts a run.
type trainView struct {
	frame
	Pipelines []string
	Pipeline  string
	Params    []paramInput
	Models    []modelInput // that can be chosen
	Force     bool
	MayTry    bool // a run can end before anything is registered
	Try       bool
	Name      string
	Note      string
	Foreseen  string // what the run would do, as a sentence
	MayStart  bool
}

type paramInput struct{ ID, Name, Value string }

type modelInput struct {
	Name, Label string
	Chosen      bool
}

// paramPrefix keeps the names of parameters apart from the form's own.
const paramPrefix = "param."

// trainPages start a run.
type trainPages struct {
	*site
	pipelines Pipelines
	starter   Starter
	runs      Runs
}

// trainPage asks what to run, of what is declared.
func (s *trainPages) trainPage(w http.ResponseWriter, r *http.Request) error {
	all, err := s.declared(r)
	if err != nil {
		return err
	}
	return s.renderTrain(w, r, all, r.URL.Query())
}

// renderTrain shows the form with what was chosen, and what that would do.
func (s *trainPages) renderTrain(w http.ResponseWriter, r *http.Request, all []*Pipeline, chosen url.Values) error {
	v := &trainView{frame: s.frame(r, "Start a run", "runs"), Pipeline: chosen.Get("pipeline"), MayStart: s.starter.MayStart(),
		Force: chosen.Get("force") != "", Try: chosen.Get("keep") == "no", Name: chosen.Get("name"), Note: chosen.Get("note")}
	v.Here = "/runs/new"
	if v.Pipeline == "" && len(all) > 0 {
		v.Pipeline = all[0].Name
	}
	if v.Pipeline != "" {
		v.Here += "?pipeline=" + url.QueryEscape(v.Pipeline)
	}
	var of *Pipeline
	for _, p := range all {
		if v.Pipelines = append(v.Pipelines, p.Name); p.Name == v.Pipeline {
			of = p
		}
	}
	if v.Pipeline != "" && of == nil {
		return errNothing
	}
	if of != nil {
		v.MayTry = len(of.Judges) > 0
		for _, name := range of.Models {
			_, label, _ := strings.Cut(name, "/")
			v.Models = append(v.Models, modelInput{name, cmp.Or(label, name), slices.Contains(chosen["model"], name)})
		}
		for i, param := range of.Params {
			value := param.Value
			if chosen.Has(paramPrefix + param.Name) {
				value = chosen.Get(paramPrefix + param.Name)
			}
			v.Params = append(v.Params, paramInput{fmt.Sprintf("param-%d", i), param.Name, value})
		}
	}
	if of != nil && v.MayStart && v.May(record.ScopeTrain) {
		f, err := s.starter.Foresee(r.Context(), jobOf(of, chosen))
		var wrong *diag.Error
		switch {
		case errors.As(err, &wrong):
			v.Foreseen = strings.TrimSpace("It would not begin: " + sentence(wrong.What) + " " + sentence(wrong.Hint))
		case err != nil:
			s.log.Error("what a run would do", "pipeline", of.Name, "error", err)
		default:
			v.Foreseen = f.String()
		}
	}
	return s.render(w, r, http.StatusOK, "train", v)
}

// String says it in a sentence.
func (f *Foreseen) String() string {
	n := f.Runs + f.Waits
	if n == 0 {
		return "Nothing is to be done: everything is up to date."
	}
	text := human.Count(f.Runs, "stage") + " would run"
	if f.Waits > 0 {
		text += fmt.Sprintf(", and %d more if what they read changes", f.Waits)
	}
	if f.Cached > 0 {
		text += fmt.Sprintf("; %d %s up to date", f.Cached, human.Verb(f.Cached, "is", "are"))
	}
	switch {
	case f.Unknown == n:
		text += ". How long it takes is not known yet"
	case f.Unknown > 0:
		text += fmt.Sprintf(". At most %s by earlier runs, and %s that never ran", human.Duration(f.Expected), human.Count(f.Unknown, "stage"))
	default:
		text += ". At most " + human.Duration(f.Expected) + " by earlier runs, on one core"
	}
	return text + "."
}

// jobOf gives what a form asks for; of parameters those that differ from the declared.
func jobOf(p *Pipeline, form url.Values) Job {
	job := Job{Pipeline: p.Name, Params: map[string]string{}, Models: form["model"], Force: form.Get("force") != ""}
	if form.Get("keep") == "no" {
		job.Only = p.Judges
	}
	declared := map[string]string{}
	for _, param := range p.Params {
		declared[param.Name] = param.Value
	}
	for name, values := range form {
		param, is := strings.CutPrefix(name, paramPrefix)
		value := strings.TrimSpace(values[0])
		if was, known := declared[param]; is && value != "" && !(known && was == value) {
			job.Params[param] = value
		}
	}
	return job
}

// declared gives the pipelines that can be run.
func (s *trainPages) declared(r *http.Request) ([]*Pipeline, error) {
	all, err := s.pipelines.Pipelines(r.Context())
	return slices.DeleteFunc(all, func(p *Pipeline) bool { return !p.Declared }), err
}

// train starts a run and goes to see it, or says what it would do.
func (s *trainPages) train(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	all, err := s.declared(r)
	if err != nil {
		return err
	}
	name := r.PostForm.Get("pipeline")
	at := slices.IndexFunc(all, func(p *Pipeline) bool { return p.Name == name })
	if at < 0 {
		names := make([]string, len(all))
		for i, p := range all {
			names[i] = p.Name
		}
		return diag.New("there is no such pipeline", diag.DidYouMean(name, names))
	}
	if r.PostForm.Get("foresee") != "" {
		return s.renderTrain(w, r, all, r.PostForm)
	}
	id, err := s.starter.Start(r, jobOf(all[at], r.PostForm))
	if err != nil {
		return err
	}
	said := &record.Remark{Name: strings.TrimSpace(r.PostForm.Get("name")), Note: strings.TrimSpace(r.PostForm.Get("note")), Tags: []string{}}
	if said.Name != "" || said.Note != "" {
		if err := s.runs.Remark(r, id, said); err != nil { // the run has begun all the same
			s.log.Error("the name of a run", "run", id, "error", err)
		}
	}
	http.Redirect(w, r, path("runs", id), http.StatusSeeOther)
	return nil
}
