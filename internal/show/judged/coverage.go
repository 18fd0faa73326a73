package judged

import "labbook/internal/base/notebook"

// coverageTable lists how the intervals did; false when no model gives any.
func (j page) coverageTable() (notebook.Table, bool) {
	t := notebook.Table{Caption: "Prediction intervals on the test part; what holds has its 95 % interval", Columns: []notebook.Column{
		{Name: "model"}, {Name: "level"}, {Name: "holds"}, {Name: "mean width", Unit: j.Unit}, {Name: "median width", Unit: j.Unit}}}
	for _, m := range j.Models {
		if c := m.Coverage; c != nil {
			t.Row(notebook.Text(m.Stage), notebook.Percent(c.Level, 1), notebook.Percent(c.Share, 1).Within(100*c.Low, 100*c.High),
				notebook.Measure(c.Mean, 4).In(j.Unit), notebook.Measure(c.Median, 4).In(j.Unit))
		}
	}
	return t, len(t.Rows) > 0
}

// setsTable lists how the sets of classes did; false when no model gives any.
func (j page) setsTable() (notebook.Table, bool) {
	t := notebook.Table{Caption: "Prediction sets on the test part; what holds has its 95 % interval",
		Columns: notebook.Columns("model", "level", "holds", "mean size", "one class alone", "right of these")}
	for _, m := range j.Models {
		if c := m.Coverage; c != nil && c.Sets != nil {
			t.Row(notebook.Text(m.Stage), notebook.Percent(c.Level, 1), notebook.Percent(c.Share, 1).Within(100*c.Low, 100*c.High),
				notebook.Measure(c.Mean, 3), notebook.Percent(c.Sets.Single, 1), notebook.Percent(c.Sets.Right, 1))
		}
	}
	return t, len(t.Rows) > 0
}

// byClass lists how the leader's sets did for each class that has test rows.
func (j page) byClass() (notebook.Table, bool) {
	t := notebook.Table{Caption: "By class: the promise is to all rows together, not to each class", Columns: notebook.Columns("class", "rows", "holds", "mean size")}
	c := j.Models[j.Lead()].Coverage
	if c == nil || c.Sets == nil {
		return t, false
	}
	for _, of := range c.Sets.Classes {
		if of.Rows > 0 {
			t.Row(notebook.Text(shorten(of.Class, 60)), notebook.Count(of.Rows), notebook.Percent(of.Share, 1), notebook.Measure(of.Size, 3))
		}
	}
	return t, true
}
