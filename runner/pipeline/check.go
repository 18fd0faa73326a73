package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/tree"
	"labbook/runner/stage"
)

// checkFrom holds the stages that are read against what the kind says.
func (b *builder) checkFrom(d *declared) {
	k := d.Kind
	if k == nil {
		return
	}
	at := d.key
	if len(d.decl.From) > 0 {
		at = d.decl.From[0]
	}
	if slices.ContainsFunc(d.decl.From, func(n *tree.Node) bool { return b.names[n.Text] == nil }) {
		return // said where it was declared
	}
	counts, refused := make([]int, len(k.Reads)), false
	for _, r := range d.from {
		if r.to.Kind == nil {
			return // said where its kind was looked for
		}
		if port := k.Port(r.to.Makes); port >= 0 {
			counts[port]++
			continue
		}
		refused = true
		e := r.at.Fault(fmt.Sprintf("%s cannot read %s", d.Name, r.to.Name))
		e.Found, e.Wanted = makesWords(r.to.Stage), k.ReadsWords()
		e.Hint = b.suggestFrom(k, d)
		b.errs = append(b.errs, e)
	}
	for i, p := range k.Reads {
		few := counts[i] < p.Min
		if refused || d.faulty || !few && (p.Max < 0 || counts[i] <= p.Max) {
			continue
		}
		e := at.Fault(fmt.Sprintf("%s reads the wrong number of stages", d.Name))
		e.Found, e.Wanted, e.Hint = b.countWords(d), k.Name+" to read "+k.ReadsWords(), "remove what it does not need; use needs: for order only"
		if few {
			e.Hint = "write from: and the stages whose output it reads"
		}
		b.errs = append(b.errs, e)
		return
	}
}

// suggestFrom names a stage that the kind would take.
func (b *builder) suggestFrom(k *stage.Kind, d *declared) string {
	for _, other := range b.stages {
		if other != d && other.Kind != nil && k.Port(other.Makes) >= 0 {
			return "write from: " + other.Group
		}
	}
	if len(k.Reads) == 0 {
		return "leave from out; use needs: for order only"
	}
	for _, other := range b.opts.Kinds {
		if k.Port(other.Makes) >= 0 {
			return "declare a stage that uses " + other.Name
		}
	}
	return "no kind makes what it reads"
}

// makesWords says what a stage makes.
func makesWords(s *Stage) string {
	if len(s.Makes) == 0 {
		return "a stage of kind " + s.Kind.Name + ", which makes nothing to read"
	}
	return "a stage of kind " + s.Kind.Name + ", which makes " + stage.TypesWords(s.Makes)
}

// countWords says what a stage reads, by what it is.
func (b *builder) countWords(d *declared) string {
	var words []string
	for _, t := range artifact.Types {
		n := 0
		for _, r := range d.from {
			if made := r.to.Makes; len(made) > 0 && made[0] == t {
				n++
			}
		}
		if n > 0 {
			words = append(words, t.Noun(n))
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, " and ")
}
