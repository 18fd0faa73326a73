package report

import (
	"strings"

	"labbook/internal/base/lazy"
)

// yamlLine is a line of a declaration in the parts that are coloured.
type yamlLine struct{ Indent, Key, Value, Comment string }

var (
	yamlKey     = lazy.Regexp(`^(\s*(?:- )*)([^\s#:'"{}\[\],|>][^:#'"{}\[\]|>]*:)(\s.*|)$`)
	yamlComment = lazy.Regexp(`^(.*?)((?:^|\s)#.*)$`)
)

// highlight splits a declaration for colouring. It only needs to be right about
// the text, never about the YAML: what it cannot tell stays plain.
func highlight(source string) []yamlLine {
	source = strings.TrimRight(source, "\n")
	if source == "" {
		return nil
	}
	var lines []yamlLine
	for _, text := range strings.Split(source, "\n") {
		line := yamlLine{Value: text}
		if m := yamlKey().FindStringSubmatch(text); m != nil {
			line = yamlLine{Indent: m[1], Key: m[2], Value: m[3]}
		}
		if !strings.ContainsAny(line.Value, `'"`) {
			if m := yamlComment().FindStringSubmatch(line.Value); m != nil {
				line.Value, line.Comment = m[1], m[2]
			}
		}
		lines = append(lines, line)
	}
	return lines
}
