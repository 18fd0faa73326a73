package report

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/show/render"
	"labbook/internal/show/status"
)

// cell is a stage as the template shows it.
type cell struct {
	Stage
	Anchor      string
	Status      status.Status
	Time        string
	Effort      string // CPU and memory
	Why         string // it ran, or did not; that nothing changed is what up to date says
	Inputs      []link
	Prose       template.HTML
	YAML        []yamlLine
	LongYAML    bool
	Findings    []notebook.Finding
	Blocks      []block
	Tiles       []tile
	MetricTable *tableView
	Log         Log
	KeyCut      string
}

type link struct{ Name, Anchor string }

// anchor gives the id of a stage's cell; stages' names hold no dots.
// Anchor is the id of a stage's cell in the page.
func Anchor(name string) string { return "stage-" + strings.ReplaceAll(name, "/", ".") }

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
	Label   string // what is read out of it: the caption, or what its columns are
	Columns []tableColumn
	Headed  bool // some column has a name
	Rows    []tableRow
	Left    int // rows left out
}

type tableRow struct {
	Best  bool
	Cells []tableCell
}

type tableColumn struct{ Name, Unit, Class string }

type tableCell struct{ Text, Class string }

type figureView struct {
	Alt, Caption string
	Drawn        template.HTML // a chart
	Whole        bool          // it wants all the width, in a gallery too
	Source       template.URL  // a picture, as data:
	Width        int           // its own; 0 where it is not known
	Height       int
	LeftOut      string // why there is neither
}

func (b *builder) cell(s Stage, names map[string]bool) cell {
	c := cell{
		Stage: s, Anchor: Anchor(s.Name), Status: status.OfStage(s.Status),
		Prose: b.prose.render(b.quotes.expand(s.Notes)),
		YAML:  highlight(s.Declaration),
	}
	c.Findings = s.Warnings
	if s.Cell != nil { // what the cell says itself is not said twice
		c.Findings = slices.DeleteFunc(slices.Clone(c.Findings), func(f notebook.Finding) bool { return says(s.Cell.Blocks, f) })
	}
	if s.Status != record.Cached {
		c.Why = s.Reason
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
			c.Inputs = append(c.Inputs, link{from, Anchor(from)})
		}
	}
	c.Findings = b.findings(c.Findings)
	if s.Cell != nil {
		c.Blocks = b.blocks(s.Cell.Blocks)
	}
	c.Tiles, c.MetricTable = b.metrics(s.Metrics)
	if c.Log = s.Log; !b.afford(c.Log.Text) {
		c.Log.Text, c.Log.Cut = leftOut, 0
	}
	c.KeyCut = strings.ToValidUTF8(s.KeyText[:min(len(s.KeyText), maxKeyBytes)], "")
	if len(s.KeyText) > maxKeyBytes {
		c.KeyCut += "\n… cut here; `labbook runs show` has the rest"
	}
	if !b.afford(c.KeyCut) {
		c.KeyCut = leftOut
	}
	return c
}

// says tells whether blocks that can be seen without a click hold a finding.
func says(blocks []notebook.Block, f notebook.Finding) bool {
	return slices.ContainsFunc(blocks, func(b notebook.Block) bool {
		return slices.ContainsFunc(b.Findings, func(other notebook.Finding) bool { return other.Text == f.Text })
	})
}

func (b *builder) blocks(in []notebook.Block) []block {
	out := make([]block, 0, len(in))
	for _, n := range in {
		switch {
		case n.Heading != nil:
			out = append(out, block{Heading: *n.Heading})
		case n.Markdown != nil:
			text := *n.Markdown
			if !b.afford(text) {
				text = leftOut
			}
			out = append(out, block{Prose: b.prose.render(text)})
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
			out = append(out, block{Findings: b.findings(n.Findings)})
		case n.Code != nil:
			text := *n.Code
			if !b.afford(text) {
				text = leftOut
			}
			out = append(out, block{Code: text})
		case n.Fold != nil:
			out = append(out, block{Summary: n.Fold.Summary, Blocks: b.blocks(n.Fold.Blocks)})
		}
	}
	return out
}

