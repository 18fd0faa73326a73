package rows

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"

	"labbook/internal/csvfile"
	"labbook/internal/diag"
	"labbook/internal/table"
)

// csvText is a CSV file as text, for writing it again with more columns.
type csvText struct {
	delimiter rune
	records   [][]string // the header first
}

func readCSV(data []byte, name string, fields []table.Field) (*Rows, error) {
	columns := make([]csvfile.Column, len(fields))
	for i, f := range fields {
		f.Seen = nil
		if !f.Ordered {
			f.Levels = nil // others are for the model to judge
		}
		columns[i] = csvfile.Column{Field: f}
	}
	file, err := csvfile.Parse(bytes.Clone(data), csvfile.Options{Name: name, Columns: columns, Rest: csvfile.Drop})
	if err != nil {
		return nil, err
	}
	text := &csvText{delimiter: rune(file.Delimiter)}
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
	return &Rows{Format: CSV, Table: file.Table, csv: text}, nil
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
