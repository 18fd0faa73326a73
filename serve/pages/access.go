package pages

import (
	"net/http"
	"net/url"
	"strings"
)

type loginView struct {
	frame
	Next  string // where to go then
	Wrong bool
}

// askToken sends a person who may not do what was asked to the page to sign in,
// which leads back here.
func (s *site) askToken(w http.ResponseWriter, r *http.Request) {
	next := "/"
	switch {
	case r.Method == http.MethodGet:
		next = r.URL.RequestURI()
	case r.Pattern != "":
		next = back(r)
	}
	w.Header().Set("Location", "/login?next="+url.QueryEscape(next))
	w.WriteHeader(http.StatusSeeOther)
}

// back gives the page of this site that a form was sent from.
func back(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return local(from.RequestURI())
}

// local gives the path if it is one of this site, and the front page otherwise:
// nobody can be sent elsewhere by a link to here.
func local(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

func (s *site) loginPage(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, "login", &loginView{frame: s.frame(r, "Sign in", ""), Next: local(r.URL.Query().Get("next"))})
}

func (s *site) login(w http.ResponseWriter, r *http.Request) {
	next := local(r.PostFormValue("next"))
	session := s.access.Session(strings.TrimSpace(r.PostFormValue("token")))
	if session == "" {
		s.render(w, r, http.StatusUnauthorized, "login", &loginView{frame: s.frame(r, "Sign in", ""), Next: next, Wrong: true})
		return
	}
	http.SetCookie(w, s.cookie(r, session))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	c := s.cookie(r, "")
	c.MaxAge = -1
	http.SetCookie(w, c)
	http.Redirect(w, r, "/?done=signed-out", http.StatusSeeOther)
}

// cookie keeps a session until the browser is closed, away from scripts and
// from requests that other sites cause.
func (s *site) cookie(r *http.Request, session string) *http.Cookie {
	return &http.Cookie{Name: s.session, Value: session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil}
}
