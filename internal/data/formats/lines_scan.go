package formats

import (
	"bytes"
	"encoding/json"
)

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
