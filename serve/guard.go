package serve

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
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
//   - What changes state needs the token, and when others can reach the
//     server, everything but health does.
//   - Clients may be bounded in their rate, but for health.
type guard struct {
	options *Options
	origin  *http.CrossOriginProtection
	rate    *clients.Rate
	token   [sha256.Size]byte
	session [sha256.Size]byte
}

func newGuard(o *Options) *guard {
	return &guard{options: o, origin: http.NewCrossOriginProtection(), rate: clients.NewRate(o.Limits.Rate, o.Clock),
		token: sha256.Sum256([]byte(o.Token)), session: sha256.Sum256([]byte(sessionOf(o.Token)))}
}

// SessionCookie is the cookie by which pages know a browser that showed the
// token once.
const SessionCookie = "labbook_session"

// sessionOf gives the cookie's value: it proves that the token was known, and
// does not tell it.
func sessionOf(token string) string {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte("labbook session"))
	return hex.EncodeToString(mac.Sum(nil))
}

// check says why the request may not be answered, or nil.
func (g *guard) check(r *http.Request) error {
	if !g.options.Public && !g.knownHost(r.Host) {
		return problem(http.StatusMisdirectedRequest, "this server answers only under the names of this machine, such as localhost")
	}
	if !isProbe(r.URL.Path) && !g.rate.Allow(clientOf(r)) {
		return problem(http.StatusTooManyRequests, "more requests a second than allowed; wait a little")
	}
	if err := g.origin.Check(r); err != nil {
		return problem(http.StatusForbidden, "a page of another origin may not do this")
	}
	if !g.needsToken(r) || g.Authorized(r) {
		return nil
	}
	return problem(http.StatusUnauthorized, "this needs the server's token: send the header Authorization: Bearer TOKEN")
}

// Authorized says whether the request comes with the token or a session of
// it. Comparing takes the same time whatever was sent.
func (g *guard) Authorized(r *http.Request) bool {
	if scheme, given, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		sum := sha256.Sum256([]byte(given))
		return subtle.ConstantTimeCompare(sum[:], g.token[:]) == 1
	}
	if cookie, err := r.Cookie(SessionCookie); err == nil {
		sum := sha256.Sum256([]byte(cookie.Value))
		return subtle.ConstantTimeCompare(sum[:], g.session[:]) == 1
	}
	return false
}

// needsToken says whether the request changes state, or comes from outside.
func (g *guard) needsToken(r *http.Request) bool {
	path := r.URL.Path
	switch {
	case isProbe(path):
		return false
	case g.options.Pages != nil && (isPage(path) || isDocs(path)):
		return false // they ask for themselves, and send people to sign in
	case g.options.Public:
		return true
	case r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions:
		return false
	}
	return !strings.HasSuffix(path, "/predict") && !strings.HasSuffix(path, "/similar")
}

// isPage says whether a path is none of the API and its documentation.
func isPage(path string) bool {
	for _, other := range []string{"/v1", "/docs", "/openapi.json", "/metrics"} {
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
