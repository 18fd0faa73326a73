// Package rows reads rows to predict, as JSON, CSV, Parquet or Arrow, against the
// schema that a model was trained on, and writes the predictions in the form they
// were asked for: an object for an object, a list for a list, lines for lines, CSV for
// CSV, and CSV for tables in a binary form.
//
// What is wrong is said of every row and field at once, with its path. A field
// that the schema does not know is an error; one that the model could do
// without in training may be left out. CSV is taken in any form that load can be
// told of: its encoding, delimiter and decimal point are found. Its columns are
// held to the schema too, but that those which the model does not read are
// carried over to the answer, and named in Unread: they say which row is whose.
// A gap in a column that training never lacked is filled, with a remark.
package rows

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"labbook/internal/base/notebook"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
)

// Format is how rows came, and go.
type Format string

// The formats.
const (
	Object Format = "object" // one JSON object
	List   Format = "list"   // a JSON array of objects
	Lines  Format = "lines"  // JSON objects, one after the other
	CSV    Format = "csv"
)

// MaxBytes bounds what is read.
const MaxBytes = 256 << 20

// Most bounds what is made of bytes that nobody vouches for, such as a request's: rows
// of a table in a binary form, and bytes of the CSV that it would be. 0 is no bound;
// the errors of others are csvfile.ErrBound.
type Most struct{ Rows, Bytes int }

// Rows are rows that were read.
type Rows struct {
	Format Format
	Table  *table.Table // has the columns of the schema, in its order
	// Unread are the columns of CSV that the schema does not know.
	Unread []string
	// Remarks say what was made of the rows, such as of gaps that were filled.
	Remarks []notebook.Finding

	name string
	csv  *csvText // of CSV, to write it again
	text []byte
}

// Text gives the rows as they were read: what came, or the CSV that stands for a table
// in a binary form.
func (r *Rows) Text() []byte { return r.text }

// Place gives where row i stands in what was read: "stones.csv:7", "body[6]", or
// the name alone where there is one row.
func (r *Rows) Place(i int) string {
	switch r.Format {
	case CSV:
		return fmt.Sprintf("%s:%d", r.name, r.csv.line(i))
	case Object:
		return r.name
	}
	return fmt.Sprintf("%s[%d]", r.name, i)
}

// Read reads rows with these fields. Those named in ignored, such as the target,
// may stand in them and are passed over. name is what errors call the input.
func Read(r io.Reader, name string, fields []table.Field, ignored ...string) (*Rows, error) {
	data, err := readAll(r, name)
	if err != nil {
		return nil, err
	}
	return Parse(data, name, fields, Most{}, ignored...)
}

// Parse is Read of bytes, within bounds.
func Parse(data []byte, name string, fields []table.Field, most Most, ignored ...string) (r *Rows, err error) {
	t, ok, err := typed(data, name, fields, most)
	if err != nil {
		return nil, err
	}
	if ok {
		data, fields = t.text, t.fields
	}
	if object := trimmed(data); !ok && isJSON(object) {
		r, err = readJSON(object, name, fields, ignored)
	} else {
		r, err = readCSV(data, name, fields, ignored)
	}
	if ok {
		err = t.inRows(err)
	}
	if r != nil {
		r.text = data
		if ok {
			r.csv.line = func(row int) int { return row + 1 }
		}
	}
	return r, err
}

// ReadWhole reads rows as Read does, but JSON only as an object a line, and besides
// gives the table as it stands in the file: with all other columns, whose types are
// found in their values, and gaps as gaps.
func ReadWhole(r io.Reader, name string, fields []table.Field) (*Rows, *table.Table, error) {
	data, err := readAll(r, name)
	if err != nil {
		return nil, nil, err
	}
	if t, ok, err := typed(data, name, fields, Most{}); ok {
		if err != nil {
			return nil, nil, err
		}
		return readWhole(t.text, name, t.fields, nil, csvfile.Infer, &form{})
	}
	if text := trimmed(data); isJSON(text) {
		t, err := lines(text, name, fields)
		if err != nil {
			return nil, nil, err
		}
		return readWhole(t.text, name, t.fields, nil, csvfile.Infer, &form{})
	}
	return readWhole(data, name, fields, nil, csvfile.Infer, &form{})
}

func readAll(r io.Reader, name string) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err == nil && len(data) > MaxBytes {
		err = fmt.Errorf("%s is larger than %d MB: split it", name, MaxBytes>>20)
	}
	return data, err
}

func trimmed(data []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
}

func isJSON(text []byte) bool {
	return len(text) > 0 && (text[0] == '{' || text[0] == '[') || json.Valid(text)
}
