package tree

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"labbook/internal/base/diag"
)

const (
	maxDepth   = 64     // of nesting
	maxAliased = 10_000 // nodes that aliases add to a file
	maxSize    = 16 << 20

	// maxErrors is how many errors of one file are looked for.
	maxErrors = 100
)

var tooDeep = fmt.Sprintf("values are nested more than %d deep", maxDepth)

// Parse reads one YAML document. An empty one gives a Null node. The error is
// a *diag.Error or a diag.List whose places are in the file named name. Where it
// is about keys that stand twice alone, the node is given besides, with the first
// of each: whoever looks for further errors can go on.
//
// A reference ${…} may stand unquoted anywhere, also inside { } and [ ], where
// YAML alone would end the value at its brace.
func Parse(name string, source []byte) (*Node, error) {
	text := strings.TrimPrefix(string(source), "\uFEFF")
	f := &File{Name: name, lines: strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")}
	if err := f.checkBytes(text); err != nil {
		return nil, err
	}
	doc, err := f.parse(strings.ReplaceAll(text, "\r\n", "\n"))
	if err != nil {
		return nil, err
	}
	if doc == nil {
		return &Node{File: f, Line: 1, Col: 1}, nil
	}
	c := converter{file: f, anchors: map[string]*anchored{}}
	n := c.node(doc, 0)
	slices.SortStableFunc(c.errs, ComparePlaces)
	if len(c.errs) > c.doubled {
		return nil, c.errs.Err()
	}
	return n, c.errs.Err()
}

// checkBytes refuses what is no text: the parser would take it, or stop far
// from it.
func (f *File) checkBytes(text string) error {
	if len(text) > maxSize {
		return &diag.Error{File: f.Name, What: "the file is too large", Found: fmt.Sprintf("%d MB", len(text)>>20),
			Wanted: "at most 16 MB", Hint: "split it and use include"}
	}
	for i, line := range f.lines {
		if bad := strings.IndexFunc(line, func(r rune) bool {
			return r == utf8.RuneError || r < ' ' && r != '\t' || r == 0x7f
		}); bad >= 0 {
			r, size := utf8.DecodeRuneInString(line[bad:])
			if r == utf8.RuneError && size > 1 {
				continue // a replacement character that is really written
			}
			e := f.Fault(i+1, utf8.RuneCountInString(line[:bad])+1, "the file is not plain text")
			e.Found, e.Wanted = fmt.Sprintf("the control character %U", r), "UTF-8 text"
			e.Hint = "delete the character"
			if r == utf8.RuneError {
				e.Found = fmt.Sprintf("the byte 0x%02X, which is not UTF-8", line[bad])
				e.Hint = "save the file as UTF-8"
			}
			return e
		}
	}
	return nil
}

// The braces of a reference are hidden from the YAML parser behind control
// characters, which no checked text holds but by their numbers: "\u0001".
const hiddenOpen, hiddenClose = '\x01', '\x02'

func hideReferences(text string) string {
	if !strings.Contains(text, "${") {
		return text
	}
	b := []byte(text)
	for i := 0; i+1 < len(b); i++ {
		if b[i] != '$' || b[i+1] != '{' {
			continue
		}
		for j := i + 2; j < len(b) && b[j] != '\n' && b[j] != '{'; j++ {
			if b[j] == '}' {
				b[i+1], b[j] = hiddenOpen, hiddenClose
				break
			}
		}
	}
	return string(b)
}

// restore gives a value the braces of its references again.
func restore(value string) string {
	var b strings.Builder
	for {
		before, reference, found := strings.Cut(value, "$"+string(hiddenOpen))
		name, rest, closed := strings.Cut(reference, string(hiddenClose))
		if !found || !closed {
			b.WriteString(value)
			return b.String()
		}
		b.WriteString(before + "${" + name + "}")
		value = rest
	}
}

// parse gives the body of the only document, nil when there is none.
func (f *File) parse(text string) (body ast.Node, err error) {
	defer func() {
		if r := recover(); r != nil { // the parser is not proof against everything
			body, err = nil, &diag.Error{File: f.Name, What: "the YAML cannot be parsed", Found: fmt.Sprint(r),
				Hint: "check brackets, quotes and indentation"}
		}
	}()
	tokens := withoutComments(lexer.Tokenize(hideReferences(text)))
	if err := f.checkTokens(tokens); err != nil {
		return nil, err
	}
	docs, err := parseTokens(tokens)
	if err != nil {
		return nil, f.syntax(err)
	}
	for _, doc := range docs {
		if doc == nil {
			continue
		}
		if body != nil {
			e := f.Fault(doc.GetToken().Position.Line, 1, "the file holds several documents")
			e.Wanted, e.Hint = "one", "remove the --- and what follows, or move it to a file of its own"
			return nil, e
		}
		body = doc
	}
	return body, nil
}

// checkTokens refuses what would make the parser recurse or work without end.
func (f *File) checkTokens(tokens token.Tokens) error {
	depth, run := 0, 0
	for i, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.MappingKeyType: // the parser takes the square of their number
			e := f.Fault(t.Position.Line, t.Position.Column, "keys with ? have no meaning here")
			e.Hint = "write key: value"
			return e
		}
		if run++; i == 0 || t.Position.Line != tokens[i-1].Position.Line || t.Type != tokens[i-1].Type {
			run = 0
		}
		if depth > maxDepth || run > maxDepth {
			e := f.Fault(t.Position.Line, t.Position.Column, tooDeep)
			e.Hint = "write it flatter"
			return e
		}
	}
	return nil
}

// syntax turns the parser's error into ours.
func (f *File) syntax(err error) error {
	var syn *yaml.SyntaxError
	if !errors.As(err, &syn) || syn.Token == nil {
		e := &diag.Error{File: f.Name, What: "the YAML cannot be parsed: " + err.Error(), Err: err, Hint: "check brackets, quotes and indentation"}
		if errors.Is(err, errUnusual) {
			e.Hint = "split the file and use include"
		}
		return e
	}
	line, col := syn.Token.Position.Line, syn.Token.Position.Column
	e := f.Fault(line, col, restore(syn.Message))
	e.Err, e.Hint = err, "check brackets, quotes and indentation"
	for _, known := range syntaxErrors {
		if strings.Contains(syn.Message, known.message) {
			e.What, e.Hint = known.what, known.hint
			break
		}
	}
	if line >= 1 && line <= len(f.lines) {
		source := f.lines[line-1]
		indent := source[:len(source)-len(strings.TrimLeft(source, " \t"))]
		if tab := strings.IndexByte(indent, '\t'); tab >= 0 {
			e = f.Fault(line, tab+1, "the line is indented with a tab")
			e.Err, e.Wanted, e.Hint = err, "spaces", "replace the tab by spaces"
		}
	}
	return e
}

// syntaxErrors says in plain words what the parser's commonest messages mean.
var syntaxErrors = []struct{ message, what, hint string }{
	{"mapping value is not allowed", "a colon stands where no key can be", "put a text with a colon in quotes, or check the indentation"},
	{"value is not allowed in this context", "the line does not fit those above it", "align it with its siblings"},
	{"'}' must be specified", "a { is not closed before this", "close it with }"},
	{"']' must be specified", "a [ is not closed before this", "close it with ]"},
	{"'}' not found", "this { is not closed", "close it with }"},
	{"']' not found", "this [ is not closed", "close it with ]"},
	{"is a reserved character", "the value begins with a character that YAML reserves", "put it in quotes"},
	{"could not find end character", "a quote is not closed", "close it, or leave the quotes out"},
}
