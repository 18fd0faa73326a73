package rows

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
)

// csvText is a CSV file as text, for writing it again with more columns.
type csvText struct {
	delimiter rune
	records   [][]string // the header first
	line      func(row int) int
}

// form is what is known of a text that is a piece of a larger one.
type form struct {
	delimiter, decimal byte               // 0: to be found
	line               func(line int) int // gives a line of the whole; nil: the text is the whole
	encoding           string             // found
	wrong              int                // rows that cannot be read
}

// lineOf gives a line of the whole.
func (f *form) lineOf(line int) int {
	if f.line == nil || line == 0 {
		return line
	}
	return f.line(line)
}

// within says errors of a piece with the lines of the whole.
func (f *form) within(err error) error {
	if err == nil || f.line == nil {
		return err
	}
	var pieces, list diag.List
	pieces.Add(err)
	for _, e := range pieces {
		moved := *e
		moved.Line = f.lineOf(e.Line)
		list = append(list, &moved)
	}
	return list.Err()
}

func readCSV(data []byte, name string, fields []table.Field, ignored []string) (*Rows, error) {
	r, _, err := readWhole(data, name, fields, ignored, csvfile.Drop, &form{})
	return r, err
}

// readWhole also gives the table as it was read: gaps are gaps in it, and it has the
// other columns unless these are dropped. What it finds of the form it notes there.
func readWhole(data []byte, name string, fields []table.Field, ignored []string, rest csvfile.Rest, known *form) (*Rows, *table.Table, error) {
	columns := make([]csvfile.Column, len(fields))
	for i, f := range fields {
		f.Seen = nil
		if !f.Ordered {
			f.Levels = nil // others are for the model to judge
		}
		columns[i] = csvfile.Column{Field: f, Optional: f.Missing}
		if f.Ordered && f.Labels != nil { // only its levels are allowed, by either name
			columns[i].Labels = maps.Clone(f.Labels)
			for _, level := range f.Levels {
				columns[i].Labels[level] = level
			}
		}
	}
	file, decoded, read, err := csvfile.Match(data, csvfile.Options{Name: name, Delimiter: known.delimiter, Decimal: known.decimal, Columns: columns, Rest: rest, Examples: diag.MaxListed})
	if err != nil {
		return nil, nil, known.within(err)
	}
	known.delimiter, known.decimal, known.encoding = file.Delimiter, read.Decimal, read.Encoding
	for _, dropped := range file.Dropped {
		known.wrong += dropped.Count
	}
	if err := unreadable(file, name, known.line == nil); err != nil {
		return nil, nil, known.within(err)
	}
	for _, c := range file.Table.Columns {
		label(c)
	}
	text := &csvText{delimiter: rune(file.Delimiter), line: func(row int) int { return known.lineOf(file.Line(row)) }}
	reader := csv.NewReader(bytes.NewReader(decoded))
	reader.Comma = text.delimiter
	reader.LazyQuotes = true
	if text.records, err = reader.ReadAll(); err != nil {
		return nil, nil, err
	}
	if rows := file.Table.Rows(); len(text.records)-1 != rows {
		return nil, nil, &diag.Error{File: name, What: fmt.Sprintf("the quotes are ambiguous: %d or %d rows", rows, len(text.records)-1),
			Hint: "double each quote within a quoted field"}
	}
	r := &Rows{Format: CSV, Table: inOrder(file.Table, fields), name: name, csv: text}
	if err := r.fill(fields); err != nil {
		return nil, nil, err
	}
	if read.Encoding == "windows-1252" {
		r.Remarks = append(r.Remarks, notebook.Finding{Level: "warning", Text: name + " is not UTF-8: it was read as windows-1252"})
	}
	for _, column := range text.records[0] {
		column = strings.TrimSpace(column)
		if column != "" && file.Table.Column(column) == nil && !slices.Contains(ignored, column) { // without a name: that of the row
			r.Unread = append(r.Unread, column)
		}
	}
	return r, file.Table, nil
}

// label gives raw values the names that they were declared to have; names stay.
func label(c *table.Column) {
	if c.Type != table.Category || c.Labels == nil {
		return
	}
	var levels []string
	codes := make([]int32, len(c.Levels))
	for code, level := range c.Levels {
		if name, ok := c.Labels[level]; ok {
			level = name
		}
		at := slices.Index(levels, level)
		if at < 0 {
			at = len(levels)
			levels = append(levels, level)
		}
		codes[code] = int32(at)
	}
	for row, code := range c.Codes {
		if code >= 0 {
			c.Codes[row] = codes[code]
		}
	}
	c.Levels = levels
}

// withoutLoad takes out of a hint what helps only somebody who declares a load
// stage.
var withoutLoad = strings.NewReplacer(
	", or keep such rows out with bad_rows: drop", "",
	", declare it under missing", "",
	" (a command stage can), or leave it out: rest: drop, and the columns that are wanted", ", or leave it out",
	"if that is meant, ask for fewer columns: rest: drop", "leave out columns that the model does not read",
	`if its decimal point is a comma, declare decimal: ","; if commas part thousands, declare layout: "1,234"`, "write it without marks between thousands",
)

// unreadable names the rows that cannot be read, the first of them when there
// are many; counted says to add how many there are.
func unreadable(file *csvfile.File, name string, counted bool) error {
	var list diag.List
	total := 0
	for _, dropped := range file.Dropped {
		total += dropped.Count
		list = append(list, dropped.Examples...)
	}
	slices.SortStableFunc(list, func(a, b *diag.Error) int { return cmp.Compare(a.Line, b.Line) })
	for _, e := range list {
		e.Hint = withoutLoad.Replace(e.Hint)
	}
	if counted && total > diag.MaxListed {
		list = append(list[:min(len(list), diag.MaxListed-1)], &diag.Error{File: name,
			What: fmt.Sprintf("%d of %d rows cannot be read; these are the first", total, file.Rows), Hint: "mend them, or leave them out"})
	}
	return list.Err()
}

// inOrder gives the table the columns of the schema in its order; what was left
// out is missing.
func inOrder(t *table.Table, fields []table.Field) *table.Table {
	columns := make([]*table.Column, len(fields))
	for i, f := range fields {
		if columns[i] = t.Column(f.Name); columns[i] == nil {
			columns[i] = table.Blank(f, t.Rows())
		}
	}
	return table.New(columns...)
}

// write writes the rows again, each followed by the values of its answer.
func (t *csvText) write(w io.Writer, titles []string, answers func(row int) []string) error {
	out := csv.NewWriter(w)
	out.Comma = t.delimiter
	if err := out.Write(t.record(0, titles)); err != nil {
		return err
	}
	for i := range t.records[1:] {
		if err := out.Write(t.record(i+1, answers(i))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// record gives a record, the header being the first, followed by more.
func (t *csvText) record(i int, more []string) []string {
	record := t.records[i]
	return append(record[:len(record):len(record)], more...)
}
