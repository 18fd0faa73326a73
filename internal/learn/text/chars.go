package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// chars cuts documents into character n-grams, as scikit-learn's analyzers
// "char" (over the whole text) and "char_wb" (within words padded by a space).
type chars struct {
	lowercase, within bool
	low, high         int
}

// each calls fn with every n-gram of doc. The string shares memory with doc
// or a copy of it.
func (c *chars) each(doc string, fn func(gram string)) {
	if c.lowercase {
		doc = lower(doc)
	}
	if !c.within {
		c.grams(squeeze(doc), fn)
		return
	}
	for word := range strings.FieldsFuncSeq(doc, isSpace) {
		c.padded(" "+word+" ", fn)
	}
}

// grams gives the n-grams of s for every n from low to high.
func (c *chars) grams(s string, fn func(string)) {
	starts := runeStarts(s)
	for n := c.low; n <= c.high; n++ {
		for i := 0; i+n < len(starts); i++ {
			fn(s[starts[i]:starts[i+n]])
		}
	}
}

// padded gives the n-grams of one padded word; a word shorter than n is given
// once, for the first such n.
func (c *chars) padded(s string, fn func(string)) {
	starts := runeStarts(s)
	for n := c.low; n <= c.high; n++ {
		if n >= len(starts)-1 {
			fn(s)
			return
		}
		for i := 0; i+n < len(starts); i++ {
			fn(s[starts[i]:starts[i+n]])
		}
	}
}

// runeStarts gives where each rune of s starts, and len(s).
func runeStarts(s string) []int {
	starts := make([]int, 0, utf8.RuneCountInString(s)+1)
	for i := range s {
		starts = append(starts, i)
	}
	return append(starts, len(s))
}

// squeeze makes every run of two or more spaces one blank.
func squeeze(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if !isSpace(r) {
			b.WriteString(s[i : i+size])
			i += size
			continue
		}
		end := i + size
		for end < len(s) {
			r, n := utf8.DecodeRuneInString(s[end:])
			if !isSpace(r) {
				break
			}
			end += n
		}
		if end == i+size {
			b.WriteString(s[i:end])
		} else {
			b.WriteByte(' ')
		}
		i = end
	}
	return b.String()
}

// isSpace is Python's \s.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }
