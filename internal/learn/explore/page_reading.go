package explore

import (
	"fmt"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/show/plots"
)

// readings shows what was found in texts.
func (p page) readings() error {
	for _, r := range p.Readings {
		p.cell.Heading("What " + r.Column.Name + " says")
		if err := p.lengths(r); err != nil {
			return err
		}
		if r.Typical != nil {
			p.cell.Table(r.typicalTable())
		}
		if len(r.Overlap) > 0 {
			p.cell.Table(r.overlapTable())
		}
		if len(r.Suspect) > 0 {
			p.cell.Table(r.suspectTable())
		}
		if len(r.Near) > 0 {
			p.cell.Table(r.nearTable())
		}
	}
	return nil
}

// lengths draws how long texts are, by label where there is one.
func (p page) lengths(r *Reading) error {
	figures, err := plots.Draw(p.ctx, p.cores, func() *notebook.Figure {
		f := plots.Frame{Title: "Length of " + r.Column.Name, X: "characters"}
		if r.Label == nil || len(r.Label.Levels) > 40 {
			return plots.Histogram(f, r.Lengths)
		}
		groups := make([]plots.Group, len(r.Label.Levels))
		for c, name := range r.Label.Levels {
			groups[c].Name = name
		}
		for i, code := range r.Label.Codes {
			if code >= 0 {
				groups[code].Values = append(groups[code].Values, r.Lengths[i])
			}
		}
		f.Title, f.LogX = "Length of "+r.Column.Name+" by "+r.Label.Name, true
		return plots.Groups(f, groups)
	})
	for _, f := range figures {
		p.cell.Figure(f)
	}
	return err
}

func (r *Reading) typicalTable() notebook.Table {
	t := notebook.Table{Caption: "Most typical words: log-odds against the other classes under a Dirichlet prior, in standard deviations (Monroe et al. 2008)",
		Columns: []string{r.Label.Name, "texts", "words"}, Align: "lrl"}
	counts := make([]int, len(r.Label.Levels))
	for _, code := range r.Label.Codes {
		if code >= 0 {
			counts[code]++
		}
	}
	for class, terms := range r.Typical {
		if counts[class] == 0 {
			continue
		}
		words := make([]string, 0, len(terms))
		for _, term := range terms {
			words = append(words, fmt.Sprintf("%s %.0f", cut(term.Name, 24), term.Z))
		}
		t.Rows = append(t.Rows, []string{cut(r.Label.Levels[class], 40), human.Int(counts[class]), strings.Join(words, ", ")})
	}
	return t
}

func (r *Reading) overlapTable() notebook.Table {
	t := notebook.Table{Caption: "Classes that write most alike: cosine of their mean TF-IDF vectors", Columns: []string{"class", "and", "alike"}, Align: "llr"}
	for _, o := range r.Overlap[:min(8, len(r.Overlap))] {
		t.Rows = append(t.Rows, []string{cut(r.Label.Levels[o.First], 40), cut(r.Label.Levels[o.Second], 40), fmt.Sprintf("%.2f", o.Cosine)})
	}
	return t
}

func (r *Reading) suspectTable() notebook.Table {
	t := notebook.Table{Caption: "Labels to look at: a model that did not see the row is surer of another one than is usual for that one (confident learning)",
		Columns: []string{"row", r.Label.Name, "more likely", "confidence", "in the label"}, Align: "rllrr"}
	for _, s := range r.Suspect[:min(12, len(r.Suspect))] {
		t.Rows = append(t.Rows, []string{human.Int(s.Row + 1), cut(r.Label.Levels[s.Given], 40), cut(r.Label.Levels[s.Likely], 40),
			fmt.Sprintf("%.2f", s.Confidence), fmt.Sprintf("%.2f", s.InGiven)})
	}
	return t
}

func (r *Reading) nearTable() notebook.Table {
	t := notebook.Table{Caption: "Near-duplicates: rows that share at least four fifths of their runs of five words",
		Columns: []string{"row", "repeats", "in common"}, Align: "rrr"}
	for _, p := range r.Near[:min(8, len(r.Near))] {
		t.Rows = append(t.Rows, []string{human.Int(p.Second + 1), human.Int(p.First + 1), fmt.Sprintf("%.0f %%", 100*p.Alike)})
	}
	return t
}

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
			all = append(all, note(warning, name, len(r.Near), "%s nearly %s an earlier one%s: a split that tears them apart tests what it taught; split with alike: %s keeps them together",
				count(len(r.Near), "text"), map[bool]string{true: "repeats", false: "repeat"}[len(r.Near) == 1], more, name)...)
		}
		if len(r.Overlap) > 0 {
			var pairs []string
			for _, o := range r.Overlap[:min(3, len(r.Overlap))] {
				pairs = append(pairs, fmt.Sprintf("%s with %s (%.2f)", r.Label.Levels[o.First], r.Label.Levels[o.Second], o.Cosine))
			}
			all = append(all, note(info, name, 0, "the classes that write most alike are %s: expect mistakes there", and(pairs))...)
		}
		if n := len(r.Suspect); n > 0 {
			all = append(all, note(advice, r.Label.Name, n, "%s (%s) look wrong to a model that did not see them: read the first ones before blaming the model",
				count(n, "label"), percent(n, rows))...)
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
				all = append(all, note(advice, name, o.n, "%s of %s %s %s", count(o.n, "row"), name, verb, o.what)...)
			}
		}
		if len(r.Near) == 0 && r.Odd == (Oddities{}) {
			all = append(all, note(info, name, 0, "no text of %s nearly repeats another, and none is oddly encoded, in another script or far too short", name)...)
		}
	}
	return all
}
