package tree

import (
	"slices"
	"strings"
)

// Format writes a tree as YAML for people: maps in block style, a list on one
// line where it holds single values.
func Format(n *Node) string {
	var b strings.Builder
	format(&b, n, "")
	return b.String()
}

func format(b *strings.Builder, n *Node, indent string) {
	switch n.Kind {
	case Map:
		for _, p := range n.Pairs {
			b.WriteString(indent + p.Key.Text + ":")
			under(b, p.Value, indent)
		}
	case List:
		for _, item := range n.Items {
			b.WriteString(indent + "-")
			under(b, item, indent)
		}
	}
}

// under writes a value after its key or dash.
func under(b *strings.Builder, n *Node, indent string) {
	switch {
	case n.Kind == Null:
		b.WriteString("\n")
	case n.Kind == Scalar && strings.Contains(n.Text, "\n"):
		b.WriteString(" |\n")
		for line := range strings.Lines(n.Text) {
			b.WriteString(indent + "  " + strings.TrimRight(line, "\n") + "\n")
		}
	case n.Kind == Scalar:
		b.WriteString(" " + scalarText(n) + "\n")
	case flat(n):
		b.WriteString(" " + flow(n) + "\n")
	default:
		b.WriteString("\n")
		format(b, n, indent+"  ")
	}
}

// flat says whether a value is short enough for one line.
func flat(n *Node) bool { return oneLine(n, 0) && len(flow(n)) <= 70 }

func oneLine(n *Node, depth int) bool {
	if depth > 1 || n.Kind == Scalar && strings.Contains(n.Text, "\n") {
		return false
	}
	deeper := func(m *Node) bool { return oneLine(m, depth+1) }
	return !slices.ContainsFunc(n.Items, func(m *Node) bool { return !deeper(m) }) &&
		!slices.ContainsFunc(n.Pairs, func(p Pair) bool { return !deeper(p.Value) })
}

func flow(n *Node) string {
	var parts []string
	switch n.Kind {
	case Scalar:
		return scalarText(n)
	case List:
		for _, item := range n.Items {
			parts = append(parts, flow(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Map:
		for _, p := range n.Pairs {
			parts = append(parts, p.Key.Text+": "+flow(p.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return "null"
}

// scalarText quotes a text where YAML would read it as something else.
func scalarText(n *Node) string {
	t := n.Text
	ambiguous := t == "" || t == "true" || t == "false" || t == "null" || t == "~" || LooksNumeric(t) && !n.Plain ||
		strings.ContainsAny(t[:1], "&*!|>'\"%@`{}[],#?:- ") || strings.Contains(t, ": ") || strings.Contains(t, " #") ||
		strings.ContainsAny(t, "{}[],") || strings.HasSuffix(t, ":") || strings.HasSuffix(t, " ")
	if n.Plain && (t == "true" || t == "false" || LooksNumeric(t)) || !ambiguous {
		return t
	}
	return "'" + strings.ReplaceAll(t, "'", "''") + "'"
}
