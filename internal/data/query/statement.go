package query

import "strings"

// Ordered says whether a query promises the order of its rows: whether order by
// stands outside of all parentheses, texts and comments. Without it a server gives
// rows as it likes, and the same rows otherwise another time.
func Ordered(text string) bool {
	words := outermost(text)
	for i := 1; i < len(words); i++ {
		if words[i-1] == "order" && words[i] == "by" {
			return true
		}
	}
	return false
}

// first gives the first statement of a text, without its semicolon, and whether
// there are more.
func first(text string) (statement string, more bool) {
	end := -1
	scan(text, func(word string, at int) {
		switch {
		case end < 0 && word == ";":
			end = at
		case end >= 0 && word != ";":
			more = true
		}
	})
	if end < 0 {
		return text, false
	}
	return text[:end], more
}

// outermost gives the words and signs of a statement that stand in no parentheses,
// in small letters.
func outermost(text string) (words []string) {
	scan(text, func(word string, _ int) { words = append(words, strings.ToLower(word)) })
	return words
}

// scan finds what stands in no parentheses, text, name in quotes or comment: words,
// and every other sign for itself.
func scan(text string, found func(word string, at int)) {
	depth := 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case strings.HasPrefix(text[i:], "--"):
			i = after(text, i, "\n")
		case strings.HasPrefix(text[i:], "/*"):
			i = afterComment(text, i)
		case c == '\'' || c == '"' || c == '`':
			i = after(text, i+1, text[i:i+1]) // one that is doubled begins another
		case c == '$':
			i = afterDollars(text, i)
		case c == '(':
			depth, i = depth+1, i+1
		case c == ')':
			depth, i = depth-1, i+1
		case letter(c):
			begin := i
			for i < len(text) && (letter(text[i]) || text[i] >= '0' && text[i] <= '9' || text[i] == '$') {
				i++
			}
			if depth == 0 {
				found(text[begin:i], begin)
			}
		default:
			if depth == 0 && c > ' ' {
				found(text[i:i+1], i)
			}
			i++
		}
	}
}

func letter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }

// after gives the place after the next end from a place on.
func after(text string, from int, end string) int {
	if k := strings.Index(text[from:], end); k >= 0 {
		return from + k + len(end)
	}
	return len(text)
}

// afterComment gives the place after a comment, which may hold others.
func afterComment(text string, i int) int {
	depth := 0
	for i < len(text) {
		switch {
		case strings.HasPrefix(text[i:], "/*"):
			depth, i = depth+1, i+2
		case strings.HasPrefix(text[i:], "*/"):
			if depth, i = depth-1, i+2; depth == 0 {
				return i
			}
		default:
			i++
		}
	}
	return i
}

// afterDollars gives the place after a text that stands between $tag$ and $tag$, or
// after the sign, where it is none.
func afterDollars(text string, i int) int {
	end := i + 1
	for end < len(text) && letter(text[end]) {
		end++
	}
	if end == len(text) || text[end] != '$' {
		return i + 1
	}
	tag := text[i : end+1]
	return after(text, end+1, tag)
}
