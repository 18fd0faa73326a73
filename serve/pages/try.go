package pages

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/record"
	"labbook/internal/store/requests"
)

// tryView is the page on which a pipeline's model can be tried.
type tryView struct {
	frame
	*Pipeline
	Tab      string
	Standing *standingView
	Form     *form
	Samples  []sample
	Answer   *answer
	Of       string // what Answer is of, where that is no form that was sent: a sample, a file, a row of one
	Back     string // the address of the table that it is a row of
	Landed   bool   // the page is looked at for the answer
	File     *fileView
	WhatIf   bool // Answer is of nobody's case
	Similar  *Similar
	Ways     []changeView // to another answer
	Looked   bool         // for such ways
	Without  string       // the words without which the answer would be another, as a sentence
	Shown    *saved       // the saved prediction that is shown, if it is one
	Saved    []*saved
	Search   savedSearch
	Outcomes []measuredRow // how good those turned out whose outcome is known
	Older    string        // the address of earlier ones
}

type sample struct {
	Name, Label string
	Chosen      bool
}

// savedSearch is what the saved predictions are searched for.
type savedSearch struct {
	Text    string
	Known   string // "true", "false" or ""
	Version string // of the model that made them
}

// How many saved predictions a page shows, and among how many of the newest those are looked
// for that no index finds.
const savedRows, savedLooked = 20, 10_000

// findPipeline finds the one that the path names.
func findPipeline(from Pipelines, r *http.Request) (*Pipeline, error) {
	all, err := from.Pipelines(r.Context())
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if p.Name == r.PathValue("pipeline") {
			return p, nil
		}
	}
	return nil, errNothing
}

// tryPages are the form of a pipeline, and what was saved of it.
type tryPages struct {
	*site
	pipelines Pipelines
	from      Tries
	about     Standing
	watcher   Watcher
	recorded  Requests
	sheets    *sheets
}

// chosen finds the pipeline that the path names, with the version of its model that the
// query or the form names.
func (s *tryPages) chosen(r *http.Request) (*Pipeline, error) {
	return s.chosenVersion(r, r.FormValue("version"))
}

func (s *tryPages) chosenVersion(r *http.Request, version string) (*Pipeline, error) {
	p, err := findPipeline(s.pipelines, r)
	if err != nil || version == "" || p.Serving == nil {
		return p, err
	}
	p, err = s.pipelines.Version(r.Context(), p, version)
	if err == nil && p == nil {
		err = errNothing
	}
	return p, err
}

// who says which version the page asks.
func (p *Pipeline) who() Asked { return Asked{p.Name, p.Asked} }

// try shows the form: empty, or with a sample or what was saved.
func (s *tryPages) try(w http.ResponseWriter, r *http.Request) error {
	p, err := s.chosen(r)
	if err != nil {
		return err
	}
	v := s.tryView(r, p)
	query := r.URL.Query()
	if id := query.Get("prediction"); id != "" {
		found, err := s.from.Prediction(r.Context(), p.Name, id)
		if err != nil {
			return err
		}
		if found == nil {
			return errNothing
		}
		v.Shown = newSaved(found, p)
		v.Answer = v.Shown.answer
		v.Form.fill(found.Input)
		v.Form.Note = ""
		s.around(r.Context(), v)
	}
	if id := query.Get("request"); id != "" {
		if err := s.ofRequest(r.Context(), v, id); err != nil {
			return err
		}
		return s.renderTry(w, r, http.StatusOK, v)
	}
	if query.Has("file") {
		if err := s.ofSheet(r, v); err != nil {
			return err
		}
		return s.renderTry(w, r, http.StatusOK, v)
	}
	for i := range v.Samples {
		if v.Samples[i].Name == query.Get("sample") || i == 0 && v.Shown == nil && !query.Has("sample") {
			s.example(r.Context(), v, i)
		}
	}
	return s.renderTry(w, r, http.StatusOK, v)
}

// ofRequest fills the form with what a request asked, and shows what it was answered.
func (s *tryPages) ofRequest(ctx context.Context, v *tryView, id string) error {
	found, err := s.recorded.Request(ctx, id)
	if err != nil {
		return err
	}
	if found == nil || found.Pipeline != v.Name {
		return errNothing
	}
	v.Form.fill(inputOf(found))
	if v.Answer = answerOf(found, v.Pipeline); v.Answer != nil {
		v.Of = "request " + id
		s.around(ctx, v)
	}
	return nil
}

