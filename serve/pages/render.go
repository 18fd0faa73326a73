package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/base/look"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/show/glossary"
	"labbook/internal/show/render"
	"labbook/internal/show/report"
)

//go:embed templates/*.gohtml
var templates embed.FS

//go:embed static/pages.css static/pages.js static/offline.js static/icon.svg
var static embed.FS

// asset is a file of the pages.
type asset struct {
	kind, digest string
	data         []byte
}

func assets() map[string]asset {
	all := map[string]asset{}
	for name, kind := range map[string]string{
		"pages.css": "text/css; charset=utf-8", "pages.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		data, err := static.ReadFile("static/" + name)
		if err != nil {
			panic("pages: " + err.Error())
		}
		switch name { // what figures and other pages of labbook have too
		case "pages.css":
			data = append([]byte(look.CSS+render.CSS()+report.CellsCSS), data...)
		case "pages.js":
			data = append(data, render.Script...)
		}
		sum := sha256.Sum256(data)
		all[name] = asset{kind, hex.EncodeToString(sum[:8]), data}
	}
	return all
}

// static answers with a file, which its address tells from older ones.
func (s *site) static(w http.ResponseWriter, r *http.Request) {
	a, ok := s.assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == a.digest {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	w.Write(a.data)
}

func (s *site) parse() *template.Template {
	return template.Must(template.New("pages").Funcs(template.FuncMap{
		"asset":    func(name string) string { return "/static/" + name + "?v=" + s.assets[name].digest },
		"ago":      func(t time.Time) string { return ago(s.clock().Sub(t), t) },
		"now":      func() time.Time { return s.clock() },
		"time":     human.Time,
		"iso":      func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"duration": human.Duration,
		"latency":  latency,
		"bytes":    human.Bytes,
		"count":    human.Count,
		"metric":   metricTitle,
		"path":     path,
		"term":     func(label string) template.HTML { return glossary.Link("/glossary", label) },
		"css":      func(text string) template.CSS { return template.CSS(text) },
	}).ParseFS(templates, "templates/*.gohtml"))
}

// path joins segments to an absolute path, each escaped.
func path(segments ...string) string {
	joined := ""
	for _, segment := range segments {
		joined += "/" + url.PathEscape(segment)
	}
	return joined
}

// frame is what surrounds every page.
type frame struct {
	Head string // the page's title
	Area string // of the navigation: "pipelines", "models", "runs", "requests", "keys"
	Here string // the page's own path and query, to come back to
	// Who is the key that the visitor is signed in with; "" when not so.
	Who     string
	may     func(record.Scope) bool
	Notice  string
	Wide    bool // the page is one frame that fills the window
	Refresh int  // seconds until the page is loaded anew without a script; 0: never
}

// notices are what a page says after something was done and led to it.
var notices = map[string]string{
	"signed-in":   "You are signed in.",
	"signed-out":  "You are signed out.",
	"saved":       "The prediction is saved.",
	"outcome":     "The outcome is noted.",
	"taken-back":  "The outcome is no longer noted.",
	"promoted":    "The champion has changed. The server follows within a second, after the new one has reproduced its golden predictions.",
	"noted":       "It is noted.",
	"aliased":     "The alias has moved.",
	"removed":     "The run is out of the queue.",
	"rolled-back": "The champion is the one before again. The server follows within a second.",
	"expires":     "When the key ends has changed.",
	"revoked":     "The key is revoked. It opens nothing from now on.",
}

func (s *site) frame(r *http.Request, title, area string) frame {
	f := frame{Head: title, Area: area, Here: r.URL.Path, Notice: notices[r.URL.Query().Get("done")],
		Who: s.access.Who(r), may: func(scope record.Scope) bool { return s.access.May(r, scope) }}
	if r.Method == http.MethodGet {
		f.Here = r.URL.RequestURI()
	}
	return f
}

// May says whether the visitor may change what a scope is for.
func (f *frame) May(scope record.Scope) bool { return f.may(scope) }

// render answers with a page. It is written whole or not at all.
func (s *site) render(w http.ResponseWriter, r *http.Request, status int, name string, view any) error {
	var out bytes.Buffer
	if err := s.templates.ExecuteTemplate(&out, name, view); err != nil {
		s.log.Error("template", "name", name, "error", err)
		http.Error(w, "this page could not be made", http.StatusInternalServerError)
		return nil
	}
	if s.links != nil {
		linked := s.links.Replace(out.String())
		out.Reset()
		out.WriteString(linked)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(out.Bytes())
	}
	return nil
}

// below gives what puts a base before the links of a page that are paths; nil for
// no base. In texts quotes are escaped, so only attributes look like this.
func below(base string) *strings.Replacer {
	if base == "" {
		return nil
	}
	var pairs []string
	for _, name := range []string{"href", "src", "action", "data-live", "data-what-if"} {
		pairs = append(pairs, " "+name+`="/`, " "+name+`="`+base+"/")
	}
	return strings.NewReplacer(pairs...)
}

// ago says how long ago t was, or when, if that is long ago.
func ago(since time.Duration, t time.Time) string {
	switch {
	case t.IsZero():
		return "–"
	case since < 5*time.Second:
		return "just now"
	case since < time.Minute:
		return human.Count(int(since.Seconds()), "second") + " ago"
	case since < time.Hour:
		return human.Count(int(since.Minutes()), "minute") + " ago"
	case since < 24*time.Hour:
		return human.Count(int(since.Hours()), "hour") + " ago"
	case since < 30*24*time.Hour:
		return human.Count(int(since.Hours()/24), "day") + " ago"
	}
	return t.UTC().Format("2 January 2006")
}

// metricTitle is what people call a metric.
func metricTitle(name string) string {
	if m, ok := metrics.Lookup(name); ok {
		return m.Title
	}
	return name
}
