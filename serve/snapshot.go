package serve

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"labbook/internal/base/diag"
	"labbook/serve/refusal"
)

// snapshot is everything that is served at a moment. What it holds of champions never
// changes.
type snapshot struct {
	endpoints map[string]*Endpoint
	names     []string          // of endpoints, sorted
	problems  map[string]string // per pipeline that cannot be served at all
	mux       *http.ServeMux
	openapi   func() ([]byte, error) // the document, made when it is first asked for
	// state is what of the registry it was made from.
	state string
	// aliases are where names stand, by model, but for the champion's; others, which
	// alone grows, has the versions that answer beside the champions.
	aliases map[string]map[string]int
	others  *besides
	// canaries are by pipeline; of those without there is none.
	canaries map[string]*canary
	// shadows are asked beside champions, by pipeline; of those without there is none.
	shadows map[string]*shadow
}

// reserved are what else stands below /v1, so no pipeline can.
var reserved = []string{"models", "pipelines", "requests", "runs"}

// Reserved gives the names that no pipeline can have, for its answers would have
// no address.
func Reserved() []string { return slices.Clone(reserved) }

// newSnapshot makes the routes of endpoints.
func (s *Server) newSnapshot(endpoints map[string]*Endpoint, problems map[string]string, aliases map[string]map[string]int) *snapshot {
	snap := &snapshot{endpoints: endpoints, names: slices.Sorted(maps.Keys(endpoints)), problems: problems, mux: http.NewServeMux(), aliases: aliases, others: newBesides()}
	config := huma.DefaultConfig("labbook", s.options.Version)
	config.Info.Description = apiDescription
	config.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	config.Servers = []*huma.Server{{URL: s.options.Behind.Base + "/", Description: "This server."}}
	config.CreateHooks = nil // no "$schema" in answers
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.RejectUnknownQueryParameters = true
	config.Transformers = []huma.Transformer{asProblem(config.Components.Schemas)}
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "The server's token, or a key that `labbook keys create` made."}}
	api := humago.New(snap.mux, config)
	api.UseMiddleware(withExchange)
	for _, name := range snap.names {
		s.routeEndpoint(api, snap, endpoints[name])
	}
	s.routePipelines(api)
	s.routeModels(api)
	s.routeRuns(api)
	s.routeOutputs(api, snap.mux)
	s.routeJobs(api)
	s.routeRemarks(api)
	s.routeEvents(api, snap.mux)
	s.routeRequests(api)
	snap.routeProtocols(s)
	snap.mux.HandleFunc("/v1/", snap.notFound)
	snap.mux.HandleFunc("/v1", snap.notFound)
	// Requests are checked by what the document says: it does not change once
	// they come. Only its bytes are made when somebody asks for them.
	document := api.OpenAPI()
	s.complete(document, snap)
	snap.openapi = sync.OnceValues(func() ([]byte, error) { return written(document) })
	return snap
}

// notFound answers for paths and methods that there are not.
func (snap *snapshot) notFound(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	var allowed []string
	for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodPatch, http.MethodPost} {
		other := r.WithContext(r.Context())
		other.Method = method
		if _, pattern := snap.mux.Handler(other); !slices.Contains([]string{"", "/v1", "/v1/", "/v2/", "/invocations"}, pattern) {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) > 0 {
		x.fail(problem(http.StatusMethodNotAllowed, fmt.Sprintf("%s takes %s, not %s", r.URL.Path, strings.Join(allowed, " or "), r.Method)))
		x.header.Set("Allow", strings.Join(allowed, ", "))
		return
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/v1"), "/"), "/")
	detail := "there is nothing at " + refusal.Cut(r.URL.Path) + "; /docs says what there is"
	if why, known := snap.problems[name]; known {
		p := problem(http.StatusServiceUnavailable, "this pipeline cannot be served now; see /readyz")
		p.cause = errors.New(why)
		x.fail(p)
		return
	}
	if name != "" && strings.HasPrefix(r.URL.Path, "/v1/") && snap.endpoints[name] == nil && !slices.Contains(reserved, name) {
		detail = fmt.Sprintf("no pipeline called %q is served", refusal.Cut(name))
		if hint := diag.DidYouMean(refusal.Cut(name), snap.names); hint != "" {
			detail += "; " + hint
		}
	}
	x.fail(problem(http.StatusNotFound, detail))
}

// Endpoints gives what is served now, sorted by name.
func (s *Server) Endpoints() []*Endpoint {
	snap := s.current.Load()
	all := make([]*Endpoint, len(snap.names))
	for i, name := range snap.names {
		all[i] = snap.endpoints[name]
	}
	return all
}

// Endpoint gives the endpoint of a pipeline, or nil.
func (s *Server) Endpoint(name string) *Endpoint { return s.current.Load().endpoints[name] }
