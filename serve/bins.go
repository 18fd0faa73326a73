package serve

import (
	"slices"
	"sort"
	"strconv"

	"labbook/internal/data/table"
)

// bins part the values of a field, as training showed them.
type bins struct {
	labels   []string
	training []float64 // the share of each
	rows     float64   // of training
	of       func(c *table.Column, i int) int
	// rough says that training is known by deciles in which values repeat, so that its
	// shares are known to a tenth only: that is too rough for a test.
	rough bool
}

// count takes the shares of the bins from rows of training themselves.
func (b *bins) count(c *table.Column) {
	counts := make([]float64, len(b.labels))
	for i := range c.Len() {
		counts[b.of(c, i)]++
	}
	if b.rows = float64(c.Len()); b.rows == 0 {
		return
	}
	for i, n := range counts {
		b.training[i] = n / b.rows
	}
	b.rough = false
}

// binsOf gives the levels of a category, or the tenths of a number, with a bin
// for what is missing and, for a category, one for levels that training did
// not have; nil when training showed nothing that can be compared.
func binsOf(field *table.Field) *bins {
	seen := field.Seen
	if seen == nil || seen.Count+seen.Missing == 0 {
		return nil
	}
	b := &bins{rows: float64(seen.Count + seen.Missing)}
	present := float64(seen.Count) / b.rows
	switch {
	case field.Type == table.Category && len(seen.Counts) == len(field.Levels):
		b.levels(field)
	case (field.Type == table.Number || field.Type == table.Date) && len(seen.Quantiles) == 11:
		b.tenths(field, present)
	default:
		return nil
	}
	b.labels, b.training = append(b.labels, "missing"), append(b.training, 1-present)
	return b
}

func (b *bins) levels(field *table.Field) {
	b.labels = append(slices.Clone(field.Levels), "other")
	for _, n := range field.Seen.Counts {
		b.training = append(b.training, float64(n)/b.rows)
	}
	b.training = append(b.training, 0)
	levels := len(field.Levels)
	b.of = func(c *table.Column, i int) int {
		switch code := int(c.Codes[i]); {
		case code < 0:
			return levels + 1
		case code < levels: // rows are decoded with the levels of training first
			return code
		}
		return levels
	}
}

// tenths makes bins between the deciles; a value that fills several of them
// makes one bin of them. present is the share of rows that have a value.
func (b *bins) tenths(field *table.Field, present float64) {
	deciles := field.Seen.Quantiles[1:10]
	edges := slices.Compact(slices.Clone(deciles))
	b.rough = len(edges) < len(deciles)
	from, before := "", 0
	for _, edge := range edges {
		upTo := before
		for upTo < len(deciles) && deciles[upTo] <= edge {
			upTo++
		}
		label := edgeText(field, edge)
		b.labels = append(b.labels, from+"up to "+label)
		b.training = append(b.training, present*float64(upTo-before)/10)
		from, before = "above "+label+" ", upTo
	}
	b.labels = append(b.labels, from+"and more")
	b.training = append(b.training, present*float64(10-before)/10)
	b.of = func(c *table.Column, i int) int {
		if c.IsMissing(i) {
			return len(edges) + 1
		}
		return sort.SearchFloat64s(edges, c.Num[i])
	}
}

// edgeText writes an edge without the digits that only interpolation gave it.
func edgeText(field *table.Field, edge float64) string {
	if field.Type == table.Number {
		edge, _ = strconv.ParseFloat(strconv.FormatFloat(edge, 'g', 6, 64), 64)
	}
	c := table.Column{Field: *field, Num: []float64{edge}}
	return c.String(0)
}
