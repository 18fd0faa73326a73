package formats

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"labbook/internal/base/diag"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/table"
)

// JSON lines have no types of their own: a column is numbers, or truth values,
// where all its values are, else texts. The columns are all names that objects
// have, in the order in which they are met; an object that lacks one, or says
// null, has no value there.

// kinds of JSON values.
const (
	isNull = iota
	isText
	isNumber
	isTruth
	isNested
)

// member is a column while lines are read: of each row the value as it stands in
// the file, "" where there is none.
type member struct {
	name   string
	wanted bool
	values []string
	seen   [isNested + 1]int // values of each kind
	odd    int               // the row of the first value of another kind than the first
	nested int               // the line of the first that is nested
}

// lineReader reads the objects of a file.
type lineReader struct {
	name    string
	members []*member
	index   map[string]int
	lines   []int // of each row
	budget  *budget
	wanted  func(name string) bool
}

// gaps gives the budget for what objects lack that others have. Rows of ten values in
// a thousand columns have room.
func gaps(size int, o *Options) *budget {
	b := newBudget(int64(size), o)
	b.most = min(b.most, max(freeBytes/4, 100*int64(size)))
	return b
}

func namesOfLines(path, name string) ([]string, error) {
	head, err := csvfile.Head(path)
	if err != nil {
		return nil, csvfile.Unreadable(name, err)
	}
	if len(head) >= csvfile.HeadSize {
		return nil, errors.New("later lines may have other names")
	}
	r := lineReader{name: name, budget: gaps(len(head), &Options{Name: name}), wanted: func(string) bool { return false }}
	if err := r.read(head); err != nil {
		return nil, err
	}
	names := make([]string, len(r.members))
	for i, m := range r.members {
		names[i] = m.name
	}
	return names, nil
}

func readLines(path string, o Options) (*Result, error) {
	data, err := csvfile.Load(path, o.Name)
	if err != nil {
		return nil, err
	}
	return parseLines(data, o)
}

// ReadLines reads the text of a file of JSON lines.
func ReadLines(data []byte, o Options) (*Result, error) {
	r, err := parseLines(data, o)
	if r != nil {
		r.name = o.Name
	}
	return r, err
}

// parseLines reads the text of a file.
func parseLines(data []byte, o Options) (*Result, error) {
	asked := map[string]bool{}
	for _, c := range o.Columns {
		asked[c] = true
	}
	r := lineReader{name: o.Name, budget: gaps(len(data), &o), wanted: func(name string) bool { return o.Columns == nil || asked[name] }}
	if err := r.read(data); err != nil {
		return nil, err
	}
	names := make([]string, len(r.members))
	for i, m := range r.members {
		names[i] = m.name
	}
	want, err := o.wanted(names)
	if err != nil {
		return nil, err
	}
	var shapes []*shape
	var members []*member
	for i, m := range r.members {
		if !want[i] {
			continue
		}
		if m.seen[isNested] > 0 {
			return nil, &diag.Error{File: o.Name, Line: m.nested, What: "column " + diag.Names([]string{m.name}) + " holds lists or objects",
				Wanted: "numbers, truth values or texts", Hint: flatten}
		}
		shapes, members = append(shapes, m.shape()), append(members, m)
	}
	if err := r.budget.table(len(r.lines), len(members)); err != nil {
		return nil, err
	}
	result, err := finish(shapes, o, func(shapes []*shape, which []int) ([][]*window, error) {
		windows := make([][]*window, len(which))
		for k, i := range which {
			w, err := members[i].window(shapes[k], len(r.lines))
			if err != nil {
				return nil, inColumn(o.Name, members[i].name, "numbers", err)
			}
			windows[k] = []*window{w}
		}
		return windows, nil
	})
	if err != nil {
		return nil, err
	}
	result.lines = r.lines
	for i, n := range result.Notices {
		result.Notices[i].Line = r.lines[min(n.Line, len(r.lines))-1]
	}
	return result, r.mixed(result, members)
}

// mixed adds notices of columns whose values are of several kinds.
func (r *lineReader) mixed(result *Result, members []*member) error {
	for _, m := range members {
		if m.kinds() < 2 {
			continue
		}
		result.Notices = append(result.Notices, csvfile.Notice{Column: m.name, Count: m.seen[isText], Line: r.lines[m.odd], Value: unquoted(m.values[m.odd]),
			What: "has values of several kinds, and is read as texts", Hint: "declare its type"})
	}
	return nil
}

