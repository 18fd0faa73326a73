package requests

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
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

// body gives what may be kept of a body. One that has a name and cannot be
// decoded is not kept at all.
func (r *redactor) body(data []byte) []byte {
	if first := bytes.TrimLeft(data, " \t\r\n"); len(first) > 0 && first[0] != '{' && first[0] != '[' {
		if !bytes.ContainsRune(data, '\n') && bytes.ContainsRune(data, '=') { // a form
			return []byte(strings.TrimPrefix(r.path("?"+string(data)), "?"))
		}
		return r.csv(data)
	}
	if !r.suspicious(data) {
		return data
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil || dec.More() {
		return []byte(redacted)
	}
	if !r.value(v) {
		return data
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
	if len(r.names) == 0 {
		return false
	}
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

// csv redacts the columns whose names are listed.
func (r *redactor) csv(data []byte) []byte {
	header, _, _ := bytes.Cut(data, []byte("\n"))
	names := strings.FieldsFunc(string(header), func(c rune) bool { return strings.ContainsRune(",;\t|\"\r\ufeff", c) })
	if !slices.ContainsFunc(names, r.listed) {
		return data
	}
	reader := csv.NewReader(bytes.NewReader(data))
	reader.FieldsPerRecord = -1
	reader.LazyQuotes = true
	for _, delimiter := range ";\t|" {
		if strings.Count(string(header), string(delimiter)) > strings.Count(string(header), string(reader.Comma)) {
			reader.Comma = delimiter
		}
	}
	records, err := reader.ReadAll()
	if err != nil || len(records) == 0 {
		return []byte(redacted)
	}
	for j, name := range records[0] {
		if !r.listed(strings.TrimPrefix(name, "\ufeff")) {
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
	w.Comma = reader.Comma
	w.WriteAll(records)
	return out.Bytes()
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
