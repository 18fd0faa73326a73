package stages

import (
	"strings"

	"labbook/internal/base/notebook"
	"labbook/internal/store/offer"
	"labbook/runner/stage"
)

// serveTold is what a service does not say of its model.
type serveTold struct {
	Unit   string   `json:"unit,omitempty"` // of what it predicts
	Inputs []string `json:"inputs"`
}

// showServe shows what can be asked for, and how.
func showServe(shown *stage.Shown) error {
	s, err := offer.Open(shown.Out)
	if err != nil {
		return err
	}
	var told serveTold
	if err := shown.Facts(&told); err != nil {
		return err
	}
	shown.Cell.Markdown("`labbook serve` answers with the champion of **" + s.Model + "**.")
	t := notebook.Table{Columns: notebook.Columns("What", "How")}
	add := func(what string, how notebook.Value) { t.Row(notebook.Text(what), how) }
	add("predicts", notebook.Text(strings.TrimSpace(s.Predict+" "+told.Unit)))
	add("from", notebook.Texts(told.Inputs, 0))
	if v := s.Interval; v != nil {
		if v.Relative {
			low, high := v.Around(100)
			add("interval, of 100", notebook.Between(notebook.Fixed(low, 1), notebook.Fixed(high, 1)))
		} else {
			add("interval", notebook.Between(notebook.Numeral(v.Low, 4).Signed(), notebook.Numeral(v.High, 4).Signed()))
		}
		add("which held in", notebook.Items(notebook.Percent(v.Level, 0), notebook.Count(v.Rows).Named("of").In("unseen rows")))
	}
	if q := s.Similar; q != nil {
		add("similar rows: equal in", notebook.Texts(q.Match, 0))
		add("similar rows: nearest in", notebook.Text(q.Nearest))
		of := "all rows of the table"
		if q.Trained {
			of = "the rows that the model was trained on"
		}
		add("similar rows: among", notebook.Text(of))
	}
	if len(s.Change) > 0 {
		add("fields that may change", notebook.Texts(s.Change, 0))
	}
	add("samples to try", notebook.Count(len(s.Samples)))
	add("golden predictions", notebook.Count(len(s.Golden)))
	shown.Cell.Table(t)
	return nil
}
