package jsonrow

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"labbook/internal/base/diag"
	"labbook/internal/data/moment"
	"labbook/internal/data/table"
)

// Rows are decoded rows.
type Rows struct {
	Table *table.Table // has the columns of the schema, in its order
	List  bool         // they came as a list
}

// Decode decodes an object, or a list of at most limit objects. The error is a
// *Faults that holds everything that is wrong.
func (d *Decoder) Decode(data []byte, limit int) (*Rows, error) {
	b := &builder{Decoder: d, data: data, limit: limit, columns: d.empty()}
	b.fresh = make([]map[string]int32, len(d.fields))
	list, err := b.body()
	if err != nil {
		return nil, err
	}
	if len(b.faults.List) > 0 {
		return nil, &b.faults
	}
	return &Rows{Table: table.New(b.columns...), List: list}, nil
}

// builder fills columns from objects.
type builder struct {
	*Decoder
	data    []byte
	limit   int
	dec     *json.Decoder
	columns []*table.Column
	fresh   []map[string]int32 // per column: codes of levels that the schema does not have
	faults  Faults
}

// body reads all of the data. The error is one of syntax.
func (b *builder) body() (list bool, err error) {
	if at := firstInvalid(b.data); at >= 0 {
		return false, b.syntax(at, "the body is not valid UTF-8")
	}
	b.dec = json.NewDecoder(bytes.NewReader(b.data))
	first := bytes.TrimLeft(b.data, " \t\r\n")
	switch {
	case len(first) == 0:
		return false, b.syntax(0, "the body is empty")
	case first[0] == '{':
		err = b.object("body")
	case first[0] == '[':
		list, err = true, b.list()
	default:
		return false, b.syntax(len(b.data)-len(first), "the body is neither an object nor a list of objects")
	}
	if err != nil {
		return list, b.explain(err)
	}
	if _, err := b.dec.Token(); !errors.Is(err, io.EOF) {
		return list, b.syntax(int(b.dec.InputOffset()), "something follows the end of the JSON")
	}
	return list, nil
}

func (b *builder) list() error {
	b.dec.Token()
	i := 0
	for ; b.dec.More(); i++ {
		if i == b.limit {
			return &Faults{List: []Fault{{Location: "body", Message: "the list has too many rows",
				Allowed: fmt.Sprintf("at most %d rows", b.limit), Hint: "send several requests"}}}
		}
		if err := b.object(fmt.Sprintf("body[%d]", i)); err != nil {
			return err
		}
	}
	if i == 0 {
		b.faults.add(Fault{Location: "body", Message: "the list is empty", Allowed: "at least one object"})
	}
	_, err := b.dec.Token()
	return err
}

// object reads one object into the columns.
func (b *builder) object(path string) error {
	seen := make(map[string]bool, len(b.fields))
	start, err := b.dec.Token()
	if err != nil {
		return err
	}
	if start != json.Delim('{') {
		if start == json.Delim('[') {
			return &Faults{List: []Fault{{Location: path, Message: "this is a list", Allowed: "an object with a member per field"}}}
		}
		b.faults.add(Fault{Location: path, Message: "this is no object", Value: start, Allowed: "an object with a member per field"})
		return nil
	}
	for _, c := range b.columns {
		extend(c)
	}
	for b.dec.More() {
		key, err := b.dec.Token()
		if err != nil {
			return err
		}
		var raw json.RawMessage
		if err := b.dec.Decode(&raw); err != nil {
			return err
		}
		name := key.(string)
		b.member(path, name, raw, seen[name])
		seen[name] = true
	}
	for j := range b.fields {
		if f := &b.fields[j]; f.required && !seen[f.Name] {
			b.faults.add(Fault{Location: path + "." + f.Name, Message: f.Name + " is missing", Allowed: f.allowed()})
		}
	}
	_, err = b.dec.Token()
	return err
}

// member puts a value into the last row, or notes what is wrong with it.
func (b *builder) member(path, name string, raw json.RawMessage, twice bool) {
	location := path + "." + cutName(name)
	j, known := b.index[name]
	switch {
	case twice:
		b.faults.add(Fault{Location: location, Message: cutName(name) + " stands twice", Value: shown(raw)})
	case known:
		b.value(j, location, raw)
	case !b.ignored[name]:
		b.faults.add(Fault{Location: location, Message: fmt.Sprintf("there is no field %q", cutName(name)), Value: shown(raw),
			Hint: diag.DidYouMean(cutName(name), b.names)})
	}
}

