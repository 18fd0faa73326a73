package formats

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"labbook/internal/data/table"
)

// randomTable gives a table of any columns and rows, with what is hard in each
// type: the ends of ranges, empty and strange texts, levels that no row has,
// columns without a value, no rows.
func randomTable(r *rand.Rand) *table.Table {
	rows := r.IntN(60)
	switch r.IntN(50) {
	case 0, 1:
		rows = 0
	case 2:
		rows = pageRows + r.IntN(200)
	}
	columns := make([]*table.Column, 1+r.IntN(6))
	for j := range columns {
		columns[j] = randomColumn(r, rows)
		columns[j].Name = fmt.Sprintf("%s%d", pick(r, "x", "price, net", `a "b"`, "Größe ", "λ", "two\nlines", "_", "."), j)
		columns[j].Unit, columns[j].Doc = pick(r, "", "m²"), pick(r, "", "What it is.")
	}
	return table.New(columns...)
}

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

// randomColumn gives a column of any type; how much is missing is random too.
func randomColumn(r *rand.Rand, rows int) *table.Column {
	absent := pick(r, 0, 0, .2, .9, 1)
	c := &table.Column{Field: table.Field{Type: pick(r, table.Number, table.Number, table.Category, table.Text, table.Date)}}
	switch c.Type {
	case table.Category:
		c.Levels, c.Ordered = randomLevels(r), r.IntN(2) == 0
		if !c.Ordered {
			slices.Sort(c.Levels)
		}
		c.Codes = make([]int32, rows)
	case table.Text:
		c.Texts = make([]string, rows)
	default:
		c.Num = make([]float64, rows)
	}
	number := randomNumber(r, c)
	for i := range rows {
		gone := r.Float64() < absent
		switch {
		case gone && c.Type == table.Category || c.Type == table.Category && len(c.Levels) == 0:
			c.Codes[i] = -1
		case c.Type == table.Category:
			c.Codes[i] = int32(r.IntN(len(c.Levels)))
		case gone && c.Type == table.Text:
		case c.Type == table.Text:
			c.Texts[i] = randomText(r)
		case gone:
			c.Num[i] = math.NaN()
		default:
			c.Num[i] = number()
		}
	}
	table.Observe(c, true)
	return c
}

// randomLevels gives levels, sometimes those of a truth value, sometimes more
// than a byte counts.
func randomLevels(r *rand.Rand) []string {
	switch r.IntN(6) {
	case 0:
		return []string{"false", "true"}
	case 1:
		return []string{"", "a", " b "}
	case 2:
		levels := make([]string, 100+r.IntN(300))
		for i := range levels {
			levels[i] = fmt.Sprint("level ", (i*7)%len(levels), "/", i)
		}
		return levels
	}
	return []string{"poor", "fair", "good", "ünlike, \"any\""}[:1+r.IntN(4)]
}

// randomNumber gives what makes the values of a number or a date, whose form it
// chooses.
func randomNumber(r *rand.Rand, c *table.Column) func() float64 {
	const day = 24 * 60 * 60
	if c.Type == table.Date {
		c.Layout = pick(r, "2006-01-02", "02.01.2006", "2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00")
		step, parts := pick(r, day, 1.), pick(r, 1., 1e3, 1e6)
		if strings.HasPrefix(c.Layout, "02") || c.Layout == "2006-01-02" {
			step, parts = day, 1
		}
		return func() float64 { return math.Round(r.Float64()*3e9/step*parts)*step/parts*pick(r, 1., -1.) + 0 } // -0 is no moment of others
	}
	switch r.IntN(3) {
	case 0:
		return func() float64 { return pick(r, float64(r.IntN(100)), 1<<53, -(1 << 53), 0, float64(-r.Int64N(1<<53))) }
	case 1:
		return func() float64 {
			return pick(r, r.NormFloat64(), 1e300, 5e-324, math.Copysign(0, -1), 0, math.MaxFloat64, 1.0/3, 1e21, 123456789012345678)
		}
	}
	return func() float64 { return math.Round(1000*r.Float64()) / 8 }
}

func randomText(r *rand.Rand) string {
	return pick(r, "a", "two words", "comma, \"quote\"", "line\nbreak", "tab\tand\r\nreturn", "ü€𝄞", " space ", "=1+1", "null", "NA", "9007199254740993", "true",
		strings.Repeat("long ", 80), "'", "\\n", "\u0001")
}
