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

func readCSV(data []byte, name string, fields []table.Field, ignored []string) (*Rows, error) {
	r, _, err := readWhole(data, name, fields, ignored, csvfile.Drop)
	return r, err
}

// readWhole also gives the table as it was read: gaps are gaps in it, and it has the
// other columns unless these are dropped.
func readWhole(data []byte, name string, fields []table.Field, ignored []string, rest csvfile.Rest) (*Rows, *table.Table, error) {
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
	file, decoded, read, err := csvfile.Match(data, csvfile.Options{Name: name, Columns: columns, Rest: rest, Examples: diag.MaxListed})
	if err != nil {
		return nil, nil, err
	}
	if err := unreadable(file, name); err != nil {
		return nil, nil, err
	}
	for _, c := range file.Table.Columns {
		label(c)
	}
	text := &csvText{delimiter: rune(file.Delimiter), line: file.Line}
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
// are many.
func unreadable(file *csvfile.File, name string) error {
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
	if total > diag.MaxListed {
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
	for i, record := range t.records {
		more := titles
		if i > 0 {
			more = answers(i - 1)
		}
		if err := out.Write(append(record[:len(record):len(record)], more...)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}
