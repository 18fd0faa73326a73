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
	t := notebook.Table{Caption: "How the parts differ: numbers in standard deviations, categories by the level that differs most",
		Columns: []string{"column", "training", "test", "difference"}, Align: "lrrr"}
	for _, b := range f.Balances {
		gap := fmt.Sprintf("%+.3f", b.Gap)
		if math.Abs(float64(b.Gap)) < 0.0005 {
			gap = "0"
		}
		t.Rows = append(t.Rows, []string{b.Column, part(b, float64(b.Train)), part(b, float64(b.Test)), gap})
	}
	s.Cell.Table(t)
	return nil
}

// part says how a column is in one of the parts.
func part(b partition.Balance, value float64) string {
	if b.Level == nil {
		return fmt.Sprintf("mean %.4g", value)
	}
	return fmt.Sprintf("%s %.1f %%", *b.Level, 100*value)
}
