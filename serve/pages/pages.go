// Package pages is what people see of the server in a browser: the pipelines
// with a form to try each, its notebook and the predictions that were saved;
// the models and who moved the champion; the runs; the requests.
//
// Everything is rendered here and works without a script: forms are sent and
// answered with a page. The one script makes it smoother: it sends forms
// without leaving the page, and follows a run while it goes on. Nothing comes
// from elsewhere, and the Content-Security-Policy lets nothing in.
//
// Backend is all that the pages know of the server; each page knows its part.
package pages

import (
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
)

// Options are what the pages are made from.
type Options struct {
	Backend Backend
	// Cookie is the name of the session's cookie.
	Cookie string
	// Base is the path that a browser finds all pages below, "" for none. It is
	// not in the paths of requests.
	Base string
	// MaxFile bounds a file that is sent to be answered, in bytes; 0 means 10 MB.
	MaxFile int64
	// Log is told of failures; nil drops them.
	Log *slog.Logger
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
}

// site is what every page needs.
type site struct {
	access    Access
	session   string // the name of the session's cookie
	base      string
	links     *strings.Replacer // puts base before the links of a page; nil: no base
	maxFile   int64
	log       *slog.Logger
	clock     func() time.Time
	templates *template.Template
	drawn     drawings
	assets    map[string]asset
	origin    *http.CrossOriginProtection
}

// maxForm bounds what a form may send, in bytes.
const maxForm = 2 << 20

// New gives the handler of every page: of /, /pipelines/, /models, /runs,
// /requests, /glossary, /keys, /audit, /login, /logout and /static/. Other paths are answered with a page
// that says that there is nothing.
func New(o Options) *Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.MaxFile == 0 {
		o.MaxFile = 10e6
	}
	b := o.Backend
	s := &site{maxFile: o.MaxFile, access: b, session: o.Cookie, base: o.Base, links: below(o.Base), log: o.Log, clock: o.Clock, assets: assets(), origin: http.NewCrossOriginProtection()}
	s.templates = s.parse()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /static/{name}", s.static)
	mux.HandleFunc("GET /login", s.loginPage)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /logout", s.logout)

	read := func(pattern string, h handler) { mux.HandleFunc(pattern, s.handle(h, "")) }
	change := func(pattern string, scope record.Scope, h handler) { mux.HandleFunc(pattern, s.handle(h, scope)) }
	read("GET /{$}", (&homePage{s, b}).home)
	try := &tryPages{s, b, b, b, b, b, &sheets{clock: o.Clock}}
	read("GET /pipelines/{pipeline}", try.try)
	read("POST /pipelines/{pipeline}/predict", try.predict)
	read("POST /pipelines/{pipeline}/what-if", try.whatIf)
	read("POST /pipelines/{pipeline}/file", try.file)
	read("GET /pipelines/{pipeline}/file/{id}", try.sheetPage)
	read("GET /pipelines/{pipeline}/file/{id}/answers.csv", try.sheetFile)
	change("POST /pipelines/{pipeline}/predictions/{id}/outcome", record.ScopePredict, try.outcome)
	cells := &cellPages{s, b, b, b}
	read("GET /pipelines/{pipeline}/data", cells.data)
	read("GET /pipelines/{pipeline}/training", cells.training)
	notebook := &notebookPages{s, b, b, b}
	read("GET /pipelines/{pipeline}/notebook", notebook.notebook)
	read("GET /pipelines/{pipeline}/notebook/page", notebook.notebookPage)
	read("GET /pipelines/{pipeline}/notebook/latest", notebook.latest)
	read("GET /pipelines/{pipeline}/notebook/{folder}/model.html", notebook.offline) // as notebooks link it
	read("GET /pipelines/{pipeline}/drift", (&watchPage{s, b, b}).watch)
	read("GET /pipelines/{pipeline}/batches", (&batchPages{s, b, b}).batches)
	models := &modelPages{s, b}
	read("GET /models", models.models)
	read("GET /models/{model}", models.model)
	read("GET /models/{model}/promote", models.promotePage)
	change("POST /models/{model}/promote", record.ScopePromote, models.promote)
	read("GET /models/{model}/rollback", models.rollbackPage)
	change("POST /models/{model}/alias", record.ScopePromote, models.alias)
	change("POST /models/{model}/rollback", record.ScopePromote, models.rollback)
	train := &trainPages{s, b, b, b}
	read("GET /runs/new", train.trainPage)
	change("POST /runs/new", record.ScopeTrain, train.train)
	runs := &runPages{s, b, b, b, b}
	change("POST /runs/{run}/stop", record.ScopeTrain, runs.stop)
	change("POST /runs/{run}/remark", record.ScopeTrain, runs.remark)
	change("POST /runs/{run}/again", record.ScopeTrain, runs.again)
	read("GET /runs", runs.runs)
	read("GET /runs/compare", runs.compare)
	read("GET /runs/{run}", runs.run)
	read("GET /runs/{run}/rows", runs.mistaken)
	requests := &requestPages{s, b, b}
	read("GET /requests", requests.requests)
	read("GET /requests/{id}", requests.request)
	read("GET /glossary", s.glossary)
	access := &keyPages{s, b}
	change("GET /keys", record.ScopeAdmin, access.keys)
	change("POST /keys", record.ScopeAdmin, access.create)
	change("POST /keys/{key}/rotate", record.ScopeAdmin, access.rotate)
	change("POST /keys/{key}/expire", record.ScopeAdmin, access.expire)
	change("POST /keys/{key}/revoke", record.ScopeAdmin, access.revoke)
	change("GET /audit", record.ScopeAdmin, access.audit)
	read("/", func(http.ResponseWriter, *http.Request) error { return errNothing })
	return &Handler{s.guard(mux), s, b}
}

