package jsonrow

import (
	"math"

	"labbook/internal/data/moment"
	"labbook/internal/data/table"
)

// Scan decodes data into row when it is one flat object that has nothing wrong
// with it and nothing unusual in it: no escape but in texts, no duplicate, no
// unknown field or level. Otherwise it gives false, row holds anything, and Decode
// is to be asked. It allocates nothing but what dates need.
func (d *Decoder) Scan(data []byte, row *Row) bool {
	s := scanner{data: data, memory: row.memory[:0]}
	defer func() {
		if cap(s.memory) <= keepMemory {
			row.memory = s.memory
		}
	}()
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
	if f.Type == table.Text {
		text, ok := s.text()
		c.Texts[i] = text
		return ok && text != ""
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
	default:
		c.Num[i], ok = moment.Parse(f.layout(), string(text))
		return ok
	}
}
