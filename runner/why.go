package runner

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/human"
	"labbook/runner/pipeline"
)

// Change is a difference between two keys: what a stage asks for now, and what
// it asked for the last time.
type Change struct {
	// What is the ingredient's label: "param", "file", "tool", "answer", "input", "env",
	// "mute", "kind", "machine".
	What string `json:"what"`
	Name string `json:"name"` // "max_depth", "data/diamonds.csv", "split"
	Old  string `json:"old"`  // "" when it is new
	New  string `json:"new"`  // "" when it is gone
	// Cause is, for an input, what changed it in the first place: the stage
	// furthest up and its own change.
	Cause string `json:"cause,omitempty"`
}

// String says it in words, on one line of bounded length whatever the names and
// values are.
func (c Change) String() string {
	const most = 80
	was, now := human.Line(c.Old, most), human.Line(c.New, most)
	if c.What == "file" || c.What == "input" || c.What == "tool" {
		was, now = abbreviate(was), abbreviate(now)
	}
	if c.What == "answer" {
		return changedAnswer(c.Old, c.New)
	}
	name := human.Line(c.Name, 2*most)
	switch c.What {
	case "input":
		name = "output of " + name
	case "env":
		name = "environment variable " + name
	case "tool":
		name = "the tool " + name
	case "mute":
		name = "mute of " + name
	case "kind":
		name = "implementation of " + name
	case "machine":
		return fmt.Sprintf("made on another machine: %s %s, now %s", c.Name, c.Old, c.New)
	}
	text := ""
	switch {
	case c.Old == "" && c.What == "input":
		text = "reads " + human.Line(c.Name, 2*most) + " now"
	case c.New == "" && c.What == "input":
		text = "reads " + human.Line(c.Name, 2*most) + " no more"
	case c.Old == "":
		text = fmt.Sprintf("%s is new (%s)", name, now)
	case c.New == "":
		text = fmt.Sprintf("%s is gone (was %s)", name, was)
	case c.What == "param":
		text = fmt.Sprintf("%s: %s → %s", name, was, now)
	default:
		text = fmt.Sprintf("%s changed (%s → %s)", name, was, now)
	}
	if c.Cause != "" {
		text += ", because " + c.Cause
	}
	return text
}

// reason says all that a stage changed itself, the first three in full and some
// more by name, or else what came to it first.
func reason(changes []Change) string {
	const full, most = 3, 9
	var said, named []string
	for i, c := range changes {
		switch {
		case i > 0 && c.What == "input":
		case i < full:
			said = append(said, c.String())
		default:
			named = append(named, human.Line(c.Name, 40))
		}
	}
	if over := len(named) - most; over > 0 {
		named = append(named[:most], fmt.Sprintf("%d more", over))
	}
	if named != nil {
		said = append(said, strings.Join(named, ", ")+" too")
	}
	return strings.Join(said, "; ")
}

// abbreviate shortens a digest; a version that a tool told stays whole.
func abbreviate(value string) string {
	if strings.HasPrefix(value, `"`) {
		return value
	}
	return value[:min(8, len(value))]
}

// Diff gives what differs between two keys of a stage, what is its own before
// what came from its inputs. s, whose key the new one is, names the inputs of
// an anonymous kind; it may be nil.
func Diff(old, new string, s *pipeline.Stage) []Change {
	type id struct {
		label, name string
		nth         int // inputs of anonymous kinds share a name
	}
	index := func(key string) (map[id]string, []id) {
		values, order := map[id]string{}, []id{}
		count := map[id]int{}
		for _, in := range ingredients(key) {
			if in.label == "labbook" {
				continue
			}
			k := id{in.label, in.name, 0}
			k.nth = count[k]
			count[id{in.label, in.name, 0}]++
			values[k] = in.value
			order = append(order, k)
		}
		return values, order
	}
	before, was := index(old)
	after, now := index(new)
	title := func(k id) string {
		if k.name == "-" && s != nil && k.nth < len(s.From) {
			return s.From[k.nth].Name
		}
		return k.name
	}
	var changes []Change
	for _, k := range now {
		if v, there := before[k]; !there || v != after[k] {
			changes = append(changes, Change{What: k.label, Name: title(k), Old: v, New: after[k]})
		}
	}
	for _, k := range was {
		if _, there := after[k]; !there {
			changes = append(changes, Change{What: k.label, Name: title(k), Old: before[k]})
		}
	}
	rank := func(c Change) int {
		return slices.Index([]string{"kind", "machine", "param", "env", "mute", "file", "tool", "answer", "input"}, c.What)
	}
	slices.SortStableFunc(changes, func(a, b Change) int { return rank(a) - rank(b) })
	return changes
}
