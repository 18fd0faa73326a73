package csvfile

import (
	"bytes"
	"math"
	"strconv"
	"strings"
)

// form is what a field that should be a number is.
type form int

const (
	decimal    form = iota // a number
	identifier             // a number by its letters, but 007
	long                   // a whole number of more digits than a float64 holds
	deep                   // a number with decimals, of which a float64 does not hold the last
	infinite               // infinity, or too large for a float64
	other
)

// isNumber says that it is one for all that is known.
func (f form) isNumber() bool { return f == decimal || f == long || f == deep }

var powersOfTen = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
	1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// parseNumber gives the float64 nearest to the decimal number. It has an
// optional sign, digits with at most one point among them, and an optional
// exponent. With at most 53 bits of digits and a power of ten that is exact,
// one correctly rounded operation suffices (Clinger, PLDI 1990); strconv does
// the rest. The value of an identifier or a long number is given too.
func parseNumber(b []byte, point byte) (float64, form) {
	i, negative := 0, false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative, i = b[0] == '-', 1
	}
	first, digits, mantissa, scale := i, 0, uint64(0), 0
	for ; i < len(b); i++ {
		d := b[i] - '0'
		if d > 9 {
			break
		}
		mantissa = mantissa*10 + uint64(d)
		digits++
	}
	whole := digits
	if i < len(b) && b[i] == point {
		for i++; i < len(b); i++ {
			d := b[i] - '0'
			if d > 9 {
				break
			}
			mantissa = mantissa*10 + uint64(d)
			digits++
		}
		scale = whole - digits
	}
	if digits == 0 {
		return 0, infinity(b[first:])
	}
	if i < len(b) {
		exponent, ok := parseExponent(b[i:])
		if !ok {
			return 0, other
		}
		scale += exponent
	}
	f := decimal
	switch {
	case whole > 1 && b[first] == '0':
		f = identifier
	case whole == len(b)-first && (digits > 19 || mantissa > 1<<53):
		f = long
	}
	if digits > 19 || mantissa > 1<<53 || scale < -22 || scale > 22 {
		return parseSlowly(b, point, f, digits)
	}
	v := float64(mantissa)
	if scale < 0 {
		v /= powersOfTen[-scale]
	} else {
		v *= powersOfTen[scale]
	}
	if negative {
		v = -v
	}
	return v, f
}

// parseExponent gives the exponent in "e-3", cut off where no float64 can
// tell the difference.
func parseExponent(b []byte) (int, bool) {
	if len(b) < 2 || b[0]|0x20 != 'e' {
		return 0, false
	}
	sign, b := 1, b[1:]
	if b[0] == '-' || b[0] == '+' {
		if b[0] == '-' {
			sign = -1
		}
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	v := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = min(v*10+int(c-'0'), 100_000)
	}
	return sign * v, true
}

// parseSlowly parses what is known to be well-formed.
func parseSlowly(b []byte, point byte, f form, digits int) (float64, form) {
	s := string(b)
	if point != '.' {
		s = string(bytes.Replace(b, []byte{point}, []byte{'.'}, 1))
	}
	v, _ := strconv.ParseFloat(s, 64)
	if math.IsInf(v, 0) {
		return 0, infinite
	}
	if f == decimal && digits > kept && loses(s, v) {
		f = deep
	}
	return v, f
}

// kept is how many digits of a number a float64 holds at most.
const kept = 17

// loses says that the number has more digits than are kept, and is not a float64
// that was written out to the last of them.
func loses(s string, v float64) bool {
	s = strings.TrimLeft(s, "+-")
	if strings.ContainsAny(s, "eE") {
		return false
	}
	_, decimals, _ := strings.Cut(s, ".")
	digits := strings.TrimLeft(strings.Replace(strings.TrimRight(s, "0"), ".", "", 1), "0")
	return len(digits) > kept && strings.TrimLeft(strconv.FormatFloat(math.Abs(v), 'f', len(decimals), 64), "0") != strings.TrimLeft(s, "0")
}

// infinity tells whether a field without digits is a way to write infinity.
func infinity(unsigned []byte) form {
	if bytes.EqualFold(unsigned, []byte("inf")) || bytes.EqualFold(unsigned, []byte("infinity")) || string(unsigned) == "∞" {
		return infinite
	}
	return other
}

// trim removes the white space around a field, also the non-breaking space.
func trim(b []byte) []byte {
	if len(b) == 0 || b[0] > ' ' && b[0] < 0x80 && b[len(b)-1] > ' ' && b[len(b)-1] < 0x80 {
		return b
	}
	return bytes.TrimSpace(b)
}
