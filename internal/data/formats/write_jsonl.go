package formats

import (
	"bufio"
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/table"
)

// writeLines writes a table as JSON lines: an object a row, with every column in
// order, null where there is no value. A number that is not finite is an error:
// JSON has none.
func writeLines(out *bufio.Writer, t *table.Table, schema *arrow.Schema) error {
	names := make([][]byte, len(t.Columns))
	values := make([]func([]byte, int) []byte, len(t.Columns))
	for j, c := range t.Columns {
		if row := firstInfinite(c); row >= 0 {
			return unwritable(c, row, "JSON", "csv, parquet or arrow")
		}
		names[j] = append(jsonrow.AppendString(nil, c.Name), ':')
		values[j] = jsonValue(c, schema.Field(j).Type)
	}
	var b []byte
	for i := range t.Rows() {
		b = append(b[:0], '{')
		for j, value := range values {
			if j > 0 {
				b = append(b, ',')
			}
			b = value(append(b, names[j]...), i)
		}
		if _, err := out.Write(append(b, '}', '\n')); err != nil {
			return err
		}
	}
	return nil
}

// firstInfinite gives the first row of a number that is not finite, -1 where none
// is.
func firstInfinite(c *table.Column) int {
	for i, v := range c.Num {
		if math.IsInf(v, 0) {
			return i
		}
	}
	return -1
}

// jsonValue gives what appends a value of a column.
func jsonValue(c *table.Column, typ arrow.DataType) func(b []byte, i int) []byte {
	const null = "null"
	switch c.Type {
	case table.Text:
		return func(b []byte, i int) []byte {
			if c.Texts[i] == "" {
				return append(b, null...)
			}
			return jsonrow.AppendString(b, c.Texts[i])
		}
	case table.Category:
		levels := make([][]byte, len(c.Levels))
		for k, level := range c.Levels {
			levels[k] = jsonrow.AppendString(nil, level)
			if typ.ID() == arrow.BOOL {
				levels[k] = []byte(level)
			}
		}
		return func(b []byte, i int) []byte {
			if code := c.Codes[i]; code >= 0 {
				return append(b, levels[code]...)
			}
			return append(b, null...)
		}
	}
	value := func(b []byte, v float64) []byte {
		if v == 0 && math.Signbit(v) {
			return append(b, "-0.0"...) // "-0" is a whole number to most, and has no sign
		}
		return jsonrow.AppendNumber(b, v)
	}
	if c.Type == table.Date {
		date := dateFormat(typ)
		value = func(b []byte, v float64) []byte { return append(date(append(b, '"'), v), '"') }
	}
	return func(b []byte, i int) []byte {
		if v := c.Num[i]; v == v {
			return value(b, v)
		}
		return append(b, null...)
	}
}
