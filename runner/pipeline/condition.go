package pipeline

import (
	"errors"
	"fmt"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	exprfile "github.com/expr-lang/expr/file"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
)

// conditions evaluates `if` and switches off what needs a stage that is off. A
// group that is named in from or needs means those variants that are enabled;
// only when all are off is the stage off too.
func (b *builder) conditions() {
	for _, d := range b.stages {
		d.Enabled = true
		if n := d.decl.If.Node; n != nil {
			if d.Enabled = b.condition(n); !d.Enabled {
				d.Disabled = fmt.Sprintf("`if: %s` is false", strings.TrimSpace(n.Text))
			}
		}
	}
}

// disable completes what conditions began, over stages in topological order.
func disable(ordered []*declared) {
	for _, d := range ordered {
		d.from, d.needs = d.enabled(d.from), d.enabled(d.needs)
		d.From, d.Needs = targets(d.from), targets(d.needs)
	}
}

// enabled gives the references that hold: disabled variants of a group drop
// out unless none is left.
func (d *declared) enabled(refs []ref) []ref {
	var kept []ref
	for i := 0; i < len(refs); {
		j, off := i, 0
		for ; j < len(refs) && refs[j].at == refs[i].at; j++ {
			if !refs[j].to.Enabled {
				off++
			}
		}
		for _, r := range refs[i:j] {
			if r.to.Enabled || off == j-i {
				kept = append(kept, r)
			}
		}
		if off == j-i && d.Enabled {
			d.Enabled = false
			d.Disabled = fmt.Sprintf("needs %s, which is skipped", refs[i].at.Text)
		}
		i = j
	}
	return kept
}

// condition evaluates the expression of an `if`. References ${params.x} in it
// mean the value, not its text.
func (b *builder) condition(n *tree.Node) bool {
	if n.Kind != tree.Scalar {
		e := n.Fault("the value of if does not fit")
		e.Found, e.Wanted, e.Hint = n.Describe(), "an expression", "write if: params.full"
		b.errs = append(b.errs, e)
		return true
	}
	// The replacement keeps columns as they are.
	source := strings.NewReplacer("${", "  ", "}", " ").Replace(n.Text)
	if !strings.Contains(n.Text, "${") {
		source = n.Text
	}
	env := map[string]any{"params": plain(&tree.Node{Kind: tree.Map, Pairs: b.scope.params}), "env": b.scope.env}
	names := names{scope: b.scope}
	program, err := expr.Compile(source, expr.Env(env), expr.Patch(&names))
	if len(names.errs) > 0 {
		for _, f := range names.errs {
			f.err.File, f.err.Line, f.err.Col, f.err.Excerpt = b.inside(n, f.at)
			b.errs = append(b.errs, f.err)
		}
		return true
	}
	var value any
	if err == nil {
		value, err = expr.Run(program, env)
	}
	var e *diag.Error
	switch result, ok := value.(bool); {
	case err != nil:
		var syntax *exprfile.Error
		e = n.Fault("the condition cannot be evaluated")
		if errors.As(err, &syntax) {
			e.What += ": " + strings.TrimSpace(syntax.Message)
			if syntax.Line <= 1 {
				e.File, e.Line, e.Col, e.Excerpt = b.inside(n, syntax.Column)
			}
		} else {
			e.What += ": " + err.Error()
		}
		e.Err, e.Hint = err, "write an expression such as params.full or params.size > 10"
	case !ok:
		e = n.Fault("the condition is not true or false")
		e.Found, e.Wanted, e.Hint = fmt.Sprintf("%v", value), "true or false", "compare it: params.x == 1"
	default:
		return result
	}
	b.errs = append(b.errs, e)
	return true
}

// inside gives the place of a column of an expression in its file.
func (b *builder) inside(n *tree.Node, column int) (file string, line, col int, excerpt string) {
	line, col = n.Find(strings.SplitN(n.Text, "\n", 2)[0], 0)
	e := n.File.Fault(line, col+column, "")
	return e.File, e.Line, e.Col, e.Excerpt
}

// names checks the names in an expression against the scope.
type names struct {
	scope *scope
	errs  []nameFault
}

type nameFault struct {
	at  int
	err *diag.Error
}

// Visit implements ast.Visitor.
func (v *names) Visit(node *ast.Node) {
	m, ok := (*node).(*ast.MemberNode)
	if !ok {
		return
	}
	head, ok := m.Node.(*ast.IdentifierNode)
	name, named := m.Property.(*ast.StringNode)
	if !ok || !named {
		return
	}
	var err *diag.Error
	switch head.Value {
	case "params":
		_, err = v.scope.param(name.Value)
	case "env":
		_, err = v.scope.variable(name.Value)
	}
	if err != nil {
		v.errs = append(v.errs, nameFault{name.Location().From, err})
	}
}

// plain gives a value as expressions see it: numbers, booleans, texts, lists
// and maps of Go.
func plain(n *tree.Node) any {
	switch n.Kind {
	case tree.List:
		items := make([]any, len(n.Items))
		for i, item := range n.Items {
			items[i] = plain(item)
		}
		return items
	case tree.Map:
		m := make(map[string]any, len(n.Pairs))
		for _, p := range n.Pairs {
			m[p.Key.Text] = plain(p.Value)
		}
		return m
	case tree.Null:
		return nil
	}
	switch typeOf(n) {
	case "boolean":
		return n.Text == "true"
	case "number":
		var whole int
		if params.Decode(n, &whole) == nil {
			return whole
		}
		var x float64
		if params.Decode(n, &x) == nil {
			return x
		}
	}
	return n.Text
}
