package pages

import (
	"net/http"
	"net/url"
)

type notebookView struct {
	frame
	*Pipeline
	Tab string
	// Source is where the notebook itself is; "" when there is none.
	Source string
	// Follow is where to ask for what is new; "" of a notebook that stays as it is.
	Follow string
}

// notebookPages are a pipeline's notebook, and the page around it.
type notebookPages struct {
	*site
	pipelines Pipelines
	from      Notebooks
	runs      Runs
}

// notebook frames the notebook of a pipeline's latest run, or of the run that
// the query names.
func (s *notebookPages) notebook(w http.ResponseWriter, r *http.Request) error {
	p, err := findPipeline(s.pipelines, r)
	if err != nil {
		return err
	}
	run := r.URL.Query().Get("run")
	page, err := s.from.Notebook(r.Context(), p.Name, run)
	if err != nil {
		return err
	}
	v := &notebookView{frame: s.frame(r, "Notebook of "+p.Name, "pipelines"), Pipeline: p, Tab: "notebook"}
	if page != nil {
		v.Source = path("pipelines", p.Name, "notebook", "page")
		if run != "" {
			v.Source += "?run=" + url.QueryEscape(run)
		} else {
			v.Follow = path("pipelines", p.Name, "notebook", "latest")
		}
		v.Wide = true
	}
	return s.render(w, r, http.StatusOK, "notebook", v)
}

// notebookPolicy takes the notebook's origin away, so that nothing in it can
// reach the server, whatever it is. Which style and script it may use says the
// policy that it was written with, by their digests.
const notebookPolicy = "sandbox allow-scripts; connect-src 'none'; font-src 'none'; frame-src 'none'; img-src data:; media-src 'none'; " +
	"object-src 'none'; worker-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// notebookPage is the notebook itself.
func (s *notebookPages) notebookPage(w http.ResponseWriter, r *http.Request) error {
	p, err := findPipeline(s.pipelines, r)
	if err != nil {
		return err
	}
	page, err := s.from.Notebook(r.Context(), p.Name, r.URL.Query().Get("run"))
	if err != nil {
		return err
	}
	if page == nil {
		return errNothing
	}
	w.Header().Set("Content-Security-Policy", notebookPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(page)
	return nil
}

// offline is the page by which the champion predicts without a server: kept from this
// one as the notebook is.
func (s *notebookPages) offline(w http.ResponseWriter, r *http.Request) error {
	p, err := findPipeline(s.pipelines, r)
	if err != nil {
		return err
	}
	page, err := s.from.Offline(r.Context(), p.Name)
	if err != nil {
		return err
	}
	if page == nil || r.PathValue("folder") != p.Name {
		return errNothing
	}
	w.Header().Set("Content-Security-Policy", notebookPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(page)
	return nil
}
