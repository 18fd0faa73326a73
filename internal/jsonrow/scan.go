package jsonrow

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
	"unsafe"

	"labbook/internal/table"
)

// Scan decodes data into row when it is one flat object that has nothing wrong
// with it and nothing unusual in it: no escape, no duplicate, no unknown field
// or level. Otherwise it gives false, row holds anything, and Decode is to be
// asked. It allocates nothing but what dates need.
func (d *Decoder) Scan(data []byte, row *Row) bool {
	clear(row.seen)
	s := scanner{data: data}
	if !s.byte('{') {
		return false
	}
	for first := true; ; first = false {
		if s.byte('}') {
			break
		}
		if !first && !s.byte(',') {
			return false
		}
		name, ok := s.plain()
		if !ok || !s.byte(':') {
			return false
		}
		j, known := d.index[string(name)]
		if !known {
			if !d.ignored[string(name)] || !s.skip() {
				return false
			}
			continue
		}
		if row.seen[j] || !d.fields[j].scan(&s, row.Table.Columns[j]) {
			return false
		}
		row.seen[j] = true
	}
	s.space()
	return s.at == len(data) && d.complete(row)
}

// complete marks as missing what may be, and says whether that is all.
func (d *Decoder) complete(row *Row) bool {
	for j, seen := range row.seen {
		if seen {
			continue
		}
		if d.fields[j].required {
			return false
		}
		unset(row.Table.Columns[j], 0)
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

// scan reads a value into the only row of c.
func (f *field) scan(s *scanner, c *table.Column) bool {
	if f.Type == table.Number {
		v, ok := s.number()
		if !ok || f.Min != nil && v < *f.Min || f.Max != nil && v > *f.Max {
			return false
		}
		c.Num[0] = v
		return true
	}
	text, ok := s.plain()
	if !ok {
		return false
	}
	switch f.Type {
	case table.Category:
		code, known := f.codes[string(text)]
		c.Codes[0] = code
		return known
	case table.Date:
		t, err := time.Parse(f.layout(), string(text))
		c.Num[0] = seconds(t)
		return err == nil
	}
	if len(text) == 0 {
		return false
	}
	c.Texts[0] = unsafe.String(&text[0], len(text))
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
