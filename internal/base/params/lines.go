package params

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"labbook/internal/base/tree"
)

// Line is one resolved parameter: `max_depth` with `6`.
type Line struct{ Path, Value string }

// Lines lists all parameters of v, defaults included, sorted by path. It is
// what keys are made of: equal parameters give equal lines, different ones
// different lines, but for those that are tagged otherwise. Numbers stand in their shortest form; texts are quoted
// unless they are plain words; a list of single values is one line.
func Lines(v any) []Line {
	var l lister
	if v != nil {
		l.value(reflect.ValueOf(v), "")
	}
	slices.SortFunc(l.lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Value, b.Value))
	})
	return l.lines
}

// Values gives the lines of v as the value at each path, for a file of JSON, and
// LinesOf gives them back.
func Values(v any) map[string]string {
	values := map[string]string{}
	for _, line := range Lines(v) {
		values[line.Path] = line.Value
	}
	return values
}

// LinesOf is the inverse of what Values does to lines.
func LinesOf(values map[string]string) []Line {
	lines := make([]Line, 0, len(values))
	for _, path := range slices.Sorted(maps.Keys(values)) {
		lines = append(lines, Line{path, values[path]})
	}
	return lines
}

type lister struct {
	lines []Line
	// changed leaves out what is as usual in elements of lists and mappings, and in
	// what an Open holds; see YAML.
	changed bool
}

func (l *lister) add(path, value string) { l.lines = append(l.lines, Line{path, value}) }

func (l *lister) value(v reflect.Value, path string) {
	if text, ok := single(v); ok {
		l.add(path, text)
		return
	}
	if o, ok := v.Interface().(Open); ok {
		l.open(o, path)
		return
	}
	if m, ok := asOrdered(v); ok {
		keys := make([]string, m.size())
		for i := range m.size() {
			key, e := m.entry(i)
			keys[i] = quote(key)
			l.element(e, join(path, quoteKey(key)))
		}
		l.add(path, "{"+strings.Join(keys, ", ")+"}")
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		l.element(v.Elem(), path)
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			if !l.changed && f.unlisted(v.FieldByIndex(f.index)) {
				continue
			}
			l.value(v.FieldByIndex(f.index), join(path, f.name))
		}
	case reflect.Map:
		if v.Len() == 0 {
			l.add(path, "{}")
		}
		for it := v.MapRange(); it.Next(); {
			l.element(it.Value(), join(path, quoteKey(it.Key().String())))
		}
	case reflect.Slice:
		for i := range v.Len() {
			l.element(v.Index(i), fmt.Sprintf("%s[%d]", path, i))
		}
	default:
		panic(fmt.Sprintf("params: %s has the type %s, which cannot be listed", path, v.Type()))
	}
}

func (l *lister) open(o Open, path string) {
	switch {
	case o.value != nil && l.changed:
		l.unlike(reflect.ValueOf(o.value), path, o.usual)
	case o.value != nil:
		before := len(l.lines)
		l.value(reflect.ValueOf(o.value), path)
		if len(l.lines) == before {
			l.add(path, "{}")
		}
	case o.node != nil:
		l.node(o.node, path)
	default:
		l.add(path, "null")
	}
}

// node lists what was written for an Open that nobody decoded.
func (l *lister) node(n *tree.Node, path string) {
	switch n.Kind {
	case tree.Null:
		l.add(path, "null")
	case tree.Scalar:
		l.add(path, nodeText(n))
	case tree.List:
		l.add(path, fmt.Sprintf("[%d]", len(n.Items)))
		for i, item := range n.Items {
			l.node(item, fmt.Sprintf("%s[%d]", path, i))
		}
	case tree.Map:
		l.add(path, fmt.Sprintf("{%d}", len(n.Pairs)))
		for _, p := range n.Pairs {
			l.node(p.Value, join(path, quoteKey(p.Key.Text)))
		}
	}
}

func nodeText(n *tree.Node) string {
	if !n.Plain {
		return strconv.Quote(n.Text)
	}
	if x, _, ok := number(n); ok {
		return render(x)
	}
	if n.Text == "true" || n.Text == "false" {
		return n.Text
	}
	return quote(n.Text)
}

// single gives the text of a value that takes one line, also of a list of such
// values.
func single(v reflect.Value) (string, bool) {
	if d, ok := v.Interface().(time.Duration); ok {
		return d.String(), true
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool()), true
	case reflect.String:
		return quote(v.String()), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10), true
	case reflect.Float32, reflect.Float64:
		return render(v.Float()), true
	case reflect.Pointer:
		if v.IsNil() {
			return "null", true
		}
		if v.Elem().Kind() != reflect.Struct {
			return single(v.Elem())
		}
	case reflect.Slice:
		if _, ok := asOrdered(v); ok {
			return "", false
		}
		parts := make([]string, v.Len())
		for i := range v.Len() {
			text, ok := single(v.Index(i))
			if !ok {
				return "", false
			}
			parts[i] = text
		}
		return "[" + strings.Join(parts, ", ") + "]", true
	}
	return "", false
}

// asOrdered gives the value as a Map of whatever type.
func asOrdered(v reflect.Value) (ordered, bool) {
	if v.Kind() != reflect.Slice {
		return nil, false
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	m, ok := p.Interface().(ordered)
	return m, ok
}

// render gives a number in its shortest form, without an exponent where it is
// of everyday size.
func render(x float64) string {
	if a := math.Abs(x); a == 0 || a >= 1e-6 && a < 1e15 {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return strconv.FormatFloat(x, 'g', -1, 64)
}

// quote quotes a text unless it is a plain word that is no number, boolean or
// null.
func quote(s string) string {
	switch s {
	case "true", "false", "null", "Null", "NULL", "nan", "inf", "NaN", "Inf":
		return strconv.Quote(s)
	}
	if plainWord(s) {
		return s
	}
	return strconv.Quote(s)
}

// quoteKey is quote for a key on a path, where a dot parts the steps.
func quoteKey(s string) string {
	if strings.Contains(s, ".") {
		return strconv.Quote(s)
	}
	return quote(s)
}

// plainWord says whether s is words of letters and digits, joined by . / - _,
// that begin with a letter.
func plainWord(s string) bool {
	start := true
	for _, r := range s {
		switch {
		case r == '_' || unicode.IsLetter(r):
			start = false
		case !start && (r == '-' || r == '/' || unicode.IsDigit(r)):
		case !start && r == '.':
			start = true
		default:
			return false
		}
	}
	return !start
}

// Text gives a value as it was written in the form of Lines, a list or mapping
// on one line.
func Text(n *tree.Node) string {
	var parts []string
	switch n.Kind {
	case tree.Scalar:
		return nodeText(n)
	case tree.List:
		for _, item := range n.Items {
			parts = append(parts, Text(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case tree.Map:
		for _, p := range n.Pairs {
			parts = append(parts, quote(p.Key.Text)+": "+Text(p.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return "null"
}