// example shows a sample with its answer.
func (s *tryPages) example(ctx context.Context, v *tryView, i int) {
	v.Samples[i].Chosen = true
	v.Form.fill(v.Pipeline.Samples[i].Input)
	said, err := s.about.Example(ctx, v.who(), v.Pipeline.Samples[i].Input)
	if err != nil || said == nil {
		s.log.Error("example", "pipeline", v.Name, "sample", v.Samples[i].Name, "error", err)
		return
	}
	v.Of, v.Answer = v.Samples[i].Label, readAnswer(said, v.Predicts, v.Unit)
	s.around(ctx, v)
}

// mostQuoted is how many words are named without which the answer would be another.
const mostQuoted = 8

// changeView is a change that leads to another answer, in words.
type changeView struct {
	Fields []Changed
	Answer string
}

// around adds to an answer what lies around what the form holds.
func (s *tryPages) around(ctx context.Context, v *tryView) {
	found, err := s.from.Around(ctx, v.who(), v.Form.object(), v.Form.question())
	if err != nil || found == nil {
		s.log.Debug("around an answer", "pipeline", v.Name, "error", err)
		return
	}
	v.Answer.beside(v.Form, found.Typical)
	v.Similar, v.Looked = found.Similar, found.Looked
	if len(found.Without) > 0 {
		var quoted []string
		for i, word := range found.Without {
			if i == mostQuoted && i < len(found.Without)-1 {
				quoted = append(quoted, human.Int(len(found.Without)-i)+" more words")
				break
			}
			quoted = append(quoted, "“"+word+"”")
		}
		v.Without = fmt.Sprintf("Without %s it would be %s.", human.And(quoted), found.Instead)
	}
	for _, c := range found.Changes {
		one := changeView{Fields: c.Fields, Answer: c.Class}
		if v.Classes == nil {
			one.Answer = amount(c.Value, v.Unit)
		}
		v.Ways = append(v.Ways, one)
	}
}

func (s *tryPages) tryView(r *http.Request, p *Pipeline) *tryView {
	v := &tryView{frame: s.frame(r, p.Heading(), "pipelines"), Pipeline: p, Tab: "try", Form: newForm(p), File: s.newFileView(p)}
	v.Here = path("pipelines", p.Name)
	for _, one := range p.Samples {
		v.Samples = append(v.Samples, sample{Name: one.Name, Label: sampleLabel(one.Name)})
	}
	return v
}

// renderTry adds what was saved before.
func (s *tryPages) renderTry(w http.ResponseWriter, r *http.Request, status int, v *tryView) error {
	if err := s.saved(r.Context(), v, r.URL.Query()); err != nil {
		return err
	}
	if v.Serving != nil {
		v.Standing = s.standing(r.Context(), s.about, s.watcher, v.Pipeline)
		v.Outcomes = measuredRows(v.Standing.outcomes)
	}
	return s.render(w, r, status, "try", v)
}

// saved adds the predictions that were saved, as the query searches them.
func (s *tryPages) saved(ctx context.Context, v *tryView, query url.Values) error {
	v.Search = savedSearch{strings.TrimSpace(query.Get("q")), query.Get("known"), strings.TrimSpace(query.Get("made-by"))}
	f := requests.PredictionFilter{Pipeline: v.Name, Text: v.Search.Text, Before: query.Get("before"), Limit: savedRows}
	if known, err := strconv.ParseBool(v.Search.Known); err == nil {
		f.Known = &known
	}
	f.Version, _ = strconv.Atoi(v.Search.Version)
	var err error
	if f.Text != "" || f.Version > 0 {
		if f.Since, err = s.from.PredictionEdge(ctx, f, savedLooked); err != nil {
			return err
		}
	}
	found, err := s.from.Predictions(ctx, f)
	if err != nil {
		return err
	}
	for _, p := range found {
		one := newSaved(p, v.Pipeline)
		one.Open = v.Shown != nil && v.Shown.ID == one.ID
		v.Saved = append(v.Saved, one)
	}
	before := f.Since // those before were not looked at
	if len(found) == savedRows {
		before = found[savedRows-1].ID
	}
	if before != "" {
		q := url.Values{"before": {before}}
		for name, value := range map[string]string{"q": v.Search.Text, "known": v.Search.Known, "made-by": v.Search.Version, "version": v.Asked} {
			if value != "" {
				q.Set(name, value)
			}
		}
		v.Older = path("pipelines", v.Name) + "?" + q.Encode() + "#saved"
	}
	return nil
}

