package explored

import (
	"slices"

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
			p.cell.Fold("Classes that write most alike", func(cell *notebook.Cell) { cell.Table(overlapTable(r)) })
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

// read says whether a column is one of texts of which a reading is shown.
func (p page) read(c *explore.Profile) bool {
	return slices.ContainsFunc(p.Readings, func(r *explore.Reading) bool { return r.Name == c.Name })
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
		Columns: notebook.Columns(r.Label.Name, "texts", "words")}
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
		words := make([]notebook.Value, len(terms))
		for i, term := range terms {
			words[i] = notebook.Fixed(float64(term.Z), 0).Named(human.Clip(term.Name, 24))
		}
		t.Row(label(r, class), notebook.Count(counts[class]), notebook.Items(words...))
	}
	return t
}

// label gives the name of a class.
func label(r *explore.Reading, class int) notebook.Value {
	return notebook.Text(human.Clip(r.Label.Levels[class], 40))
}

func overlapTable(r *explore.Reading) notebook.Table {
	t := notebook.Table{Caption: "Cosine of their mean TF-IDF vectors", Columns: notebook.Columns("class", "and", "alike")}
	for _, o := range r.Overlap[:min(8, len(r.Overlap))] {
		t.Row(label(r, o.First), label(r, o.Second), notebook.Fixed(float64(o.Cosine), 2))
	}
	return t
}

func suspectTable(r *explore.Reading) notebook.Table {
	t := notebook.Table{Caption: "Labels to look at: a model that did not see the row is surer of another one than is usual for that one (confident learning)",
		Columns: notebook.Columns("row", r.Label.Name, "more likely", "confidence", "in the label")}
	for _, s := range r.Suspect[:min(12, len(r.Suspect))] {
		t.Row(notebook.Count(s.Row+1), label(r, s.Given), label(r, s.Likely), notebook.Fixed(float64(s.Confidence), 2), notebook.Fixed(float64(s.InGiven), 2))
	}
	return t
}

func nearTable(r *explore.Reading) notebook.Table {
	t := notebook.Table{Caption: "Near-duplicates: rows that share at least four fifths of their runs of five words",
		Columns: notebook.Columns("row", "repeats", "in common")}
	for _, p := range r.Near[:min(8, len(r.Near))] {
		t.Row(notebook.Count(p.Second+1), notebook.Count(p.First+1), notebook.Percent(p.Alike, 0))
	}
	return t
}
