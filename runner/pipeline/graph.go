package pipeline

import (
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/tree"
)

// link resolves the names in from and needs.
func (b *builder) link() {
	before := len(b.errs)
	for _, d := range b.stages {
		if len(b.errs)-before >= maxErrors {
			return
		}
		wrong := len(b.errs)
		d.from = b.resolve(d, d.decl.From, "from")
		d.faulty = d.faulty || len(b.errs) > wrong
		d.needs = b.resolve(d, d.decl.Needs, "needs")
		b.checkFrom(d)
		b.grows(d)
	}
}

// resolve gives the stages that a list of names means, groups expanded in
// order.
func (b *builder) resolve(d *declared, names refs, where string) []ref {
	var found []ref
	for _, n := range names {
		targets, ok := b.names[n.Text]
		if !ok {
			b.unknown(d, n)
			continue
		}
		for _, to := range targets {
			switch {
			case to == d:
				b.fault(n, fmt.Sprintf("the stage %q stands in its own %s", d.Name, where), "another stage", "remove it")
			case slices.ContainsFunc(found, func(r ref) bool { return r.to == to }):
				b.fault(n, fmt.Sprintf("%s names the stage %q twice", where, to.Name), "each stage once", "remove one of them")
			default:
				found = append(found, ref{to, n})
			}
		}
	}
	return found
}

func (b *builder) unknown(d *declared, n *tree.Node) {
	known := make([]string, 0, len(b.names))
	for _, s := range b.stages {
		if s.Variant != "" && !slices.Contains(known, s.Group) {
			known = append(known, s.Group)
		}
		if s != d {
			known = append(known, s.Name)
		}
	}
	hint := diag.DidYouMean(n.Text, known)
	if hint == "" {
		hint = "declare it under stages:"
	}
	b.fault(n, fmt.Sprintf("unknown stage %q", n.Text), "", hint)
}

// sort orders the stages so that each stands after what it reads and needs, and
// otherwise as declared. Cycles are reported, one for each knot of stages.
func (b *builder) sort() []*declared {
	const (
		unseen = iota
		open   // on the way from the start of the walk
		done
	)
	state := make([]uint8, len(b.stages))
	order := make([]*declared, 0, len(b.stages))
	var path []*declared
	knotted := map[*declared]bool{}
	var visit func(d *declared)
	visit = func(d *declared) {
		state[d.index] = open
		path = append(path, d)
		for _, r := range d.before() {
			switch state[r.to.index] {
			case unseen:
				visit(r.to)
			case open:
				b.cycle(path[slices.Index(path, r.to):], r, knotted)
			}
		}
		path = path[:len(path)-1]
		state[d.index] = done
		order = append(order, d)
	}
	for _, d := range b.stages {
		if state[d.index] == unseen {
			visit(d)
		}
	}
	return order
}

// before gives what a stage waits for.
func (d *declared) before() []ref { return slices.Concat(d.from, d.needs) }

func targets(refs []ref) []*Stage {
	if len(refs) == 0 {
		return nil
	}
	stages := make([]*Stage, len(refs))
	for i, r := range refs {
		stages[i] = r.to.Stage
	}
	return stages
}

// cycle reports a cycle: each stage of path waits for the next, and the last,
// by closing, for the first. It is told in the direction of the data, from the
// member declared first, unless one of its members was in a cycle told before.
func (b *builder) cycle(path []*declared, closing ref, knotted map[*declared]bool) {
	members := slices.Clone(path)
	slices.Reverse(members)
	first := 0
	for i, d := range members {
		if knotted[d] {
			return
		}
		if d.index < members[first].index {
			first = i
		}
	}
	members = slices.Concat(members[first:], members[:first])
	names := make([]string, 0, len(members)+1)
	for _, d := range members {
		knotted[d] = true
		names = append(names, d.Name)
	}
	// The place is where the first one names the last.
	last, at := members[len(members)-1], closing.at
	for _, r := range members[0].before() {
		if r.to == last {
			at = r.at
		}
	}
	if len(names) > 20 {
		names = append(append(names[:10:10], fmt.Sprintf("… %d more …", len(names)-19)), names[len(names)-9:]...)
	}
	b.fault(at, "the stages wait for one another: "+strings.Join(append(names, members[0].Name), " -> "),
		"", fmt.Sprintf("remove %s from %s, or another of these links", last.Name, members[0].Name))
}
