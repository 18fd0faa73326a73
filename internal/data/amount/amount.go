// Package amount reads numbers as people write them: with a currency or a unit,
// with marks between thousands, with another decimal point.
//
// A layout is 1234.5 written in the form of the file: "$1,234.5", "1.234,5 €",
// "1 234 km", "1234.5%". What stands around the digits may be missing from a
// value, and so may the marks between thousands. A number in parentheses is
// negative, as in accounts.
package amount

import (
	"bytes"
	"unicode/utf8"

	"labbook/internal/base/lazy"
)

// Form is a layout that was understood.
type Form struct {
	prefix, suffix []byte // around the digits, without blanks
	group          rune   // between thousands; 0: none
	point          rune   // before decimals
}

var layouts = lazy.Regexp(`^(\D*)1(\D?)234(?:(\D)5)?(\D*)$`)

// New understands a layout; ok is false where there is no 1234.5 in it. Where
// it has no decimals, a point still may stand before some, and else a comma if
// the point parts thousands.
func New(layout string) (f *Form, ok bool) {
	m := layouts().FindStringSubmatch(layout)
	if m == nil {
		return nil, false
	}
	f = &Form{prefix: bytes.TrimSpace([]byte(m[1])), suffix: bytes.TrimSpace([]byte(m[4]))}
	f.group, f.point = first(m[2]), first(m[3])
	switch {
	case f.point == 0 && f.group == '.':
		f.point = ','
	case f.point == 0:
		f.point = '.'
	}
	return f, f.group != f.point
}

// first gives the first letter, 0 where there is none.
func first(text string) rune {
	for _, r := range text {
		return r
	}
	return 0
}

// Plain appends the number to dst with a sign, digits and a decimal point
// alone; ok is false where the value does not have the form.
func (f *Form) Plain(dst, value []byte) (plain []byte, ok bool) {
	value = bytes.TrimSpace(value)
	negative := false
	if n := len(value); n > 2 && value[0] == '(' && value[n-1] == ')' {
		negative, value = true, value[1:n-1]
	}
	value, minus := unsigned(value)
	value = bytes.TrimSpace(bytes.TrimPrefix(value, f.prefix))
	if !minus {
		value, minus = unsigned(value)
	}
	value = bytes.TrimSpace(bytes.TrimSuffix(value, f.suffix))
	if negative != minus {
		dst = append(dst, '-')
	}
	return f.digits(dst, value)
}

// unsigned takes a sign away, also the typographic one.
func unsigned(value []byte) (rest []byte, minus bool) {
	r, size := utf8.DecodeRune(value)
	switch r {
	case '-', '−', '+':
		return bytes.TrimSpace(value[size:]), r != '+'
	}
	return value, false
}

// digits appends the digits. Groups are of three, and of two before the last,
// as in India.
func (f *Form) digits(dst, value []byte) ([]byte, bool) {
	run, groups, decimals, any := 0, 0, false, false
	for len(value) > 0 {
		r, size := utf8.DecodeRune(value)
		value = value[size:]
		switch {
		case r >= '0' && r <= '9':
			dst = append(dst, byte(r))
			run++
			any = true
		case r == f.point && !decimals:
			if groups > 0 && run != 3 {
				return dst, false
			}
			dst = append(dst, '.')
			decimals, run = true, 0
		case same(r, f.group) && !decimals && (groups == 0 && run >= 1 && run <= 3 || groups > 0 && (run == 2 || run == 3)):
			groups++
			run = 0
		default:
			return dst, false
		}
	}
	return dst, any && (decimals || groups == 0 || run == 3)
}

// same takes blanks of all widths for one another, and apostrophes.
func same(r, group rune) bool {
	return group != 0 && (r == group || kindOf(r) != 0 && kindOf(r) == kindOf(group))
}

func kindOf(r rune) rune {
	switch r {
	case ' ', '\u00a0', '\u202f', '\u2009':
		return ' '
	case '\'', '’':
		return '\''
	}
	return 0
}
