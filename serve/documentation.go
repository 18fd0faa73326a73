package serve

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
	"sync"

	"github.com/swaggest/swgui/v5/static"
	"github.com/vearutop/statigz"
)

// assets serves Swagger UI's files, which are indexed when one is asked for: the
// module's own handler reads all of them as the program starts.
var assets = sync.OnceValue(func() http.Handler { return statigz.FileServer(static.FS) })

// documentation gives the handler of /docs/: a page on which the API is read and
// tried, and what it loads. Base is the path below which clients see the server.
func documentation(base string) http.Handler {
	var page bytes.Buffer
	view := struct {
		Base  string
		Style template.CSS
		Mend  template.JS
	}{base, template.CSS(documentationStyle), template.JS(documentationMend)}
	if err := template.Must(template.New("docs").Parse(documentationPage)).Execute(&page, view); err != nil {
		panic("serve: the page of the documentation: " + err.Error())
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/docs/" {
			http.StripPrefix("/docs/", assets()).ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(page.Bytes())
	})
}

// What Swagger UI draws is mended, so that everybody can use it.
var (
	//go:embed docs.css
	documentationStyle string
	//go:embed docs.js
	documentationMend string
)

// documentationPage starts Swagger UI. Operations of a group are sorted by a function:
// what most people come for stands first.
const documentationPage = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>labbook API</title>
<link rel="stylesheet" href="{{.Base}}/docs/swagger-ui.css">
<link rel="icon" type="image/png" href="{{.Base}}/docs/favicon-32x32.png" sizes="32x32">
<style>{{.Style}}</style>
</head>
<body>
<header class="home"><a href="{{.Base}}/">labbook</a><h1>API</h1></header>
<main id="swagger-ui"></main>
<noscript><p class="home">This page needs scripts; <a href="{{.Base}}/openapi.json">the document</a> that it shows does not.</p></noscript>
<script src="{{.Base}}/docs/swagger-ui-bundle.js"></script>
<script src="{{.Base}}/docs/swagger-ui-standalone-preset.js"></script>
<script>
const last = ["/predictions/{id}", "/predictions", "/similar", "/predict"];
const rank = (o) => -last.findIndex((end) => o.get("path").endsWith(end));
SwaggerUIBundle({
	url: {{.Base}} + "/openapi.json",
	dom_id: "#swagger-ui",
	deepLinking: true,
	presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
	plugins: [SwaggerUIBundle.plugins.DownloadUrl, () => ({components: {Topbar: () => null}})],
	layout: "StandaloneLayout",
	showExtensions: true,
	showCommonExtensions: true,
	validatorUrl: null,
	tryItOutEnabled: true,
	defaultModelsExpandDepth: 0,
	operationsSorter: (a, b) => rank(a) - rank(b) || a.get("path").localeCompare(b.get("path")),
});
{{.Mend}}
</script>
</body>
</html>
`

// signedIn sends whoever may not read to sign in, where there is a page for it.
func (s *Server) signedIn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.options.Public && s.options.Pages != nil && !s.guard.register.of(r, true).orNobody().may(toAsk|toRead) {
			http.Redirect(w, r, "/login?next=/docs/", http.StatusSeeOther)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// withPolicy lets the documentation load what it brings itself, and nothing
// from elsewhere. Swagger UI starts from a script and styles within its page.
func withPolicy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy",
			"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'")
		w.Header().Set("Referrer-Policy", "no-referrer")
		next.ServeHTTP(w, r)
	})
}
