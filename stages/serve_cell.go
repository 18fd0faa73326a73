package stages

import (
	"fmt"
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
	facts := notebook.Table{Columns: []string{"What", "How"}}
	add := func(what, how string) { facts.Rows = append(facts.Rows, []string{what, how}) }
	add("predicts", strings.TrimSpace(s.Predict+" "+told.Unit))
	add("from", strings.Join(told.Inputs, ", "))
	if v := s.Interval; v != nil {
		low, high := v.Around(100)
		if v.Relative {
			add("interval", fmt.Sprintf("for 100, %.1f to %.1f in %.0f%% of %d unseen rows", low, high, 100*v.Level, v.Rows))
		} else {
			add("interval", fmt.Sprintf("%+.4g to %+.4g in %.0f%% of %d unseen rows", v.Low, v.High, 100*v.Level, v.Rows))
		}
	}
	if q := s.Similar; q != nil {
		add("similar rows", "equal in "+strings.Join(q.Match, ", ")+", nearest in "+q.Nearest)
	}
	add("samples to try", fmt.Sprint(len(s.Samples)))
	add("golden predictions", fmt.Sprint(len(s.Golden)))
	shown.Cell.Table(facts)
	return nil
}
