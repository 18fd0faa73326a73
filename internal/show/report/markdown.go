package report

import (
	"bytes"
	"html/template"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown renders notes: CommonMark with tables, autolinks and strikethrough.
// Raw HTML is dropped and pictures become links, so that a page never loads
// anything.
type markdown struct{ engine goldmark.Markdown }

// newMarkdown makes a renderer whose top heading level is top.
func newMarkdown(top int) markdown {
	return markdown{goldmark.New(
		goldmark.WithExtensions(
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			extension.NewLinkify(extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"})),
			extension.Strikethrough,
		),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(tame{top}, 100))),
		goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(scrollingTables{}, 100))),
	)}
}

// render gives HTML that is safe by goldmark's own escaping.
func (m markdown) render(source string) template.HTML {
	var out bytes.Buffer
	if err := m.engine.Convert([]byte(source), &out); err != nil {
		panic("report: writing Markdown to memory: " + err.Error())
	}
	return template.HTML(out.String())
}

// tame lowers headings below the page's own and turns pictures into links.
type tame struct{ top int }

func (t tame) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	var pictures []*ast.Image
	shift := t.top - highest(doc)
	ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			switch n := n.(type) {
			case *ast.Heading:
				n.Level = min(n.Level+shift, 6)
			case *ast.Image:
				pictures = append(pictures, n)
			}
		}
		return ast.WalkContinue, nil
	})
	for _, p := range pictures {
		link := ast.NewLink()
		link.Destination, link.Title = p.Destination, p.Title
		for c := p.FirstChild(); c != nil; c = p.FirstChild() {
			link.AppendChild(link, c)
		}
		p.Parent().ReplaceChild(p.Parent(), p, link)
	}
}

// highest gives the smallest heading level used, or 1.
func highest(doc *ast.Document) int {
	level := 7
	ast.Walk(doc, func(n ast.Node, _ bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok {
			level = min(level, h.Level)
		}
		return ast.WalkContinue, nil
	})
	if level > 6 {
		return 1
	}
	return level
}

// scrollingTables puts every table in a box that scrolls by itself, so that a
// wide one never widens the page.
type scrollingTables struct{}

func (scrollingTables) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(extast.KindTable, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			w.WriteString(`<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>` + "\n")
		} else {
			w.WriteString("</table></div>\n")
		}
		return ast.WalkContinue, nil
	})
}
