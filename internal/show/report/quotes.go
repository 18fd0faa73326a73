package report

import (
	"fmt"
	"strings"

	"labbook/internal/base/lazy"
	"labbook/internal/data/metrics"
)

// Notes may quote what was measured, so that prose never goes stale:
//
//	The best error so far is {{ mae of champion }}, on {{ rows of load }}.
//
// Before "of" stands a metric's name, after it a stage that recorded it, a
// model it was measured of ("train/boosting"), or "champion". A quote of
// something that was not measured is shown as a gap, with the reason.
var quote = lazy.Regexp(`\{\{\s*([A-Za-z0-9_.@-]+)\s+of\s+([A-Za-z0-9_./@-]+)\s*\}\}`)

// quotes is what notes can refer to.
type quotes map[[2]string]metrics.Value // metric, subject

func collectQuotes(p *Page) quotes {
	q := quotes{}
	for _, s := range p.Stages {
		for _, v := range s.Metrics {
			if v.Subject != "" {
				q.add(v, v.Subject)
			}
		}
	}
	for _, s := range p.Stages {
		for _, v := range s.Metrics {
			q.add(v, s.Name)
		}
	}
	if p.History != nil {
		for _, v := range p.History.Champion {
			q.add(v, "champion")
		}
	}
	if p.Leaderboard == nil {
		return q
	}
	for _, row := range p.Leaderboard.Rows {
		for _, v := range row.Metrics {
			q.add(v, row.Model)
			if row.Champion {
				q.add(v, "champion")
			}
		}
	}
	return q
}

// add keeps the first value of a name: what was measured of a model, on the
// test part, before what it measured of itself in training.
func (q quotes) add(v metrics.Value, subject string) {
	if _, taken := q[[2]string{v.Name, subject}]; !taken {
		q[[2]string{v.Name, subject}] = v
	}
}

// expand replaces the quotes in Markdown by what was measured.
func (q quotes) expand(markdown string) string {
	return quote().ReplaceAllStringFunc(markdown, func(match string) string {
		m := quote().FindStringSubmatch(match)
		v, ok := q[[2]string{m[1], m[2]}]
		if !ok {
			return escapeMarkdown(fmt.Sprintf("[no %s of %s]", m[1], m[2]))
		}
		return escapeMarkdown(strings.TrimSuffix(bare(v, v.Value)+" "+unit(v), " "))
	})
}

// escapeMarkdown makes text stand for itself in Markdown.
func escapeMarkdown(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_{}[]<>()#+-.!|~&:@", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
