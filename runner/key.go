package runner

import (
	"fmt"
	"strconv"
	"strings"

	"labbook/internal/base/params"
)

// A key is a text that says all that an execution's output depends on, one
// labelled line per ingredient, in this order:
//
//	labbook key 1
//	kind train 3
//	machine amd64 v1
//	param max_depth 6
//	env LC_ALL "C"
//	mute "C401 labour" "quoted before the work"
//	file data/diamonds.csv 5f70bf18a086…
//	tool python3 "Python 3.13.1"
//	answer query 8d969eef6eca… 10012
//	input - 9f86d081884c…
//
// kind has the kind's version, param every resolved parameter with defaults,
// mute every finding that the pipeline mutes, for kinds that ask,
// file every file outside the cache with the digest of its bytes and an x if it
// may be executed, tool every program outside the project that was named, with
// the digest of its bytes or the version that it told, answer what the stage's
// question came to, with the digest of its bytes and how many rows it has, input every stage read
// with the digest of its output; not of its key, so a stage that ran again and
// made the same bytes changes nothing here. An anonymous kind's inputs have a
// dash for a name. The machine is named because compilers fuse floating-point
// operations differently per architecture. Neither the stage's own name nor
// labbook's version is an ingredient: renaming or upgrading is no reason to run
// again.
const keyMagic = "labbook key 1"

// Key gives the key of what is ordered.
func (o *Order) Key() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nkind %s %d\nmachine %s\n", keyMagic, o.Kind, o.Version, o.Machine)
	line := func(label, name, value string) {
		b.WriteString(label)
		b.WriteByte(' ')
		b.WriteString(word(name))
		b.WriteByte(' ')
		b.WriteString(value)
		b.WriteByte('\n')
	}
	for _, lines := range [][]params.Line{o.Params, o.Parts} {
		for _, p := range lines {
			line("param", p.Path, p.Value)
		}
	}
	for _, v := range o.Env {
		name, value, _ := strings.Cut(v, "=")
		line("env", name, strconv.Quote(value))
	}
	for _, m := range o.Mutes {
		line("mute", strings.TrimSpace(m.Code+" "+m.Column), strconv.Quote(m.Reason))
	}
	for _, f := range o.Files {
		value := f.Digest
		if f.Exec {
			value += " x"
		}
		line("file", f.Path, value)
	}
	for _, t := range o.Tools {
		line("tool", t.Name, t.Value)
	}
	if o.Answer != nil {
		line("answer", "query", fmt.Sprintf("%s %d", o.Answer.Digest, o.Answer.Rows))
	}
	for _, in := range o.Inputs {
		name := in.Stage
		if name == "" {
			name = "-"
		}
		line("input", name, in.Tree)
	}
	return b.String()
}

// word quotes a name that would not be read back as one word.
func word(s string) string {
	if s == "" || strings.ContainsAny(s, " \n\r\t\"") {
		return strconv.Quote(s)
	}
	return s
}

// ingredient is a line of a key, taken apart.
type ingredient struct{ label, name, value string }

// ingredients takes a key's text apart.
func ingredients(key string) []ingredient {
	var list []ingredient
	for l := range strings.Lines(key) {
		label, rest, _ := strings.Cut(strings.TrimSuffix(l, "\n"), " ")
		name, value, _ := strings.Cut(rest, " ")
		if quoted, err := strconv.QuotedPrefix(rest); err == nil {
			name, _ = strconv.Unquote(quoted)
			value = strings.TrimPrefix(rest[len(quoted):], " ")
		}
		list = append(list, ingredient{label, name, value})
	}
	return list
}

// FilesOf gives the digests of the files outside the cache that the stage of a key
// read, by their paths.
func FilesOf(key string) map[string]string {
	read := map[string]string{}
	for _, in := range ingredients(key) {
		if in.label == "file" {
			read[in.name], _, _ = strings.Cut(in.value, " ")
		}
	}
	return read
}

// AnswerOf gives the digest of the answer that the stage of a key read, and how many
// rows it has; ok is false where it asked nothing.
func AnswerOf(key string) (digest string, rows int, ok bool) {
	for _, in := range ingredients(key) {
		if in.label == "answer" {
			digest, count, _ := strings.Cut(in.value, " ")
			rows, err := strconv.Atoi(count)
			return digest, rows, err == nil
		}
	}
	return "", 0, false
}

// EnvironmentOf gives the environment variables that the stage of a key saw.
func EnvironmentOf(key string) map[string]string {
	saw := map[string]string{}
	for _, in := range ingredients(key) {
		if in.label != "env" {
			continue
		}
		if value, err := strconv.Unquote(in.value); err == nil {
			saw[in.name] = value
		}
	}
	return saw
}
