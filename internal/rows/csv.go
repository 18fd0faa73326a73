package rows

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"labbook/internal/csvfile"
	"labbook/internal/diag"
	"labbook/internal/table"
)

// csvText is a CSV file as text, for writing it again with more columns.
type csvText struct {
	delimiter rune
	records   [][]string // the header first
	line      func(row int) int
}

func readCSV(data []byte, name string, fields []table.Field, ignored []string) (*Rows, error) {
	columns := make([]csvfile.Column, len(fields))
	for i, f := range fields {
		f.Seen = nil
		if !f.Ordered {
			f.Levels = nil // others are for the model to judge
		}
		columns[i] = csvfile.Column{Field: f, Optional: f.Missing}
	}
	file, err := csvfile.Parse(bytes.Clone(data), csvfile.Options{Name: name, Columns: columns, Rest: csvfile.Drop})
	if err != nil {
		return nil, err
	}
	text := &csvText{delimiter: rune(file.Delimiter), line: file.Line}
	reader := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	reader.Comma = text.delimiter
	reader.LazyQuotes = true
	if text.records, err = reader.ReadAll(); err != nil {
		return nil, err
	}
	if rows := file.Table.Rows(); len(text.records)-1 != rows {
		return nil, &diag.Error{File: name, What: fmt.Sprintf("the quotes are ambiguous: %d or %d rows", rows, len(text.records)-1),
			Hint: "double each quote within a quoted field"}
	}
	if err := lacking(file, name, fields); err != nil {
		return nil, err
	}
	r := &Rows{Format: CSV, Table: inOrder(file.Table, fields), name: name, csv: text}
	for _, column := range text.records[0] {
		column = strings.TrimSpace(column)
		if file.Table.Column(column) == nil && !slices.Contains(ignored, column) {
			r.Unread = append(r.Unread, column)
		}
	}
	return r, nil
}

// lacking refuses values that are missing although training never lacked them.
func lacking(file *csvfile.File, name string, fields []table.Field) error {
	var list diag.List
	for _, f := range fields {
		c := file.Table.Column(f.Name)
		for row := 0; !f.Missing && row < c.Len() && len(list) <= diag.MaxListed; row++ {
			if c.IsMissing(row) {
				list = append(list, &diag.Error{File: name, Line: file.Line(row), What: f.Name + " has no value",
					Wanted: "a " + string(f.Type), Hint: "fill it in: no row that the model was trained on lacked it"})
			}
		}
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
