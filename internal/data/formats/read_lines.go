package formats

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
	"unsafe"

	"labbook/internal/base/diag"
	"labbook/internal/data/csvfile"
)

// JSON lines have no types of their own: a column is numbers, or truth values,
// where all its values are, else texts. The columns are all names that objects
// have, in the order in which they are met; an object that lacks one, or says
// null, has no value there.

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
