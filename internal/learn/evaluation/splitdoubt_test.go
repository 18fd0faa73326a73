package evaluation

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/base/notebook"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/partition"
)

// A stricter split needs a reason, and is stricter than the declared one in that.
func TestReasonsForAStricterSplit(t *testing.T) {
	day := &table.Column{Field: table.Field{Name: "day", Type: table.Date}}
	for i := range 100 {
		day.Num = append(day.Num, float64(i/2))
	}
	day.Num[7] = math.NaN()
	ordered := table.New(day)
	shuffled := ordered.Take([]int{5, 80, 3, 9, 70, 2, 60, 33, 21, 90, 1, 50})
	key := notebook.Finding{Code: checks.RepeatedKey.Code, Column: "patient"}
	near := notebook.Finding{Code: checks.Neighbours.Code, Column: "seen"}
	for name, c := range map[string]struct {
		declared *partition.Structure
		rows     *table.Table
		found    []notebook.Finding
		want     []string
	}{
		"nothing":                      {&partition.Structure{}, shuffled, nil, nil},
		"unknown":                      {nil, ordered, []notebook.Finding{key, near}, nil},
		"an order":                     {&partition.Structure{}, ordered, nil, []string{"forward in time by day"}},
		"a key":                        {&partition.Structure{}, shuffled, []notebook.Finding{key}, []string{"groups of patient kept together"}},
		"both":                         {&partition.Structure{}, ordered, []notebook.Finding{near, key}, []string{"groups of patient kept together", "forward in time by seen"}},
		"groups are declared":          {&partition.Structure{Groups: []string{"ward"}}, shuffled, []notebook.Finding{key}, nil},
		"groups are declared, in time": {&partition.Structure{Groups: []string{"ward"}}, ordered, nil, []string{"groups of ward kept together, forward in time by day"}},
		"time is declared":             {&partition.Structure{Time: "day"}, ordered, []notebook.Finding{near}, nil},
	} {
		var got []string
		for _, s := range reasons(c.declared, c.rows, c.found) {
			got = append(got, s.structure.Words())
		}
		assert.Equal(t, c.want, got, name)
	}
}
