package human

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line writes a text of any origin on one line: what a terminal would obey and
// not show is written as a person would write it in a program, \x1b or \n. It is
// cut after about so many letters, if that is not 0.
func Line(text string, most int) string { return cut(visible(text, false), most) }

// Text is Line for a text of several lines, which stay so.
func Text(text string, most int) string { return cut(visible(text, true), most) }

func cut(text string, most int) string {
	if most <= 0 || len(text) <= most || utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}

func visible(text string, lines bool) string {
	bare := func(r rune) bool { return lines && (r == '\n' || r == '\t') }
	if utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return hidden(r) && !bare(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case !hidden(r) || bare(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		i += size
	}
	return b.String()
}

// hidden says whether a letter steers what shows it instead of being shown: a
// control character, the end of a line, or one that turns the direction.
func hidden(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Bidi_Control, r)
}
