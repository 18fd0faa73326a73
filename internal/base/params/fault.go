package params

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/tree"
)

// Fault is an error about the parameter at a path ("tune.trials", "drop[2]")
// below the value whose Resolve method returns it. Whoever has what was written
// finds the place by Place: at once, or when a stage runs.
func Fault(path, what, wanted, hint string) error {
	return &fault{path, &diag.Error{What: what, Wanted: wanted, Hint: hint}}
}

// FaultOf is Fault with an error of what was written there: its Col, when it
// has one, counts from the value's beginning.
func FaultOf(path string, err error) error {
	var e *diag.Error
	if !errors.As(err, &e) {
		e = &diag.Error{What: err.Error(), Err: err}
	}
	return &fault{path, e}
}

// NoColumn is the Fault of a parameter that names a column which is none of
// those; nil when it is one of them, or names nothing.
func NoColumn(path, name string, columns []string) error {
	if name == "" || slices.Contains(columns, name) {
		return nil
	}
	parameter, _, _ := strings.Cut(strings.TrimSuffix(path, "."+name), "[")
	return FaultOf(path, &diag.Error{
		What:  parameter + " names a column that the table does not have",
		Found: fmt.Sprintf("%q", name),
		Hint:  diag.DidYouMean(name, columns),
	})
}

// NoColumns is NoColumn for each name of a list.
func NoColumns(path string, names, columns []string) error {
	var all []error
	for i, name := range names {
		all = append(all, NoColumn(fmt.Sprintf("%s[%d]", path, i), name, columns))
	}
	return errors.Join(all...)
}

// Within gives the Faults that err holds with their paths below another one: those
// of a struct that stands in a field of another. Other errors are as they were.
func Within(path string, err error) error {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, one := range several.Unwrap() {
			all = append(all, Within(path, one))
		}
		return errors.Join(all...)
	}
	var f *fault
	if errors.As(err, &f) {
		return &fault{join(path, f.path), f.err}
	}
	return err
}

type fault struct {
	path string
	err  *diag.Error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// IsFault says whether an error is about parameters, and Place would find where.
func IsFault(err error) bool {
	var f *fault
	return errors.As(err, &f)
}

// Each gives the errors that err holds (one, or several by errors.Join), each with the
// path of the parameter that it is about, "" for none.
func Each(err error, yield func(path string, err error)) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			Each(one, yield)
		}
		return
	}
	var f *fault
	if errors.As(err, &f) {
		yield(f.path, f.err)
		return
	}
	yield("", err)
}

// Place gives the errors that err holds (one, a diag.List, or several by
// errors.Join) their places in n, what was written of the value that they are
// about. Those that have a place keep it.
func Place(n *tree.Node, err error) diag.List {
	var placed diag.List
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			placed = append(placed, Place(n, one)...)
		}
		return placed
	}
	var f *fault
	value := false
	if errors.As(err, &f) {
		n, value = locate(n, f.path)
	}
	placed.Add(err)
	for i, e := range placed {
		if e.Line == 0 && e.File == "" {
			placed[i] = placeAt(n, e, value)
		}
	}
	return placed
}

// placeAt gives an error the place of a node, or within it, and, where that is
// the value that it is about, says what was found there.
func placeAt(n *tree.Node, e *diag.Error, value bool) *diag.Error {
	placed := n.Fault(e.What)
	if within := n.Col + e.Col - 1; e.Col > 1 && n.Kind == tree.Scalar && n.Plain && n.File != nil {
		placed = n.File.Fault(n.Line, within, e.What)
	}
	placed.Found, placed.Wanted, placed.Hint, placed.Err = e.Found, e.Wanted, e.Hint, e
	switch {
	case e.Secret:
		placed.Excerpt, placed.Secret = "", true
	case value && placed.Found == "" && n.Kind == tree.Scalar:
		placed.Found = n.Describe()
	}
	return placed
}

// locate gives the node at a path, or the nearest one above it, and whether it
// is a value; for what has no place of its own, nothing and a mapping, that is
// the key it stands under. A path's words are keys, which may hold dots
// themselves, and places in lists.
func locate(n *tree.Node, path string) (at *tree.Node, value bool) {
	for path != "" {
		if rest, ok := strings.CutPrefix(path, "["); ok {
			place, rest, _ := strings.Cut(rest, "]")
			i, err := strconv.Atoi(place)
			if err != nil || i >= len(n.Items) { // a single text may stand for a list
				return n, true
			}
			n, path = n.Items[i], strings.TrimPrefix(rest, ".")
			continue
		}
		key, below, rest := entry(n, path)
		if below == nil {
			return n, true
		}
		if n, path = below, rest; n.Kind == tree.Null || n.Kind == tree.Map && rest == "" {
			return key, false
		}
	}
	return n, true
}

// entry gives the entry of a map that a path begins with, the longest key that
// fits, and the rest of the path.
func entry(n *tree.Node, path string) (key, value *tree.Node, rest string) {
	for _, p := range n.Pairs {
		after, ok := strings.CutPrefix(path, p.Key.Text)
		if !ok || after != "" && after[0] != '.' && after[0] != '[' || key != nil && len(p.Key.Text) <= len(key.Text) {
			continue
		}
		key, value, rest = p.Key, p.Value, strings.TrimPrefix(after, ".")
	}
	return key, value, rest
}
