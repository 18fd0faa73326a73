package formats

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"
)

// Write writes a table in a format: equal tables give equal bytes, on any machine
// and any number of cores. What is missing is null, and an empty field of CSV.
//
// Parquet and Arrow keep types, levels with their order, units and documentation.
// CSV and JSON lines have the values alone: numbers in their shortest form, dates
// as ISO 8601, whatever form they had where they came from.
func Write(w io.Writer, t *table.Table, f Format) error {
	switch f {
	case Parquet:
		return writeParquet(w, t)
	case Arrow:
		return t.Write(w)
	}
	schema, err := t.Schema()
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 1<<18)
	switch f {
	case CSV:
		err = writeCSV(out, t, schema)
	case Lines:
		err = writeLines(out, t, schema)
	default:
		err = fmt.Errorf("formats: tables are not written as %q", f)
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// dateForm gives the form of ISO 8601 in which the dates of an Arrow type are
// written: as finely as the finest of them needs, with Z where their own form
// names a zone.
func dateForm(typ arrow.DataType) string {
	switch typ := typ.(type) {
	case *arrow.Date32Type:
		return "2006-01-02"
	case *arrow.TimestampType:
		layout := map[arrow.TimeUnit]string{arrow.Second: "", arrow.Millisecond: ".000", arrow.Microsecond: ".000000"}[typ.Unit]
		if layout = "2006-01-02T15:04:05" + layout; typ.TimeZone != "" {
			layout += "Z"
		}
		return layout
	}
	return "2006-01-02T15:04:05.999999999"
}

// dateFormat gives what appends a date of an Arrow type: the moment of the type
// that the seconds stand for, not the one that float64 holds a little below it.
func dateFormat(typ arrow.DataType) func(b []byte, seconds float64) []byte {
	layout := dateForm(typ)
	unit := 1e-9
	if ts, ok := typ.(*arrow.TimestampType); ok {
		unit = 1 / table.UnitsOf(ts)
	}
	return func(b []byte, seconds float64) []byte {
		whole, part := math.Modf(seconds)
		nanos := math.Round(math.Round(part/unit) * unit * 1e9)
		return time.Unix(int64(whole), int64(nanos)).UTC().AppendFormat(b, layout)
	}
}

// unwritable says that a value has no form in a format.
func unwritable(c *table.Column, row int, f, instead string) error {
	return &diag.Error{What: fmt.Sprintf("row %d of column %q is %v, which %s has no form for", row+1, c.Name, c.Num[row], f), Hint: "write " + instead}
}