// value sets column j of the last row.
func (b *builder) value(j int, location string, raw json.RawMessage) {
	f, c := &b.fields[j], b.columns[j]
	wrong := func(message, hint string) {
		b.faults.add(Fault{Location: location, Message: message, Value: shown(raw), Allowed: f.allowed(), Hint: hint})
	}
	if string(raw) == "null" {
		if f.required {
			wrong(f.Name+" has no value", "")
		}
		return
	}
	last := c.Len() - 1
	var text string
	quoted := raw[0] == '"' && json.Unmarshal(raw, &text) == nil
	switch f.Type {
	case table.Number:
		v, err := strconv.ParseFloat(string(raw), 64)
		switch {
		case quoted || err != nil:
			wrong(f.Name+" is no number", unquoteHint(text))
		case f.Min != nil && v < *f.Min || f.Max != nil && v > *f.Max:
			wrong(f.Name+" is out of its range", "")
		}
		c.Num[last] = v
	case table.Date:
		if moment.Counts(f.Layout) && !quoted {
			text, quoted = string(raw), true
		}
		v, ok := moment.Parse(f.layout(), text)
		if !quoted || !ok {
			wrong(f.Name+" is no date", "")
		}
		c.Num[last] = v
	case table.Category:
		if !quoted {
			if !f.unquoted(raw) {
				wrong(f.Name+" is no category", quoteHint(raw))
				return
			}
			text = f.level(string(raw))
		}
		code, ok := b.code(j, text)
		if !ok {
			hint := ""
			if near, ok := diag.Closest(cutName(text), f.Levels); ok {
				hint = fmt.Sprintf("did you mean %q?", near)
			}
			wrong(f.Name+" is none of its levels", hint)
		}
		c.Codes[last] = code
	default:
		if !quoted {
			wrong(f.Name+" is no text", "write it in quotes")
		} else if text == "" && f.required {
			wrong(f.Name+" is empty", "")
		}
		c.Texts[last] = text
	}
}

// unquoted says whether a level may come like this.
func (f *field) unquoted(raw []byte) bool {
	switch raw[0] {
	case '{', '[':
		return false
	case 't', 'f':
		return f.truths
	}
	return f.numbers
}

func quoteHint(raw []byte) string {
	if raw[0] == '{' || raw[0] == '[' {
		return ""
	}
	return "write it in quotes"
}

// level gives the level that a number without quotes is, for 3.0 is 3.
func (f *field) level(number string) string {
	if _, known := f.codes[number]; known {
		return number
	}
	if v, err := strconv.ParseFloat(number, 64); err == nil {
		for _, level := range f.Levels {
			if known, err := strconv.ParseFloat(level, 64); err == nil && known == v {
				return level
			}
		}
	}
	return number
}

// code gives the code of a level; one that the schema does not have gets a new
// one, unless none is allowed.
func (b *builder) code(j int, level string) (int32, bool) {
	f, c := &b.fields[j], b.columns[j]
	if code, ok := f.codes[level]; ok {
		return code, true
	}
	if f.closed {
		return -1, false
	}
	if code, ok := b.fresh[j][level]; ok {
		return code, true
	}
	if b.fresh[j] == nil {
		b.fresh[j] = map[string]int32{}
		c.Levels = slices.Clone(c.Levels)
	}
	code := int32(len(c.Levels))
	c.Levels = append(c.Levels, level)
	b.fresh[j][level] = code
	return code, true
}

// explain turns an error of the JSON decoder into one of syntax.
func (b *builder) explain(err error) error {
	if f := (*Faults)(nil); errors.As(err, &f) {
		return f
	}
	at := int(b.dec.InputOffset())
	if e := (*json.SyntaxError)(nil); errors.As(err, &e) {
		at = int(e.Offset)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return b.syntax(len(b.data), "the JSON ends early")
	}
	return b.syntax(at, "this is no JSON: "+err.Error())
}

func (b *builder) syntax(at int, message string) error {
	before := b.data[:min(at, len(b.data))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := len(before) - bytes.LastIndexByte(before, '\n')
	return &Faults{Syntax: true, List: []Fault{{Location: fmt.Sprintf("body line %d column %d", line, column), Message: message,
		Hint: `send one object with a member per field, or a list of them`}}}
}

// firstInvalid gives the place of the first byte that is not UTF-8, or -1.
func firstInvalid(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

func unquoteHint(text string) string {
	if _, err := strconv.ParseFloat(text, 64); err == nil && text != "" {
		return "write it without quotes"
	}
	return ""
}

// cutName bounds what a hostile name costs in messages and comparisons.
func cutName(name string) string {
	if len(name) <= 64 {
		return name
	}
	cut := name[:64]
	for !utf8.ValidString(cut) {
		cut = cut[:len(cut)-1]
	}
	return cut + "…"
}

func (f *field) layout() string {
	if f.Layout == "" {
		return time.RFC3339
	}
	return f.Layout
}
