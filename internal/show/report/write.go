package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"labbook/internal/base/lazy"
	"labbook/internal/base/look"
	"labbook/internal/base/notebook"
	"labbook/internal/show/glossary"
	"labbook/internal/show/render"
)

//go:embed page.gohtml
var pageHTML string

//go:embed page.css
var ownCSS string

// CellsCSS is the style of what is in cells.
//
//go:embed cells.css
var CellsCSS string

//go:embed page.js
var pageJS string

// style is the page's whole style sheet.
func style() string { return look.CSS + render.CSS() + CellsCSS + ownCSS }

// script is the whole of what runs on the page.
func script() string { return pageJS + render.Script }

// parsed is the template, parsed when it is first needed.
var parsed = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("page").Funcs(template.FuncMap{"rows": findingRows, "term": linkTerm}).Parse(pageHTML))
})

// Write writes the page.
func Write(w io.Writer, page *Page) error {
	data, err := withTerms(build(page))
	if err == nil {
		_, err = w.Write(data)
	}
	return err
}

// Cells writes the blocks of cells for another page of labbook, each apart, and then
// what the codes on them mean, if there are any. The page needs CellsCSS beside the
// style of looks and figures, and has them but once: codes are anchors. Terms lead to
// the glossary of the server.
func Cells(cells []*notebook.Cell, mutes notebook.Mutes) (blocks []template.HTML, checks template.HTML, err error) {
	b := &builder{prose: newMarkdown(3), mutes: mutes}
	write := func(name string, view any) template.HTML {
		var out bytes.Buffer
		if err == nil {
			err = parsed().ExecuteTemplate(&out, name, view)
		}
		return template.HTML(strings.ReplaceAll(out.String(), glossary.LinkStart+"#", glossary.LinkStart+"/glossary#"))
	}
	for _, c := range cells {
		blocks = append(blocks, write("blocks", b.blocks(c.Blocks)))
	}
	if all := b.explanations(); len(all) > 0 {
		checks = write("checks", all)
	}
	return blocks, checks, err
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

// headed is how a page says in its head how it looks and how many figures of it
// can be drawn as pictures.
var headed = lazy.Regexp(`<meta name="labbook-look" content="([^"]{0,40})" data-figures="(\d{1,6})">`)

// Head reads from a page the version of its look and the number of its figures.
// A page of before the look had a version says "".
func Head(page io.Reader) (look string, figures int, ok bool) {
	head, _ := io.ReadAll(io.LimitReader(page, 1536))
	if !bytes.Contains(head, []byte(`<meta name="generator" content="labbook">`)) {
		return "", 0, false
	}
	if m := headed().FindSubmatch(head); m != nil {
		look = string(m[1])
		figures, _ = strconv.Atoi(string(m[2]))
	}
	return look, figures, true
}

// Drawable gives the figures of a cell that can be drawn.
func Drawable(cell *notebook.Cell) []*notebook.Figure {
	return slices.DeleteFunc(cell.Figures(), func(f *notebook.Figure) bool { return f == nil || f.Chart == nil || f.Chart.Check() != nil })
}

// figures counts what Drawable gives of all cells.
func (p *Page) figures() int {
	n := 0
	for _, s := range p.Stages {
		if s.Cell != nil {
			n += len(Drawable(s.Cell))
		}
	}
	return n
}
