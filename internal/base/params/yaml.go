package params

import (
	"strings"

	"labbook/internal/base/tree"
)

// YAML writes parameters as they would be written in a pipeline: those of v, a
// pointer to a struct, that are not as in defaults, one of the same type. Each line
// begins with indent.
func YAML(v, defaults any, indent string) string {
	usual, root := Values(defaults), &branch{}
	for _, line := range Lines(v) {
		if usual[line.Path] == line.Value {
			continue
		}
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

// writeYAML writes the entries of a mapping or list, each on lines of its own.
func writeYAML(b *strings.Builder, n *tree.Node, indent string) {
	for _, p := range n.Pairs {
		b.WriteString(indent + quote(p.Key.Text) + ":")
		writeValue(b, p.Value, indent+"  ")
	}
	for _, item := range n.Items {
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
