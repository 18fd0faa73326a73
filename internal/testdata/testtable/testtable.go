// Package testtable has tables that several packages are tested with.
package testtable

import "labbook/internal/data/table"

// Houses gives 60 houses whose price is 10 + 2 size in the north and half of that in the
// south; kind says which of them are dear, for classifications.
func Houses() *table.Table {
	n := 60
	size, price := make([]float64, n), make([]float64, n)
	side, kind := make([]int32, n), make([]int32, n)
	for i := range n {
		size[i] = float64(i%20 + 1)
		side[i] = int32(i % 2)
		price[i] = (10 + 2*size[i]) / float64(1+i%2)
		if price[i] > 25 {
			kind[i] = 1
		}
	}
	t := table.New(
		&table.Column{Field: table.Field{Name: "size", Type: table.Number, Unit: "m²"}, Num: size},
		&table.Column{Field: table.Field{Name: "side", Type: table.Category, Levels: []string{"north", "south"}}, Codes: side},
		&table.Column{Field: table.Field{Name: "price", Type: table.Number, Unit: "EUR"}, Num: price},
		&table.Column{Field: table.Field{Name: "kind", Type: table.Category, Levels: []string{"cheap", "dear"}}, Codes: kind},
	)
	table.Describe(t, 1)
	return t
}