// Handler answers with the pages.
type Handler struct {
	http.Handler
	site *site
	from Standing
}

// Draw draws what the tabs of a pipeline show of a run that has ended, so that nobody has
// to wait for it. Of more than a few runs what was drawn first is forgotten.
func (h *Handler) Draw(ctx context.Context, run string) error {
	for _, kinds := range [][]string{dataKinds, trainingKinds} {
		if _, _, err := h.site.drawn.cells(ctx, h.from, run, true, kinds...); err != nil {
			return err
		}
	}
	return nil
}

// parseForm reads the form that a request sends.
func parseForm(r *http.Request) error {
	err := r.ParseForm()
	var large *http.MaxBytesError
	if err == nil || errors.As(err, &large) {
		return err
	}
	return diag.New("the form cannot be read: "+err.Error(), "send it from this page again")
}

// handler answers a request, or says why it cannot.
type handler func(w http.ResponseWriter, r *http.Request) error

// errNothing is answered with a 404.
var errNothing = errors.New("there is nothing here")

// policy lets the page's own files in and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard sets what protects every answer, and refuses what other origins send.
func (s *site) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if err := s.origin.Check(r); err != nil {
			s.oops(w, r, http.StatusForbidden, "A page of another origin may not do this.", "")
			return
		}
		most := int64(maxForm)
		if isFile(r) {
			most = s.maxFile
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
		next.ServeHTTP(w, r)
	})
}

// isFile says whether a form comes with files, which only what answers files reads.
func isFile(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data")
}

// handle calls a handler for those who may, and sends others to sign in; scope is
// what it changes something of, "" where it does not.
func (s *site) handle(h handler, scope record.Scope) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.access.MayRead(r) {
			s.askToken(w, r)
			return
		}
		if scope != "" && !s.may(w, r, scope) {
			return
		}
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	}
}

// may says whether the sender of a request may change what a scope is for, and
// answers those who may not: who is not signed in is sent to do so.
func (s *site) may(w http.ResponseWriter, r *http.Request, scope record.Scope) bool {
	switch who := s.access.Who(r); {
	case s.access.May(r, scope):
		return true
	case who == "":
		s.askToken(w, r)
	default:
		s.oops(w, r, http.StatusForbidden, "The key "+who+" does not allow this.", "It lacks the scope "+string(scope)+". Sign out, and in again with another.")
	}
	return false
}

// fail answers with a page that says what is wrong, as far as that is a
// person's business.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	var wrong *diag.Error
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, errNothing):
		s.oops(w, r, http.StatusNotFound, "There is nothing here.", "")
	case errors.Is(err, errNotHeld):
		s.oops(w, r, http.StatusNotFound, sentence(err.Error()), "They are for an hour: send the file again.")
	case errors.As(err, &wrong):
		s.oops(w, r, http.StatusUnprocessableEntity, sentence(wrong.What), sentence(wrong.Hint))
	case errors.Is(err, record.ErrQueueFull), errors.Is(err, record.ErrEnded):
		s.oops(w, r, http.StatusConflict, sentence(err.Error()), "")
	case errors.As(err, &large):
		s.oops(w, r, http.StatusRequestEntityTooLarge, "That is more than a form may send.", "Use the API for long texts.")
	case r.Context().Err() != nil: // whoever asked is gone
		s.oops(w, r, http.StatusServiceUnavailable, "This page could not be finished in time.", "")
	default:
		s.log.Error("page", "method", r.Method, "path", r.URL.Path, "error", err)
		s.oops(w, r, http.StatusInternalServerError, "Something went wrong here.", "The log says what.")
	}
}

type oopsView struct {
	frame
	Heading, Hint string
}

func (s *site) oops(w http.ResponseWriter, r *http.Request, status int, heading, hint string) {
	s.render(w, r, status, "oops", &oopsView{frame: s.frame(r, heading, ""), Heading: heading, Hint: hint})
}

// sentence makes a clause one: with a capital and a full stop.
func sentence(clause string) string {
	if clause == "" {
		return ""
	}
	if first := clause[0]; 'a' <= first && first <= 'z' {
		clause = strings.ToUpper(clause[:1]) + clause[1:]
	}
	if !strings.ContainsAny(clause[len(clause)-1:], ".?!") {
		clause += "."
	}
	return clause
}
