// Package notebook is the content of a stage's cell in the report: blocks of
// Markdown, tables, figures and findings, as data.
//
// Cells are artifacts: they are cached, compared byte for byte, and rendered
// later by whoever makes a page. So they hold no clock, no run id and no host,
// tables hold values and not what a page makes of them (Value.String does), and
// nothing in them is HTML: text from data is escaped when it is rendered.
package notebook

import (
	"encoding/json"

	"labbook/internal/base/figure"
)

// Cell is what a stage shows. Blocks appear in order.
type Cell struct {
	Blocks []Block `json:"blocks,omitempty"`
}

// Block is one of its pointers, the only one set.
type Block struct {
	Heading  *string   `json:"heading,omitempty"`  // plain text, a level below the stage's own
	Markdown *string   `json:"markdown,omitempty"` // CommonMark with tables; raw HTML is not rendered
	Table    *Table    `json:"table,omitempty"`
	Figure   *Figure   `json:"figure,omitempty"`
	Gallery  []*Figure `json:"gallery,omitempty"` // small figures side by side
	Findings []Finding `json:"findings,omitempty"`
	Code     *string   `json:"code,omitempty"`
	Fold     *Fold     `json:"fold,omitempty"`
}

// Figure is a chart as data, which a renderer draws, or a picture that somebody
// else drew; one of the two is set.
type Figure struct {
	Alt     string        `json:"alt"` // what it shows, for those who cannot see it; required
	Caption string        `json:"caption,omitempty"`
	Chart   *figure.Chart `json:"chart,omitempty"`
	*Picture
}

// Picture is the bytes of a file, such as one that a command left.
type Picture struct {
	Type   string `json:"type"`  // "svg" or "png"
	Data   []byte `json:"data"`  // base64 in JSON
	Width  int    `json:"width"` // in CSS pixels; 0 where it is not known
	Height int    `json:"height"`
}

// Finding is something noticed, said in words with what to do about it.
type Finding struct {
	Level  Level  `json:"level"`
	Text   string `json:"text"` // plain text: "price is right-skewed (1.62): consider target: log"
	Column string `json:"column,omitempty"`
	Count  int    `json:"count,omitempty"` // rows concerned
	// Code is that of the check that found it, "C008", which package checks
	// explains; "" for what no check looks for.
	Code string `json:"code,omitempty"`
	// Remedy is YAML that cures it, "drop: [id]"; "" where no line does.
	Remedy string `json:"remedy,omitempty"`
	// Muted is the reason for which the pipeline mutes it: it is listed, and
	// counts for nothing. Outputs hold none, for they are the same when it is lifted.
	Muted string `json:"muted,omitempty"`
}

// Level says how much a finding weighs.
type Level string

// The levels, the lightest first. An Error keeps a model from becoming champion
// by itself.
const (
	Info    Level = "info"
	Advice  Level = "advice"
	Warning Level = "warning"
	Error   Level = "error"
)

// Warns says whether a finding of this level is told outside the notebook too.
func (l Level) Warns() bool { return l == Warning || l == Error }

// Fold hides blocks behind a summary line until the reader opens it.
type Fold struct {
	Summary string  `json:"summary"`
	Blocks  []Block `json:"blocks"`
}

// Heading appends a heading.
func (c *Cell) Heading(text string) { c.add(Block{Heading: &text}) }

// Markdown appends Markdown.
func (c *Cell) Markdown(text string) { c.add(Block{Markdown: &text}) }

// Code adds text as it is, such as a declaration.
func (c *Cell) Code(text string) { c.add(Block{Code: &text}) }

// Table appends a table.
func (c *Cell) Table(t Table) { c.add(Block{Table: &t}) }

// Figure appends a figure at full width.
func (c *Cell) Figure(f *Figure) { c.add(Block{Figure: f}) }

// Gallery appends small figures side by side.
func (c *Cell) Gallery(f ...*Figure) { c.add(Block{Gallery: f}) }

// Findings appends findings, if there are any.
func (c *Cell) Findings(f ...Finding) {
	if len(f) > 0 {
		c.add(Block{Findings: f})
	}
}

// Fold appends what fill appends, behind a summary line.
func (c *Cell) Fold(summary string, fill func(*Cell)) {
	var inner Cell
	fill(&inner)
	c.add(Block{Fold: &Fold{Summary: summary, Blocks: inner.Blocks}})
}

func (c *Cell) add(b Block) { c.Blocks = append(c.Blocks, b) }

// Encode gives the cell's canonical bytes.
func (c *Cell) Encode() ([]byte, error) { return json.Marshal(c) }

// Decode is the inverse of Encode.
func Decode(data []byte) (*Cell, error) {
	var c Cell
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, err
	}
	return &c, nil
}

// Figures gives all figures of the cell in order, those in folds too.
func (c *Cell) Figures() []*Figure { return figuresOf(nil, c.Blocks) }

func figuresOf(all []*Figure, blocks []Block) []*Figure {
	for _, b := range blocks {
		switch {
		case b.Figure != nil:
			all = append(all, b.Figure)
		case b.Gallery != nil:
			all = append(all, b.Gallery...)
		case b.Fold != nil:
			all = figuresOf(all, b.Fold.Blocks)
		}
	}
	return all
}
