package training

import (
	"fmt"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
)

// heldTable gives the table of FileHeldOut: the rows of a source that divisions held
// out, by their 0-based place in the training part, and in which division; what was
// true; and what was said by a model that had not learned from them, last of all
// calibrated. Of a weighted mean it has besides what each of its members said, by
// their numbers. Of classes there is the likeliest, and the probability of each.
func (s *Source) heldTable(divisions []Holdout, said []*metrics.Sample, members []member) *table.Table {
	var places, division []int
	for i, d := range divisions {
		for _, row := range d.Held {
			if s.places != nil {
				row = s.places[row]
			}
			places, division = append(places, row), append(division, i)
		}
	}
	whole, unit := Pool(said), s.Features.Target.Unit
	columns := []*table.Column{evaluation.Numbers("row", places), evaluation.Numbers("fold", division),
		evaluation.Outcomes("actual", whole.Actual, whole.Classes, unit)}
	columns = append(columns, evaluation.Said("", whole, whole.Classes, unit)...)
	for i, m := range members {
		if m.said != nil {
			columns = append(columns, evaluation.Said(fmt.Sprintf("/%d", i), Pool(m.said), whole.Classes, unit)...)
		}
	}
	return table.New(columns...)
}
