package report

import (
	"bufio"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"sync"

	"labbook/internal/base/look"
)

//go:embed page.gohtml
var pageHTML string

//go:embed page.css
var ownCSS string

//go:embed page.js
var pageJS string

// style is the page's whole style sheet.
func style() string { return look.CSS + ownCSS }

// parsed is the template, parsed when it is first needed.
var parsed = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{"rows": findingRows}).Parse(pageHTML))
})

// Write writes the page.
func Write(w io.Writer, page *Page) error {
	out := bufio.NewWriter(w)
	if err := parsed().Execute(out, build(page)); err != nil {
		return err
	}
	return out.Flush()
}

// policy is the page's Content-Security-Policy: nothing is loaded, and only the
// style and the script that it was written with count.
func policy(css, js string) string {
	return "default-src 'none'; img-src data:; style-src 'sha256-" + sha(css) + "'; script-src 'sha256-" + sha(js) +
		"'; base-uri 'none'; form-action 'none'"
}

func sha(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}
