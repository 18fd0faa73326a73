package serve

import (
	"encoding/json"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/swaggest/swgui"
	"github.com/swaggest/swgui/v5emb"
)

// fixedRoutes gives the handler of everything that is not the API: health,
// metrics, documentation, and the pages.
func (s *Server) fixedRoutes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", s.serveHealth)
	mux.HandleFunc("GET /readyz", s.serveReady)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.meters.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /openapi.json", s.serveOpenAPI)
	docs := v5emb.NewHandlerWithConfig(swgui.Config{Title: "labbook API", SwaggerJSON: "/openapi.json", BasePath: "/docs/",
		SettingsUI: map[string]string{"tryItOutEnabled": "true", "defaultModelsExpandDepth": "0", "validatorUrl": "null", "operationsSorter": sorter}})
	mux.Handle("GET /docs/", s.signedIn(withPolicy(docs)))
	mux.Handle("GET /docs", http.RedirectHandler("/docs/", http.StatusMovedPermanently))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if s.pages != nil {
			s.pages.ServeHTTP(w, r)
			return
		}
		if r.URL.Path == "/" {
			http.Redirect(w, r, "/docs/", http.StatusFound)
			return
		}
		w.(*exchange).fail(problem(http.StatusNotFound, "there is nothing at "+cut(r.URL.Path)))
	})
	return mux
}

// signedIn sends whoever may not read to sign in, where there is a page for it.
func (s *Server) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.options.Public && s.options.Pages != nil && !s.guard.Authorized(r) {
			http.Redirect(w, r, "/login?next=/docs/", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sorter is the script by which the documentation sorts the operations of a
// group: what most people come for stands first.
const sorter = `(a, b) => {
	const last = ["/predictions/{id}", "/predictions", "/similar", "/predict"];
	const rank = (o) => -last.findIndex((end) => o.get("path").endsWith(end));
	return rank(a) - rank(b) || a.get("path").localeCompare(b.get("path"));
}`

// withPolicy lets the documentation load what it brings itself, and nothing
// from elsewhere. Swagger UI starts from a script and styles within its page.
func withPolicy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy",
			"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
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

// readiness is what /readyz answers.
type readiness struct {
	Status    string            `json:"status"` // "ready", "degraded", "unavailable"
	Serving   map[string]int    `json:"serving"`
	Problems  map[string]string `json:"problems,omitempty"`
	Recording string            `json:"recording"`
}

// serveReady says whether requests can be answered: whether the records can be
// written and no pipeline is without a model. A champion that was refused
// degrades, for the one before it answers.
func (s *Server) serveReady(w http.ResponseWriter, r *http.Request) {
	snap := s.current.Load()
	status := http.StatusOK
	answer := readiness{Status: "ready", Serving: map[string]int{}, Problems: map[string]string{}, Recording: "ok"}
	for name, made := range snap.services {
		answer.Serving[name] = made.Version.Version
		if made.Refused != "" {
			answer.Status, answer.Problems[name] = "degraded", "the champion was refused; the one before it answers"
		}
	}
	for name := range snap.problems {
		status, answer.Status, answer.Problems[name] = http.StatusServiceUnavailable, "unavailable", "its champion cannot be loaded; the log says why"
	}
	if err := s.options.Requests.Ping(r.Context()); err != nil {
		status, answer.Status, answer.Recording = http.StatusServiceUnavailable, "unavailable", "the database of requests cannot be reached"
	}
	if !s.ready.Load() {
		status, answer.Status = http.StatusServiceUnavailable, "shutting down"
	}
	answerJSON(w, status, answer)
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
