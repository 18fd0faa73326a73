package serve

import (
	"math"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
)

// filling is how often a field has a value when the model is asked.
type filling struct{ asked, empty int }

// add counts the inputs of a request.
func (f *filling) add(column *table.Column) {
	f.asked += column.Len()
	for i := range column.Len() {
		if column.IsMissing(i) {
			f.empty++
		}
	}
}

// What makes an empty field a matter.
const (
	fewestAsked   = 30
	emptyByChance = 0.001
)

// unfilled says that a field which training had is never there; nil where it is,
// or where chance may have left it out.
func (f *filling) unfilled(field *table.Field) *notebook.Finding {
	seen := field.Seen
	if f.asked < fewestAsked || f.empty < f.asked || seen == nil || seen.Count == 0 {
		return nil
	}
	missing := float64(seen.Missing) / float64(seen.Count+seen.Missing)
	if math.Pow(missing, float64(f.asked)) > emptyByChance {
		return nil
	}
	found := checks.EmptyWhenAsked.Finding(field.Name, f.asked, "%s had no value in any of the newest %s, and had one in %s of the training rows",
		field.Name, human.Count(f.asked, "input"), human.Percent(seen.Count, seen.Count+seen.Missing))
	return &found
}
