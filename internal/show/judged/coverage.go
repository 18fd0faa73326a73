package judged

import (
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
)

// coverageTable lists how the intervals did; false when no model gives any.
func (j page) coverageTable() (notebook.Table, bool) {
	width := func(kind string) string {
		if j.Unit == "" {
			return kind + " width"
		}
		return kind + " width (" + j.Unit + ")"
	}
	t := notebook.Table{Caption: "Prediction intervals on the test part", Columns: []string{"model", "level", "holds", "95 % interval", width("mean"), width("median")},
		Align: "lrrrrr"}
	for _, m := range j.Models {
		if c := m.Coverage; c != nil {
			t.Rows = append(t.Rows, []string{m.Stage, share(c.Level), share(c.Share), share(c.Low) + " to " + share(c.High),
				human.Digits(c.Mean, 4), human.Digits(c.Median, 4)})
		}
	}
	return t, len(t.Rows) > 0
}
