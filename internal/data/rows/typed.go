package rows

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/formats"
	"labbook/internal/data/moment"
	"labbook/internal/data/table"
)

// asCSV is a table with types as the CSV that it would be, so that one set of rules
// holds for the rows of both, and the fields as they are written there.
type asCSV struct {
	text   []byte
	fields []table.Field
}

// Binary says whether bytes begin as Parquet or Arrow do.
func Binary(data []byte) bool { return formats.Binary(data) }

// typed takes Parquet and Arrow; of other bytes ok is false.
func typed(data []byte, name string, fields []table.Field, most Most) (t *asCSV, ok bool, err error) {
	const unfolds = 8 // what a text may take as a table, in times its size
	r, ok, err := formats.ReadBytes(data, formats.Options{Name: name, Most: formats.Bound{Rows: most.Rows, Bytes: unfolds * int64(most.Bytes)}})
	var e *diag.Error
	if errors.As(err, &e) {
		e.Hint = withoutLoad.Replace(e.Hint)
	}
	if !ok || err != nil {
		return nil, ok, err
	}
	t, err = written(r.Table, name, fields, most.Bytes)
	return t, true, err
}

// lines takes a JSON object a line.
func lines(data []byte, name string, fields []table.Field) (*asCSV, error) {
	r, err := formats.ReadLines(data, formats.Options{Name: name})
	if err != nil {
		return nil, err
	}
	return written(r.Table, name, fields, 0)
}

func noRows(name string) error { return &diag.Error{File: name, What: "has columns but no rows"} }

// written writes a table as CSV, in at most so many bytes if that is not 0: dates in
// the form that the schema knows, numbers with all their digits.
func written(t *table.Table, name string, fields []table.Field, most int) (*asCSV, error) {
	if t.Rows() == 0 {
		return nil, noRows(name)
	}
	w := &asCSV{fields: slices.Clone(fields)}
	columns := slices.Clone(t.Columns)
	for i, c := range columns {
		at := slices.IndexFunc(fields, func(f table.Field) bool { return f.Name == c.Name })
		if at < 0 {
			continue
		}
		switch f := &w.fields[at]; {
		case f.Type == table.Date && c.Type == table.Date && f.Layout != "":
			form := *c
			form.Layout = f.Layout
			columns[i] = &form
		case f.Type == table.Date && c.Type == table.Number && moment.Counts(f.Layout):
		case f.Type == table.Number && c.Type == table.Number:
			f.Layout = "" // the form is that of a text
		}
	}
	var out bytes.Buffer
	text := csv.NewWriter(&out)
	if err := text.Write(t.Names()); err != nil {
		return nil, err
	}
	record := make([]string, len(columns))
	for row := range t.Rows() {
		size := 0
		for i, c := range columns {
			record[i] = c.String(row)
			size += len(record[i])
		}
		if most > 0 && out.Len()+size > most {
			return nil, &diag.Error{File: name, What: fmt.Sprintf("is more than %d bytes as CSV", most), Hint: "split it, or leave out columns", Err: csvfile.ErrBound}
		}
		if len(record) == 1 && record[0] == "" {
			out.WriteString("\"\"\n") // else it would be no row
			continue
		}
		if err := text.Write(record); err != nil {
			return nil, err
		}
		if len(record) == 1 {
			text.Flush()
		}
	}
	text.Flush()
	w.text = out.Bytes()
	return w, text.Error()
}

// inRows has the errors of a table name its rows, counted from 1, in place of the lines
// of the CSV that it would be.
func (t *asCSV) inRows(err error) error {
	var list diag.List
	list.Add(err)
	if len(list) == 0 {
		return err
	}
	text := csv.NewReader(bytes.NewReader(t.text))
	starts := []int{} // the lines on which the header and the rows begin
	for {
		if _, err := text.Read(); err != nil {
			break
		}
		line, _ := text.FieldPos(0)
		starts = append(starts, line)
	}
	for _, e := range list {
		if e.Line > 1 {
			at, found := slices.BinarySearch(starts, e.Line)
			if !found {
				at--
			}
			e.Line, e.Col = at, 0
		}
	}
	return list.Err()
}
