package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/table"
	"labbook/internal/store/output"
)

// shownTable is what `cat --json` prints.
type shownTable struct {
	Stage   string            `json:"stage"`
	File    string            `json:"file"`
	Rows    int               `json:"rows"` // of the whole table
	Columns []table.Field     `json:"columns"`
	Head    []json.RawMessage `json:"head"` // the first rows, as objects
}

// catCommand shows the beginning of a table to a person.
func (a *app) catCommand() *cobra.Command {
	var run string
	var rows int
	var columns []string
	cmd := &cobra.Command{
		Use: "cat STAGE[:FILE]", Short: "Show a table that a stage left",
		Long: `Show the first rows of a table or matrix that a stage left, with the type and the
unit of each column. STAGE and FILE are named as for labbook get; FILE may be left
out where there is one table. On a terminal as many columns are shown as fit.`,
		Example: `  labbook cat diamonds/split:train
  labbook cat diamonds/evaluate --rows 20 --columns price,boosting`,
		Args: args(1, 1, "a stage, as in load or diamonds/split:test"),
		RunE: func(cmd *cobra.Command, given []string) error {
			found, file, err := a.outputNamed(cmd.Context(), given[0], run)
			if err != nil {
				return err
			}
			c, err := output.ChooseTable(found, file)
			if err != nil {
				return usage(err)
			}
			t, err := c.Table()
			if err != nil {
				return err
			}
			if t, err = chosenColumns(t, columns); err != nil {
				return err
			}
			total := t.Rows()
			if rows > 0 {
				t = t.Slice(0, min(rows, total))
			}
			if a.json {
				return a.printJSON(headOf(found.Stage, c.Blob.Name, t, total))
			}
			a.printHead(t, total)
			return nil
		},
		ValidArgsFunction: a.completeStages,
	}
	cmd.Flags().StringVar(&run, "run", "", "the run: its id, a beginning of it, latest or latest~1")
	cmd.Flags().IntVarP(&rows, "rows", "n", 10, "how many rows; 0 for all")
	cmd.Flags().StringSliceVar(&columns, "columns", nil, "these columns, in this order (with commas, or again, for more)")
	return a.withJSON(cmd)
}

// chosenColumns gives the columns that were named, all where none was.
func chosenColumns(t *table.Table, names []string) (*table.Table, error) {
	for _, name := range names {
		if t.Column(name) == nil {
			return nil, usagef(diag.DidYouMean(name, t.Names()), "there is no column %q", name)
		}
	}
	if len(names) == 0 {
		return t, nil
	}
	return t.Select(names...), nil
}

// headOf gives the first rows of a table as JSON.
func headOf(stage, file string, t *table.Table, total int) shownTable {
	shown := shownTable{Stage: stage, File: file, Rows: total, Columns: t.Fields(), Head: []json.RawMessage{}}
	for i := range t.Rows() {
		shown.Head = append(shown.Head, jsonrow.AppendObject(nil, t, i))
	}
	return shown
}

// widest is how many letters of a value are shown.
const widest = 40

// printHead prints a table below its types, and what is not shown of it.
func (a *app) printHead(t *table.Table, total int) {
	fit := len(t.Columns)
	cells := make([][]string, fit) // by column: name, type, values
	room := widthOf(a.out)
	for j, c := range t.Columns {
		width := 0
		cells[j] = columnCells(c)
		for _, cell := range cells[j] {
			width = max(width, utf8.RuneCountInString(cell))
		}
		if room -= width + 2; room < -2 && j > 0 {
			fit = j
			break
		}
	}
	l := listing{}
	for _, c := range t.Columns[:fit] {
		title := human.Line(c.Name, widest)
		if c.Type == table.Number {
			title = ">" + title
		}
		l.titles = append(l.titles, title)
	}
	for i := 1; i < t.Rows()+2; i++ {
		row := make([]string, fit)
		for j := range row {
			row[j] = cells[j][i]
		}
		l.add(row...)
	}
	l.print(a.out, a.colours(a.out))
	if a.quiet {
		return
	}
	if fit < len(t.Columns) {
		fmt.Fprintf(a.err, "and %s: %s; --columns chooses\n", human.Count(len(t.Columns)-fit, "column"), diag.Names(t.Names()[fit:]))
	}
	if t.Rows() < total {
		fmt.Fprintf(a.err, "%s of %s\n", human.Int(t.Rows()), human.Count(total, "row"))
	}
}

// columnCells gives what is printed of a column: its name, its type with its unit,
// and its values.
func columnCells(c *table.Column) []string {
	kind := string(c.Type)
	if c.Unit != "" {
		kind += ", " + c.Unit
	}
	cells := []string{human.Line(c.Name, widest), human.Line(kind, widest)}
	for i := range c.Len() {
		text := c.String(i)
		switch {
		case c.IsMissing(i):
			text = "–"
		case c.Type == table.Number && !c.Integer:
			text = human.Exact(c.Num[i])
		}
		cells = append(cells, human.Line(text, widest))
	}
	return cells
}

// widthOf gives how many letters a line of a terminal holds; there is no end to
// those of a file.
func widthOf(w io.Writer) int {
	if f, ok := w.(*os.File); ok {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil {
			return cmp.Or(width, 80)
		}
	}
	return 1 << 30
}
