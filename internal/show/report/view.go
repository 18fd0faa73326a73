package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/show/glossary"
	"labbook/internal/show/plots"
	"labbook/internal/show/status"
)

// The bounds that keep a page readable and small. What they cut is said on the
// page.
const (
	// Budget bounds a page's size. Figures beyond figureBudget are left out.
	Budget       = 3 << 20
	figureBudget = 2 << 20

	textBudget  = 600 << 10 // of tables, logs, keys, code and Markdown
	maxRows     = 100       // of a table
	maxLogLines = 200
	maxLogBytes = 24 << 10
	maxKeyBytes = 16 << 10
	maxStages   = 200 // with a cell of their own
	maxDrawn    = 120 // in the drawing of the pipeline
	longYAML    = 18  // declarations of more lines are folded
)

// view is what page.gohtml shows.
type view struct {
	*Page
	Style    template.CSS
	Script   template.JS
	Policy   string
	Figures  int // that can be drawn as pictures
	Heading  string
	Status   status.Status
	Lede     template.HTML
	Summary  string
	Facts    []fact
	Board    *board
	Chart    *figureView // of the versions; nil where there are not several
	Versions []versionRow
	// MetricTitle is of the history.
	MetricTitle string
	Graphs      []graph
	Cells       []cell
	Left        int // stages without a cell
	Checks      []explanation
	Terms       []glossary.Term // that the page links to
}

type fact struct {
	Name, Value string
	Code        bool
}

type board struct {
	Columns []boardColumn
	Rows    []boardRow
	Verdict string
	How     string
	Anchor  string
}

type boardColumn struct{ Name, Unit, Arrow, Hint string }

type boardRow struct {
	Rank            int
	Model, Anchor   string
	Linked          bool
	Estimator, Note string
	Champion, Tied  bool
	Values          []boardValue
	Whisker         *whisker
}

type boardValue struct{ Value, Interval string }

type versionRow struct {
	Version            int
	Value, Interval    string
	When, Run          string
	Champion, Standing bool
	Decision           string
}

// builder turns a page into its view, minding the budgets.
type builder struct {
	quotes  quotes
	prose   markdown
	figures int // bytes spent
	text    int // bytes spent, of textBudget
	mutes   notebook.Mutes
	found   []notebook.Finding // that the page shows
}

// afford takes the cost of a text on the page off the budget, if there is as
// much left.
func (b *builder) afford(text string) bool {
	cost := len(text)
	for i := range len(text) {
		switch text[i] {
		case '<', '>', '&', '"', '\'':
			cost += 4
		}
	}
	if b.text+cost > textBudget {
		return false
	}
	b.text += cost
	return true
}

// leftOut stands for a text that the budget had no room for.
const leftOut = "left out to keep this page small; labbook runs show has it"

func build(p *Page) *view {
	b := &builder{quotes: collectQuotes(p), prose: newMarkdown(3), mutes: p.Mutes}
	v := &view{
		Page: p, Style: template.CSS(style()), Script: template.JS(script()), Policy: policy(style(), script()), Figures: p.figures(),
		Heading: p.Title, Status: status.OfRun(&record.Run{Status: p.Run.Status, Error: p.Run.Error}), Summary: summarize(p), Facts: facts(p.Run),
	}
	if v.Heading == "" {
		v.Heading = p.Pipeline
	}
	v.Lede = newMarkdown(2).render(b.quotes.expand(p.Notes))
	names := map[string]bool{}
	for _, s := range p.Stages {
		names[s.Name] = true
	}
	if p.Leaderboard != nil && len(p.Leaderboard.Rows) > 0 {
		v.Board = makeBoard(p.Leaderboard, names)
	}
	if p.History != nil {
		if f := p.History.figure(); f != nil {
			v.Chart = b.figure(f)
		}
		v.Versions = versionRows(p.History)
		v.MetricTitle = metricTitle(p.History.Metric)
	}
	if n := len(p.Stages); n > 0 && n <= maxDrawn {
		v.Graphs = drawGraphs(p.Stages)
	}
	shown := choose(p.Stages)
	for _, s := range shown {
		v.Cells = append(v.Cells, b.cell(s, names))
	}
	v.Left = len(p.Stages) - len(shown)
	v.Checks = b.explanations()
	return v
}

// choose gives the stages that get a cell: all, or of very many those that
// failed or ran before those that did not, in the pipeline's order.
func choose(stages []Stage) []Stage {
	if len(stages) <= maxStages {
		return stages
	}
	rank := func(s Stage) int {
		return slices.Index([]record.Status{record.Failed, record.Interrupted, record.Succeeded, record.Cached, record.Skipped}, s.Status)
	}
	order := make([]int, len(stages))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return rank(stages[i]) - rank(stages[j]) })
	order = order[:maxStages]
	slices.Sort(order)
	shown := make([]Stage, len(order))
	for i, n := range order {
		shown[i] = stages[n]
	}
	return shown
}

