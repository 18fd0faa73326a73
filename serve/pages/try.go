package pages

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"labbook/internal/base/diag"
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
	Example  string // the sample that Answer is of, when nobody asked for it
	Shown    *saved // the saved prediction that is shown, if it is one
	Saved    []*saved
	Older    string // the address of earlier ones
}

type sample struct {
	Name, Label string
	Chosen      bool
}

// savedRows is how many saved predictions a page shows.
const savedRows = 20

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
}

// try shows the form: empty, or with a sample or what was saved.
func (s *tryPages) try(w http.ResponseWriter, r *http.Request) error {
	p, err := findPipeline(s.pipelines, r)
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
	}
	for i := range v.Samples {
		if v.Samples[i].Name == query.Get("sample") || i == 0 && v.Shown == nil && !query.Has("sample") {
			s.example(r.Context(), v, i)
		}
	}
	return s.renderTry(w, r, http.StatusOK, v)
}

// example shows a sample with its answer.
func (s *tryPages) example(ctx context.Context, v *tryView, i int) {
	v.Samples[i].Chosen = true
	v.Form.fill(v.Pipeline.Samples[i].Input)
	said, err := s.about.Example(ctx, v.Name, v.Pipeline.Samples[i].Input)
	if err != nil || said == nil {
		s.log.Error("example", "pipeline", v.Name, "sample", v.Samples[i].Name, "error", err)
		return
	}
	v.Example, v.Answer = v.Samples[i].Label, readAnswer(said, v.Predicts, v.Unit)
}

func (s *tryPages) tryView(r *http.Request, p *Pipeline) *tryView {
	v := &tryView{frame: s.frame(r, p.Heading(), "pipelines"), Pipeline: p, Tab: "try", Form: newForm(p.Fields)}
	v.Here = path("pipelines", p.Name)
	for _, one := range p.Samples {
		v.Samples = append(v.Samples, sample{Name: one.Name, Label: sampleLabel(one.Name)})
	}
	return v
}

// renderTry adds what was saved before.
func (s *tryPages) renderTry(w http.ResponseWriter, r *http.Request, status int, v *tryView) error {
	found, err := s.from.Predictions(r.Context(), requests.PredictionFilter{
		Pipeline: v.Name, Before: r.URL.Query().Get("before"), Limit: savedRows})
	if err != nil {
		return err
	}
	for _, p := range found {
		one := newSaved(p, v.Pipeline)
		one.Open = v.Shown != nil && v.Shown.ID == one.ID
		v.Saved = append(v.Saved, one)
	}
	if len(found) == savedRows {
		v.Older = path("pipelines", v.Name) + "?before=" + url.QueryEscape(found[savedRows-1].ID) + "#saved"
	}
	if v.Serving != nil {
		v.Standing = s.standing(r.Context(), s.about, s.watcher, v.Pipeline)
	}
	return s.render(w, r, status, "try", v)
}

// predict answers the form. A saved prediction has an address of its own, to
// which the browser is sent.
func (s *tryPages) predict(w http.ResponseWriter, r *http.Request) error {
	p, err := findPipeline(s.pipelines, r)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	if p.Serving == nil {
		return diag.New("no model answers for "+p.Name, p.Trouble)
	}
	v := s.tryView(r, p)
	v.Form.read(r.PostForm)
	save := r.PostForm.Get("save") != ""
	if save && !s.may(w, r, record.ScopePredict) {
		return nil
	}
	var said json.RawMessage
	if save {
		var found *requests.Prediction
		if found, err = s.from.Save(r, p.Name, v.Form.object(), v.Form.Note); err == nil {
			http.Redirect(w, r, path("pipelines", p.Name)+"?prediction="+url.QueryEscape(found.ID)+"&done=saved#answer", http.StatusSeeOther)
			return nil
		}
	} else {
		said, err = s.from.Predict(r, p.Name, v.Form.object())
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
	return s.renderTry(w, r, http.StatusOK, v)
}

// outcome notes what came true of a saved prediction.
func (s *tryPages) outcome(w http.ResponseWriter, r *http.Request) error {
	p, err := findPipeline(s.pipelines, r)
	if err != nil {
		return err
	}
	text := r.PostFormValue("outcome")
	if strings.TrimSpace(text) == "" {
		return diag.New("no outcome is given", "write what came true")
	}
	if err := s.from.SetOutcome(r, p.Name, r.PathValue("id"), outcomeOf(text, p)); err != nil {
		return err
	}
	http.Redirect(w, r, path("pipelines", p.Name)+"?done=outcome#saved", http.StatusSeeOther)
	return nil
}

// Heading is what a pipeline is called on pages.
func (p *Pipeline) Heading() string {
	if p.Title != "" {
		return p.Title
	}
	return p.Name
}
