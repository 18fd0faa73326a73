package stages

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/table"
)

// A champion of another split knows rows of the new test part, and would be
// judged on what it learned by heart. The test part is numbers(60).
func TestRegisterComparesOnRowsThatNeitherLearnedFrom(t *testing.T) {
	part := func(first, last int) *table.Table {
		var rows []int
		for i := first; i < last; i++ {
			rows = append(rows, i)
		}
		return numbers(100, "y").Take(rows)
	}
	for _, tt := range []struct {
		name            string
		champion, rival *table.Table
		promoted        bool
		words           string
	}{
		{"another split", part(0, 25), part(60, 100), true, `^promoted: MAE .*, compared on 35 of 60 test rows that neither has learned from$`},
		{"too few are left", part(0, 31), part(60, 100), false,
			`^not promoted: not comparable with the champion, version 1: of 60 test rows neither has learned from only 29; it stays until somebody promotes another$`},
		{"the same split", part(60, 100), part(60, 100), true, `^promoted: MAE [^,]*, difference [^,]*, [^,]*$`},
		{"more rows since", part(60, 90), part(60, 100), true, `^promoted: MAE [^,]*, difference [^,]*, [^,]*$`},
		{"other columns", part(60, 100).Select("x"), part(60, 100), true, `^promoted: MAE [^,]*, difference [^,]*, [^,]*$`},
		{"a column of then", table.New(&table.Column{Field: table.Field{Name: "z", Type: table.Number}, Num: []float64{1}}), part(60, 100), false,
			`: nobody can tell which test rows it learned from: the rows of then had another column "z"; it stays`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newShop(t)
			poor, good := s.train("y", 20), s.train("y", 0)
			s.learned(poor, tt.champion)
			s.learned(good, tt.rival)
			s.run(s.evaluate("y", map[string]float64{poor: 20}))
			s.run(s.evaluate("y", map[string]float64{good: 2.7}))
			assert.Regexp(t, tt.words, s.decision(2))
			assert.Equal(t, tt.promoted, s.champion() == 2)
		})
	}
}
