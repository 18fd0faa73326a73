package jsonrow

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// scanner reads tokens from the front of data[at:].
type scanner struct {
	data   []byte
	at     int
	memory []byte // texts without their escapes, end to end
}

// keepMemory is up to which size a row's memory for texts is used again.
const keepMemory = 64 << 10

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

// text reads a string, with escapes unless they spell half a character or none.
// Without any it shares memory with data.
func (s *scanner) text() (string, bool) {
	from := s.at
	if text, ok := s.plain(); ok {
		return unsafe.String(unsafe.SliceData(text), len(text)), true
	}
	if s.at = from; !s.byte('"') {
		return "", false
	}
	start := len(s.memory)
	for done := s.at; s.at < len(s.data); {
		switch c := s.data[s.at]; {
		case c == '"':
			s.memory = append(s.memory, s.data[done:s.at]...)
			s.at++
			text := s.memory[start:]
			return unsafe.String(unsafe.SliceData(text), len(text)), utf8.Valid(text)
		case c < ' ':
			return "", false
		case c == '\\':
			s.memory = append(s.memory, s.data[done:s.at]...)
			if !s.escape() {
				return "", false
			}
			done = s.at
		default:
			s.at++
		}
	}
	return "", false
}

// escape reads an escape into the memory.
func (s *scanner) escape() bool {
	if s.at+1 >= len(s.data) {
		return false
	}
	c := s.data[s.at+1]
	if c == 'u' {
		if s.at+6 > len(s.data) {
			return false
		}
		r, err := strconv.ParseUint(unsafe.String(&s.data[s.at+2], 4), 16, 16)
		if err != nil || utf16.IsSurrogate(rune(r)) {
			return false
		}
		s.memory = utf8.AppendRune(s.memory, rune(r))
		s.at += 6
		return true
	}
	at := strings.IndexByte(`"\/bfnrt`, c)
	if at < 0 {
		return false
	}
	s.memory = append(s.memory, "\"\\/\b\f\n\r\t"[at])
	s.at += 2
	return true
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
