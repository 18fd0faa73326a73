package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"labbook/internal/base/human"
)

// listing is a table for the terminal. Numbers are columns whose title begins
// with ">"; they are aligned right.
type listing struct {
	titles []string
	rows   [][]string
}

// add adds a row. What is long or would steer the terminal is not passed on.
func (l *listing) add(cells ...string) {
	for i, cell := range cells {
		cells[i] = human.Line(cell, 600)
	}
	l.rows = append(l.rows, cells)
}

// print writes the table; a table without rows writes nothing.
func (l *listing) print(w io.Writer, c colours) {
	if len(l.rows) == 0 {
		return
	}
	titles := make([]string, len(l.titles))
	right := make([]bool, len(l.titles))
	width := make([]int, len(l.titles))
	for j, t := range l.titles {
		titles[j], right[j] = strings.CutPrefix(t, ">")
		width[j] = utf8.RuneCountInString(titles[j])
	}
	for _, row := range l.rows {
		for j, cell := range row {
			width[j] = max(width[j], utf8.RuneCountInString(cell))
		}
	}
	format := func(row []string) string {
		var b strings.Builder
		for j, cell := range row {
			pad := strings.Repeat(" ", width[j]-utf8.RuneCountInString(cell))
			if right[j] {
				b.WriteString(pad + cell + "  ")
			} else {
				b.WriteString(cell + pad + "  ")
			}
		}
		return strings.TrimRight(b.String(), " ")
	}
	if strings.Join(titles, "") != "" {
		fmt.Fprintln(w, c.dim(format(titles)))
	}
	for _, row := range l.rows {
		fmt.Fprintln(w, format(row))
	}
}

// printJSON writes a value as indented JSON.
func (a *app) printJSON(v any) error {
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// colours writes ANSI sequences, or none.
type colours bool

// colours says whether colours are wanted on w: on a terminal, unless --no-color
// or NO_COLOR (https://no-color.org) says otherwise.
func (a *app) colours(w io.Writer) colours {
	return colours(!a.noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w))
}

// isTerminal says whether a person looks at what is written: then it may be
// painted and redrawn, and text of others is made harmless.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// paint puts a colour around a text, and gives the text itself where there are
// no colours. An empty text stays empty.
func (c colours) paint(code, text string) string {
	if !c || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (c colours) bold(text string) string   { return c.paint("1", text) }
func (c colours) dim(text string) string    { return c.paint("2", text) }
func (c colours) red(text string) string    { return c.paint("31;1", text) }
func (c colours) green(text string) string  { return c.paint("32", text) }
func (c colours) yellow(text string) string { return c.paint("33", text) }

// moment writes a time for a table, in the reader's zone.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05")
}
