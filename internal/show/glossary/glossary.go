// Package glossary says what the terms of the trade mean, for people who have not
// learned it: each once, here. Notebooks explain the terms that they show, the server
// has a page of all, and docs/glossary.md is written from them.
package glossary

import (
	"cmp"
	"fmt"
	"html"
	"html/template"
	"slices"
	"strings"
	"sync"

	"labbook/internal/data/metrics"
)

// Term is a word with its meaning.
type Term struct {
	Name string
	// Labels are what columns, headings and figures call it besides; case counts.
	Labels []string
	// Means is plain text of one to three sentences.
	Means string
}

// ID is the anchor of the term in a page.
func (t *Term) ID() string {
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r == '²':
			return '2'
		}
		return '-'
	}, t.Name)
	return "term-" + strings.Trim(strings.ReplaceAll(strings.ReplaceAll(id, "---", "-"), "--", "-"), "-")
}

// All gives every term, in the order of their names. Metrics say of themselves what
// they are.
var All = sync.OnceValue(func() []Term {
	all := slices.Clone(terms)
	for _, m := range metrics.Catalog {
		means := m.Doc
		if more := measured[m.Name]; more != "" {
			means += " " + more
		}
		switch {
		case m.Better == metrics.Lower:
			means += " Lower is better."
		case m.Better == metrics.Higher:
			means += " Higher is better."
		}
		all = append(all, Term{Name: m.Title, Means: means})
	}
	slices.SortFunc(all, func(a, b Term) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.Name, b.Name))
	})
	return all
})

// Link makes a label a link to its term below a place of a page, "" for this page, if it
// is a term; else it is the label, escaped.
func Link(place, label string) template.HTML {
	t := Find(label)
	if t == nil {
		return template.HTML(html.EscapeString(label))
	}
	return template.HTML(LinkStart + place + "#" + t.ID() + `">` + html.EscapeString(label) + "</a>")
}

// LinkStart begins each link to a term; what follows is where the term is explained.
const LinkStart = `<a class="term" href="`

// Find gives the term that a label is about; nil for none.
func Find(label string) *Term { return labels()[label] }

var labels = sync.OnceValue(func() map[string]*Term {
	found := map[string]*Term{}
	all := All()
	for i := range all {
		t := &all[i]
		for _, label := range append([]string{t.Name}, t.Labels...) {
			if other := found[label]; other != nil {
				panic(fmt.Sprintf("glossary: %q is %s and %s", label, other.Name, t.Name))
			}
			found[label] = t
		}
	}
	return found
})

// Markdown is docs/glossary.md.
func Markdown() string {
	var out strings.Builder
	out.WriteString("# Terms\n\nWhat notebooks and pages mean by their words. The words of labbook itself are in [design.md](design.md#words).\n\n| term | meaning |\n|---|---|\n")
	for _, t := range All() {
		fmt.Fprintf(&out, "| %s | %s |\n", t.Name, t.Means)
	}
	return out.String()
}
