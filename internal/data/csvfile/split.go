package csvfile

import "bytes"

// span is where a field's content stands: without its quotes. escaped says
// that it holds doubled quotes or CRLF, which unescape undoes.
type span struct {
	start, end int
	escaped    bool
}

// splitter cuts rows into fields.
type splitter struct {
	quote, delim byte
	special      [256]bool // ends the plain part of a field
	fields       []span    // of the last row; its length is the wanted number
	scratch      []byte
}

func newSplitter(quote, delim byte, fields int) *splitter {
	s := &splitter{quote: quote, delim: delim, fields: make([]span, fields)}
	s.special[quote], s.special[delim], s.special['\n'] = true, true, true
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
			for i < len(data) && !s.special[data[i]] {
				i++
			}
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

// quoted finds the closing quote of the field whose content begins at i.
func (s *splitter) quoted(data []byte, i int, f *span, r *row) int {
	for begin := i; ; {
		n := bytes.IndexByte(data[i:], s.quote)
		if n < 0 {
			r.fault, r.faulty = openQuote, begin-1
			return len(data)
		}
		if inside := bytes.Count(data[i:i+n], newline); inside > 0 {
			r.lines += inside
			f.escaped = f.escaped || bytes.Contains(data[i:i+n], crlf)
		}
		i += n
		if i+1 == len(data) || data[i+1] != s.quote {
			return i
		}
		f.escaped = true
		i += 2
	}
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
