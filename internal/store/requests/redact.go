package requests

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"labbook/internal/data/csvfile"
)

// DefaultRedact lists the names whose values are not kept when nothing else is
// said. Letters' case does not count.
func DefaultRedact() []string {
	return []string{"password", "passwd", "secret", "token", "access_token", "refresh_token", "authorization", "api_key", "apikey", "cookie", "session"}
}

const redacted = "[redacted]"

// redactor takes values out of what is kept. Nearly nothing has any of the
// names, so it looks for these first and decodes only what has one.
type redactor struct{ names []string }

func newRedactor(names []string) *redactor {
	r := &redactor{}
	for _, name := range names {
		r.names = append(r.names, strings.ToLower(name))
	}
	return r
}

func (r *redactor) listed(name string) bool {
	return slices.Contains(r.names, strings.ToLower(strings.TrimSpace(name)))
}

// body gives what may be kept of a body, in whichever of the usual encodings of texts. One
// that has a name and cannot be decoded is not kept at all.
func (r *redactor) body(data []byte) []byte {
	if len(r.names) == 0 {
		return data
	}
	text := data
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) { // UTF-16
		var err error
		if text, err = csvfile.Text(data, "body"); err != nil {
			return []byte(redacted)
		}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	var kept []byte // nil: all
	switch first := bytes.TrimLeft(text, " \t\r\n"); {
	case len(first) == 0:
	case first[0] == '{' || first[0] == '[':
		kept = r.json(text)
		if kept == nil && bytes.IndexByte(bytes.TrimSpace(text), '\n') >= 0 { // or a table whose first column is called so
			if kept = r.csv(text); kept != nil && json.Valid(text) {
				kept = nil
			}
		}
	case !bytes.ContainsRune(text, '\n') && bytes.ContainsRune(text, '='): // a form
		kept = []byte(strings.TrimPrefix(r.path("?"+string(text)), "?"))
	default:
		kept = r.csv(text)
	}
	if kept == nil {
		return data
	}
	return kept
}

// json redacts the members whose names are listed; nil where there are none.
func (r *redactor) json(data []byte) []byte {
	if !r.suspicious(data) {
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() {
		return []byte(redacted)
	}
	if !r.value(v) {
		return nil
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte(redacted)
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}

// suspicious says whether one of the names begins after a quote. A name may be
// spelled with JSON's escapes, so those of ASCII are suspicious too.
func (r *redactor) suspicious(data []byte) bool {
	if bytes.Contains(data, []byte(`\u00`)) {
		return true
	}
	for rest := data; ; {
		i := bytes.IndexByte(rest, '"')
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
		for _, name := range r.names {
			if len(rest) > len(name) && rest[len(name)] == '"' && strings.EqualFold(string(rest[:len(name)]), name) {
				return true
			}
		}
	}
}

// value redacts within a decoded value, and says whether there was anything.
func (r *redactor) value(v any) (changed bool) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if r.listed(name) {
				v[name], changed = redacted, true
			} else if r.value(member) {
				changed = true
			}
		}
	case []any:
		for _, element := range v {
			if r.value(element) {
				changed = true
			}
		}
	}
	return changed
}

// csv redacts the columns whose names are listed; nil where there are none.
func (r *redactor) csv(data []byte) []byte {
	comma, found := r.comma(data[:headerEnd(data)])
	if !found {
		return nil
	}
	reader := newReader(data, comma)
	records, err := reader.ReadAll()
	if err != nil || len(records) == 0 {
		return []byte(redacted)
	}
	for j, name := range records[0] {
		if !r.listed(name) {
			continue
		}
		for _, record := range records[1:] {
			if j < len(record) {
				record[j] = redacted
			}
		}
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Comma = comma
	w.WriteAll(records)
	return out.Bytes()
}

// comma finds what parts a header so that a name is listed; of several, the commonest.
func (r *redactor) comma(header []byte) (comma rune, found bool) {
	lower := strings.ToLower(string(header))
	if !slices.ContainsFunc(r.names, func(name string) bool { return strings.Contains(lower, name) }) {
		return 0, false
	}
	most := -1
	for _, c := range ",;\t|^~\x01\x1f" { // others stand within names
		names, err := newReader(header, c).Read()
		if n := bytes.Count(header, []byte{byte(c)}); n > most && (err != nil || slices.ContainsFunc(names, r.listed)) {
			comma, most, found = c, n, true
		}
	}
	return comma, found
}

// newReader reads CSV however it is written.
func newReader(data []byte, comma rune) *csv.Reader {
	reader := csv.NewReader(bytes.NewReader(data))
	reader.Comma, reader.FieldsPerRecord, reader.LazyQuotes = comma, -1, true
	return reader
}

// headerEnd gives where the first record ends: a name in quotes may hold line breaks.
func headerEnd(data []byte) int {
	quoted := false
	for i, c := range data {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n' && !quoted:
			return i
		}
	}
	return len(data)
}

// path redacts parameters of a path with a query.
func (r *redactor) path(path string) string {
	before, query, found := strings.Cut(path, "?")
	if !found || len(r.names) == 0 {
		return path
	}
	parts := strings.Split(query, "&")
	for i, part := range parts {
		name, _, _ := strings.Cut(part, "=")
		if decoded, err := url.QueryUnescape(name); err != nil || r.listed(decoded) {
			parts[i] = name + "=" + redacted
		}
	}
	return before + "?" + strings.Join(parts, "&")
}
