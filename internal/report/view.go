package report

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"

	"labbook/internal/human"
	"labbook/internal/metrics"
	"labbook/internal/notebook"
)

// The bounds that keep a page readable and small. What they cut is said on the
// page.
const (
	// Budget bounds a page's size. Figures beyond figureBudget are left out.
	Budget       = 3 << 20
	figureBudget = 2 << 20 // as base64

	maxRows     = 100 // of a table
	maxLogLines = 200
	maxLogBytes = 24 << 10
	maxKeyBytes = 16 << 10
	maxCells    = 40000 // of all tables together
	longYAML    = 18    // declarations of more lines are folded
)

// view is what page.gohtml shows.
type view struct {
	*Page
	Style    template.CSS
	Script   template.JS
	Policy   string
	Heading  string
	Status   status
	Lede     template.HTML
	Summary  string
	Facts    []fact
	Board    *board
	Chart    *sparkline
	Versions []versionRow
	Graphs   []graph
	Cells    []cell
}

type fact struct {
	Name, Value string
	Code        bool
}

type board struct {
	Columns []boardColumn
	Rows    []boardRow
	Verdict string
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

// cell is a stage as the template shows it.
type cell struct {
	Stage
	Anchor      string
	Status      status
	Time        string
	Effort      string // CPU and memory
	Inputs      []link
	Prose       template.HTML
	YAML        []yamlLine
	LongYAML    bool
	Findings    []notebook.Finding
	Blocks      []block
	Tiles       []tile
	MetricTable *tableView
	LogLines    int
	LogText     string
	LogCut      int
	KeyCut      string
}

type link struct{ Name, Anchor string }

type tile struct{ Name, Value, Unit, Interval string }

// block is a notebook.Block ready to show; one of its fields is set.
type block struct {
	Heading  string
	Prose    template.HTML
	Table    *tableView
	Figure   *figureView
	Gallery  []*figureView
	Findings []notebook.Finding
	Code     string
	Summary  string // of a fold
	Blocks   []block
}

type tableView struct {
	Caption string
	Columns []tableCell
	Rows    []tableRow
	Left    int // rows left out
}

type tableRow struct {
	Best  bool
	Cells []tableCell
}

type tableCell struct{ Text, Class string }

type figureView struct {
	*notebook.Figure
	Source  template.URL // data:
	LeftOut string       // why there is no picture
}

// builder turns a page into its view, minding the budgets.
type builder struct {
	quotes  quotes
	prose   markdown
	figures int // bytes spent
	cells   int // table cells spent
}

func build(p *Page) *view {
	b := &builder{quotes: collectQuotes(p), prose: newMarkdown(3)}
	v := &view{
		Page: p, Style: template.CSS(pageCSS), Script: template.JS(pageJS), Policy: policy(pageCSS, pageJS),
		Heading: p.Title, Status: statusOf(p.Run.Status), Summary: summarize(p), Facts: facts(p.Run),
	}
	if v.Heading == "" {
		v.Heading = p.Pipeline
	}
	if p.Run.Status == "succeeded" {
		v.Status.Word = "succeeded"
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
		v.Chart, v.Versions = drawHistory(p.History), versionRows(p.History)
	}
	if len(p.Stages) > 0 {
		v.Graphs = drawGraphs(p.Stages)
	}
	for _, s := range p.Stages {
		v.Cells = append(v.Cells, b.cell(s, names))
	}
	return v
}

// summarize says in a line what happened: "9 stages: 3 ran, 6 up to date".
func summarize(p *Page) string {
	count := map[string]int{}
	var order []string
	for _, s := range p.Stages {
		word := statusOf(s.Status).Word
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
	b := &board{Verdict: l.Verdict, Anchor: anchor(l.Stage)}
	for _, v := range l.Rows[0].Metrics {
		c := boardColumn{Name: metricName(v.Name), Unit: v.Unit}
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
			Rank: i + 1, Model: r.Model, Anchor: anchor(r.Model), Linked: stages[r.Model],
			Estimator: r.Estimator, Note: r.Note, Champion: r.Champion, Tied: r.Tied, Whisker: bars[i],
		}
		for _, v := range r.Metrics {
			row.Values = append(row.Values, boardValue{human.Number(v.Value), interval(v.Low, v.High)})
		}
		b.Rows = append(b.Rows, row)
	}
	return b
}

func versionRows(h *History) []versionRow {
	rows := make([]versionRow, 0, len(h.Points))
	for i := len(h.Points) - 1; i >= 0; i-- { // newest first
		p := h.Points[i]
		rows = append(rows, versionRow{
			Version: p.Version, Value: human.Measure(p.Value, h.Unit), Interval: interval(p.Low, p.High),
			When: human.Time(p.Created), Run: p.Run,
			Champion: p.Champion, Standing: p.Standing, Decision: p.Decision,
		})
	}
	return rows
}

func interval(low, high *float64) string {
	if low == nil || high == nil {
		return ""
	}
	return human.Number(*low) + " to " + human.Number(*high)
}

// metricName writes a metric's name as the field does: r2 is R², mae is MAE.
func metricName(name string) string {
	switch name {
	case "r2":
		return "R²"
	case "mae", "rmse", "mse", "mape", "auc", "rmsle":
		return strings.ToUpper(name)
	}
	return strings.ReplaceAll(name, "_", " ")
}

func (b *builder) cell(s Stage, names map[string]bool) cell {
	c := cell{
		Stage: s, Anchor: anchor(s.Name), Status: statusOf(s.Status),
		Prose:    b.prose.render(b.quotes.expand(s.Notes)),
		YAML:     highlight(s.Declaration),
		Findings: s.Warnings,
	}
	c.LongYAML = len(c.YAML) > longYAML
	if s.Took > 0 {
		c.Time = human.Duration(s.Took)
	}
	if s.CPU > 0 {
		c.Effort = human.Duration(s.CPU) + " of processor time"
	}
	if s.Memory > 0 {
		c.Effort += ", " + human.Bytes(s.Memory) + " of memory at most"
	}
	c.Effort = strings.TrimPrefix(c.Effort, ", ")
	for _, from := range s.From {
		if names[from] {
			c.Inputs = append(c.Inputs, link{from, anchor(from)})
		}
	}
	if s.Cell != nil {
		c.Blocks = b.blocks(s.Cell.Blocks)
	}
	c.Tiles, c.MetricTable = b.metrics(s.Metrics)
	c.LogText, c.LogLines, c.LogCut = tail(s.Log)
	c.KeyCut = strings.ToValidUTF8(s.KeyText[:min(len(s.KeyText), maxKeyBytes)], "")
	if len(s.KeyText) > maxKeyBytes {
		c.KeyCut += "\n… cut here; `labbook runs show` has the rest"
	}
	return c
}

func (b *builder) blocks(in []notebook.Block) []block {
	out := make([]block, 0, len(in))
	for _, n := range in {
		switch {
		case n.Heading != nil:
			out = append(out, block{Heading: *n.Heading})
		case n.Markdown != nil:
			out = append(out, block{Prose: b.prose.render(*n.Markdown)})
		case n.Table != nil:
			out = append(out, block{Table: b.table(n.Table)})
		case n.Figure != nil:
			out = append(out, block{Figure: b.figure(n.Figure)})
		case n.Gallery != nil:
			var gallery []*figureView
			for _, f := range n.Gallery {
				gallery = append(gallery, b.figure(f))
			}
			out = append(out, block{Gallery: gallery})
		case n.Findings != nil:
			out = append(out, block{Findings: n.Findings})
		case n.Code != nil:
			out = append(out, block{Code: *n.Code})
		case n.Fold != nil:
			out = append(out, block{Summary: n.Fold.Summary, Blocks: b.blocks(n.Fold.Blocks)})
		}
	}
	return out
}

func (b *builder) table(t *notebook.Table) *tableView {
	v := &tableView{Caption: t.Caption}
	class := func(column int) string {
		if column < len(t.Align) {
			switch t.Align[column] {
			case 'r':
				return "num"
			case 'c':
				return "mid"
			}
		}
		return ""
	}
	for j, name := range t.Columns {
		v.Columns = append(v.Columns, tableCell{name, class(j)})
	}
	best := map[int]bool{}
	for _, i := range t.Best {
		best[i] = true
	}
	for i, row := range t.Rows {
		if b.cells += len(row); i == maxRows || b.cells > maxCells {
			v.Left = len(t.Rows) - i
			break
		}
		r := tableRow{Best: best[i]}
		for j, text := range row {
			r.Cells = append(r.Cells, tableCell{cut(text, 500), class(j)})
		}
		v.Rows = append(v.Rows, r)
	}
	return v
}

func (b *builder) figure(f *notebook.Figure) *figureView {
	v := &figureView{Figure: f}
	kind, known := map[string]string{"svg": "image/svg+xml", "png": "image/png"}[f.Type]
	size := base64.StdEncoding.EncodedLen(len(f.Data))
	switch {
	case !known:
		v.LeftOut = fmt.Sprintf("this page cannot show a picture of type %q", f.Type)
	case b.figures+size > figureBudget:
		v.LeftOut = "left out to keep this page below " + human.Bytes(Budget)
	default:
		b.figures += size
		v.Source = template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(f.Data))
	}
	return v
}

