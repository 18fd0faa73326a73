package pages

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"labbook/internal/data/record"
	"labbook/internal/store/keys"
)

// keyPages are those of who may ask for what.
type keyPages struct {
	*site
	from Keys
}

type keysView struct {
	frame
	Keys   []keyView
	Scopes []record.Scope
	// Secret is that of the key Made, shown once.
	Made, Secret string
}

type keyView struct {
	*record.Key
	State string
	Valid bool
}

// Words gives what the key may do.
func (k keyView) Words() string { return keys.Words(k.Scopes) }

// Of gives the pipelines that it is bound to.
func (k keyView) Of() string { return strings.Join(k.Pipelines, ", ") }

// Hints gives how the secrets begin that open something.
func (k keyView) Hints(now time.Time) []string {
	var hints []string
	for _, s := range k.Secrets {
		if s.Expires.IsZero() || s.Expires.After(now) {
			hints = append(hints, s.Hint+"…")
		}
	}
	return hints
}

func (s *keyPages) keys(w http.ResponseWriter, r *http.Request) error { return s.show(w, r, "", "") }

// show lists the keys, and tells a secret that was just made.
func (s *keyPages) show(w http.ResponseWriter, r *http.Request, made, secret string) error {
	all, err := s.from.Keys(r.Context())
	if err != nil {
		return err
	}
	v := &keysView{frame: s.frame(r, "Keys", "keys"), Scopes: record.Scopes, Made: made, Secret: secret}
	for _, k := range all {
		state := keys.State(k, s.clock())
		v.Keys = append(v.Keys, keyView{k, state, state == keys.Valid})
	}
	return s.render(w, r, http.StatusOK, "keys", v)
}

func (s *keyPages) create(w http.ResponseWriter, r *http.Request) error {
	if err := parseForm(r); err != nil {
		return err
	}
	key := &record.Key{Name: strings.TrimSpace(r.PostForm.Get("name")), Pipelines: strings.FieldsFunc(r.PostForm.Get("pipelines"), func(r rune) bool { return r == ',' || r == ' ' })}
	for _, scope := range r.PostForm["scope"] {
		key.Scopes = append(key.Scopes, record.Scope(scope))
	}
	var err error
	if key.Expires, err = keys.ParseEnd(strings.TrimSpace(r.PostForm.Get("expires")), s.clock()); err != nil {
		return err
	}
	secret, err := s.from.CreateKey(r, key)
	if err != nil {
		return err
	}
	return s.show(w, r, key.Name, secret)
}

func (s *keyPages) rotate(w http.ResponseWriter, r *http.Request) error {
	overlap, err := keys.ParseLength(r.PostFormValue("overlap"))
	if err != nil {
		return err
	}
	secret, err := s.from.RotateKey(r, r.PathValue("key"), overlap)
	if err != nil {
		return err
	}
	return s.show(w, r, r.PathValue("key"), secret)
}

func (s *keyPages) expire(w http.ResponseWriter, r *http.Request) error {
	when, err := keys.ParseEnd(strings.TrimSpace(r.PostFormValue("at")), s.clock())
	if err != nil {
		return err
	}
	if err := s.from.ExpireKey(r, r.PathValue("key"), when); err != nil {
		return err
	}
	http.Redirect(w, r, "/keys?done=expires", http.StatusSeeOther)
	return nil
}

func (s *keyPages) revoke(w http.ResponseWriter, r *http.Request) error {
	if err := s.from.RevokeKey(r, r.PathValue("key")); err != nil {
		return err
	}
	http.Redirect(w, r, "/keys?done=revoked", http.StatusSeeOther)
	return nil
}

type auditView struct {
	frame
	Events []record.Event
	Older  string
}

// auditRows is how many lines of the trail a page shows.
const auditRows = 100

func (s *keyPages) audit(w http.ResponseWriter, r *http.Request) error {
	var before time.Time
	if text := r.URL.Query().Get("before"); text != "" {
		var err error
		if before, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return errNothing
		}
	}
	found, err := s.from.Trail(r.Context(), before, auditRows)
	if err != nil {
		return err
	}
	v := &auditView{frame: s.frame(r, "Audit trail", "keys"), Events: found}
	if len(found) == auditRows {
		v.Older = "/audit?before=" + url.QueryEscape(found[auditRows-1].Time.UTC().Format(time.RFC3339Nano))
	}
	return s.render(w, r, http.StatusOK, "audit", v)
}
