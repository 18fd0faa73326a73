package formats

import (
	"bufio"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/table"
)

// writeCSV writes a table as CSV (RFC 4180, with lines that end in \n): a header,
// then a row a line, in UTF-8. A text that is empty is as missing as none is; a
// level without letters is written as two quotes.
func writeCSV(out *bufio.Writer, t *table.Table, schema *arrow.Schema) error {
	if len(t.Columns) == 0 {
		return nil
	}
	var b []byte
	for j, name := range t.Names() {
		if j > 0 {
			b = append(b, ',')
		}
		b = appendField(b, name)
	}
	b = alone(b, len(t.Columns))
	fields := make([]func([]byte, int) []byte, len(t.Columns))
	for j, c := range t.Columns {
		fields[j] = csvField(c, schema.Field(j).Type)
	}
	for i := range t.Rows() {
		b = append(b, '\n')
		if len(b) > 1<<16 {
			if _, err := out.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
		start := len(b)
		for j, field := range fields {
			if j > 0 {
				b = append(b, ',')
			}
			b = field(b, i)
		}
		if len(b) == start {
			b = append(b, `""`...) // an empty line would be no row
		}
	}
	_, err := out.Write(append(b, '\n'))
	return err
}

// alone writes a header that would be an empty line as one that is not.
func alone(b []byte, columns int) []byte {
	if columns == 1 && len(b) == 0 {
		return append(b, `""`...)
	}
	return b
}

// csvField gives what appends a value of a column, nothing where it is missing.
func csvField(c *table.Column, typ arrow.DataType) func(b []byte, i int) []byte {
	switch c.Type {
	case table.Text:
		return func(b []byte, i int) []byte { return appendField(b, c.Texts[i]) }
	case table.Category:
		levels := make([][]byte, len(c.Levels))
		for k, level := range c.Levels {
			if levels[k] = appendField(nil, level); level == "" {
				levels[k] = []byte(`""`)
			}
		}
		return func(b []byte, i int) []byte {
			if code := c.Codes[i]; code >= 0 {
				b = append(b, levels[code]...)
			}
			return b
		}
	}
	value := appendNumber
	if c.Type == table.Date {
		value = dateFormat(typ)
	}
	return func(b []byte, i int) []byte {
		if v := c.Num[i]; v == v {
			b = value(b, v)
		}
		return b
	}
}

// appendNumber appends a number in its shortest form, and infinity as pandas,
// Polars and DuckDB read it.
func appendNumber(b []byte, v float64) []byte {
	switch {
	case math.IsInf(v, 1):
		return append(b, "inf"...)
	case math.IsInf(v, -1):
		return append(b, "-inf"...)
	}
	return jsonrow.AppendNumber(b, v)
}

// appendField appends a text, quoted where it has to be.
func appendField(b []byte, s string) []byte {
	if s == "" || !strings.ContainsAny(s, ",\"\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		return append(b, s...)
	}
	b = append(b, '"')
	b = append(b, strings.ReplaceAll(s, `"`, `""`)...)
	return append(b, '"')
}
