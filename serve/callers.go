package serve

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"labbook/internal/data/record"
	"labbook/internal/store/keys"
)

// Caller is who a request is from, as far as a key says.
type Caller struct {
	Name      string   // of the key; keys.Token for the server's token, "" for nobody
	pipelines []string // that it is bound to; none: every
	scopes    scopes
	until     time.Time // zero: for ever
	secret    string    // digest of what was shown
}

// scopes is a set of scopes.
type scopes uint

func scopesOf(list ...record.Scope) scopes {
	var s scopes
	for _, scope := range list {
		s |= 1 << slices.Index(record.Scopes, scope)
	}
	if s&(1<<slices.Index(record.Scopes, record.ScopeAdmin)) != 0 {
		s = everything
	}
	return s
}

const everything = ^scopes(0)

// nobody asks without a key.
var nobody = &Caller{}

// may says whether the caller has one of some scopes.
func (c *Caller) may(some scopes) bool { return c.scopes&some != 0 }

// orNobody gives nobody for nil.
func (c *Caller) orNobody() *Caller {
	if c == nil {
		return nobody
	}
	return c
}

// actor is what histories call the caller.
func (c *Caller) actor() string {
	if c.Name == keys.Token {
		return keys.Token
	}
	return "key " + c.Name
}

// callers are those who are known at a moment.
type callers struct {
	bySecret map[string]*Caller // by the hex of a digest, as ledgers have it
	sessions map[string]*Caller
}

// That what is shown is looked up by its digest tells nothing of it by the time
// that takes: how much of a digest is right says nothing about a secret.

// register knows who has which key, and who is signed in. It follows the ledger,
// so that a key that is made or ended anywhere is known everywhere soon.
type register struct {
	keys  *keys.Keys
	clock func() time.Time

	mu    sync.RWMutex
	token *Caller
	known callers

	again  bool // whether who is unknown is looked for in the ledger
	seek   sync.Mutex
	sought time.Time // when the last look began
}

// seekEvery is how often the ledger is read for who is unknown, at most.
const seekEvery = 100 * time.Millisecond

// look reads the ledger for somebody who is unknown, and says whether it did. Those who
// come at once share a look, and whoever tries secrets has to wait.
func (g *register) look() bool {
	if !g.again {
		return false
	}
	came := time.Now()
	g.seek.Lock()
	defer g.seek.Unlock()
	if g.sought.After(came) {
		return true
	}
	time.Sleep(time.Until(g.sought.Add(seekEvery)))
	g.sought = time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	return g.refresh(ctx) == nil
}

func newRegister(k *keys.Keys, token string, clock func() time.Time, again bool) *register {
	g := &register{keys: k, clock: clock, again: again}
	g.setToken(token)
	return g
}

// setToken has another token open everything from now on.
func (g *register) setToken(token string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.token = &Caller{Name: keys.Token, scopes: everything, secret: keys.Digest(token)}
}

