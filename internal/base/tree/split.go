package tree

import (
	"errors"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	// batch is how many tokens are given to the YAML parser at once: its time
	// grows with the square of a mapping's length, and its stack with it.
	batch = 1000
	// maxWhole is how many tokens it is given at once where they cannot be
	// parted.
	maxWhole = 200_000
)

// withoutComments drops the tokens that mean nothing here.
func withoutComments(tokens token.Tokens) token.Tokens {
	kept := tokens[:0]
	for _, t := range tokens {
		if t.Type != token.CommentType {
			kept = append(kept, t)
		}
	}
	return kept
}

// parseTokens gives the body of each document. Large ones are parsed entry by
// entry; when anything about that is unusual the parser is given the whole, so
// that its verdict and messages are not different.
func parseTokens(tokens token.Tokens) ([]ast.Node, error) {
	m, err := parseEntries(tokens)
	if err == nil {
		return []ast.Node{m}, nil
	}
	if len(tokens) > maxWhole {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, err
	}
	bodies := make([]ast.Node, len(file.Docs))
	for i, doc := range file.Docs {
		bodies[i] = doc.Body
	}
	return bodies, nil
}

var errUnusual = errors.New("it is too large for one mapping or list")

// parseEntries parses a large block mapping in batches of entries.
func parseEntries(tokens token.Tokens) (*ast.MappingNode, error) {
	starts := entryStarts(tokens)
	if len(tokens) <= batch || len(starts) == 0 {
		return nil, errUnusual
	}
	m := ast.Mapping(tokens[0], false)
	for i := 0; i < len(starts); {
		end := func(i int) int {
			if i+1 < len(starts) {
				return starts[i+1]
			}
			return len(tokens)
		}
		first := starts[i]
		if entry := tokens[first:end(i)]; len(entry) > batch {
			v, err := parseLarge(entry)
			if err != nil {
				return nil, err
			}
			m.Values = append(m.Values, v)
			i++
			continue
		}
		last := end(i)
		for i++; i < len(starts) && end(i)-first <= batch; i++ {
			last = end(i)
		}
		values, err := parseBatch(tokens[first:last])
		if err != nil {
			return nil, err
		}
		m.Values = append(m.Values, values...)
	}
	return m, nil
}

// parseLarge parses an entry whose value is a large block mapping.
func parseLarge(entry token.Tokens) (*ast.MappingValueNode, error) {
	if entry[2].Position.Line == entry[1].Position.Line {
		return nil, errUnusual
	}
	head, err := parseBatch(entry[:2])
	if err != nil {
		return nil, err
	}
	body, err := parseEntries(entry[2:])
	if err != nil {
		return nil, err
	}
	head[0].Value = body
	return head[0], nil
}

func parseBatch(tokens token.Tokens) ([]*ast.MappingValueNode, error) {
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, err
	}
	if len(file.Docs) != 1 {
		return nil, errUnusual
	}
	switch body := file.Docs[0].Body.(type) {
	case *ast.MappingNode:
		if !body.IsFlowStyle {
			return body.Values, nil
		}
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{body}, nil
	}
	return nil, errUnusual
}

// entryStarts gives the indices of the keys of the block mapping that the
// tokens are; nil when they are something else.
func entryStarts(tokens token.Tokens) []int {
	var starts []int
	depth := 0
	for i, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.DocumentHeaderType, token.DocumentEndType, token.DirectiveType:
			return nil
		}
		if depth > 0 || i+1 == len(tokens) || tokens[i+1].Type != token.MappingValueType || t.Position.Line != tokens[i+1].Position.Line {
			continue
		}
		newLine := i == 0 || tokens[i-1].Position.Line < t.Position.Line
		switch {
		case i == 0 || newLine && t.Position.Column == tokens[0].Position.Column:
			starts = append(starts, i)
		case newLine && t.Position.Column < tokens[0].Position.Column:
			return nil
		}
	}
	if len(starts) == 0 || starts[0] != 0 {
		return nil
	}
	return starts
}
