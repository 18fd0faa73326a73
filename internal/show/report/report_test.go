package report_test

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/show/report"
)

// LABBOOK_DEMO_REPORT names a file to write the demo to, for looking at it.
func TestDemo(t *testing.T) {
	page := render(demo())
	if path := os.Getenv("LABBOOK_DEMO_REPORT"); path != "" {
		require.NoError(t, os.WriteFile(path, []byte(page), 0o666))
	}
	text := regexp.MustCompile(`\s+`).ReplaceAllString(page, " ")
	for _, want := range []string{
		"What is a diamond worth?", "20261121-223105-k3f9", "params.seed",
		"train/boosting leads", "256.1 to 271.9", "champion",
		"diamonds over time", "nothing it reads has changed",
		"off by <strong>263.4 USD</strong>", "counted: 53,917 rows stay",
		"The first 100 lines are left out", "<dt>Computed by run</dt><dd><code>20261120-091200-aaaa</code>",
	} {
		contains(t, text, want)
	}
}

// contains is assert.Contains without printing the page.
func contains(t *testing.T, page, want string) {
	t.Helper()
	if !strings.Contains(page, want) {
		t.Errorf("the page lacks %q", want)
	}
}

func lacks(t *testing.T, page, unwanted string) {
	t.Helper()
	if strings.Contains(page, unwanted) {
		t.Errorf("the page has %q", unwanted)
	}
}

func TestDeterministic(t *testing.T) {
	first := render(demo())
	assert.True(t, first == render(demo()))
}

// A warning that stands in the stage's own text is not said above it too.
func TestWarningsAreSaidOnce(t *testing.T) {
	p := demo()
	s := &p.Stages[0]
	s.Warnings = []notebook.Finding{{Level: "warning", Text: "a leaky column"}, {Level: "warning", Text: "a full disk"}}
	cell := &notebook.Cell{}
	cell.Findings(notebook.Finding{Level: "warning", Text: "a leaky column"}, notebook.Finding{Level: "info", Text: "few rows"})
	s.Cell = cell
	page := render(p)
	assert.Equal(t, 1, strings.Count(page, "a leaky column"))
	assert.Equal(t, 1, strings.Count(page, "a full disk"))
}

// No text from data becomes markup, wherever it stands.
func TestEscaped(t *testing.T) {
	page := render(demo())
	lacks(t, page, "<script>alert")
	lacks(t, page, "onerror=alert(1)>")
	assert.Equal(t, 1, strings.Count(page, "<script>"), "our own")
	lacks(t, page, "javascript:")
	assert.Greater(t, strings.Count(page, html.EscapeString("<script>")), 3)
}

// The page loads nothing: no address but in links a person follows.
func TestSelfContained(t *testing.T) {
	page := render(demo())
	for _, m := range regexp.MustCompile(`(?i)\b(src|srcset|data|poster|action|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		switch m[1] {
		case "href":
			assert.Regexp(t, `^(#|https?://|$)`, m[2])
		case "src":
			assert.True(t, strings.HasPrefix(m[2], "data:image/"), m[0])
		default:
			t.Errorf("loads %s", m[0])
		}
	}
	lacks(t, page, "@import")
	lacks(t, page, "url(")
	lacks(t, page, " style=") // the policy allows none
	contains(t, page, "default-src &#39;none&#39;")
}

