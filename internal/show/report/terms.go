package report

import (
	"bytes"
	"html"
	"html/template"
	"slices"
	"strings"

	"labbook/internal/base/lazy"
	"labbook/internal/show/glossary"
)

// linkTerm makes a label a link to what it means, if it is a term.
func linkTerm(label string) template.HTML { return glossary.Link("", label) }

// titled makes the title of a drawn figure a link, if it is a term.
func titled(drawn, title string) string {
	before := `<p class="figure-title">` + html.EscapeString(title) + "</p>"
	return strings.Replace(drawn, before, `<p class="figure-title">`+string(linkTerm(title))+"</p>", 1)
}

var termLinks = lazy.Regexp(glossary.LinkStart + `#(term-[a-z0-9-]+)"`)

// termsOf gives the terms that a page links to, in the order of their names.
func termsOf(page []byte) []glossary.Term {
	linked := map[string]bool{}
	for _, m := range termLinks().FindAllSubmatch(page, -1) {
		linked[string(m[1])] = true
	}
	return slices.DeleteFunc(slices.Clone(glossary.All()), func(t glossary.Term) bool { return !linked[t.ID()] })
}

// withTerms executes the template twice: what the page says decides which terms it
// explains.
func withTerms(v *view) ([]byte, error) {
	var out bytes.Buffer
	if err := parsed().Execute(&out, v); err != nil {
		return nil, err
	}
	if v.Terms = termsOf(out.Bytes()); len(v.Terms) == 0 {
		return out.Bytes(), nil
	}
	out.Reset()
	err := parsed().Execute(&out, v)
	return out.Bytes(), err
}
