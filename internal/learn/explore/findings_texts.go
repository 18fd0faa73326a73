package explore

import (
	"fmt"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/learn/checks"
)

// written says what was found in texts, in words.
func written(f *Facts) []notebook.Finding {
	var all []notebook.Finding
	for _, r := range f.Readings {
		name, rows := r.Column.Name, r.Column.Len()
		if len(r.Near) > 0 {
			disagree := 0
			for _, p := range r.Near {
				if r.Label != nil && r.Label.Codes[p.First] != r.Label.Codes[p.Second] {
					disagree++
				}
			}
			more := ""
			if disagree > 0 {
				more = fmt.Sprintf(", %d of them under another label", disagree)
			}
			all = append(all, note(checks.NearlyEqualTexts, name, len(r.Near), "%s nearly %s an earlier one%s: a split that tears them apart tests what it taught; split with alike: %s keeps them together",
				count(len(r.Near), "text"), map[bool]string{true: "repeats", false: "repeat"}[len(r.Near) == 1], more, name)...)
		}
		if len(r.Overlap) > 0 {
			var pairs []string
			for _, o := range r.Overlap[:min(3, len(r.Overlap))] {
				pairs = append(pairs, fmt.Sprintf("%s with %s (%.2f)", r.Label.Levels[o.First], r.Label.Levels[o.Second], o.Cosine))
			}
			all = append(all, note(checks.AlikeClasses, name, 0, "the classes that write most alike are %s: expect mistakes there", human.And(pairs))...)
		}
		if n := len(r.Suspect); n > 0 {
			all = append(all, note(checks.SuspectLabels, r.Label.Name, n, "%s (%s) look wrong to a model that did not see them: read the first ones before blaming the model",
				count(n, "label"), human.Percent(n, rows))...)
		}
		for _, o := range []struct {
			n    int
			what string
		}{
			{r.Odd.Broken, "remains of a wrong decoding: check encoding: at load"},
			{r.Odd.Control, "control characters"},
			{r.Odd.Foreign, "mostly another script than the Latin one"},
			{r.Odd.Short, "less than a tenth of the usual length"},
		} {
			if o.n > 0 {
				verb := "have"
				if o.n == 1 {
					verb = "has"
				}
				all = append(all, note(checks.OddTexts, name, o.n, "%s of %s %s %s", count(o.n, "row"), name, verb, o.what)...)
			}
		}
		if len(r.Near) == 0 && r.Odd == (Oddities{}) {
			all = append(all, note(checks.SoundTexts, name, 0, "no text of %s nearly repeats another, and none is oddly encoded, in another script or far too short", name)...)
		}
	}
	return all
}
