package judged

import (
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
)

// decisionTable lists what follows from thresholds; false when no model has one.
func (j page) decisionTable() (notebook.Table, bool) {
	t := notebook.Table{Caption: "What follows from the threshold on the test part; the likelier class would be predicted at 0.5",
		Columns: notebook.Columns("model", "finding", "threshold", "precision", "recall", "cost per row", "without the threshold")}
	value := func(v *metrics.Value) notebook.Value {
		switch {
		case v == nil:
			return notebook.Value{}
		case v.Low == nil:
			return notebook.Measure(v.Value, 3)
		}
		return notebook.Measure(v.Value, 3).Within(*v.Low, *v.High)
	}
	for _, m := range j.Models {
		if d := m.Decision; d != nil {
			t.Row(notebook.Text(m.Stage), notebook.Text(shorten(d.Positive, 40)), notebook.Measure(d.At, 3),
				value(&d.Precision), value(&d.Recall), value(d.Cost), value(d.Without))
		}
	}
	return t, len(t.Rows) > 0
}
