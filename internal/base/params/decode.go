// Package params decodes, describes and lists the parameters of stages and
// estimators, which are plain structs that hold their defaults:
//
//	type Params struct {
//		Trees int      `yaml:"n_estimators" doc:"Trees to grow at most." range:"[1,10000]"`
//		Rate  float64  `yaml:"learning_rate" doc:"Weight of each tree." range:"(0,1]"`
//		Goal  string   `yaml:"objective" doc:"What is minimised." enum:"squared|absolute"`
//		Until *float64 `yaml:"until" doc:"Stops when the loss is below." unit:"USD"`
//	}
//
// # Tags
//
// Every exported field has the tags yaml, its name in a pipeline, and doc, a
// sentence for people. An embedded struct's fields count as the struct's own.
//
//   - range bounds a number, or each number of a list or map: an interval
//     "[0,1)", where a missing end is open ("[1,)"), or a comparison ">0",
//     ">=0", "<1", "<=1". Infinity is refused unless the range names it as
//     an included end: "[0,inf]". NaN is always refused. Durations are bounded
//     in Go's notation: "[1s,1h]".
//   - enum lists the only values of a text, or of each text of a list:
//     "none|log". An empty alternative allows "".
//   - listed says that a Map may be written as a list of its keys, or as one of
//     them, where nothing is said of each: [a, b] is {a: , b: }.
//   - unit says what a number counts: "rows", "ct".
//   - names says that a text, each of a list, or each key of a mapping names
//     something that others make: "column", a column of the table that is read,
//     or "formula", columns within a formula. Kind.Columns holds it against what
//     there is.
//
// # Types
//
// Booleans, integers, floats, strings, time.Duration; pointers to these, where
// nil means that nothing was said; structs and pointers to structs; slices;
// maps with string keys, where order does not matter, and Map, where it does;
// Strings, a text or a list of texts; Scalar, any single value; Open, whose
// type is known only once another parameter is; and what implements
// Unmarshaler. Kinds must not tell a nil slice or map from an empty one.
//
// A type whose fresh values (elements of slices and maps, pointers) are not
// its zero values has a method SetDefaults(). One whose values depend on one
// another has a method Resolve() error, called after it was decoded; Fault
// lets its error name the parameter.
package params

import (
	"fmt"
	"reflect"

	"labbook/internal/base/diag"
	"labbook/internal/base/tree"
)

// Unmarshaler is implemented by types that decode themselves. The error should
// be made with Node.Fault; what it leaves empty of What and Found is filled in.
type Unmarshaler interface {
	UnmarshalTree(n *tree.Node) error
}

// Decode decodes a node strictly over a pointer to a struct that holds the
// defaults. A nil or Null node changes nothing. The error is a *diag.Error or
// a diag.List with everything that is wrong.
func Decode(n *tree.Node, into any) error { return DecodeAt("", n, into) }

// DecodeAt is Decode for a node that messages call by its path: "with".
func DecodeAt(path string, n *tree.Node, into any) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("params: Decode into %T, not a pointer", into))
	}
	if n == nil {
		n = &tree.Node{}
	}
	d := decoder{}
	d.value(n, v.Elem(), limits{}, path)
	return d.errs.Err()
}

// DecodeString decodes YAML text: for tests, and for what a person typed.
func DecodeString(text string, into any) error {
	n, err := tree.Parse("", []byte(text))
	if err != nil {
		return err
	}
	return Decode(n, into)
}

// decoder gathers the errors of one Decode.
type decoder struct{ errs diag.List }

// maxErrors is how many errors of one Decode are told; there are no more than
// these when a large value is wrong throughout.
const maxErrors = 100

func (d *decoder) fail(n *tree.Node, what, found, wanted, hint string) {
	if len(d.errs) >= maxErrors {
		return
	}
	e := n.Fault(what)
	e.Found, e.Wanted, e.Hint = found, wanted, hint
	d.errs = append(d.errs, e)
}

// wrong says that a node is not what was wanted at a path.
func (d *decoder) wrong(n *tree.Node, path, wanted, hint string) {
	d.fail(n, "the value of "+orThis(path)+" does not fit", n.Describe(), wanted, hint)
}

func orThis(path string) string {
	if path == "" {
		return "this"
	}
	return path
}

// value decodes a node over v, whose tags gave the limits.
func (d *decoder) value(n *tree.Node, v reflect.Value, lim limits, path string) {
	before := len(d.errs)
	d.shape(n, v, lim, path)
	if len(d.errs) == before && v.CanAddr() {
		d.resolve(n, v.Addr().Interface())
	}
}

// resolve calls the value's own check and finds the place of its complaint.
func (d *decoder) resolve(n *tree.Node, v any) {
	if r, ok := v.(interface{ Resolve() error }); ok {
		d.errs = append(d.errs, Place(n, r.Resolve())...)
	}
}

func (d *decoder) shape(n *tree.Node, v reflect.Value, lim limits, path string) {
	switch target := v.Addr().Interface().(type) {
	case *Open:
		*target = Open{node: n, path: path}
		return
	case *Strings:
		d.strings(n, target, lim, path)
		return
	case *Command:
		d.strings(n, (*Strings)(target), lim, path)
		if n.Kind == tree.Scalar && (*target)[0] != "" {
			*target = append(Command{"sh", "-e", "-c"}, *target...)
		}
		return
	case ordered:
		d.ordered(n, target, lim, path)
		return
	case Unmarshaler:
		d.unmarshal(n, target, path)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v, path)
	case reflect.Pointer:
		if n.Kind == tree.Null {
			v.SetZero()
			return
		}
		if v.IsNil() || v.Elem().Kind() != reflect.Struct {
			v.Set(fresh(v.Type().Elem()))
		}
		d.value(n, v.Elem(), lim, path)
	case reflect.Slice:
		d.list(n, v, lim, path)
	case reflect.Map:
		d.mapping(n, v, lim, path)
	default:
		d.scalar(n, v, lim, path)
	}
}

// fresh makes a pointer to a new value with its defaults.
func fresh(t reflect.Type) reflect.Value {
	p := reflect.New(t)
	if s, ok := p.Interface().(interface{ SetDefaults() }); ok {
		s.SetDefaults()
	}
	return p
}

// join adds a name to a path.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
