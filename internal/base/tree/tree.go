// Package tree reads YAML into a small tree that knows its places: what the
// strict decoders of parameters and pipelines walk over.
//
// The tree is plainer than YAML. Aliases and merge keys are resolved, comments
// are gone, tags are refused, and a scalar keeps its text as written: what it
// means is decided by the type it is decoded into, so 1e-3 is a number where a
// number is wanted and "no" is text where text is wanted.
package tree

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"labbook/internal/base/diag"
	"labbook/internal/base/lazy"
)

// Kind says what a Node is.
type Kind uint8

// The kinds of nodes.
const (
	Null   Kind = iota // nothing written, ~ or null
	Scalar             // Text
	List               // Items
	Map                // Pairs
)

// Node is a value with its place. Nodes are shared and never changed: whoever
// wants another value makes another Node.
type Node struct {
	Kind Kind
	// Plain is set for scalars written without quotes, which may mean a number
	// or a boolean; others are text.
	Plain bool
	Text  string
	Items []*Node
	Pairs []Pair // in source order, keys unique

	File      *File
	Line, Col int // 1-based, Col counts runes; 0 when the node was not read from a file
}

// Pair is an entry of a map. Key is a scalar.
type Pair struct{ Key, Value *Node }

// Get gives the pair of that key.
func (n *Node) Get(key string) (Pair, bool) {
	if n != nil {
		for _, p := range n.Pairs {
			if p.Key.Text == key {
				return p, true
			}
		}
	}
	return Pair{}, false
}

// Keys gives the keys of a map in source order.
func (n *Node) Keys() []string {
	keys := make([]string, len(n.Pairs))
	for i, p := range n.Pairs {
		keys[i] = p.Key.Text
	}
	return keys
}

// Named gives the first value below n that is this text, or a folder that the
// text begins with; nil when there is none.
func (n *Node) Named(text string) *Node {
	if n.Kind == Scalar && (n.Text == text || n.Text != "" && strings.HasPrefix(text, n.Text+"/")) {
		return n
	}
	for _, item := range n.Items {
		if found := item.Named(text); found != nil {
			return found
		}
	}
	for _, p := range n.Pairs {
		if found := p.Value.Named(text); found != nil {
			return found
		}
	}
	return nil
}

// Fault makes an error about this node, with its place and source line.
func (n *Node) Fault(what string) *diag.Error {
	return n.File.Fault(n.Line, n.Col, what)
}

// Describe says in words what was found: `the number 3`, `a list`.
func (n *Node) Describe() string {
	switch n.Kind {
	case Null:
		return "nothing"
	case List:
		return "a list"
	case Map:
		return "a mapping"
	}
	text := hidePasswords(n.Text)
	if utf8.RuneCountInString(text) > 60 {
		text = string([]rune(text)[:57]) + "…"
	}
	switch {
	case !n.Plain:
		return fmt.Sprintf("the text %q", text)
	case text == "true" || text == "false":
		return text
	case LooksNumeric(n.Text):
		return "the number " + text
	}
	return fmt.Sprintf("the text %q", text)
}

// LooksNumeric says whether a plain scalar would be read as a number by a
// person or by some version of YAML.
func LooksNumeric(s string) bool {
	s = strings.TrimLeft(s, "+-")
	s = strings.TrimPrefix(s, ".")
	return s != "" && s[0] >= '0' && s[0] <= '9' && strings.Trim(s, "0123456789.eExXoObBaAcCdDfF_+-") == ""
}

// File is a source text, kept for the excerpts in messages. A nil File is a
// value that was not read from one.
type File struct {
	Name  string // as the user knows it
	lines []string
}

// Fault makes an error at a place of the file, with its source line.
func (f *File) Fault(line, col int, what string) *diag.Error {
	e := &diag.Error{What: what, Line: line, Col: col}
	if f != nil {
		e.File, e.Excerpt = f.Name, f.excerpt(line, col)
	}
	return e
}

// width is how many runes of a source line an excerpt shows.
const width = 100

// excerpt gives a source line with a caret under the column, both cut to a
// window around it when the line is long.
func (f *File) excerpt(line, col int) string {
	if line < 1 || line > len(f.lines) {
		return ""
	}
	text, before, after := hidePasswords(f.lines[line-1]), "", ""
	col = max(1, col)
	if col > width {
		cut := col - width/2
		text, col, before = text[runeOffset(text, cut):], col-cut+1, "…"
	}
	if end := runeOffset(text, width); end < len(text) {
		text, after = text[:end], "…"
	}
	text = before + strings.Map(printable, text)
	col = min(col, utf8.RuneCountInString(text)+1)
	label := fmt.Sprintf("%4d | ", line)
	return label + text + after + "\n" + strings.Repeat(" ", len(label)+col-1) + "^"
}

// passwords finds what lets people in: scheme://user:PASSWORD@host, as far as the
// last @ before a blank or a quote, and password=PASSWORD.
var passwords = lazy.Regexp(`(?i)(://[^\s:/@"']*:)([^\s"']*)@|(password=)([^\s&"'},\]]+)`)

// hidePasswords puts a star for each rune of a password that stands in a text, so
// that all else keeps its place: what people write where none belongs is not to be
// in a log as well.
func hidePasswords(text string) string {
	if !strings.Contains(text, "://") && !strings.Contains(strings.ToLower(text), "password=") {
		return text
	}
	return passwords().ReplaceAllStringFunc(text, func(found string) string {
		part := passwords().FindStringSubmatch(found)
		if part[3] != "" {
			return part[3] + stars(part[4])
		}
		return part[1] + stars(part[2]) + "@"
	})
}

// stars is a text of as many stars as the text has runes.
func stars(text string) string { return strings.Repeat("*", utf8.RuneCountInString(text)) }

// runeOffset gives where rune n of s begins, or its length.
func runeOffset(s string, n int) int {
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// printable keeps a source line on one line of a terminal.
func printable(r rune) rune {
	switch {
	case r == '\t':
		return ' '
	case r < ' ' || r == 0x7f || r == utf8.RuneError:
		return '�'
	}
	return r
}

// Find gives the place of the first occurrence of text at or after a node's
// beginning: that of a reference inside a scalar however it is quoted. The
// node's own place is given when it is not found.
func (n *Node) Find(text string, occurrence int) (line, col int) {
	if n.File == nil {
		return n.Line, n.Col
	}
	for l := n.Line; l >= 1 && l <= len(n.File.lines); l++ {
		source, skipped := n.File.lines[l-1], 0
		if l == n.Line {
			runes := []rune(source)
			skipped = min(n.Col-1, len(runes))
			source = string(runes[skipped:])
		}
		for {
			i := strings.Index(source, text)
			if i < 0 {
				break
			}
			if occurrence == 0 {
				return l, skipped + utf8.RuneCountInString(source[:i]) + 1
			}
			occurrence--
			skipped += utf8.RuneCountInString(source[:i+len(text)])
			source = source[i+len(text):]
		}
	}
	return n.Line, n.Col
}

// ComparePlaces orders errors of one file by line and column.
func ComparePlaces(a, b *diag.Error) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
}
