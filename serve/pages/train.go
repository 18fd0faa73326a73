package pages

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/params"
	"labbook/internal/data/record"
)

// trainView is the form that starts a run.
type trainView struct {
	frame
	Pipelines []string
	Pipeline  string
	Params    []paramInput
	Models    []modelInput // that can be chosen
	Learners  []learnerInput
	Force     bool
	MayTry    bool // a run can end before anything is registered
	Try       bool
	Name      string
	Note      string
	Trouble   string // why the run would not begin, as sentences
	Foreseen  string // what it would do, as a sentence
	Stages    []ForeseenStage
	MayStart  bool
}

type paramInput struct{ ID, Name, Value string }

type modelInput struct {
	Name, Label string
	Chosen      bool
}

// learnerInput are the parameters of a stage that makes a model.
type learnerInput struct {
	Stage    string
	Changed  int // of them others than the declared are wanted
	Settings []settingInput
}

// settingInput is a parameter of a stage, with what it can be in words.
type settingInput struct {
	paramInput
	Label   string
	Doc     string
	Can     string
	Choices []string // all that it can be; none where that cannot be listed
	Number  bool
	Changed bool
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
	return s.renderTrain(w, r, http.StatusOK, all, r.URL.Query())
}

// renderTrain shows the form with what was chosen, and what that would do.
func (s *trainPages) renderTrain(w http.ResponseWriter, r *http.Request, status int, all []*Pipeline, chosen url.Values) error {
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
	if of != nil && v.MayStart && v.May(record.ScopeTrain) {
		learners, err := s.starter.Learners(r.Context(), of.Name)
		if err != nil {
			s.log.Error("the parameters of models", "pipeline", of.Name, "error", err)
		}
		v.choose(of, learners, chosen)
		s.foresee(r, v, jobOf(of, learners, chosen))
	}
	return s.render(w, r, status, "train", v)
}

// choose lists what can be chosen of a pipeline, and what was.
func (v *trainView) choose(of *Pipeline, learners []Learner, chosen url.Values) {
	v.MayTry = len(of.Judges) > 0
	for _, name := range of.Models {
		_, label, _ := strings.Cut(name, "/")
		v.Models = append(v.Models, modelInput{name, cmp.Or(label, name), slices.Contains(chosen["model"], name)})
	}
	id := 0
	input := func(name, value string) paramInput {
		if chosen.Has(paramPrefix + name) {
			value = chosen.Get(paramPrefix + name)
		}
		id++
		return paramInput{fmt.Sprintf("param-%d", id), name, value}
	}
	for _, param := range of.Params {
		v.Params = append(v.Params, input(param.Name, param.Value))
	}
	for _, l := range learners {
		in := learnerInput{Stage: l.Stage}
		for _, one := range l.Settings {
			setting := settingInput{paramInput: input(l.nameOf(one), unsaid(one.Value)), Label: strings.TrimPrefix(one.Path, "params."), Doc: params.Summary(one.Doc)}
			setting.Changed = changes(setting.Value, one.Value)
			setting.Choices, setting.Number, setting.Can = canBe(one)
			if setting.Changed {
				in.Changed++
			}
			in.Settings = append(in.Settings, setting)
		}
		v.Learners = append(v.Learners, in)
	}
}

// nameOf is what a parameter is called in a job.
func (l *Learner) nameOf(one params.Setting) string { return l.Stage + ".with." + one.Path }

// unsaid gives a value as a form has it: nothing is empty there.
func unsaid(value string) string {
	if value == "null" || value == `""` {
		return ""
	}
	return value
}

// changes says whether what is written in a form is another value than the declared;
// what is left empty is not.
func changes(written, declared string) bool {
	written = strings.TrimSpace(written)
	return written != "" && written != declared
}

// canBe says what a parameter can be.
func canBe(one params.Setting) (choices []string, number bool, words string) {
	choices, number = slices.Clone(one.Enum), strings.HasSuffix(one.Type, "number")
	if one.Type == "true or false" {
		choices = []string{"true", "false"}
	}
	if now := unsaid(one.Value); len(choices) > 0 && !slices.Contains(choices, now) {
		choices = append([]string{now}, choices...)
	}
	if len(choices) == 0 {
		words = strings.TrimSpace(one.Type + " " + one.Range)
	}
	if one.Unit != "" {
		words += " (" + one.Unit + ")"
	}
	if one.Default != "" && one.Default != one.Value {
		words += "; " + one.Default + " by default"
	}
	return choices, number, strings.TrimPrefix(words, "; ")
}

// foresee finds out what a job would do.
func (s *trainPages) foresee(r *http.Request, v *trainView, job Job) {
	stages, err := s.starter.Foresee(r.Context(), job)
	var wrong *diag.Error
	switch {
	case errors.As(err, &wrong):
		v.Trouble = strings.TrimSpace("It would not begin: " + wrong.What + ". " + sentence(wrong.Hint))
	case err != nil:
		s.log.Error("what a run would do", "pipeline", job.Pipeline, "error", err)
	default:
		v.Foreseen, v.Stages = foreseen(stages), stages
	}
}

// foreseen says in a sentence what a run would do about stages.
func foreseen(stages []ForeseenStage) string {
	var runs, waits, cached, unknown int
	var expected time.Duration
	for _, s := range stages {
		switch {
		case s.Runs:
			runs++
		case s.Waits:
			waits++
		default:
			cached++
			continue
		}
		if expected += s.Expected; s.Expected == 0 {
			unknown++
		}
	}
	n := runs + waits
	if n == 0 {
		return "Nothing is to be done: everything is up to date."
	}
	text := human.Count(runs, "stage") + " would run"
	if waits > 0 {
		text += fmt.Sprintf(", and %d more if what they read changes", waits)
	}
	if cached > 0 {
		text += fmt.Sprintf("; %d %s up to date", cached, human.Verb(cached, "is", "are"))
	}
	switch {
	case unknown == n:
		text += ". How long it takes is not known yet"
	case unknown > 0:
		text += fmt.Sprintf(". At most %s by earlier runs, and %s that never ran", human.Duration(expected), human.Count(unknown, "stage"))
	default:
		text += ". At most " + human.Duration(expected) + " by earlier runs, on one core"
	}
	return text + "."
}

// jobOf gives what a form asks for; of parameters those that differ from the declared.
func jobOf(p *Pipeline, learners []Learner, form url.Values) Job {
	job := Job{Pipeline: p.Name, Params: map[string]string{}, Models: form["model"], Force: form.Get("force") != ""}
	if form.Get("keep") == "no" {
		job.Only = p.Judges
	}
	declared := map[string]string{}
	for _, param := range p.Params {
		declared[param.Name] = param.Value
	}
	for _, l := range learners {
		for _, one := range l.Settings {
			declared[l.nameOf(one)] = one.Value
		}
	}
	for name, values := range form {
		if param, is := strings.CutPrefix(name, paramPrefix); is && changes(values[0], declared[param]) {
			job.Params[param] = strings.TrimSpace(values[0])
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
	if err := parseForm(r); err != nil {
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
		return s.renderTrain(w, r, http.StatusOK, all, r.PostForm)
	}
	learners, err := s.starter.Learners(r.Context(), name)
	if err != nil {
		return err
	}
	id, err := s.starter.Start(r, jobOf(all[at], learners, r.PostForm))
	var wrong *diag.Error
	if errors.As(err, &wrong) { // what was written stays, and is told
		return s.renderTrain(w, r, http.StatusUnprocessableEntity, all, r.PostForm)
	}
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
