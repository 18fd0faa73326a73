package rows

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/table"
)

// maxRows bounds the rows of one JSON input; MaxBytes comes first.
const maxRows = 10_000_000

func readJSON(data []byte, name string, fields []table.Field, ignored []string) (*Rows, error) {
	format := Object
	if data[0] == '[' {
		format = List
	} else if list, n := joinLines(data); n > 1 {
		data, format = list, Lines
	}
	r, err := jsonrow.New(fields, jsonrow.Options{Ignored: ignored}).Decode(data, maxRows)
	var faults *jsonrow.Faults
	if errors.As(err, &faults) {
		return nil, explain(name, faults)
	}
	if err != nil {
		return nil, err
	}
	return &Rows{Format: format, Table: r.Table, name: name}, nil
}

// joinLines makes a list of objects that follow one another, and counts them.
// What is no JSON is left as it is, to be explained by whoever decodes it.
func joinLines(data []byte) (list []byte, n int) {
	out := bytes.NewBuffer(make([]byte, 0, len(data)+2))
	dec := json.NewDecoder(bytes.NewReader(data))
	for ; ; n++ {
		var object json.RawMessage
		err := dec.Decode(&object)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0
		}
		if n == 0 {
			out.WriteByte('[')
		} else {
			out.WriteByte(',')
		}
		out.Write(object)
	}
	out.WriteByte(']')
	return out.Bytes(), n
}

// explain says faults the way the command line does, each with its path.
func explain(name string, faults *jsonrow.Faults) error {
	var list diag.List
	for _, f := range faults.List {
		e := &diag.Error{File: name, What: f.Message, Found: show(f.Value), Hint: f.Hint}
		path := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(f.Location, "body"), "."))
		if at := strings.LastIndexByte(path, '.') + 1; strings.HasPrefix(f.Message, path[at:]+" ") { // the message names the field
			path = strings.TrimSuffix(path[:at], ".")
		}
		if path != "" {
			e.What = path + ": " + f.Message
		}
		switch allowed := f.Allowed.(type) {
		case nil:
		case string:
			e.Wanted = allowed
		default:
			e.Wanted = "one of " + show(allowed)
		}
		if e.Hint == "" && strings.HasSuffix(f.Message, " is missing") {
			e.Hint = "add it: no row that the model was trained on lacked it"
		}
		list = append(list, e)
	}
	if faults.More > 0 {
		list = append(list, &diag.Error{File: name, What: fmt.Sprintf("and %d more faults", faults.More)})
	}
	if faults.Syntax && list[0].Hint == "" {
		list[0].Hint = `write one object, as in {"carat": 0.7, "cut": "Ideal"}, or a list of them`
	}
	return list.Err()
}

// show writes a value as JSON, "" for none.
func show(v any) string {
	if v == nil {
		return ""
	}
	return string(quoted(v))
}
