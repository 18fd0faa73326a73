package stages

import (
	"fmt"
	"math"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/learn/partition"
	"labbook/runner/stage"
)

// showSplit shows the sizes of the parts and how they differ.
func showSplit(s *stage.Shown) error {
	var f splitFacts
	if err := openFacts(s.Out, partition.FileFacts, &f); err != nil {
		return err
	}
	s.Cell.Markdown(fmt.Sprintf("%s to learn from, %s (%.1f %%) to test with.", human.Count(f.Train, "row"),
		human.Count(f.Test, "row"), 100*float64(f.Test)/float64(f.Train+f.Test+f.Close+f.Known)))
	if f.Close > 0 {
		s.Cell.Markdown(fmt.Sprintf("%s within the gap before the test part %s in neither part.", human.Count(f.Close, "row"), human.Verb(f.Close, "is", "are")))
	}
	if f.Known > 0 {
		s.Cell.Markdown(fmt.Sprintf("%s after the cut %s to a group with rows before it, and %s in neither part.",
			human.Count(f.Known, "row"), human.Verb(f.Known, "belongs", "belong"), human.Verb(f.Known, "is", "are")))
	}
	t := notebook.Table{Caption: "Numbers in standard deviations, categories by the level that differs most",
		Columns: notebook.Columns("column", "training", "test", "difference")}
	most := 0.0
	for _, b := range f.Balances {
		if gap := math.Abs(float64(b.Gap)); gap > most {
			most = gap
		}
		t.Row(notebook.Text(b.Column), part(b, float64(b.Train)), part(b, float64(b.Test)), notebook.Fixed(float64(b.Gap), 3).Signed())
	}
	s.Cell.Fold(fmt.Sprintf("How the parts differ: at most by %.3f", most), func(cell *notebook.Cell) { cell.Table(t) })
	return nil
}

// part says how a column is in one of the parts.
func part(b partition.Balance, value float64) notebook.Value {
	if b.Level == nil {
		return notebook.Numeral(value, 4).Named("mean")
	}
	return notebook.Percent(value, 1).Named(*b.Level)
}
