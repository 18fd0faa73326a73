package text

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// DefaultPattern is scikit-learn's default token: two or more word characters.
const DefaultPattern = `(?u)\b\w\w+\b`

// tokenizer cuts documents into words.
type tokenizer struct {
	lowercase bool
	shortest  int            // runes, for the word scanner
	pattern   *regexp.Regexp // nil: the word scanner
	buf       []byte
}

// newTokenizer makes a tokenizer for a pattern in scikit-learn's syntax. The
// patterns of plain words run on a scanner of our own; any other is an RE2
// expression in which \w, \d and \s mean Unicode's classes, as in Python, while
// \b is a boundary of ASCII words. A pattern with one group gives the group.
func newTokenizer(pattern string, lowercase bool) (*tokenizer, error) {
	t := &tokenizer{lowercase: lowercase}
	bare := strings.TrimPrefix(pattern, "(?u)")
	switch bare {
	case `\b\w\w+\b`, `\w\w+`, `\b\w{2,}\b`:
		t.shortest = 2
	case `\b\w+\b`, `\w+`:
		t.shortest = 1
	default:
		expr := strings.NewReplacer(`\\`, `\\`, `[^\W`, `[\pL\pN_`, `\w`, `[\pL\pN_]`, `\W`, `[^\pL\pN_]`, `\d`, `\p{Nd}`, `\s`, `[\s\p{Z}]`).Replace(bare)
		re, err := regexp.Compile(expr)
		if err != nil {
			return nil, err
		}
		t.pattern = re
	}
	return t, nil
}

// each calls fn with every token of doc in order. The bytes are fn's only
// until it returns.
func (t *tokenizer) each(doc string, fn func(token []byte)) {
	if t.pattern == nil {
		t.words(doc, fn)
		return
	}
	text := []byte(doc)
	if t.lowercase {
		text = []byte(lower(doc))
	}
	for _, m := range t.pattern.FindAllSubmatchIndex(text, -1) {
		if len(m) >= 4 {
			m = m[2:4]
		}
		if m[0] >= 0 {
			fn(text[m[0]:m[1]])
		}
	}
}

// words finds the maximal runs of at least t.shortest word characters:
// letters, numbers and underscore, as Python's \w has them. ASCII, which is
// nearly everything, takes one table look-up a byte.
func (t *tokenizer) words(doc string, fn func([]byte)) {
	if t.lowercase && (strings.Contains(doc, "İ") || strings.Contains(doc, "Σ")) {
		doc = lower(doc) // their lower case depends on context or is two runes
	}
	buf, runes := t.buf[:0], 0
	flush := func() {
		if runes >= t.shortest {
			fn(buf)
		}
		buf, runes = buf[:0], 0
	}
	for i := 0; i < len(doc); {
		c := doc[i]
		if c < utf8.RuneSelf {
			i++
			if class := ascii[c]; class == 0 {
				if runes > 0 {
					flush()
				}
			} else {
				if t.lowercase {
					c = class
				}
				buf = append(buf, c)
				runes++
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(doc[i:])
		i += size
		if r == utf8.RuneError && size == 1 || !isWord(r) {
			if runes > 0 {
				flush()
			}
			continue
		}
		if t.lowercase {
			r = unicode.ToLower(r)
		}
		buf = utf8.AppendRune(buf, r)
		runes++
	}
	if runes > 0 {
		flush()
	}
	t.buf = buf
}

// lower is Python's str.lower: full case mapping, with the final sigma.
func lower(s string) string { return cases.Lower(language.Und).String(s) }

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }

// ascii holds the lower case of each ASCII word character, 0 for the others.
var ascii = func() (table [256]byte) {
	for c := byte(0); c < utf8.RuneSelf; c++ {
		if isWord(rune(c)) {
			table[c] = byte(unicode.ToLower(rune(c)))
		}
	}
	return table
}()
