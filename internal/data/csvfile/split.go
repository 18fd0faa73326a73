package csvfile

import (
	"bytes"
	"encoding/binary"
)

// span is where a field's content stands: without its quotes. escaped says
// that it holds doubled quotes or CRLF, which unescape undoes.
type span struct {
	start, end int
	escaped    bool
	short      bool    // it was a short number, and is read
	number     float64 // what it is, if it is one
}

// splitter cuts rows into fields, and reads short numbers where they are wanted.
type splitter struct {
	quote, delim           byte
	quotes, delims, points uint64    // words of them
	special                [256]bool // ends the plain part of a field
	fields                 []span    // of the last row; its length is the wanted number
	numeric                []bool    // of which fields short numbers are read
	scratch                []byte
}

func newSplitter(quote, delim byte, fields int) *splitter {
	s := &splitter{quote: quote, delim: delim, quotes: like(quote), delims: like(delim), fields: make([]span, fields), numeric: make([]bool, fields)}
	s.special[quote], s.special[delim], s.special['\n'] = true, true, true
	return s
}

// reading makes the splitter read the short numbers of columns that are numbers
// and have none that means a missing value.
func (s *splitter) reading(columns []*column, point byte) *splitter {
	s.points = like(point)
	for j, c := range columns {
		s.numeric[j] = (c.reading == number || c.reading == tryNumber) && c.amount == nil && !c.markers.numbers
	}
	return s
}

// row is what next found.
type row struct {
	next   int  // where the following row begins
	count  int  // fields found; only the wanted ones are kept
	lines  int  // line ends within quotes
	fault  kind // fine, or a fault of quoting
	faulty int  // where the fault is
}

// next splits the row that begins at pos < len(data). After a fault the
// following row is taken to begin on the next line: of an unterminated quote,
// the line after the one where it began.
func (s *splitter) next(data []byte, pos int) row {
	r := row{}
	for {
		if pos = s.near(data, pos, &r); r.next > 0 {
			return r
		}
		begin, i := pos, pos
		f := span{}
		if i < len(data) && data[i] == s.quote {
			end := s.quoted(data, i+1, &f, &r)
			if r.fault != fine {
				r.next = lineEnd(data, i)
				return r
			}
			f.start, f.end, i = begin+1, end, end+1
			if i < len(data) && data[i] == '\r' && (i+1 == len(data) || data[i+1] == '\n') {
				i++
			}
			if i < len(data) && data[i] != s.delim && data[i] != '\n' {
				r.fault, r.faulty, r.next = badQuote, i, lineEnd(data, i)
				return r
			}
		} else {
			i = s.plain(data, i)
			if i < len(data) && data[i] == s.quote {
				r.fault, r.faulty, r.next = badQuote, i, lineEnd(data, i)
				return r
			}
			f.start, f.end = begin, i
			if f.end > begin && data[f.end-1] == '\r' && (i == len(data) || data[i] == '\n') {
				f.end--
			}
		}
		if r.count < len(s.fields) {
			s.fields[r.count] = f
		}
		r.count++
		if i >= len(data) || data[i] == '\n' {
			r.next = min(i+1, len(data))
			return r
		}
		pos = i + 1
	}
}

const (
	newlines = '\n' * eachByte
	returns  = '\r' * eachByte
)

// near takes fields from pos on as long as they are wanted, plain and at most seven
// bytes long, as most are. It gives where the first other field begins, or sets
// where the next row does.
func (s *splitter) near(data []byte, pos int, r *row) int {
	fields, numeric := s.fields, s.numeric
	for ; r.count < len(fields) && pos+8 <= len(data); r.count++ {
		f, w := &fields[r.count], wordAt(data, pos)
		ends := equal(w, s.delims) | equal(w, newlines)
		if ends == 0 {
			return pos
		}
		n := firstByte(ends)
		end := pos + n
		f.start, f.end, f.escaped, f.short = pos, end, false, false
		if numeric[r.count] {
			f.number, f.short = shortNumber(w, n, s.points)
		}
		if !f.short {
			if equal(w, s.quotes)<<(64-8*n) != 0 {
				return pos
			}
			if data[end] == '\n' && n > 0 && data[end-1] == '\r' {
				f.end--
			}
		}
		if pos = end + 1; data[end] == '\n' {
			r.count++
			r.next = pos
			return pos
		}
	}
	return pos
}

// plain finds the first special byte from i on.
func (s *splitter) plain(data []byte, i int) int {
	for ; i+8 <= len(data); i += 8 {
		w := wordAt(data, i)
		if found := equal(w, s.delims) | equal(w, newlines) | equal(w, s.quotes); found != 0 {
			return i + firstByte(found)
		}
	}
	for i < len(data) && !s.special[data[i]] {
		i++
	}
	return i
}

// quoted finds the closing quote of the field whose content begins at i.
func (s *splitter) quoted(data []byte, i int, f *span, r *row) int {
	for begin := i; ; {
		at, ends := s.toQuote(data, i)
		if at < 0 {
			r.fault, r.faulty = openQuote, begin-1
			return len(data)
		}
		if ends {
			r.lines += bytes.Count(data[i:at], newline)
			f.escaped = f.escaped || bytes.Contains(data[i:at], crlf)
		}
		i = at
		if i+1 == len(data) || data[i+1] != s.quote {
			return i
		}
		f.escaped = true
		i += 2
	}
}

// nearBytes is how far a quote is looked for by words: behind them longer strides pay.
const nearBytes = 64

// toQuote gives where the first quote from i on stands, -1 where none does, and whether
// lines end before it.
func (s *splitter) toQuote(data []byte, i int) (at int, ends bool) {
	seen := uint64(0)
	for end := min(i+nearBytes, len(data)-7); i < end; i += 8 {
		w := wordAt(data, i)
		found := equal(w, s.quotes)
		if found != 0 {
			seen |= equal(w, newlines) & (found&-found - 1)
			return i + firstByte(found), seen != 0
		}
		seen |= equal(w, newlines)
	}
	n := bytes.IndexByte(data[i:], s.quote)
	if n < 0 {
		return -1, false
	}
	return i + n, seen != 0 || bytes.IndexByte(data[i:i+n], '\n') >= 0
}

var newline, crlf = []byte("\n"), []byte("\r\n")

// value gives the content of field j of the last row; it is valid until the
// next call.
func (s *splitter) value(data []byte, j int) []byte {
	f := &s.fields[j]
	if !f.escaped {
		return data[f.start:f.end]
	}
	s.scratch = s.scratch[:0]
	for i := f.start; i < f.end; i++ {
		for ; i+8 <= f.end; i += 8 {
			w := wordAt(data, i)
			if equal(w, s.quotes)|equal(w, returns) != 0 {
				break
			}
			s.scratch = binary.LittleEndian.AppendUint64(s.scratch, w)
		}
		if i == f.end {
			break
		}
		b := data[i]
		if b == '\r' && i+1 < f.end && data[i+1] == '\n' {
			continue
		}
		s.scratch = append(s.scratch, b)
		if b == s.quote {
			i++ // the second of a pair
		}
	}
	return s.scratch
}

// blank says that the last row is a line without anything.
func (s *splitter) blank(data []byte, r row) bool {
	return r.fault == fine && r.count == 1 && s.fields[0].start == s.fields[0].end &&
		(s.fields[0].start == 0 || data[s.fields[0].start-1] != s.quote)
}

// lineEnd gives where the line after the one at i begins.
func lineEnd(data []byte, i int) int {
	if n := bytes.IndexByte(data[i:], '\n'); n >= 0 {
		return i + n + 1
	}
	return len(data)
}
