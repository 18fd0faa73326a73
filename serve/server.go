// Package serve is the server: a REST API over the champions of the registry,
// which it follows without a restart, and over the ledger of runs.
//
// A request goes through Server.ServeHTTP: guarded (guard.go), read, answered
// by the handlers of the current snapshot (snapshot.go), recorded (exchange.go),
// and only then sent. A snapshot is everything that is served at a moment: one
// endpoint per pipeline with its model, its schema and its routes. It never
// changes; when the registry does, a new one is built beside it, has to
// reproduce the golden predictions of its models, and takes its place in one
// step (follow.go). Requests under way end with the snapshot that they began
// with.
package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"labbook/internal/store/comparison"
	"labbook/internal/store/keys"
	"labbook/serve/clients"
	"labbook/serve/refusal"
)

// Server answers requests. It is safe for concurrent use.
type Server struct {
	options Options
	guard   *guard
	bodies  *semaphore.Weighted // bytes of large bodies
	turns   *semaphore.Weighted // to answer them
	onces   onces
	batches *batches
	recalls *semaphore.Weighted // to read many recorded bodies
	// conversions are those of outputs into another form.
	conversions *semaphore.Weighted
	meters      *meters
	pages       http.Handler
	fixed       http.Handler // health, documentation, metrics

	current    atomic.Pointer[snapshot]
	refreshing sync.Mutex // one at a time builds snapshots
	loader     loader
	ready      atomic.Bool // false again while shutting down
	started    time.Time

	behind   *shadowing
	comparer *comparison.Comparer // takes one core, for predictions go on
	standing standing
}

// New makes a server and loads the champions. That a pipeline cannot be served
// is logged, and said by /readyz; it is no error here.
func New(ctx context.Context, o Options) (*Server, error) {
	o.Limits.defaults()
	def(&o.Poll, 500*time.Millisecond)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Token == "" || o.Keys == nil {
		panic("serve: no token or no keys")
	}
	s := &Server{options: o, bodies: semaphore.NewWeighted(max(o.Limits.Bodies, o.Limits.Body)), turns: newTurns(),
		recalls: semaphore.NewWeighted(recalls), conversions: semaphore.NewWeighted(1), started: o.Clock()}
	s.batches = newBatches(s)
	s.comparer = &comparison.Comparer{Registry: o.Registry, Ledger: o.Runs, Cores: 1}
	s.guard = newGuard(&s.options)
	s.meters = newMeters(s)
	s.behind = newShadowing(s)
	s.loader = loader{registry: o.Registry, runs: o.Runs, limits: &s.options.Limits, bundles: map[string]*model{}}
	s.fixed = s.fixedRoutes()
	if o.Pages != nil {
		s.pages = o.Pages(s)
	}
	s.current.Store(&snapshot{mux: http.NewServeMux(), others: newBesides()})
	if err := s.guard.register.refresh(ctx); err != nil {
		return nil, err
	}
	if err := s.Refresh(ctx); err != nil {
		return nil, err
	}
	s.ready.Store(true)
	return s, nil
}

// SetToken has another token open everything from now on, and ends the sessions
// that began with the one before.
func (s *Server) SetToken(token string) { s.guard.register.setToken(token) }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.meters.inFlight.Add(1)
	defer s.meters.inFlight.Add(-1)
	s.options.Behind.forwarded(r)
	entered := s.options.Behind.enter(r)
	x := s.begin(w, r)
	x.origin = s.options.Behind.invites(r)
	caller, err := s.guard.check(r, x.origin != "")
	if x.caller, x.record.Caller = caller, caller.Name; len(caller.pipelines) > 0 {
		r = r.WithContext(context.WithValue(r.Context(), callerKey{}, caller))
	}
	if err != nil {
		x.fail(err)
	} else if !entered {
		x.fail(problem(http.StatusNotFound, "everything here is below "+s.options.Behind.Base+"/"))
	} else if x.origin != "" && isPreflight(r) {
		x.preflight()
	} else if err := x.read(r); err != nil {
		x.fail(err)
		s.tellTooLarge(x, r)
	} else {
		s.once(x, r, func() { x.protect(s.handler(r), r) })
	}
	x.record.Route = routeOf(r)
	if x.streaming {
		return
	}
	if x.status >= 400 && strings.HasPrefix(x.header.Get("Content-Type"), "text/plain") { // of the library
		allow := x.header["Allow"]
		x.fail(problem(x.status, strings.ToLower(http.StatusText(x.status))+": "+r.Method+" "+refusal.Cut(r.URL.Path)))
		if allow != nil {
			x.header["Allow"] = allow
		}
	}
	x.revalidate(r)
	if recorded(r) || x.status >= 500 && !isProbe(r.URL.Path) {
		if !recorded(r) {
			x.drop() // forms of pages hold keys
		}
		if err := x.commit(); err != nil {
			s.options.Log.Error("not recorded", "request", x.record.ID, "error", err)
			s.batches.forget(x)
			x.fail(unrecorded(err))
		}
		s.batches.begin(x)
	}
	x.endTurn()
	s.audit(x, r)
	s.meters.observe(x)
	s.log(x, r)
	x.send()
	s.behind.offer(x)
	x.release()
}

