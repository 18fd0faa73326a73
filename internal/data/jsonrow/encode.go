package jsonrow

import (
	"encoding/json"
	"strconv"

	"labbook/internal/data/table"
)

// Names gives the names of the schema's columns.
func (d *Decoder) Names() []string { return d.names }

// AppendObject appends row i of t as an object, its members in the order of the
// columns; what is missing is null. Decoding it gives the same row.
func AppendObject(b []byte, t *table.Table, i int) []byte {
	b = append(b, '{')
	for j, c := range t.Columns {
		if j > 0 {
			b = append(b, ',')
		}
		b = AppendString(b, c.Name)
		b = append(b, ':')
		b = AppendValue(b, c, i)
	}
	return append(b, '}')
}

// AppendValue appends value i of a column.
func AppendValue(b []byte, c *table.Column, i int) []byte {
	switch {
	case c.IsMissing(i):
		return append(b, "null"...)
	case c.Type == table.Number:
		return AppendNumber(b, c.Num[i])
	}
	return AppendString(b, c.String(i))
}

// AppendNumber appends the shortest form of a number that reads back the same;
// one that is not finite, which JSON does not have, is null.
func AppendNumber(b []byte, v float64) []byte {
	if v-v != 0 {
		return append(b, "null"...)
	}
	if abs := max(v, -v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(b, v, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, v, 'f', -1, 64)
}

// AppendString appends a JSON string.
func AppendString(b []byte, s string) []byte {
	plain := true
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f || c == '<' || c == '>' || c == '&' {
			plain = false
			break
		}
	}
	if plain {
		b = append(b, '"')
		b = append(b, s...)
		return append(b, '"')
	}
	quoted, err := json.Marshal(s)
	if err != nil {
		panic("jsonrow: " + err.Error())
	}
	return append(b, quoted...)
}
