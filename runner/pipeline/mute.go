package pipeline

import (
	"fmt"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/base/tree"
)

// mutes reads what a pipeline mutes: the code of a check with the reason, or
// with the reasons by column.
func (l *loader) mutes(n *tree.Node) notebook.Mutes {
	if n == nil || n.Kind == tree.Null {
		return nil
	}
	if n.Kind != tree.Map {
		l.wrongMute(n, "the value of mute does not fit", "a mapping of codes to reasons")
		return nil
	}
	var all notebook.Mutes
	for _, p := range n.Pairs {
		code := p.Key.Text
		if !slices.Contains(l.opts.Checks, code) {
			e := p.Key.Fault(fmt.Sprintf("there is no check %q", code))
			e.Hint = "`labbook check --explain` lists all; " + diag.DidYouMean(code, l.opts.Checks)
			l.errs = append(l.errs, e)
			continue
		}
		if p.Value.Kind != tree.Map {
			all = append(all, notebook.Mute{Code: code, Reason: l.reason(p.Value)})
			continue
		}
		for _, column := range p.Value.Pairs {
			all = append(all, notebook.Mute{Code: code, Column: column.Key.Text, Reason: l.reason(column.Value)})
		}
	}
	return all
}

// reason reads why something is muted: nothing is, without a reason.
func (l *loader) reason(n *tree.Node) string {
	if n.Kind != tree.Scalar || n.Text == "" {
		l.wrongMute(n, "nothing says why it is muted", "a reason in words, or the reasons by column")
	}
	return n.Text
}

func (l *loader) wrongMute(n *tree.Node, what, wanted string) {
	e := n.Fault(what)
	e.Found, e.Wanted, e.Hint = n.Describe(), wanted, "write it as mute: {C401: known before the prediction}, or mute: {C401: {COLUMN: known before the prediction}}"
	l.errs = append(l.errs, e)
}
