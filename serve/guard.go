package serve

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"labbook/serve/clients"
)

// guard decides who may ask for what:
//
//   - On loopback a request must be addressed to a name of this machine, so
//     that no page elsewhere reaches the server under a name of its own (DNS
//     rebinding).
//   - Browsers' requests from other origins may not change anything.
//   - What changes state needs a key with the scope for it, and when others can
//     reach the server, everything but health does (access.go).
//   - Clients may be bounded in their rate, but for health.
type guard struct {
	options  *Options
	register *register
	origin   *http.CrossOriginProtection
	rate     *clients.Rate
	signIns  *clients.Rate
}

// A client may try to sign in so many times at once, and so many a second later.
const (
	signInsAtOnce = 10
	signInsLater  = .1
)

func newGuard(o *Options) *guard {
	return &guard{options: o, register: newRegister(o.Keys, o.Token, o.Clock, o.Copies), origin: http.NewCrossOriginProtection(),
		rate: clients.NewRate(o.Limits.Rate, max(2*o.Limits.Rate, 1), o.Clock), signIns: clients.NewRate(signInsLater, signInsAtOnce, o.Clock)}
}

// check says why the request may not be answered, or nil, and who it is from.
// invited says that it is of a page of an allowed origin.
func (g *guard) check(r *http.Request, invited bool) (*Caller, error) {
	if !g.options.Public && !g.knownHost(r.Host) {
		return nobody, problem(http.StatusMisdirectedRequest, "this server answers only under the names of this machine, such as localhost")
	}
	if !isProbe(r.URL.Path) && !g.rate.Allow(clientOf(r)) {
		return nobody, problem(http.StatusTooManyRequests, "more requests a second than allowed; wait a little")
	}
	if err := g.origin.Check(r); err != nil && !invited {
		return nobody, problem(http.StatusForbidden, "a page of another origin may not do this")
	}
	if invited && isPreflight(r) {
		return nobody, nil
	}
	c := g.register.of(r, !invited)
	if g.options.Pages != nil && (isPage(r.URL.Path) || isDocs(r.URL.Path)) {
		return c.orNobody(), nil // they ask for themselves, and send people to sign in
	}
	return c.orNobody(), g.allow(c, needOf(r.Method, r.URL.Path))
}

// isPage says whether a path is none of the API and its documentation.
func isPage(path string) bool {
	for _, other := range []string{"/v1", "/v2", "/invocations", "/docs", "/openapi.json", "/metrics"} {
		if path == other || strings.HasPrefix(path, other+"/") {
			return false
		}
	}
	return true
}

func isDocs(path string) bool { return path == "/docs" || strings.HasPrefix(path, "/docs/") }

func (g *guard) knownHost(host string) bool {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	name = strings.Trim(name, "[]")
	if ip := net.ParseIP(name); ip != nil {
		return ip.IsLoopback() || slices.Contains(g.options.Hosts, name)
	}
	return strings.EqualFold(name, "localhost") || slices.Contains(g.options.Hosts, strings.ToLower(name))
}