// kinds counts the kinds of values.
func (m *member) kinds() (n int) {
	for _, kind := range []int{isText, isNumber, isTruth} {
		if m.seen[kind] > 0 {
			n++
		}
	}
	return n
}

func (m *member) shape() *shape {
	s := &shape{Field: table.Field{Name: m.name, Type: table.Text}, as: words}
	switch {
	case m.kinds() == 0:
		s.as = nothing
	case m.kinds() > 1:
	case m.seen[isNumber] > 0:
		s.Type, s.as = table.Number, whole
	case m.seen[isTruth] > 0:
		s.Type, s.as, s.Levels = table.Category, flag, []string{"false", "true"}
	}
	return s
}

// window makes the values of the column.
func (m *member) window(s *shape, rows int) (*window, error) {
	w := newWindow(s, rows)
	for row := range rows {
		if row >= len(m.values) || m.values[row] == "" || m.values[row] == "null" {
			w.miss(row)
			continue
		}
		switch value := m.values[row]; s.as {
		case flag:
			w.codes[row] = 0
			if value == "true" {
				w.codes[row] = 1
			}
		case whole, digits:
			if err := w.setText(row, value); err != nil {
				return nil, err
			}
		default:
			w.texts[row] = unquoted(value)
		}
	}
	return w, nil
}

// setText takes a number as it is written.
func (w *window) setText(row int, text string) error {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		w.setWhole(row, n)
		return nil
	}
	if len(text) < 400 {
		if n, ok := new(big.Int).SetString(text, 10); ok {
			w.setBig(row, n)
			return nil
		}
	}
	if w.as == digits {
		w.texts[row] = text
		return nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if math.IsInf(v, 0) || err != nil {
		return fmt.Errorf("%s is beyond what a number holds", text)
	}
	w.num[row] = v
	return nil
}

// unquoted gives the text of a value; one that is no string as it is written.
func unquoted(value string) string {
	if value == "" || value[0] != '"' {
		return value
	}
	inner := value[1 : len(value)-1]
	for i := range len(inner) {
		if inner[i] == '\\' {
			var text string
			if json.Unmarshal([]byte(value), &text) == nil {
				return text
			}
		}
	}
	return string([]byte(inner))
}

// read reads all lines.
func (r *lineReader) read(data []byte) error {
	r.index = map[string]int{}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(data)) == 0 {
		return &diag.Error{File: r.name, What: "is empty", Wanted: "a JSON object a line"}
	}
	text := unsafe.String(unsafe.SliceData(data), len(data)) // values are parts of it while it is read
	for line, at := 1, 0; at < len(text); line++ {
		end := at
		for end < len(text) && text[end] != '\n' {
			end++
		}
		s := lineScanner{text: text[at:end]}
		if s.space(); s.at < len(s.text) {
			if err := r.object(&s, line); err != nil {
				return err
			}
			r.lines = append(r.lines, line)
		}
		at = end + 1
	}
	return nil
}

// object reads the object of a line.
func (r *lineReader) object(s *lineScanner, line int) error {
	fault := func(what string) error {
		return &diag.Error{File: r.name, Line: line, Col: 1 + utf8.RuneCountInString(s.text[:min(s.at, len(s.text))]), What: what, Wanted: "a JSON object a line", Hint: `write {"a": 1, "b": "x"} on a line of its own`}
	}
	if !utf8.ValidString(s.text) {
		return fault("the line is not valid UTF-8")
	}
	if !s.byte('{') {
		if len(r.lines) == 0 && s.byte('[') {
			return &diag.Error{File: r.name, Line: line, What: "is a JSON list", Wanted: "a JSON object a line", Hint: "jq -c '.[]' makes lines of a list"}
		}
		return fault("the line does not begin an object")
	}
	row := len(r.lines)
	for next, first := 0, true; !s.byte('}'); first = false {
		if !first && !s.byte(',') {
			return fault("the object is not closed, or lacks a comma")
		}
		key, ok := s.string()
		if !ok || !s.byte(':') {
			return fault("a name in quotes, and a colon, are missing")
		}
		value, kind, ok := s.value()
		if !ok {
			return fault("a value is no JSON")
		}
		m := r.member(unquoted(key), &next)
		if m.wanted && len(m.values) > row {
			return fault("the name " + key + " stands twice")
		}
		if m.wanted && r.budget.take(perValue*(row-len(m.values))) != nil {
			return &diag.Error{File: r.name, Line: line, What: fmt.Sprintf("has %d names of columns in %d lines, which leave more gaps than are taken", len(r.members), row+1),
				Hint: "names that differ from line to line are values: make a column of them", Err: csvfile.ErrBound}
		}
		m.add(value, kind, row, line)
	}
	if s.space(); s.at < len(s.text) {
		return fault("something follows the object")
	}
	return nil
}

