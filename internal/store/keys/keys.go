// Package keys decides what a key of the server is: what it is called, what it
// may do, for how long, and by which secret it is known. It knows no database:
// rows are asked for by an interface of its own.
//
// A secret is told once, when it is made, and only its SHA-256 is kept. It is
// drawn at random from 2^130, so a plain digest is enough: there is nothing to
// guess that salt and work would make slower. Keys and their names stay for
// ever; what ends is that they open something.
package keys

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/lazy"
	"labbook/internal/data/record"
)

// Ledger has the rows. Each change and its line of the audit trail are one
// transaction.
type Ledger interface {
	Keys(ctx context.Context) ([]*record.Key, error)
	PutKey(k *record.Key, e *record.Event) (taken bool, err error)
	PutSecret(name string, s *record.Secret, others time.Time, e *record.Event) error
	ExpireKey(name string, when time.Time, e *record.Event) (none bool, err error)
	RevokeKey(name string, when time.Time, e *record.Event) (none bool, err error)

	Sessions(ctx context.Context, now time.Time) ([]record.Session, error)
	PutSession(s *record.Session, e *record.Event) error
	EndSession(digest string, e *record.Event) (none bool, err error)

	PutEvent(e *record.Event) error
	Trail(ctx context.Context, before time.Time, limit int) ([]record.Event, error)
}

// Keys makes and ends keys. It is safe for concurrent use.
type Keys struct {
	ledger Ledger
	clock  func() time.Time
}

// New gives the keys of a ledger; a nil clock means time.Now.
func New(l Ledger, clock func() time.Time) *Keys {
	if clock == nil {
		clock = time.Now
	}
	return &Keys{l, clock}
}

// Who changes something, for the audit trail.
type Who struct {
	Actor  string // "cli", "key NAME"
	Client string // address; "" for who is no client of the server
}

// Token is the name of what is no key of the ledger: whoever can read the
// server's token may do everything.
const Token = "token"

// prefix begins every secret, so that one that got lost is recognised.
const prefix = "lb_"

// hinted is how many characters of a secret are kept.
const hinted = len(prefix) + 4

// NewSecret gives a secret and what is kept of it.
func NewSecret(now time.Time) (string, record.Secret) {
	secret := prefix + rand.Text()
	return secret, record.Secret{Digest: Digest(secret), Hint: secret[:hinted], Created: now}
}

// Digest gives what is kept of a secret, or of a session's cookie.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

var nameForm = lazy.Regexp(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// Create makes a key of that name, scopes, pipelines and end, and gives its
// secret. What does not fit is a *diag.Error, and so is a name that any key
// has or had.
func (k *Keys) Create(key *record.Key, who Who) (secret string, err error) {
	if err := check(key); err != nil {
		return "", err
	}
	now := k.clock()
	if !key.Expires.IsZero() && !key.Expires.After(now) {
		return "", &diag.Error{What: "the key would have expired already", Found: key.Expires.UTC().Format(time.RFC3339), Wanted: "a time to come"}
	}
	secret, kept := NewSecret(now)
	key.Created, key.Creator, key.Secrets = now, who.Actor, []record.Secret{kept}
	if key.Pipelines == nil {
		key.Pipelines = []string{}
	}
	taken, err := k.ledger.PutKey(key, k.event(who, "create key", key.Name, describe(key)))
	switch {
	case err != nil:
		return "", err
	case taken:
		return "", &diag.Error{What: "a key of this name is there, or was", Found: strconv.Quote(key.Name), Hint: "call it otherwise: a name in the records means one key for ever; a new secret for it makes `labbook keys rotate " + key.Name + "`"}
	}
	return secret, nil
}

// check says what of a new key does not fit, or nil.
func check(key *record.Key) error {
	switch {
	case !nameForm().MatchString(key.Name):
		return &diag.Error{What: "a key cannot have this name", Found: strconv.Quote(key.Name), Wanted: "small letters, digits, and . _ - between them, at most 64", Hint: "call it as who uses it, such as billing"}
	case key.Name == Token:
		return &diag.Error{What: "a key cannot have this name: the server's token is called so", Found: strconv.Quote(key.Name), Hint: "call it as who uses it, such as billing"}
	case len(key.Scopes) == 0:
		return &diag.Error{What: "nothing says what the key may do", Wanted: "scopes: " + ScopeNames(), Hint: "predict is enough for a client that asks for predictions"}
	}
	for i, scope := range key.Scopes {
		if !slices.Contains(record.Scopes, scope) {
			names := make([]string, len(record.Scopes))
			for j, s := range record.Scopes {
				names[j] = string(s)
			}
			return &diag.Error{What: "there is no such scope", Found: strconv.Quote(string(scope)), Wanted: ScopeNames(), Hint: diag.DidYouMean(string(scope), names)}
		}
		if slices.Contains(key.Scopes[:i], scope) {
			return &diag.Error{What: "a scope stands twice", Found: string(scope)}
		}
	}
	if slices.Contains(key.Scopes, record.ScopeAdmin) && len(key.Pipelines) > 0 {
		return &diag.Error{What: "a key that may make keys cannot be bound to pipelines", Found: strings.Join(key.Pipelines, ", "), Wanted: "other scopes, or no pipelines"}
	}
	for _, name := range key.Pipelines {
		if name == "" || len(name) > 100 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
			return &diag.Error{What: "no pipeline can be called so", Found: strconv.Quote(name), Wanted: "names of pipelines"}
		}
	}
	return nil
}

