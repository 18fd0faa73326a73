package expression

import (
	"errors"
	"fmt"
	"slices"

	"github.com/expr-lang/expr/ast"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
)

// Check checks what can be checked of a formula before there is a table: its
// syntax, the names of its functions, and those of its columns where columns is
// not nil. Its errors are those of Compile.
func Check(source string, columns []string) error {
	c := &compiler{source: source}
	tree, err := c.parse()
	if err != nil {
		return err
	}
	names := &names{callees: map[ast.Node]bool{}, variables: map[string]bool{}}
	ast.Walk(&tree.Node, names)
	for _, n := range names.calls {
		c.function(n, nameOf(n))
	}
	if columns == nil || c.err != nil {
		return c.failed()
	}
	for _, n := range names.columns {
		if !names.callees[n] && !names.variables[nameOf(n)] {
			c.known(n, nameOf(n), columns)
		}
	}
	return c.failed()
}

// Extend gives the columns with those that the formulas of a parameter derive
// add, each of which reads the columns before it but the target, if there is
// one; and what is wrong with them, as faults of that parameter.
func Extend(derive params.Map[string], columns []string, target string) ([]string, error) {
	var wrong []error
	columns = slices.Clone(columns)
	for _, d := range derive {
		path := "derive." + d.Key
		seen := slices.DeleteFunc(slices.Clone(columns), func(name string) bool { return name == target })
		if err := Check(d.Value, seen); err != nil {
			if target != "" && Check(d.Value, columns) == nil {
				err = &diag.Error{What: fmt.Sprintf("derive %s is computed from the target", d.Key), Found: d.Value,
					Hint: "what is predicted cannot be a feature"}
			}
			wrong = append(wrong, params.FaultOf(path, err))
		}
		if slices.Contains(columns, d.Key) {
			wrong = append(wrong, params.FaultOf(path, &diag.Error{What: "a derived column has the name of another",
				Found: fmt.Sprintf("%q", d.Key), Hint: "give it a name of its own"}))
			continue
		}
		columns = append(columns, d.Key)
	}
	return columns, errors.Join(wrong...)
}

// failed gives the first error, as an error.
func (c *compiler) failed() error {
	if c.err == nil {
		return nil
	}
	return c.err
}

// names gathers what a formula names, in the order of reading.
type names struct {
	calls     []ast.Node
	columns   []ast.Node        // identifiers, and column("…")
	callees   map[ast.Node]bool // identifiers of functions
	variables map[string]bool   // of let
}

// Visit implements ast.Visitor.
func (v *names) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		v.columns = append(v.columns, n)
	case *ast.VariableDeclaratorNode:
		v.variables[n.Name] = true
	case *ast.BuiltinNode:
		v.calls = append(v.calls, n)
	case *ast.CallNode:
		v.callees[n.Callee] = true
		if nameOf(n) == "" {
			break // not a function by name: for the compiler to refuse
		}
		v.calls = append(v.calls, n)
		if nameOf(n) == "column" && len(n.Arguments) == 1 {
			if s, ok := n.Arguments[0].(*ast.StringNode); ok {
				v.columns = append(v.columns, s)
			}
		}
	}
}

// nameOf gives the name that a node of names stands for.
func nameOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return n.Value
	case *ast.StringNode:
		return n.Value
	case *ast.BuiltinNode:
		return n.Name
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			return callee.Value
		}
	}
	return ""
}