func (b *builder) table(t *notebook.Table) *tableView {
	v := &tableView{Caption: t.Caption, Label: labelOf(t)}
	class := make([]string, len(t.Columns))
	for j, c := range t.Columns {
		longest := 0
		for _, row := range t.Rows {
			if j < len(row) {
				longest = max(longest, len(c.Under(row[j])))
			}
		}
		switch { // words are what a narrow page would set one below the other
		case t.Numeric(j):
			class[j] = "num"
		case longest > 150:
			class[j] = "words long"
		case longest > 60:
			class[j] = "words"
		case longest > 24:
			class[j] = "phrase"
		default:
			class[j] = "short"
		}
		v.Columns = append(v.Columns, tableColumn{c.Name, c.Unit, class[j]})
		v.Headed = v.Headed || c.Name != ""
	}
	for i, row := range t.Rows {
		r := tableRow{Best: slices.Contains(t.Best, i)}
		for j, value := range row[:min(len(row), len(t.Columns))] {
			r.Cells = append(r.Cells, tableCell{cut(t.Columns[j].Under(value), 500), class[j]})
		}
		if i == maxRows || !b.affordRow(r) {
			v.Left = len(t.Rows) - i
			break
		}
		v.Rows = append(v.Rows, r)
	}
	return v
}

// labelOf names a table: by its caption, else by its first columns.
func labelOf(t *notebook.Table) string {
	if t.Caption != "" {
		return t.Caption
	}
	var names []string
	for _, c := range t.Columns {
		if c.Name != "" && len(names) < 4 {
			names = append(names, c.Name)
		}
	}
	if len(names) == 0 {
		return "Table"
	}
	return "Table of " + cut(human.And(names), 120)
}

// affordRow is afford for a table's row with its markup.
func (b *builder) affordRow(r tableRow) bool {
	text := ""
	for _, c := range r.Cells {
		text += c.Text + "<td></td>"
	}
	return b.afford(text)
}

func (b *builder) figure(f *notebook.Figure) *figureView {
	if f == nil {
		return &figureView{LeftOut: "there is no figure"}
	}
	v := &figureView{Alt: f.Alt, Caption: f.Caption}
	if f.Picture != nil {
		b.picture(v, f.Picture)
		return v
	}
	drawn, err := render.HTML(f)
	switch {
	case err != nil:
		v.LeftOut = "it cannot be drawn: " + cut(err.Error(), 300)
	case b.afforded(len(drawn), v):
		v.Drawn, v.Whole = template.HTML(titled(drawn, f.Chart.Title)), f.Chart.Room == ""
	}
	return v
}

// picture shows the bytes of a file.
func (b *builder) picture(v *figureView, p *notebook.Picture) {
	kind, known := map[string]string{"svg": "image/svg+xml", "png": "image/png"}[p.Type]
	if !known {
		v.LeftOut = fmt.Sprintf("this page cannot show a picture of type %q", p.Type)
		return
	}
	if b.afforded(base64.StdEncoding.EncodedLen(len(p.Data)), v) {
		v.Width, v.Height = p.Width, p.Height
		v.Source = template.URL("data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(p.Data))
	}
}

// afforded takes the size of a figure off the budget, or says in its place that
// there is not as much left.
func (b *builder) afforded(size int, v *figureView) bool {
	if b.figures+size > figureBudget {
		v.LeftOut = "left out to keep this page below " + human.Bytes(Budget)
		return false
	}
	b.figures += size
	return true
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
			tiles[i] = tile{metricTitle(v.Name), bare(v, v.Value), unit(v), interval(v)}
		}
		return tiles, nil
	}
	t := &notebook.Table{Columns: notebook.Columns("Metric", "Of", "Value")}
	for _, v := range values {
		t.Row(notebook.Text(metricTitle(v.Name)), notebook.Text(v.Subject), v.Shown())
	}
	return nil, b.table(t)
}

// findingRows says how many rows a finding concerns, unless its text does.
func findingRows(f notebook.Finding) string {
	if f.Count == 0 || strings.Contains(f.Text, human.Int(f.Count)) {
		return ""
	}
	return human.Count(f.Count, "row")
}