// handler gives who answers.
func (s *Server) handler(r *http.Request) http.Handler {
	if isAPI(r.URL.Path) {
		return s.current.Load().mux
	}
	return s.fixed
}

// recorded says whether a request is kept: all of the API's are.
func recorded(r *http.Request) bool { return isAPI(r.URL.Path) }

// audit adds a line to the trail for what was changed and has none of its own:
// the champion's moves have, and predictions that are saved are requests, which
// name their caller.
func (s *Server) audit(x *exchange, r *http.Request) {
	if x.status >= 300 || x.replayed {
		return
	}
	n := needOf(r.Method, r.URL.Path)
	if !n.changes || n.some&(toAsk|toPromote) != 0 || !isAPI(r.URL.Path) {
		return
	}
	detail := "request " + x.record.ID
	subject := r.URL.Path
	if made := x.header.Get("Location"); made != "" {
		subject = made
	}
	if err := s.options.Keys.Note(keys.Who{Actor: x.caller.actor(), Client: x.record.Client}, r.Method+" "+x.record.Route, subject, detail); err != nil {
		s.options.Log.Error("not in the audit trail", "request", x.record.ID, "error", err)
	}
}

func isAPI(path string) bool {
	for _, area := range []string{"/v1", "/v2", "/invocations"} {
		if rest, ok := strings.CutPrefix(path, area); ok && (rest == "" || rest[0] == '/') {
			return !isProbe(path)
		}
	}
	return false
}

func (s *Server) log(x *exchange, r *http.Request) {
	level := slog.LevelDebug
	switch {
	case x.status >= 500:
		level = slog.LevelError
	case x.status >= 400:
		level = slog.LevelInfo
	}
	if !s.options.Log.Enabled(r.Context(), level) {
		return
	}
	s.options.Log.LogAttrs(r.Context(), level, "request", slog.String("request", x.record.ID), slog.String("method", r.Method),
		slog.String("path", r.URL.Path), slog.Int("status", x.status), slog.Duration("took", x.took()), slog.String("client", x.record.Client),
		slog.String("error", x.record.Error))
}

// libraryAdds is what net/http takes of a header beyond what it is told.
const libraryAdds = 4096

// Serve answers on a listener until ctx ends, and then finishes what it
// accepted. Certificate and key name PEM files, which are read again when they
// change; without them it speaks plain HTTP.
func (s *Server) Serve(ctx context.Context, l net.Listener, certificate, key string) error {
	limits := &s.options.Limits
	each := limits.PerClient
	if len(s.options.Behind.Proxies) > 0 {
		each = limits.Connections // they come for many
	}
	bounded := clients.NewConnections(l, limits.Connections, each)
	server := &http.Server{
		Handler: s, MaxHeaderBytes: limits.Header - libraryAdds, ConnState: bounded.State, ReadHeaderTimeout: min(5*time.Second, limits.Read), ReadTimeout: limits.Read,
		WriteTimeout: limits.Write, IdleTimeout: limits.Idle, ErrorLog: slog.NewLogLogger(s.options.Log.Handler(), slog.LevelDebug),
		// Streams end with the server and not with their request.
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.WithoutCancel(ctx), shutdownKey{}, ctx.Done())
		},
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	if certificate != "" {
		shown, err := newCertificate(certificate, key)
		if err != nil {
			return err
		}
		server.TLSConfig = &tls.Config{GetCertificate: shown.get}
		go shown.follow(following, s.options.Poll, s.options.Log)
	}
	go s.follow(following)
	worked := make(chan struct{})
	go func() { s.batches.work(following); close(worked) }()
	defer func() { stop(); <-worked }()
	go s.behind.work(following)
	if pages, ok := s.pages.(interface{ Warm(ctx context.Context) }); ok {
		go pages.Warm(following)
	}
	ended := make(chan error, 1)
	go func() {
		if certificate != "" {
			ended <- server.ServeTLS(bounded, "", "")
		} else {
			ended <- server.Serve(bounded)
		}
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	s.ready.Store(false)
	s.options.Log.Info("shutting down: finishing what was accepted")
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), limits.Shutdown)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

// shutdownKey is where streams find the channel that is closed when the server
// is to end.
type shutdownKey struct{}

func shuttingDown(ctx context.Context) <-chan struct{} {
	done, _ := ctx.Value(shutdownKey{}).(<-chan struct{})
	return done
}
