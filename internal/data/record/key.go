package record

import "time"

// Scope is a kind of thing that a key lets somebody do.
type Scope string

// The scopes. Admin holds all of the others.
const (
	ScopePredict Scope = "predict" // ask for predictions, save them, and tell what came true
	ScopeRead    Scope = "read"    // read models, runs, requests and pages
	ScopeTrain   Scope = "train"   // start runs
	ScopePromote Scope = "promote" // move the champion
	ScopeAdmin   Scope = "admin"   // make and end keys, read the audit trail; and all of the others
)

// Scopes are all of them, in the order in which they are told.
var Scopes = []Scope{ScopePredict, ScopeRead, ScopeTrain, ScopePromote, ScopeAdmin}

// Key is what a client of the server is known by. Rows are kept for ever, so
// that a name never means two.
type Key struct {
	Name      string    `json:"name"`
	Scopes    []Scope   `json:"scopes"`
	Pipelines []string  `json:"pipelines,omitempty"` // that it is bound to; none: every
	Created   time.Time `json:"created"`
	Creator   string    `json:"creator"`
	Expires   time.Time `json:"expires,omitzero"` // zero: never
	Revoked   time.Time `json:"revoked,omitzero"`
	Secrets   []Secret  `json:"secrets"` // the newest first
}

// Secret is a text by which a key is shown, as far as that is kept: it was told
// once, and only its digest is known since.
type Secret struct {
	Digest  string    `json:"-"`    // SHA-256, in hex
	Hint    string    `json:"hint"` // how it begins
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires,omitzero"` // zero: with its key
}

// Session is a browser that a key was shown in.
type Session struct {
	Digest  string // SHA-256 of the cookie, in hex
	Key     string // whose secret was shown
	Secret  string // digest of that secret; the session ends with it
	Created time.Time
	Expires time.Time
}

// Event is a line of the audit trail: who changed what.
type Event struct {
	Time    time.Time `json:"time"`
	Actor   string    `json:"actor"`            // "cli", "key NAME", "run ID"
	Client  string    `json:"client,omitempty"` // address, of what came to the server
	Action  string    `json:"action"`           // "create key"
	Subject string    `json:"subject"`          // that it happened to
	Detail  string    `json:"detail,omitempty"`
}