// member gives the column of a name: mostly the one after the last.
func (r *lineReader) member(name string, next *int) *member {
	i := *next
	if i >= len(r.members) || r.members[i].name != name {
		var known bool
		if i, known = r.index[name]; !known {
			i = len(r.members)
			name = string([]byte(name))
			r.index[name] = i
			r.members = append(r.members, &member{name: name, wanted: r.wanted(name), odd: -1})
		}
	}
	*next = i + 1
	return r.members[i]
}

func (m *member) add(value string, kind, row, line int) {
	if kind == isNested && m.seen[isNested] == 0 {
		m.nested = line
	}
	before := m.kinds()
	m.seen[kind]++
	if before == 1 && m.kinds() == 2 {
		m.odd = row
	}
	if m.wanted {
		for len(m.values) < row {
			m.values = append(m.values, "")
		}
		m.values = append(m.values, value)
	}
}

// lineScanner reads the tokens of a line.
type lineScanner struct {
	text string
	at   int
}

func (s *lineScanner) space() {
	for s.at < len(s.text) && (s.text[s.at] == ' ' || s.text[s.at] == '\t' || s.text[s.at] == '\r') {
		s.at++
	}
}

// byte passes over space and then c, if that comes next.
func (s *lineScanner) byte(c byte) bool {
	s.space()
	if s.at < len(s.text) && s.text[s.at] == c {
		s.at++
		return true
	}
	return false
}

// string reads a string, with its quotes.
func (s *lineScanner) string() (string, bool) {
	if s.space(); s.at >= len(s.text) || s.text[s.at] != '"' {
		return "", false
	}
	begin := s.at
	escaped := false
	for i := begin + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return "", false
		case c == '"':
			s.at = i + 1
			value := s.text[begin:s.at]
			return value, !escaped || json.Valid([]byte(value))
		}
	}
	return "", false
}

// value reads a value, as it is written.
func (s *lineScanner) value() (value string, kind int, ok bool) {
	if s.space(); s.at >= len(s.text) {
		return "", 0, false
	}
	switch c := s.text[s.at]; {
	case c == '"':
		value, ok = s.string()
		return value, isText, ok
	case c == '{' || c == '[':
		d := json.NewDecoder(bytes.NewReader([]byte(s.text[s.at:])))
		var raw json.RawMessage
		if d.Decode(&raw) != nil {
			return "", 0, false
		}
		s.at += int(d.InputOffset())
		return "", isNested, true
	}
	begin := s.at
	for s.at < len(s.text) && s.text[s.at] != ',' && s.text[s.at] != '}' && s.text[s.at] > ' ' {
		s.at++
	}
	value = s.text[begin:s.at]
	switch value {
	case "null":
		return value, isNull, true
	case "true", "false":
		return value, isTruth, true
	}
	return value, isNumber, isJSONNumber(value)
}

// isJSONNumber says whether a text is a number by RFC 8259, section 6.
func isJSONNumber(s string) bool {
	if len(s) > 0 && s[0] == '-' {
		s = s[1:]
	}
	digits := func() bool {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		s = s[n:]
		return n > 0
	}
	if len(s) > 1 && s[0] == '0' && s[1] >= '0' && s[1] <= '9' || !digits() {
		return false
	}
	if len(s) > 0 && s[0] == '.' {
		if s = s[1:]; !digits() {
			return false
		}
	}
	if len(s) > 0 && (s[0] == 'e' || s[0] == 'E') {
		if s = s[1:]; len(s) > 0 && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if !digits() {
			return false
		}
	}
	return s == ""
}
