package csvfile

import (
	"bytes"
	"unicode/utf8"

	"labbook/internal/base/diag"
)

// chunk is a part of the body that begins and ends at row ends, and what was
// read from it.
type chunk struct {
	*reader
	start, end int
	line       int  // on which it begins
	most       int  // rows that it has at most
	alone      bool // it is the whole body

	cells   []cells
	rows    int // good ones
	read    int // all
	blank   int
	bad     tally
	marks   []mark      // rows counted within the chunk
	err     *diag.Error // the first bad row, when those are errors
	quoting bool        // a fault of quoting was met: where rows begin is in doubt
}

// maxReread bounds how often, over the whole chunk, bytes are read again after
// quotes that are never closed.
const maxReread = 16

// run reads the rows of the chunk.
func (ch *chunk) run() {
	data := ch.data[:ch.end]
	suspect := bytes.IndexByte(data[ch.start:], 0) >= 0 || !utf8.Valid(data[ch.start:])
	s := newSplitter(ch.Quote, ch.Delimiter, len(ch.columns)).reading(ch.columns, ch.Decimal)
	ch.bad = tally{}
	for j := range ch.cells {
		if c := &ch.cells[j]; c.reading == tryLevels && c.isText.Load() {
			c.becomeText(0)
		}
	}
	reread := 0
	for pos, line := ch.start, ch.line; pos < len(data); {
		r := s.next(data, pos)
		begin, beginLine := pos, line
		pos, line = r.next, line+1+r.lines
		if r.fault != fine {
			line = beginLine + 1 + bytes.Count(data[begin:max(begin, r.next-1)], newline)
			ch.quoting = true
			if !ch.alone {
				return
			}
			if r.fault == openQuote {
				reread += len(data) - begin
			}
		}
		if s.blank(data, r) {
			ch.blank++
			continue
		}
		ch.read++
		k, at := ch.row(s, data, begin, beginLine, r, suspect)
		if k.kind == fine {
			if n := len(ch.marks); n == 0 || ch.marks[n-1].line+ch.rows-ch.marks[n-1].row != beginLine {
				ch.marks = append(ch.marks, mark{ch.rows, beginLine})
			}
			ch.rows++
			continue
		}
		explain := func() *diag.Error { return ch.explainRow(k, at, s, data, r) }
		if !ch.DropBad || reread > maxReread*len(data) {
			ch.err = explain()
			return
		}
		ch.bad.add(k, ch.Examples, explain)
	}
}

// row takes the values of a row, and says what is wrong with it and where.
func (ch *chunk) row(s *splitter, data []byte, begin, line int, r row, suspect bool) (kindAt, place) {
	at := place{line, begin}
	if suspect {
		bytesOf := data[begin:r.next]
		if i := bytes.IndexByte(bytesOf, 0); i >= 0 {
			return kindAt{nulByte, -1}, ch.placeOf(begin, line, begin+i)
		}
		if i := invalidAt(bytesOf); i < len(bytesOf) {
			return kindAt{badUTF8, -1}, ch.placeOf(begin, line, begin+i)
		}
	}
	switch {
	case r.fault != fine:
		return kindAt{r.fault, -1}, ch.placeOf(begin, line, r.faulty)
	case r.count != len(ch.cells):
		return kindAt{ragged, -1}, at
	case r.next-begin > maxField:
		for _, f := range s.fields {
			if f.end-f.start > maxField {
				return kindAt{hugeField, -1}, ch.placeOf(begin, line, f.start)
			}
		}
	}
	for j := range ch.cells {
		c := &ch.cells[j]
		if c.reading == skip {
			continue
		}
		if f := &s.fields[j]; f.short {
			if k := c.setShort(ch.rows, f.number); k != fine {
				return kindAt{k, j}, ch.placeOf(begin, line, f.start)
			}
			continue
		}
		if k := c.set(ch.rows, s.value(data, j)); k != fine {
			return kindAt{k, j}, ch.placeOf(begin, line, s.fields[j].start)
		}
	}
	return kindAt{}, at
}

// placeOf gives the line of an offset within the row that begins there.
func (ch *chunk) placeOf(begin, line, at int) place {
	return place{line + bytes.Count(ch.data[begin:at], newline), at}
}

func (ch *chunk) explainRow(k kindAt, at place, s *splitter, data []byte, r row) *diag.Error {
	var value []byte
	if k.column >= 0 {
		value = s.value(data, k.column)
	}
	e := ch.problem(k, at, value)
	if k.kind == ragged {
		e.What = "the row has a wrong number of fields"
		e.Found = plural(r.count, "field")
		e.Wanted = plural(len(ch.columns), "field") + " as in the header"
		if r.count > len(ch.columns) {
			e.Hint = "put fields that hold the delimiter in quotes, or keep such rows out with bad_rows: drop"
		}
	}
	return e
}
