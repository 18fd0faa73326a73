package expression

import (
	"fmt"
	"slices"
	"time"

	"github.com/expr-lang/expr/ast"

	"labbook/internal/data/table"
)

// Said is a part of a formula, for whoever writes it in the form of another program:
// what it is of which parts. What an operation means is said in this package. What
// let names is one *Said wherever it is used.
//
// Op is one of
//
//	constant text bool column    a constant, or a column, called Text
//	not neg and or if            truth values; -x; if has a condition and two values
//	+ - * / % **                 of numbers
//	days later earlier           of dates: how many days from the second on; days after, or before
//	concat                       of two texts
//	== != < <= > >=              of two of one kind
//	in                           the first, among the constants after it
//	contains startsWith endsWith matches
//	??                           the second where the first is missing
//	missing min max, and the names of the other functions
type Said struct {
	Op   string
	Kind Kind
	Args []*Said
	// Number is that of a constant, or, of Kind Date, the seconds since 1970; or, of
	// bool, 1 or 0.
	Number float64
	Text   string
	// Levels are those of a category with an order: of a column, and of a comparison
	// that goes by it.
	Levels []string
}

// Say gives what a formula is that Compile takes with these fields.
func Say(source string, fields []table.Field) (*Said, error) {
	if _, err := Compile(source, fields); err != nil {
		return nil, err
	}
	c := &compiler{source: source}
	tree, err := c.parse()
	if err != nil {
		return nil, err
	}
	s := &sayer{fields: fields}
	said := s.say(tree.Node)
	return said, s.err
}

type sayer struct {
	fields []table.Field
	scope  []saidVariable // of let, the innermost last
	err    error
}

type saidVariable struct {
	name string
	said *Said
}

// none is what a part is that Compile would not have taken.
func (s *sayer) none(n ast.Node) *Said {
	if s.err == nil {
		s.err = fmt.Errorf("expression: %s is no part of a formula", n.String())
	}
	return &Said{Op: "constant", Kind: Number}
}

func (s *sayer) all(nodes []ast.Node) []*Said {
	args := make([]*Said, len(nodes))
	for i, n := range nodes {
		args[i] = s.say(n)
	}
	return args
}

func (s *sayer) say(n ast.Node) *Said {
	switch n := n.(type) {
	case *ast.IntegerNode:
		return &Said{Op: "constant", Kind: Number, Number: float64(n.Value)}
	case *ast.FloatNode:
		return &Said{Op: "constant", Kind: Number, Number: n.Value}
	case *ast.StringNode:
		return &Said{Op: "text", Kind: Text, Text: n.Value}
	case *ast.BoolNode:
		said := &Said{Op: "bool", Kind: Bool}
		if n.Value {
			said.Number = 1
		}
		return said
	case *ast.IdentifierNode:
		return s.name(n, n.Value)
	case *ast.UnaryNode:
		return s.unary(n)
	case *ast.BinaryNode:
		return s.binary(n)
	case *ast.ConditionalNode:
		args := s.all([]ast.Node{n.Cond, n.Exp1, n.Exp2})
		return &Said{Op: "if", Kind: args[1].Kind, Args: args}
	case *ast.BuiltinNode:
		return s.call(n, n.Name, n.Arguments)
	case *ast.CallNode:
		return s.call(n, nameOf(n), n.Arguments)
	case *ast.VariableDeclaratorNode:
		s.scope = append(s.scope, saidVariable{n.Name, s.say(n.Value)})
		body := s.say(n.Expr)
		s.scope = s.scope[:len(s.scope)-1]
		return body
	}
	return s.none(n)
}

func (s *sayer) name(n ast.Node, name string) *Said {
	for _, v := range slices.Backward(s.scope) {
		if v.name == name {
			return v.said
		}
	}
	for i := range s.fields {
		f := &s.fields[i]
		if f.Name != name {
			continue
		}
		said := &Said{Op: "column", Kind: Text, Text: name}
		switch {
		case f.Type == table.Number:
			said.Kind = Number
		case f.Type == table.Date:
			said.Kind = Date
		case f.Ordered:
			said.Levels = f.Levels
		}
		return said
	}
	return s.none(n)
}

func (s *sayer) unary(n *ast.UnaryNode) *Said {
	x := s.say(n.Node)
	switch n.Operator {
	case "not", "!":
		return &Said{Op: "not", Kind: Bool, Args: []*Said{x}}
	case "-":
		return &Said{Op: "neg", Kind: Number, Args: []*Said{x}}
	}
	return x
}

// canonical are the operators that have two names.
var canonical = map[string]string{"&&": "and", "||": "or", "^": "**"}

func (s *sayer) binary(n *ast.BinaryNode) *Said {
	op := n.Operator
	if other, ok := canonical[op]; ok {
		op = other
	}
	if op == "in" {
		args := []*Said{s.say(n.Left)}
		if list, ok := n.Right.(*ast.ArrayNode); ok {
			args = append(args, s.all(list.Nodes)...)
		}
		return &Said{Op: op, Kind: Bool, Args: args}
	}
	x, y := s.say(n.Left), s.say(n.Right)
	said := &Said{Op: op, Kind: Bool, Args: []*Said{x, y}}
	switch op {
	case "and", "or", "contains", "startsWith", "endsWith", "matches":
	case "==", "!=", "<", "<=", ">", ">=":
		said.Args = []*Said{dated(x, y), dated(y, x)}
		if op == "==" || op == "!=" {
			break
		}
		if said.Levels = x.Levels; said.Levels == nil {
			said.Levels = y.Levels
		}
	case "??":
		said.Kind = x.Kind
	default:
		said.Kind = Number
		switch {
		case x.Kind == Text:
			said.Op, said.Kind = "concat", Text
		case x.Kind == Date && y.Kind == Date:
			said.Op = "days"
		case x.Kind == Date && op == "+":
			said.Op, said.Kind = "later", Date
		case x.Kind == Date:
			said.Op, said.Kind = "earlier", Date
		}
	}
	return said
}

// dated gives a text that meets a date as the date that it is.
func dated(x, other *Said) *Said {
	if other.Kind != Date || x.Op != "text" {
		return x
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, time.RFC3339} {
		if t, err := time.Parse(layout, x.Text); err == nil {
			return &Said{Op: "constant", Kind: Date, Number: float64(t.Unix())}
		}
	}
	return x
}

func (s *sayer) call(n ast.Node, name string, arguments []ast.Node) *Said {
	if literal, ok := arguments[0].(*ast.StringNode); ok {
		switch name {
		case "column":
			return s.name(n, literal.Value)
		case "date":
			return dated(s.say(literal), &Said{Kind: Date})
		}
	}
	said := &Said{Op: name, Kind: Number, Args: s.all(arguments)}
	switch {
	case name == "missing":
		said.Kind = Bool
	case textual[name] != nil:
		said.Kind = Text
	}
	return said
}
