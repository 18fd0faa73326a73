package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"labbook/serve/refusal"
)

// fixedRoutes gives the handler of everything that is not the API: health,
// metrics, documentation, and the pages.
func (s *Server) fixedRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.serveHealth)
	mux.HandleFunc("GET /readyz", s.serveReady)
	// The same, as clients of other servers ask for it.
	mux.HandleFunc("GET /v2/health/live", func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusOK, map[string]bool{"live": true})
	})
	mux.HandleFunc("GET /v2/health/ready", s.serveReady)
	mux.HandleFunc("GET /ping", s.serveReady)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.meters.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /openapi.json", s.serveOpenAPI)
	mux.Handle("GET /docs/", s.signedIn(withPolicy(documentation(s.options.Behind.Base))))
	mux.Handle("GET /docs", http.RedirectHandler("/docs/", http.StatusMovedPermanently))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if isProbe(r.URL.Path) || r.URL.Path == "/metrics" || r.URL.Path == "/openapi.json" {
			x := w.(*exchange)
			x.fail(problem(http.StatusMethodNotAllowed, r.URL.Path+" takes GET, not "+r.Method))
			x.header.Set("Allow", http.MethodGet)
			return
		}
		if wantsJSON(r) {
			w.(*exchange).fail(problem(http.StatusNotFound, "there is nothing in JSON at "+refusal.Cut(r.URL.Path)+": the API is below "+s.options.Behind.Base+"/v1, and "+s.options.Behind.Base+"/openapi.json describes it"))
			return
		}
		if s.pages != nil {
			s.pages.ServeHTTP(w, r)
			return
		}
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/docs/", http.StatusFound)
			return
		}
		w.(*exchange).fail(problem(http.StatusNotFound, "there is nothing at "+refusal.Cut(r.URL.Path)))
	})
	return mux
}

func (s *Server) serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	document, err := s.current.Load().openapi()
	if err != nil {
		w.(*exchange).fail(err)
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	w.Write(document)
}

// serveHealth says that the process is alive.
func (s *Server) serveHealth(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, map[string]string{"status": "alive"})
}

// The states of readiness.
const (
	ready       = "ready"
	degraded    = "degraded"    // something is wrong, and answers are given
	unavailable = "unavailable" // none are
	ending      = "shutting down"
)

// readiness is what /readyz answers.
type readiness struct {
	Status    string                   `json:"status"`
	Ready     bool                     `json:"ready"` // for clients of the Open Inference Protocol
	Recording string                   `json:"recording"`
	Pipelines map[string]pipelineState `json:"pipelines"`
}

// pipelineState is whether a pipeline answers.
type pipelineState struct {
	Status  string `json:"status"`
	Version int    `json:"version,omitempty"` // that answers
	Problem string `json:"problem,omitempty"`
}

// proveFor is how long a record may take to be made before the server counts as
// not ready.
const proveFor = 2 * time.Second

// serveReady says whether requests can be answered: whether a record can be
// written, which is tried, and any pipeline has a model. One that has none, or
// whose champion was refused so that the version before it answers, degrades the
// server and takes nothing from the others.
func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	snap := s.current.Load()
	answer := readiness{Status: ready, Recording: "ok", Pipelines: map[string]pipelineState{}}
	for name, made := range snap.endpoints {
		state := pipelineState{Status: ready, Version: made.Version.Version}
		if made.Refused != "" {
			answer.Status, state.Status, state.Problem = degraded, degraded, "the champion was refused; the one before it answers"
		}
		answer.Pipelines[name] = state
	}
	for name := range snap.problems {
		answer.Status = degraded
		answer.Pipelines[name] = pipelineState{Status: unavailable, Problem: "its champion cannot be loaded; the log says why"}
	}
	if len(snap.problems) > 0 && len(snap.endpoints) == 0 {
		answer.Status = unavailable
	}
	proving, cancel := context.WithTimeout(r.Context(), proveFor)
	defer cancel()
	if err := s.options.Requests.Prove(proving); err != nil {
		s.options.Log.Error("records cannot be written", "error", err)
		answer.Status, answer.Recording = unavailable, "records cannot be written, so nothing is answered; the log says why"
	}
	if !s.ready.Load() {
		answer.Status = ending
	}
	status := http.StatusOK
	if answer.Status == unavailable || answer.Status == ending {
		status = http.StatusServiceUnavailable
	}
	answer.Ready = status == http.StatusOK
	answerJSON(w, status, answer)
}

// isProbe says whether a path is asked by machines that watch this one. They are
// let in whatever others do, and not recorded: they ask whether that can be done.
func isProbe(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == "/ping" || strings.HasPrefix(path, "/v2/health/")
}

func answerJSON(w http.ResponseWriter, status int, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		panic("serve: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(data, '\n'))
}