// asked reads the form that was sent to a pipeline whose model answers.
func (s *tryPages) asked(r *http.Request) (*tryView, error) {
	if err := parseForm(r); err != nil {
		return nil, err
	}
	p, err := s.chosen(r)
	if err != nil {
		return nil, err
	}
	if p.Serving == nil {
		return nil, diag.New("no model answers for "+p.Name, p.Trouble)
	}
	v := s.tryView(r, p)
	v.Form.read(r.PostForm)
	return v, nil
}

// predict answers the form. A saved prediction has an address of its own, to
// which the browser is sent.
func (s *tryPages) predict(w http.ResponseWriter, r *http.Request) error {
	v, err := s.asked(r)
	if err != nil {
		return err
	}
	p := v.Pipeline
	save := r.PostForm.Get("save") != ""
	if save && !s.may(w, r, record.ScopePredict) {
		return nil
	}
	var said json.RawMessage
	if save {
		var found *requests.Prediction
		if found, err = s.from.Save(r, p.who(), v.Form.object(), v.Form.Note); err == nil {
			to := path("pipelines", p.Name) + "?prediction=" + url.QueryEscape(found.ID) + "&done=saved"
			if p.Asked != "" {
				to += "&version=" + url.QueryEscape(p.Asked)
			}
			http.Redirect(w, r, to+"#answer", http.StatusSeeOther)
			return nil
		}
	} else {
		said, err = s.from.Predict(r, p.who(), v.Form.object())
	}
	var faults *jsonrow.Faults
	if errors.As(err, &faults) {
		v.Form.blame(faults)
		return s.renderTry(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	v.Answer = readAnswer(said, p.Predicts, p.Unit)
	s.around(r.Context(), v)
	return s.renderTry(w, r, http.StatusOK, v)
}

// whatIf answers the form as it is, of which nobody says that it is a case.
func (s *tryPages) whatIf(w http.ResponseWriter, r *http.Request) error {
	v, err := s.asked(r)
	if err != nil {
		return err
	}
	said, err := s.from.WhatIf(r, v.who(), v.Form.object())
	var faults *jsonrow.Faults
	if errors.As(err, &faults) {
		v.Form.blame(faults)
		return s.render(w, r, http.StatusUnprocessableEntity, "try", v)
	}
	if err != nil {
		return err
	}
	v.WhatIf, v.Answer = true, readAnswer(said, v.Predicts, v.Unit)
	s.around(r.Context(), v)
	return s.render(w, r, http.StatusOK, "try", v)
}

// outcome notes what came true of a saved prediction.
func (s *tryPages) outcome(w http.ResponseWriter, r *http.Request) error {
	p, err := findPipeline(s.pipelines, r)
	if err != nil {
		return err
	}
	text, done, outcome := r.PostFormValue("outcome"), "outcome", json.RawMessage("null")
	switch {
	case r.PostFormValue("remove") != "":
		done = "taken-back"
	case strings.TrimSpace(text) == "":
		return diag.New("no outcome is given", "write what came true")
	default:
		outcome = outcomeOf(text, p)
	}
	if err := s.from.SetOutcome(r, p.Name, r.PathValue("id"), outcome); err != nil {
		return err
	}
	http.Redirect(w, r, path("pipelines", p.Name)+"?done="+done+"#saved", http.StatusSeeOther)
	return nil
}

// Heading is what a pipeline is called on pages.
func (p *Pipeline) Heading() string {
	if p.Title != "" {
		return p.Title
	}
	return p.Name
}

// RowsText says how many rows were searched.
func (s *Similar) RowsText() string { return human.Count(s.Rows, "row") }

// EqualText names what the rows found are equal in.
func (s *Similar) EqualText() string {
	if len(s.Equal) == 0 {
		return "fields"
	}
	return human.And(s.Equal)
}

// similarCell is a value of a similar row.
type similarCell struct {
	Text    string
	Numeric bool
}

// Lines gives the similar rows one by one.
func (s *Similar) Lines() [][]similarCell {
	var lines [][]similarCell
	for _, c := range s.Columns {
		for row, text := range c.Cells {
			if row == len(lines) {
				lines = append(lines, nil)
			}
			lines[row] = append(lines[row], similarCell{cut(text, maxCut), c.Numeric})
		}
	}
	return lines
}