// summarize says in a line what happened: "9 stages: 3 ran, 6 up to date".
func summarize(p *Page) string {
	count := map[string]int{}
	var order []string
	for _, s := range p.Stages {
		word := status.OfStage(s.Status).Word
		if count[word]++; count[word] == 1 {
			order = append(order, word)
		}
	}
	parts := make([]string, len(order))
	for i, word := range order {
		parts[i] = fmt.Sprintf("%d %s", count[word], word)
	}
	text := human.Count(len(p.Stages), "stage")
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	return text
}

func facts(r Run) []fact {
	commit := human.Short(r.Commit)
	if r.Dirty && commit != "" {
		commit += " with local changes"
	}
	all := []fact{
		{"Run", r.ID, true},
		{"Started", human.Time(r.Started), false},
		{"Took", human.Duration(r.Took), false},
		{"Git commit", commit, true},
		{"Host", r.Host, false},
		{"Command", r.Command, true},
	}
	for _, v := range r.Versions {
		all = append(all, fact{v.Name, v.Value, false})
	}
	for _, v := range r.Params {
		all = append(all, fact{"params." + v.Name, v.Value, true})
	}
	shown := all[:0]
	for _, f := range all {
		if f.Value != "" {
			shown = append(shown, f)
		}
	}
	return shown
}

func makeBoard(l *Leaderboard, stages map[string]bool) *board {
	b := &board{Verdict: l.Verdict, How: l.How, Anchor: Anchor(l.Stage)}
	for _, v := range l.Rows[0].Metrics {
		c := boardColumn{Name: metricTitle(v.Name), Unit: unit(v)}
		switch v.Better {
		case metrics.Lower:
			c.Arrow, c.Hint = "↓", "lower is better"
		case metrics.Higher:
			c.Arrow, c.Hint = "↑", "higher is better"
		}
		b.Columns = append(b.Columns, c)
	}
	bars := whiskers(l.Rows, l.Primary)
	for i, r := range l.Rows {
		row := boardRow{
			Rank: i + 1, Model: r.Model, Anchor: Anchor(r.Model), Linked: stages[r.Model],
			Estimator: r.Estimator, Note: r.Note, Champion: r.Champion, Tied: r.Tied, Whisker: bars[i],
		}
		for _, v := range r.Metrics {
			row.Values = append(row.Values, boardValue{bare(v, v.Value), interval(v)})
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

func versionRows(h *History) []versionRow {
	rows := make([]versionRow, 0, len(h.Points))
	for i := len(h.Points) - 1; i >= 0; i-- { // newest first
		p := h.Points[i]
		v := h.value(p)
		rows = append(rows, versionRow{
			Version: p.Version, Value: strings.TrimSpace(bare(v, v.Value) + " " + unit(v)), Interval: interval(v),
			When: human.Time(p.Created), Run: p.Run,
			Champion: p.Champion, Standing: p.Standing, Decision: p.Decision,
		})
	}
	return rows
}

// interval writes the ends of a value's interval, if it has one.
func interval(v metrics.Value) string {
	if v.Low == nil || v.High == nil {
		return ""
	}
	return bare(v, *v.Low) + " to " + bare(v, *v.High)
}

// bare writes a number in the scale of a metric, without its unit.
func bare(v metrics.Value, number float64) string {
	if m, ok := metrics.Lookup(v.Name); ok {
		return m.Bare(number)
	}
	return human.Digits(number, 4)
}

// unit gives what stands behind a bare number of the metric.
func unit(v metrics.Value) string {
	if m, ok := metrics.Lookup(v.Name); ok && m.Scale == metrics.Share {
		return "%"
	}
	return v.Unit
}

// metricTitle writes a metric's name as the field does: r2 is R², mae is MAE.
func metricTitle(name string) string {
	if m, ok := metrics.Lookup(name); ok {
		return m.Title
	}
	return strings.ReplaceAll(name, "_", " ")
}

// value is what was measured of a version.
func (h *History) value(p Point) metrics.Value {
	return metrics.Value{Name: h.Metric, Value: p.Value, Low: p.Low, High: p.High, Unit: h.Unit}
}

// figure draws the history; nil where there are not several versions to be drawn.
func (h *History) figure() *notebook.Figure {
	versions := make([]plots.Version, len(h.Points))
	for i, p := range h.Points {
		versions[i] = plots.Version{Number: p.Version, Value: h.value(p), Of: p.Stage, Rows: p.Rows, Champion: p.Champion, Standing: p.Standing}
	}
	title := metricTitle(h.Metric)
	if h.Better != "" {
		title += ", " + string(h.Better) + " is better"
	}
	return plots.Versions(title, versions)
}