// ScopeNames gives all scopes as words.
func ScopeNames() string {
	names := make([]string, len(record.Scopes))
	for i, s := range record.Scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// describe says in words what a key may do.
func describe(key *record.Key) string {
	text := "may " + Words(key.Scopes)
	if len(key.Pipelines) > 0 {
		text += " of " + strings.Join(key.Pipelines, ", ")
	}
	if !key.Expires.IsZero() {
		text += " until " + key.Expires.UTC().Format(time.RFC3339)
	}
	return text
}

// Words gives scopes between commas.
func Words(scopes []record.Scope) string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// Rotate gives a key a new secret. Those that it has open for as long as overlap
// says, so that its users can change over.
func (k *Keys) Rotate(ctx context.Context, name string, overlap time.Duration, who Who) (secret string, err error) {
	if _, err := k.open(ctx, name); err != nil {
		return "", err
	}
	now := k.clock()
	secret, kept := NewSecret(now)
	until := now.Add(overlap)
	detail := "the secret before ends now"
	if overlap > 0 {
		detail = "the secret before ends at " + until.UTC().Format(time.RFC3339)
	}
	return secret, k.ledger.PutSecret(name, &kept, until, k.event(who, "rotate key", name, detail))
}

// Expire sets when a key ends; the zero time means never. One that expired may
// open again so, one that was revoked may not.
func (k *Keys) Expire(ctx context.Context, name string, when time.Time, who Who) error {
	key, err := k.find(ctx, name)
	if err != nil {
		return err
	}
	detail := "never ends"
	if !when.IsZero() {
		detail = "ends at " + when.UTC().Format(time.RFC3339)
	}
	none, err := k.ledger.ExpireKey(name, when, k.event(who, "expire key", name, detail))
	if err == nil && none {
		err = revoked(key)
	}
	return err
}

// Revoke ends a key for good.
func (k *Keys) Revoke(ctx context.Context, name string, who Who) error {
	key, err := k.find(ctx, name)
	if err != nil {
		return err
	}
	none, err := k.ledger.RevokeKey(name, k.clock(), k.event(who, "revoke key", name, ""))
	if err == nil && none {
		err = revoked(key)
	}
	return err
}

func revoked(key *record.Key) error {
	return diag.New("the key "+strconv.Quote(key.Name)+" is revoked already", "make another one: labbook keys create")
}

// List gives every key, sorted by name, with its secrets, the newest first.
func (k *Keys) List(ctx context.Context) ([]*record.Key, error) { return k.ledger.Keys(ctx) }

// find gives a key; that there is none is a *diag.Error.
func (k *Keys) find(ctx context.Context, name string) (*record.Key, error) {
	all, err := k.ledger.Keys(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(all))
	for i, key := range all {
		if key.Name == name {
			return key, nil
		}
		names[i] = key.Name
	}
	hint := diag.DidYouMean(name, names)
	if hint == "" {
		hint = "`labbook keys list` lists them"
	}
	return nil, &diag.Error{What: "there is no such key", Found: strconv.Quote(name), Hint: hint}
}

// open gives a key that is neither revoked nor expired.
func (k *Keys) open(ctx context.Context, name string) (*record.Key, error) {
	key, err := k.find(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case State(key, k.clock()) == Revoked:
		return nil, revoked(key)
	case State(key, k.clock()) == Expired:
		return nil, diag.New("the key "+strconv.Quote(name)+" has expired", "let it open again first: labbook keys expire "+name+" --at 90d")
	}
	return key, nil
}

// The states of a key.
const (
	Valid   = "valid"
	Expired = "expired"
	Revoked = "revoked"
)

// State says whether a key opens something.
func State(k *record.Key, now time.Time) string {
	switch {
	case !k.Revoked.IsZero():
		return Revoked
	case !k.Expires.IsZero() && !now.Before(k.Expires):
		return Expired
	}
	return Valid
}

// Begin begins a session of a browser that a key's secret was shown in, and
// gives the value of its cookie.
func (k *Keys) Begin(name, secretDigest string, lasts time.Duration, who Who) (cookie string, err error) {
	now := k.clock()
	cookie = rand.Text()
	s := &record.Session{Digest: Digest(cookie), Key: name, Secret: secretDigest, Created: now, Expires: now.Add(lasts)}
	return cookie, k.ledger.PutSession(s, k.event(who, "sign in", name, ""))
}

// End ends a session by the value of its cookie, if there is one.
func (k *Keys) End(name, cookie string, who Who) error {
	_, err := k.ledger.EndSession(Digest(cookie), k.event(who, "sign out", name, ""))
	return err
}

// Sessions gives those that have not expired.
func (k *Keys) Sessions(ctx context.Context) ([]record.Session, error) {
	return k.ledger.Sessions(ctx, k.clock())
}

// Note adds a line to the audit trail.
func (k *Keys) Note(who Who, action, subject, detail string) error {
	return k.ledger.PutEvent(k.event(who, action, subject, detail))
}

// Trail gives the audit trail, the newest line first: at most limit lines,
// before a time where that is not zero.
func (k *Keys) Trail(ctx context.Context, before time.Time, limit int) ([]record.Event, error) {
	return k.ledger.Trail(ctx, before, limit)
}

func (k *Keys) event(who Who, action, subject, detail string) *record.Event {
	return &record.Event{Time: k.clock(), Actor: who.Actor, Client: who.Client, Action: action, Subject: subject, Detail: detail}
}

// ParseEnd reads when a key is to end: how long from now on, as 90d, 12h or
// 30m, a day in UTC, as 2027-01-31, a time in RFC 3339, now, or never, which is
// the zero time. Anything else is a *diag.Error.
func ParseEnd(text string, now time.Time) (time.Time, error) {
	switch text {
	case "never", "":
		return time.Time{}, nil
	case "now":
		return now, nil
	}
	for _, form := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(form, text); err == nil {
			return t, nil
		}
	}
	d, err := ParseLength(text)
	if err != nil {
		return time.Time{}, &diag.Error{What: "that is no time", Found: strconv.Quote(text), Wanted: "90d, 12h, 30m, a day as 2027-01-31, now, or never"}
	}
	return now.Add(d), nil
}

// longest is what no key lasts beyond.
const longest = 100 * 365 * 24 * time.Hour

// ParseLength reads a length of time, as 90d, 12h or 30m. Anything else, and
// what is negative or longer than a hundred years, is a *diag.Error.
func ParseLength(text string) (time.Duration, error) {
	var d time.Duration
	var err error
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(max(-1, min(n, 40_000))) * 24 * time.Hour
	} else {
		d, err = time.ParseDuration(text)
	}
	if err != nil || d < 0 || d > longest {
		return 0, &diag.Error{What: "that is no length of time", Found: strconv.Quote(text), Wanted: fmt.Sprintf("90d, 12h or 30m, at most %dd", longest/(24*time.Hour))}
	}
	return d, nil
}
