package serve

import (
	"context"
	"net/http"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/keys"
	"labbook/serve/pages"
)

// caller gives who a request is from, if that may see pages: they show every
// pipeline, so a key that is bound to some does not open them.
func (b *backend) caller(r *http.Request) *Caller {
	c := b.server.guard.register.of(r, true).orNobody()
	if len(c.pipelines) > 0 || !c.may(toRead) {
		return nobody
	}
	return c
}

// MayRead implements pages.Access.
func (b *backend) MayRead(r *http.Request) bool {
	return !b.server.options.Public || b.caller(r) != nobody
}

// May implements pages.Access.
func (b *backend) May(r *http.Request, scope record.Scope) bool {
	some := scopesOf(scope)
	if scope == record.ScopeAdmin {
		some = toRule
	}
	return b.caller(r).may(some)
}

// Who implements pages.Access.
func (b *backend) Who(r *http.Request) string { return b.caller(r).Name }

// SignIn implements pages.Access.
func (b *backend) SignIn(r *http.Request, secret string) (cookie string, lasts time.Duration, err error) {
	g := b.server.guard
	if !g.signIns.Allow(clientOf(r)) {
		return "", 0, pages.ErrTooOften
	}
	c := g.register.bySecret(secret)
	switch {
	case c == nil:
		b.server.options.Log.Warn("a sign-in was refused", "client", clientOf(r))
		return "", 0, pages.ErrWrongKey
	case len(c.pipelines) > 0:
		return "", 0, diag.New("this key is bound to pipelines, and pages show all of them", "")
	case !c.may(toRead):
		return "", 0, diag.New("this key lacks the scope read, which pages need", "")
	}
	cookie, err = g.register.begin(c, clientOf(r))
	return cookie, sessionLasts, err
}

// SignOut implements pages.Access.
func (b *backend) SignOut(r *http.Request) error {
	cookie, err := r.Cookie(SessionCookie)
	if err != nil {
		return nil // there is none to end
	}
	return b.server.guard.register.end(cookie.Value, clientOf(r))
}

func (b *backend) who(r *http.Request) keys.Who {
	return keys.Who{Actor: b.caller(r).actor(), Client: clientOf(r)}
}

// changed has the server know of a change of keys at once.
func (b *backend) changed(r *http.Request, err error) error {
	if err != nil {
		return err
	}
	return b.server.guard.register.refresh(context.WithoutCancel(r.Context()))
}

// Keys implements pages.Keys.
func (b *backend) Keys(ctx context.Context) ([]*record.Key, error) {
	return b.server.options.Keys.List(ctx)
}

// CreateKey implements pages.Keys.
func (b *backend) CreateKey(r *http.Request, key *record.Key) (string, error) {
	secret, err := b.server.options.Keys.Create(key, b.who(r))
	return secret, b.changed(r, err)
}

// RotateKey implements pages.Keys.
func (b *backend) RotateKey(r *http.Request, name string, overlap time.Duration) (string, error) {
	secret, err := b.server.options.Keys.Rotate(r.Context(), name, overlap, b.who(r))
	return secret, b.changed(r, err)
}

// ExpireKey implements pages.Keys.
func (b *backend) ExpireKey(r *http.Request, name string, when time.Time) error {
	return b.changed(r, b.server.options.Keys.Expire(r.Context(), name, when, b.who(r)))
}

// RevokeKey implements pages.Keys.
func (b *backend) RevokeKey(r *http.Request, name string) error {
	return b.changed(r, b.server.options.Keys.Revoke(r.Context(), name, b.who(r)))
}

// Trail implements pages.Keys.
func (b *backend) Trail(ctx context.Context, before time.Time, limit int) ([]record.Event, error) {
	return b.server.options.Keys.Trail(ctx, before, limit)
}
