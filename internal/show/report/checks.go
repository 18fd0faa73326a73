package report

import (
	"cmp"
	"slices"

	"labbook/internal/base/notebook"
	"labbook/internal/learn/checks"
)

// explanation is a check whose code stands on the page.
type explanation struct {
	*checks.Check
	Count  int    // how often, where that is more than once
	Remedy string // YAML that cures the first of them
	Mute   string // YAML that mutes them
}

// findings gives findings as they stand under the pipeline's mutes, and
// remembers them for the explanations.
func (b *builder) findings(list []notebook.Finding) []notebook.Finding {
	list = b.mutes.ApplyTo(list)
	b.found = append(b.found, list...)
	return list
}

// explanations gives the checks whose codes the page shows, in their order: an
// explanation needs no network.
func (b *builder) explanations() []explanation {
	var all []explanation
	for _, f := range b.found {
		at := slices.IndexFunc(all, func(e explanation) bool { return e.Code == f.Code })
		if at >= 0 {
			all[at].Count = max(all[at].Count, 1) + 1
			continue
		}
		if check := checks.Lookup(f.Code); check != nil {
			all = append(all, explanation{Check: check, Remedy: f.Remedy, Mute: checks.Mute(f.Code, f.Column)})
		}
	}
	slices.SortFunc(all, func(a, b explanation) int { return cmp.Compare(a.Code, b.Code) })
	return all
}