// refresh reads the ledger.
func (g *register) refresh(ctx context.Context) error {
	all, err := g.keys.List(ctx)
	if err != nil {
		return err
	}
	sessions, err := g.keys.Sessions(ctx)
	if err != nil {
		return err
	}
	known := callers{map[string]*Caller{}, map[string]*Caller{}}
	for _, k := range all {
		if !k.Revoked.IsZero() {
			continue
		}
		for _, s := range k.Secrets {
			until := k.Expires
			if until.IsZero() || !s.Expires.IsZero() && s.Expires.Before(until) {
				until = s.Expires
			}
			known.bySecret[s.Digest] = &Caller{Name: k.Name, pipelines: k.Pipelines, scopes: scopesOf(k.Scopes...), until: until, secret: s.Digest}
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.known = known
	for _, s := range sessions {
		g.admit(&s)
	}
	return nil
}

// admit lets a session in, for as long as the secret that it began with opens
// something. The lock is held.
func (g *register) admit(s *record.Session) {
	of := g.known.bySecret[s.Secret]
	if s.Secret == g.token.secret {
		of = g.token
	}
	if of == nil {
		return
	}
	c := *of
	if c.until.IsZero() || s.Expires.Before(c.until) {
		c.until = s.Expires
	}
	g.known.sessions[s.Digest] = &c
}

// bySecret gives who shows a secret, or nil.
func (g *register) bySecret(secret string) *Caller {
	sum := keys.Digest(secret)
	find := func() *Caller {
		g.mu.RLock()
		defer g.mu.RUnlock()
		if sum == g.token.secret {
			return g.token
		}
		return g.living(g.known.bySecret[sum])
	}
	if c := find(); c != nil || !g.look() {
		return c
	}
	return find()
}

// byCookie gives whose session a cookie is of, or nil.
func (g *register) byCookie(cookie string) *Caller {
	sum := keys.Digest(cookie)
	find := func() *Caller {
		g.mu.RLock()
		defer g.mu.RUnlock()
		c := g.living(g.known.sessions[sum])
		if c != nil && c.Name == keys.Token && c.secret != g.token.secret {
			return nil // the token is another one by now
		}
		return c
	}
	if c := find(); c != nil || !g.look() {
		return c
	}
	return find()
}

func (g *register) living(c *Caller) *Caller {
	if c == nil || !c.until.IsZero() && !g.clock().Before(c.until) {
		return nil
	}
	return c
}

// of gives who a request is from: nobody where it shows nothing, nil where what
// it shows opens nothing. Cookies count unless a page of another origin asks.
func (g *register) of(r *http.Request, cookies bool) *Caller {
	if shown := r.Header["Authorization"]; len(shown) > 0 {
		scheme, secret, ok := strings.Cut(shown[0], " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return nil
		}
		return g.bySecret(secret)
	}
	if cookies && len(r.Header["Cookie"]) > 0 {
		if cookie, err := r.Cookie(SessionCookie); err == nil {
			return g.byCookie(cookie.Value)
		}
	}
	return nobody
}

// SessionCookie is the cookie by which pages know a browser that a key was shown
// in.
const SessionCookie = "labbook_session"

// sessionLasts is how long a session lasts at most.
const sessionLasts = 12 * time.Hour

// begin begins a session of who shows a secret that c has.
func (g *register) begin(c *Caller, client string) (cookie string, err error) {
	cookie, err = g.keys.Begin(c.Name, c.secret, sessionLasts, keys.Who{Actor: c.actor(), Client: client})
	if err != nil {
		return "", err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.admit(&record.Session{Digest: keys.Digest(cookie), Key: c.Name, Secret: c.secret, Expires: g.clock().Add(sessionLasts)})
	return cookie, nil
}

// end ends a session.
func (g *register) end(cookie, client string) error {
	c := g.byCookie(cookie)
	if c == nil {
		return nil
	}
	g.mu.Lock()
	delete(g.known.sessions, keys.Digest(cookie))
	g.mu.Unlock()
	return g.keys.End(c.Name, cookie, keys.Who{Actor: c.actor(), Client: client})
}

// callerKey is where handlers find a caller that is bound to pipelines.
type callerKey struct{}

// mayPipeline says whether whoever asks may ask about a pipeline; "" is what is
// about none.
func mayPipeline(ctx context.Context, pipeline string) bool {
	c, bound := ctx.Value(callerKey{}).(*Caller)
	return !bound || slices.Contains(c.pipelines, pipeline)
}

// listed gives the pipeline that a list is to be of: what was asked for, and
// for whoever is bound to one that one. Whoever is bound has to ask for one.
func listed(ctx context.Context, asked string) (string, error) {
	c, bound := ctx.Value(callerKey{}).(*Caller)
	switch {
	case !bound || slices.Contains(c.pipelines, asked):
		return asked, nil
	case asked == "" && len(c.pipelines) == 1:
		return c.pipelines[0], nil
	}
	return "", problem(http.StatusForbidden, "this key is bound to pipelines: ask for one of them, with pipeline="+strings.Join(c.pipelines, " or pipeline="))
}
