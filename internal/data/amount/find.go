package amount

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Found is how the values of a column can be read as numbers.
type Found struct {
	Layout string
	Unit   string // "" where the digits stand alone
	// Sure is false where nothing but thousands could be decimals: 1,234 alone.
	Sure bool
}

// Find gives how all of the values can be read as numbers, nil where they can't,
// where any of them begins with a zero as codes do, and where they are plain
// numbers already. They come trimmed; point is the decimal point elsewhere in
// the file.
func Find(values []string, point byte) *Found {
	if len(values) == 0 {
		return nil
	}
	prefix, _, suffix := around(values[0])
	if !currency(prefix) && prefix != "" || suffix != "" && !unit(suffix) {
		return nil
	}
	m := marks{of: map[rune]*mark{}}
	for _, value := range values {
		before, digits, after := around(value)
		if before != prefix && before != "" || after != suffix && after != "" || digits == "" || len(digits) > 1 && digits[0] == '0' && digits[1] != '.' && digits[1] != ',' {
			return nil
		}
		m.add(digits)
	}
	group, decimal, sure, ok := m.decide(rune(point))
	if !ok || prefix == "" && suffix == "" && group == "" && (decimal == "" || decimal == string(rune(point))) {
		return nil
	}
	layout := prefix + "1" + group + "234"
	if decimal != "" {
		layout += decimal + "5"
	}
	layout += suffix
	form, ok := New(layout)
	if !ok {
		return nil
	}
	for _, value := range values {
		if _, ok := form.Plain(nil, []byte(value)); !ok {
			return nil
		}
	}
	return &Found{layout, strings.TrimSpace(prefix + suffix), sure}
}

// around parts a value into what stands before its digits, without a sign, the
// digits with the marks between them, and what stands behind.
func around(value string) (before, digits, after string) {
	if n := len(value); n > 2 && value[0] == '(' && value[n-1] == ')' {
		value = value[1 : n-1]
	}
	from := strings.IndexAny(value, "0123456789")
	if from < 0 {
		return value, "", ""
	}
	if from > 0 && (value[from-1] == '.' || value[from-1] == ',') { // .5
		from--
	}
	to := strings.LastIndexAny(value, "0123456789") + 1
	before = strings.TrimLeft(value[:from], "+-− ")
	if trimmed := strings.TrimRight(before, "+-− "); trimmed != before {
		before = trimmed + before[len(strings.TrimRight(before, " ")):] // the sign behind a currency, not the blank
	}
	return before, value[from:to], value[to:]
}

// currency says that it can be one: a symbol, by itself or with a letter or two,
// or three capitals.
func currency(text string) bool {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > 4 {
		return false
	}
	symbols, capitals := 0, 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Sc, r):
			symbols++
		case r >= 'A' && r <= 'Z':
			capitals++
		default:
			return false
		}
	}
	return symbols == 1 || symbols == 0 && capitals == 3
}

// unit says that it can be one: a symbol, or one or two words without digits.
func unit(text string) bool {
	text = strings.TrimSpace(text)
	if n := utf8.RuneCountInString(text); n == 0 || n > 12 || strings.Count(text, " ") > 1 {
		return false
	}
	for i, r := range text {
		switch {
		case unicode.IsLetter(r), unicode.Is(unicode.Sc, r), r == '%', r == '‰', r == '°':
		case i > 0 && (r == '/' || r == ' ' || r == '.' || r == '²' || r == '³'):
		default:
			return false
		}
	}
	return true
}
