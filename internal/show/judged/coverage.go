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
