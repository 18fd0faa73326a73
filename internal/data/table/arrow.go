package table

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// A table's file is an Arrow IPC file (https://arrow.apache.org/docs/format/Columnar.html),
// which pandas, Polars and whatever else speaks Arrow opens as it is.
//
//	number            int64 where every value is whole, else float64
//	date              date32 where it has no time of day, else timestamp, in UTC where its form names a zone
//	category          dictionary of utf8 with the smallest index that holds its levels, ordered if they are;
//	                  bool where its levels are false and true
//	text              utf8
//
// What is missing is null. The metadata of a field hold its unit and its
// documentation for people, and under MetaField all of the Field that the Arrow
// type does not say.
const (
	// MetaField is where the JSON of a Field stands in a field's metadata.
	MetaField = "labbook.field"
	metaUnit  = "unit"
	metaDoc   = "description"
)

// batchRows is how many rows a record batch has, but for the last one.
const batchRows = 1 << 16

// exact is the greatest whole number up to which float64 holds every other one.
const exact = 1 << 53

// Schema gives the schema of the table's file, also for files of other forms that
// can carry it.
func (t *Table) Schema() (*arrow.Schema, error) {
	fields := make([]arrow.Field, len(t.Columns))
	for i, c := range t.Columns {
		rest := c.Field
		rest.Name, rest.Levels, rest.Ordered = "", nil, false
		text, err := json.Marshal(rest)
		if err != nil {
			return nil, fmt.Errorf("table: column %q: %w", c.Name, err)
		}
		meta := map[string]string{MetaField: string(text)}
		if c.Unit != "" {
			meta[metaUnit] = c.Unit
		}
		if c.Doc != "" {
			meta[metaDoc] = c.Doc
		}
		fields[i] = arrow.Field{Name: c.Name, Type: c.arrowType(), Nullable: true, Metadata: arrow.MetadataFrom(meta)}
	}
	return arrow.NewSchema(fields, nil), nil
}

// arrowType chooses how the column is held.
func (c *Column) arrowType() arrow.DataType {
	switch c.Type {
	case Category:
		if isBool(&c.Field) {
			return arrow.FixedWidthTypes.Boolean
		}
		return &arrow.DictionaryType{IndexType: indexType(len(c.Levels)), ValueType: arrow.BinaryTypes.String, Ordered: c.Ordered}
	case Text:
		return arrow.BinaryTypes.String
	case Date:
		return c.dateType()
	}
	for _, v := range c.Num {
		if v != math.Trunc(v) && !math.IsNaN(v) || math.Abs(v) > exact || v == 0 && math.Signbit(v) {
			return arrow.PrimitiveTypes.Float64
		}
	}
	if !c.Integer {
		return arrow.PrimitiveTypes.Float64
	}
	return arrow.PrimitiveTypes.Int64
}

// isBool says whether a category is a truth value.
func isBool(f *Field) bool {
	return !f.Ordered && slices.Equal(f.Levels, []string{"false", "true"})
}

func indexType(levels int) arrow.DataType {
	switch {
	case levels <= math.MaxInt8+1:
		return arrow.PrimitiveTypes.Int8
	case levels <= math.MaxInt16+1:
		return arrow.PrimitiveTypes.Int16
	}
	return arrow.PrimitiveTypes.Int32
}

// dateType is the coarsest type that keeps every bit of the seconds; float64
// where there is none.
func (c *Column) dateType() arrow.DataType {
	zone := ""
	if strings.Contains(c.Layout, "Z07") || strings.Contains(c.Layout, "-07") || strings.Contains(c.Layout, "MST") {
		zone = "UTC"
	}
	days := zone == "" && c.Layout != "" && !strings.ContainsAny(c.Layout, ":") && !strings.Contains(c.Layout, "15") && !strings.Contains(c.Layout, "03")
	seconds, millis, micros := true, true, true
	for _, v := range c.Num {
		if math.IsNaN(v) {
			continue
		}
		days = days && keeps(v, 1.0/secondsOfDay) && math.Abs(v) < secondsOfDay*math.MaxInt32
		seconds, millis, micros = seconds && keeps(v, 1), millis && keeps(v, 1e3), micros && keeps(v, 1e6)
		if !micros {
			return arrow.PrimitiveTypes.Float64
		}
	}
	switch {
	case days:
		return arrow.FixedWidthTypes.Date32
	case seconds:
		return &arrow.TimestampType{Unit: arrow.Second, TimeZone: zone}
	case millis:
		return &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: zone}
	}
	return &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone}
}

const secondsOfDay = 24 * 60 * 60

// keeps says whether v times a number of units a second is a whole number of
// them that gives back every bit of v.
func keeps(v, units float64) bool {
	n := math.Round(v * units)
	return math.Abs(n) <= exact && n/units == v && !(v == 0 && math.Signbit(v))
}

// UnitsOf gives how many units a second has in the type of a date.
func UnitsOf(t arrow.DataType) float64 {
	if ts, ok := t.(*arrow.TimestampType); ok {
		return float64(time.Second / ts.Unit.Multiplier())
	}
	return 1.0 / secondsOfDay
}
