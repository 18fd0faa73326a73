package params

import (
	"reflect"
	"slices"
	"strings"

	"labbook/internal/base/tree"
)

// YAML writes parameters as they would be written in a pipeline: those of v, a
// pointer to a struct, that are not as in defaults, one of the same type; of
// elements of lists and mappings, and of what an Open holds, those that are not as
// where nothing is said. Each line begins with indent.
func YAML(v, defaults any, indent string) string {
	l, root := lister{changed: true}, &branch{}
	l.unlike(reflect.ValueOf(v), "", Lines(defaults))
	for _, line := range l.lines {
		b := root
		for _, step := range steps(line.Path) {
			b = b.child(step)
		}
		b.text, b.listed = line.Value, true
	}
	n, err := root.node()
	if err != nil {
		panic("params: lines that cannot be read: " + err.Error()) // Lines wrote them
	}
	var b strings.Builder
	writeYAML(&b, n, indent)
	return b.String()
}

// unlike lists what of a value at a path is not among the lines of the usual one.
// A list that is written takes the place of the usual one as a whole.
func (l *lister) unlike(v reflect.Value, path string, usual []Line) {
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	own := lister{changed: true}
	own.value(v, "")
	for _, line := range own.lines {
		if strings.Contains(line.Path, "[") || !slices.Contains(usual, line) {
			l.add(below(path, line.Path), line.Value)
		}
	}
}

// element lists an element of a list or mapping, or what a pointer leads to: of a struct, where changes are
// asked for, what is not as in a fresh one.
func (l *lister) element(v reflect.Value, path string) {
	if _, single := single(v); !l.changed || single {
		l.value(v, path)
		return
	}
	before := len(l.lines)
	for v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if v.Kind() == reflect.Struct && v.Type() != reflect.TypeFor[Open]() {
		var usual lister
		usual.value(fresh(v.Type()).Elem(), "")
		l.unlike(v, path, usual.lines)
	} else {
		l.value(v, path)
	}
	if len(l.lines) == before {
		l.add(path, "{}")
	}
}

// below gives the path of what has a path below another.
func below(path, rest string) string {
	if rest == "" || strings.HasPrefix(rest, "[") {
		return path + rest
	}
	return join(path, rest)
}

// writeYAML writes the entries of a mapping or list, each on lines of its own.
func writeYAML(b *strings.Builder, n *tree.Node, indent string) {
	for _, p := range n.Pairs {
		b.WriteString(indent + quote(p.Key.Text) + ":")
		writeValue(b, p.Value, indent+"  ")
	}
	for _, item := range n.Items {
		if item.Kind == tree.Map && len(item.Pairs) > 0 {
			var entries strings.Builder
			writeYAML(&entries, item, indent+"  ")
			b.WriteString(indent + "- " + strings.TrimPrefix(entries.String(), indent+"  "))
			continue
		}
		b.WriteString(indent + "-")
		writeValue(b, item, indent+"  ")
	}
}

func writeValue(b *strings.Builder, n *tree.Node, indent string) {
	switch {
	case n.Kind == tree.Map && len(n.Pairs) > 0, n.Kind == tree.List && len(n.Items) > 0 && n.Items[0].Kind != tree.Scalar:
		b.WriteByte('\n')
		writeYAML(b, n, indent)
	default:
		b.WriteString(" " + flow(n) + "\n")
	}
}

// flow gives a value on one line.
func flow(n *tree.Node) string {
	switch n.Kind {
	case tree.Map:
		return "{}"
	case tree.List:
		items := make([]string, len(n.Items))
		for i, item := range n.Items {
			items[i] = flow(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case tree.Null:
		return "null"
	}
	if n.Plain {
		return n.Text
	}
	return quote(n.Text)
}