// What a screen reader needs: one h1, headings in order, unique ids that links
// find, pictures with text, tables with scopes.
func TestAccessible(t *testing.T) {
	page := render(demo())
	assert.Equal(t, 1, strings.Count(page, "<h1"))
	level := 1
	for _, m := range regexp.MustCompile(`<h([1-6])`).FindAllStringSubmatch(page, -1) {
		next := int(m[1][0] - '0')
		assert.LessOrEqual(t, next, level+1, "a level is skipped")
		level = next
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`\sid="([^"]+)"`).FindAllStringSubmatch(page, -1) {
		assert.False(t, ids[m[1]], "id %s stands twice", m[1])
		ids[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?:href="#|aria-labelledby=")([^"]+)"`).FindAllStringSubmatch(page, -1) {
		assert.True(t, ids[m[1]], "no element %s", m[1])
	}
	for _, m := range regexp.MustCompile(`<img[^>]*>`).FindAllString(page, -1) {
		assert.Regexp(t, ` alt="[^"]+"`, m)
	}
	for _, m := range regexp.MustCompile(`<th\b[^>]*>`).FindAllString(strings.ReplaceAll(page, "<thead>", ""), -1) {
		if !strings.Contains(m, "align=") && m != "<th>" { // Markdown's own
			assert.Contains(t, m, "scope=")
		}
	}
	for _, landmark := range []string{"<main", "<nav", `class="skip"`, `lang="en"`} {
		contains(t, page, landmark)
	}
}

// A page stays within its budget whatever the stages show, and says what it
// left out.
func TestBudget(t *testing.T) {
	p := demo()
	for i := range 60 {
		var c notebook.Cell
		c.Figure(&notebook.Figure{Alt: "a cloud", Picture: &notebook.Picture{Type: "png", Data: bytes.Repeat([]byte{byte(i)}, 100_000), Width: 100, Height: 100}})
		table := notebook.Table{Columns: notebook.Columns("a", "b")}
		for range 5000 {
			table.Row(notebook.Text(strings.Repeat("x", 2000)), notebook.Count(1))
		}
		if i < 8 {
			c.Table(table)
		}
		p.Stages = append(p.Stages, report.Stage{Name: fmt.Sprintf("s%d", i), Kind: "command", Status: record.Succeeded,
			Cell: &c, Log: logOf(strings.Repeat("a long line of a log\n", 100_000)), Key: "ab", KeyText: strings.Repeat("file x y\n", 100_000)})
	}
	page := render(p)
	assert.Less(t, len(page), report.Budget)
	contains(t, page, "left out to keep this page below")
	contains(t, page, "more rows are left out")
	contains(t, page, "cut here")
}

func TestQuotes(t *testing.T) {
	p := demo()
	p.Notes = "{{mae of train/linear}}, {{ rows of load }}, {{ nothing of load }}, {{ not a quote }}, <b>{{ mae of evaluate }}</b>"
	page := render(p)
	contains(t, page, "760.7 USD, 53,917, [no nothing of load], {{ not a quote }}, <!-- raw HTML omitted -->263.4 USD")
}

// The layout gives every stage a place of its own, later layers for readers,
// and draws a line for each link.
func TestDrawing(t *testing.T) {
	page := render(demo())
	assert.Equal(t, 2, strings.Count(page, `<a href="#stage-evaluate" aria-label="evaluate ran · 2.1 s">`), "wide and narrow")
	places := map[string]bool{}
	for _, m := range regexp.MustCompile(`<rect class="node [a-z]+" x="([0-9.]+)" y="([0-9.]+)"`).FindAllStringSubmatch(page, 11) {
		places[m[1]+" "+m[2]] = true
	}
	assert.Len(t, places, 11)
	assert.Equal(t, 2*13, strings.Count(page, `<path class="edge`), "12 reads and a wait, twice")
}

// Thousands of stages make a page all the same, quickly: what failed is on it.
func TestManyStages(t *testing.T) {
	p := &report.Page{Pipeline: "many"}
	for i := range 10_000 {
		s := report.Stage{Name: fmt.Sprintf("s%d", i), Kind: "command", Status: record.Cached, KeyText: strings.Repeat("k", 500), Key: "ab"}
		if i > 1 {
			s.From = []string{fmt.Sprintf("s%d", i/2)}
		}
		if i == 9_000 {
			s.Status = record.Failed
		}
		p.Stages = append(p.Stages, s)
	}
	page := render(p)
	contains(t, page, "10,000 stages: 9999 up to date, 1 failed")
	contains(t, page, `id="stage-s9000"`)
	contains(t, page, "9800 more stages are left out")
	assert.Less(t, len(page), report.Budget)
}

// An empty run, a run without models, odd numbers: always a page.
func TestSparse(t *testing.T) {
	contains(t, render(&report.Page{Pipeline: "empty"}), "0 stages")
	v := 3.0
	p := &report.Page{Pipeline: "odd", Leaderboard: &report.Leaderboard{Primary: "mae", Rows: []report.Standing{{Model: "m", Metrics: []metrics.Value{{Name: "mae", Value: v}}}}},
		History: &report.History{Model: "m", Metric: "mae", Points: []report.Point{{Version: 1, Value: v}, {Version: 2, Value: v}}},
		Stages:  []report.Stage{{Name: "a", From: []string{"gone"}, Cell: &notebook.Cell{Blocks: []notebook.Block{{Figure: &notebook.Figure{Alt: "x", Picture: &notebook.Picture{Type: "bmp"}}}}}}}}
	page := render(p)
	lacks(t, page, "NaN")
	contains(t, page, "cannot show a picture of type")
}

// Every word that leads to a term leads to one on the page, and no other is explained.
func TestTermsAreExplained(t *testing.T) {
	page := render(demo())
	linked := map[string]bool{}
	for _, m := range regexp.MustCompile(`href="#(term-[^"]+)"`).FindAllStringSubmatch(page, -1) {
		linked[m[1]] = true
		contains(t, page, `<div id="`+m[1]+`"><dt>`)
	}
	assert.True(t, linked["term-mae"])
	for _, m := range regexp.MustCompile(`aria-label="([^"]+)"><rect.*?class="name"[^>]*>([^<]+)</text> <text[^>]*>([^<]+)<`).FindAllStringSubmatch(page, -1) {
		assert.Contains(t, m[1], m[2]+" "+m[3], "a link is called what is seen of it")
	}
	assert.Equal(t, len(linked), strings.Count(page, `<div id="term-`))
	blocks, _, err := report.Cells([]*notebook.Cell{{Blocks: []notebook.Block{{Heading: new("Residuals")}}}}, nil)
	require.NoError(t, err)
	contains(t, string(blocks[0]), `<a class="term" href="/glossary#term-residual">Residuals</a>`)
}
