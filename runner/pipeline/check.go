package pipeline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/tree"
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
	count := len(d.from)
	if slices.ContainsFunc(d.decl.From, func(n *tree.Node) bool { return b.names[n.Text] == nil }) {
		return // said where it was declared
	}
	if !d.faulty && (count < k.MinFrom || k.MaxFrom >= 0 && count > k.MaxFrom) {
		hint := "write from: and the stages whose output it reads"
		if count > k.MinFrom {
			hint = "remove what it does not need; use needs: for order only"
		}
		e := at.Fault(fmt.Sprintf("%s reads the wrong number of stages", d.Name))
		e.Found, e.Wanted, e.Hint = countWords(count), k.Name+" to read "+boundWords(k), hint
		b.errs = append(b.errs, e)
	}
	for _, r := range d.from {
		if r.to.Kind != nil && k.Accepts != nil && !slices.Contains(k.Accepts, r.to.Kind.Name) {
			e := r.at.Fault(fmt.Sprintf("%s cannot read %s", d.Name, r.to.Name))
			e.Found, e.Wanted = "a stage of kind "+r.to.Kind.Name, "a stage of kind "+strings.Join(k.Accepts, " or ")
			e.Hint = b.suggestFrom(k, d)
			b.errs = append(b.errs, e)
		}
	}
}

// suggestFrom names a stage that the kind would accept.
func (b *builder) suggestFrom(k *stage.Kind, d *declared) string {
	for _, other := range b.stages {
		if other != d && other.Kind != nil && slices.Contains(k.Accepts, other.Kind.Name) {
			return "write from: " + other.Group
		}
	}
	return "declare a stage that uses " + k.Accepts[0]
}

func countWords(n int) string {
	switch n {
	case 0:
		return "none"
	case 1:
		return "1 stage"
	}
	return strconv.Itoa(n) + " stages"
}

func boundWords(k *stage.Kind) string {
	switch {
	case k.MaxFrom == k.MinFrom:
		return strings.Replace("exactly "+countWords(k.MinFrom), "exactly none", "none", 1)
	case k.MaxFrom < 0:
		return "at least " + countWords(k.MinFrom)
	case k.MinFrom == 0:
		return "at most " + countWords(k.MaxFrom)
	}
	return fmt.Sprintf("%d to %d stages", k.MinFrom, k.MaxFrom)
}