// metrics gives a few of a stage's own metrics as tiles, more as a table.
func (b *builder) metrics(values []metrics.Value) ([]tile, *tableView) {
	if len(values) == 0 {
		return nil, nil
	}
	own := true
	for _, v := range values {
		own = own && v.Subject == ""
	}
	if own && len(values) <= 6 {
		tiles := make([]tile, len(values))
		for i, v := range values {
			tiles[i] = tile{metricName(v.Name), human.Number(v.Value), v.Unit, interval(v.Low, v.High)}
		}
		return tiles, nil
	}
	t := &notebook.Table{Columns: []string{"Metric", "Of", "Value", "Interval", "Unit"}, Align: "llrrl"}
	for _, v := range values {
		t.Rows = append(t.Rows, []string{v.Name, v.Subject, human.Number(v.Value), interval(v.Low, v.High), v.Unit})
	}
	return nil, b.table(t)
}

// tail gives the end of a log, its number of lines, and how many are left out.
func tail(log string) (text string, lines, left int) {
	log = strings.ToValidUTF8(strings.TrimRight(log, "\n"), "�")
	if log == "" {
		return "", 0, 0
	}
	all := strings.Split(log, "\n")
	from, size := len(all), 0
	for from > 0 && len(all)-from < maxLogLines && size+len(all[from-1]) < maxLogBytes {
		from--
		size += len(all[from]) + 1
	}
	if from == len(all) { // one line beyond all bounds
		return cut(all[len(all)-1], maxLogBytes/4), len(all), len(all) - 1
	}
	return strings.Join(all[from:], "\n"), len(all), from
}
