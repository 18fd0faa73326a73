package jsonrow

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
	"unsafe"

	"labbook/internal/data/table"
)

// Scan decodes data into row when it is one flat object that has nothing wrong
// with it and nothing unusual in it: no escape, no duplicate, no unknown field
// or level. Otherwise it gives false, row holds anything, and Decode is to be
// asked. It allocates nothing but what dates need.
func (d *Decoder) Scan(data []byte, row *Row) bool {
	s := scanner{data: data}
	if !d.scan(&s, row.Table.Columns, 0, row.seen) {
		return false
	}
	s.space()
	return s.at == len(data)
}

// ScanList is Scan for a list of at most limit objects. Texts of the table share
// memory with data, so it must not outlive that.
func (d *Decoder) ScanList(data []byte, limit int) (*table.Table, bool) {
	s := scanner{data: data}
	if !s.byte('[') {
		return nil, false
	}
	columns, seen := d.empty(), make([]bool, len(d.fields))
	for n := 0; n == 0 || s.byte(','); n++ {
		if n == limit {
			return nil, false
		}
		for _, c := range columns {
			extend(c)
		}
		if !d.scan(&s, columns, n, seen) {
			return nil, false
		}
	}
	if !s.byte(']') {
		return nil, false
	}
	s.space()
	return table.New(columns...), s.at == len(data)
}

// empty makes the schema's columns without a row.
func (d *Decoder) empty() []*table.Column {
	columns := make([]*table.Column, len(d.fields))
	for i := range d.fields {
		columns[i] = &table.Column{Field: d.fields[i].Field}
	}
	return columns
}

// extend adds a row whose value is missing.
func extend(c *table.Column) {
	switch c.Type {
	case table.Category:
		c.Codes = append(c.Codes, -1)
	case table.Text:
		c.Texts = append(c.Texts, "")
	default:
		c.Num = append(c.Num, math.NaN())
	}
}

// scan reads an object into row i of the columns. Members mostly come in the
// order of the schema, so the one after the last is looked at first.
func (d *Decoder) scan(s *scanner, columns []*table.Column, i int, seen []bool) bool {
	if !s.byte('{') {
		return false
	}
	clear(seen)
	next := 0
	for first := true; ; first = false {
		if s.byte('}') {
			return d.complete(columns, i, seen)
		}
		if !first && !s.byte(',') {
			return false
		}
		name, ok := s.plain()
		if !ok || !s.byte(':') {
			return false
		}
		j := next
		if j >= len(d.names) || d.names[j] != string(name) {
			var known bool
			if j, known = d.index[string(name)]; !known {
				if !d.ignored[string(name)] || !s.skip() {
					return false
				}
				continue
			}
		}
		if seen[j] || !d.fields[j].scan(s, columns[j], i) {
			return false
		}
		seen[j], next = true, j+1
	}
}

// complete marks as missing what may be, and says whether that is all.
func (d *Decoder) complete(columns []*table.Column, i int, seen []bool) bool {
	for j, seen := range seen {
		if seen {
			continue
		}
		if d.fields[j].required {
			return false
		}
		unset(columns[j], i)
	}
	return true
}

// unset makes a value of a column missing.
func unset(c *table.Column, i int) {
	switch c.Type {
	case table.Category:
		c.Codes[i] = -1
	case table.Text:
		c.Texts[i] = ""
	default:
		c.Num[i] = math.NaN()
	}
}

// scan reads a value into row i of c.
func (f *field) scan(s *scanner, c *table.Column, i int) bool {
	if f.Type == table.Number {
		v, ok := s.number()
		if !ok || f.Min != nil && v < *f.Min || f.Max != nil && v > *f.Max {
			return false
		}
		c.Num[i] = v
		return true
	}
	text, ok := s.plain()
	if !ok {
		return false
	}
	switch f.Type {
	case table.Category:
		code, known := f.codes[string(text)]
		c.Codes[i] = code
		return known
	case table.Date:
		t, err := time.Parse(f.layout(), string(text))
		c.Num[i] = seconds(t)
		return err == nil
	}
	if len(text) == 0 {
		return false
	}
	c.Texts[i] = unsafe.String(&text[0], len(text))
	return true
}

// scanner reads tokens from the front of data[at:].
type scanner struct {
	data []byte
	at   int
}

func (s *scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\n', '\t', '\r':
			s.at++
		default:
			return
		}
	}
}

// byte passes over space and then c, if that comes next.
func (s *scanner) byte(c byte) bool {
	s.space()
	if s.at < len(s.data) && s.data[s.at] == c {
		s.at++
		return true
	}
	return false
}

// plain reads a string that stands for itself: valid UTF-8 without an escape.
func (s *scanner) plain() ([]byte, bool) {
	if !s.byte('"') {
		return nil, false
	}
	ascii := true
	for i := s.at; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			text := s.data[s.at:i]
			s.at = i + 1
			return text, ascii || utf8.Valid(text)
		case c == '\\' || c < ' ':
			return nil, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return nil, false
}

// number reads a finite number of JSON's grammar.
func (s *scanner) number() (float64, bool) {
	s.space()
	from := s.at
	if !s.grammar() {
		return 0, false
	}
	text := s.data[from:s.at]
	v, err := strconv.ParseFloat(unsafe.String(&text[0], len(text)), 64)
	return v, err == nil
}

// grammar passes over a number: strconv takes hexadecimals, underscores and
// infinities, which are no JSON.
func (s *scanner) grammar() bool {
	s.sign("-")
	zero := s.at < len(s.data) && s.data[s.at] == '0'
	if n := s.digits(); n == 0 || zero && n > 1 {
		return false
	}
	if s.at < len(s.data) && s.data[s.at] == '.' {
		s.at++
		if s.digits() == 0 {
			return false
		}
	}
	if s.at < len(s.data) && s.data[s.at]|0x20 == 'e' {
		s.at++
		s.sign("+-")
		return s.digits() > 0
	}
	return true
}

func (s *scanner) sign(signs string) {
	for i := range signs {
		if s.at < len(s.data) && s.data[s.at] == signs[i] {
			s.at++
			return
		}
	}
}

func (s *scanner) digits() (n int) {
	for s.at < len(s.data) && s.data[s.at]-'0' <= 9 {
		s.at++
		n++
	}
	return n
}

// skip passes over a string or a number.
func (s *scanner) skip() bool {
	s.space()
	if s.at < len(s.data) && s.data[s.at] == '"' {
		_, ok := s.plain()
		return ok
	}
	return s.grammar()
}
