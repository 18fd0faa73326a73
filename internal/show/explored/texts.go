package explored

import (
	"fmt"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/learn/explore"
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
			p.cell.Table(typicalTable(r))
		}
		if len(r.Overlap) > 0 {
			p.cell.Table(overlapTable(r))
		}
		if len(r.Suspect) > 0 {
			p.cell.Table(suspectTable(r))
		}
		if len(r.Near) > 0 {
			p.cell.Table(nearTable(r))
		}
	}
	return nil
}

// lengths draws how long texts are, by label where there is one.
func (p page) lengths(r *explore.Reading) error {
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

func typicalTable(r *explore.Reading) notebook.Table {
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
			words = append(words, fmt.Sprintf("%s %.0f", human.Clip(term.Name, 24), term.Z))
		}
		t.Rows = append(t.Rows, []string{human.Clip(r.Label.Levels[class], 40), human.Int(counts[class]), strings.Join(words, ", ")})
	}
	return t
}

func overlapTable(r *explore.Reading) notebook.Table {
	t := notebook.Table{Caption: "Classes that write most alike: cosine of their mean TF-IDF vectors", Columns: []string{"class", "and", "alike"}, Align: "llr"}
	for _, o := range r.Overlap[:min(8, len(r.Overlap))] {
		t.Rows = append(t.Rows, []string{human.Clip(r.Label.Levels[o.First], 40), human.Clip(r.Label.Levels[o.Second], 40), fmt.Sprintf("%.2f", o.Cosine)})
	}
	return t
}

func suspectTable(r *explore.Reading) notebook.Table {
	t := notebook.Table{Caption: "Labels to look at: a model that did not see the row is surer of another one than is usual for that one (confident learning)",
		Columns: []string{"row", r.Label.Name, "more likely", "confidence", "in the label"}, Align: "rllrr"}
	for _, s := range r.Suspect[:min(12, len(r.Suspect))] {
		t.Rows = append(t.Rows, []string{human.Int(s.Row + 1), human.Clip(r.Label.Levels[s.Given], 40), human.Clip(r.Label.Levels[s.Likely], 40),
			fmt.Sprintf("%.2f", s.Confidence), fmt.Sprintf("%.2f", s.InGiven)})
	}
	return t
}

func nearTable(r *explore.Reading) notebook.Table {
	t := notebook.Table{Caption: "Near-duplicates: rows that share at least four fifths of their runs of five words",
		Columns: []string{"row", "repeats", "in common"}, Align: "rrr"}
	for _, p := range r.Near[:min(8, len(r.Near))] {
		t.Rows = append(t.Rows, []string{human.Int(p.Second + 1), human.Int(p.First + 1), fmt.Sprintf("%.0f %%", 100*p.Alike)})
	}
	return t
}
