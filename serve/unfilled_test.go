package serve

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/table"
)

func TestUnfilled(t *testing.T) {
	nan := math.NaN()
	values := func(n int, v ...float64) *table.Column {
		c := &table.Column{Field: table.Field{Name: "ended", Type: table.Number}}
		for i := range n {
			c.Num = append(c.Num, v[i%len(v)])
		}
		return c
	}
	for _, c := range []struct {
		name  string
		seen  *table.Summary
		asked *table.Column
		want  string
	}{
		{"never there", &table.Summary{Count: 30, Missing: 70}, values(40, nan), "ended had no value in any of the newest 40 inputs, and had one in 30% of the training rows"},
		{"always there in training", &table.Summary{Count: 100}, values(40, nan), "ended had no value in any of the newest 40 inputs, and had one in 100% of the training rows"},
		{"there once", &table.Summary{Count: 30, Missing: 70}, values(40, append(make([]float64, 1), nan, nan, nan)...), ""},
		{"too few were asked", &table.Summary{Count: 30, Missing: 70}, values(29, nan), ""},
		{"rare in training", &table.Summary{Count: 5, Missing: 95}, values(40, nan), ""},
		{"never in training", &table.Summary{Missing: 100}, values(40, nan), ""},
		{"nothing is known of training", nil, values(40, nan), ""},
	} {
		f := &filling{}
		f.add(c.asked)
		field := c.asked.Field
		field.Seen = c.seen
		got := ""
		if found := f.unfilled(&field); found != nil {
			got = found.Text
			assert.Equal(t, "C501", found.Code, c.name)
		}
		assert.Equal(t, c.want, got, c.name)
	}
}
