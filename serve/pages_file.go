package serve

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"labbook/internal/base/diag"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/formats"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/rows"
	"labbook/serve/pages"
)

// PredictFile implements pages.Backend. The rows go through the API as what they are;
// JSON goes as a table, so that it comes back as one.
func (b *backend) PredictFile(r *http.Request, of pages.Asked, file []byte) (*pages.FileAnswer, error) {
	const name = "the file"
	out := &pages.FileAnswer{}
	if csvfile.Packed(file) {
		text, err := csvfile.Unpack(file, name, int(b.server.options.Limits.Body))
		if err != nil {
			return out, err
		}
		file = text
	}
	kind := typeCSV
	switch begin := bytes.TrimLeft(bytes.TrimPrefix(file, []byte("\xef\xbb\xbf")), " \t\r\n"); {
	case rows.Binary(file):
		kind, out.Typed = typeParquet, true
	case len(begin) > 0 && (begin[0] == '{' || begin[0] == '['):
		table, err := arrowOf(begin, name)
		if err != nil {
			return out, err
		}
		file, kind, out.Typed = table, typeArrow, true
	}
	w, err := b.send(r, http.MethodPost, askedPath(of, "predict"), kind, file)
	if err != nil {
		return out, err
	}
	var faults *jsonrow.Faults
	if w.status >= 400 {
		if w.problem != nil && errors.As(w.problem.from, &faults) {
			return out, faults
		}
		return out, w.failed()
	}
	out.CSV, out.Request, out.Warnings = w.body.Bytes(), w.header.Get("X-Request-Id"), w.header.Values("X-Labbook-Warning")
	return out, nil
}

// arrowOf makes an Arrow file of JSON: of an object a line, or of a list of them.
func arrowOf(text []byte, name string) ([]byte, error) {
	if text[0] == '[' {
		var list []json.RawMessage
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, &diag.Error{File: name, What: "is no JSON: " + err.Error(), Wanted: "a list of objects, or an object a line"}
		}
		var lines bytes.Buffer
		for _, object := range list {
			if err := json.Compact(&lines, object); err != nil {
				return nil, err
			}
			lines.WriteByte('\n')
		}
		text = lines.Bytes()
	} else if one := new(bytes.Buffer); json.Compact(one, text) == nil { // an object over several lines
		text = one.Bytes()
	}
	read, err := formats.ReadLines(text, formats.Options{Name: name})
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := read.Table.Write(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
