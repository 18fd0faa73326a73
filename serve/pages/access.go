package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"labbook/internal/base/diag"
)

type loginView struct {
	frame
	Next  string // where to go then
	Fault string // what is wrong with the key that was shown
}

// askToken sends a person who may not do what was asked to the page to sign in,
// which leads back here.
func (s *site) askToken(w http.ResponseWriter, r *http.Request) {
	next := "/"
	switch {
	case r.Method == http.MethodGet:
		next = r.URL.RequestURI()
	case r.Pattern != "":
		next = s.back(r)
	}
	w.Header().Set("Location", "/login?next="+url.QueryEscape(next))
	w.WriteHeader(http.StatusSeeOther)
}

// back gives the page of this site that a form was sent from.
func (s *site) back(r *http.Request) string {
	from, err := url.Parse(r.Referer())
	if err != nil || from.Host != r.Host {
		return "/"
	}
	return local(strings.TrimPrefix(from.RequestURI(), s.base))
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
	session, lasts, err := s.access.SignIn(r, strings.TrimSpace(r.PostFormValue("token")))
	var wrong *diag.Error
	status, fault := http.StatusUnauthorized, ""
	switch {
	case err == nil:
		http.SetCookie(w, s.cookie(r, session, lasts))
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	case errors.Is(err, ErrWrongKey):
		fault = "That is neither the token nor a key that is valid."
	case errors.Is(err, ErrTooOften):
		status, fault = http.StatusTooManyRequests, "Too many tries. Wait a minute."
		w.Header().Set("Retry-After", "60")
	case errors.As(err, &wrong):
		status, fault = http.StatusForbidden, sentence(wrong.What)
	default:
		s.fail(w, r, err)
		return
	}
	s.render(w, r, status, "login", &loginView{frame: s.frame(r, "Sign in", ""), Next: next, Fault: fault})
}

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	if err := s.access.SignOut(r); err != nil {
		s.fail(w, r, err)
		return
	}
	http.SetCookie(w, s.cookie(r, "", -time.Second))
	http.Redirect(w, r, "/?done=signed-out", http.StatusSeeOther)
}

// cookie keeps a session in a browser, away from scripts and from requests that
// other sites cause; a scheme in the request's address is that of the browser's
// connection. A time below zero takes it away.
func (s *site) cookie(r *http.Request, session string, lasts time.Duration) *http.Cookie {
	return &http.Cookie{Name: s.session, Value: session, Path: s.base + "/", MaxAge: int(lasts / time.Second), HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil || r.URL.Scheme == "https"}
}
