package formats

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"
)

// as is what the stored values of a column become.
type as int

const (
	number  as = iota // a number, as it is
	whole             // a whole number that a number holds
	digits            // a whole number, as the text of its digits
	decimal           // a whole number of 10^-scale
	flag              // the levels false and true
	words             // a text
	level             // a level
	moment            // a whole number of units a second
	uuid              // 16 bytes, as the text that people write of them
	nothing           // no value in any row
)

// shape is how a column of a file becomes one of a table.
type shape struct {
	table.Field
	as    as
	units float64 // of a moment, or a duration, in a second
	scale int     // of a decimal
	long  lost    // of digits: what a number would have lost
}

// The metadata of an Arrow field that say more of its column: what labbook itself
// notes, and the levels of an Enum of Polars, each after its length.
const (
	metaField = "labbook.field"
	metaUnit  = "unit"
	metaDoc   = "description"
)

var metaEnum = []string{"_PL_ENUM_VALUES2", "_PL_ENUM_VALUES"}

// shapeOf gives the shape of an Arrow field. What cannot be a column of a table is
// an error without a file.
func shapeOf(f arrow.Field) (*shape, error) {
	s := &shape{}
	if text, ok := f.Metadata.GetValue(metaField); ok {
		// What does not read, or is of another type, says nothing.
		var noted table.Field
		if json.Unmarshal([]byte(text), &noted) == nil {
			s.Field = noted
		}
	}
	noted := s.Type
	s.Name, s.Seen = f.Name, nil
	if err := s.read(f); err != nil {
		return nil, err
	}
	if noted != "" && noted != s.Type {
		s.Field = table.Field{Name: f.Name, Type: s.Type, Layout: s.Layout, Levels: s.Levels, Ordered: s.Ordered}
	}
	if unit, ok := f.Metadata.GetValue(metaUnit); ok && s.Unit == "" {
		s.Unit = unit
	}
	if doc, ok := f.Metadata.GetValue(metaDoc); ok && s.Doc == "" {
		s.Doc = doc
	}
	return s, nil
}

// read sets how values of the field's type are taken.
func (s *shape) read(f arrow.Field) error {
	noted := s.Field
	set := func(t table.Type, as as) { s.Type, s.as = t, as }
	switch typ := f.Type.(type) {
	case *arrow.NullType:
		set(table.Text, nothing)
	case *arrow.BooleanType:
		set(table.Category, flag)
		s.Levels, s.Ordered = []string{"false", "true"}, false
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type, *arrow.Uint8Type, *arrow.Uint16Type, *arrow.Uint32Type, *arrow.Uint64Type:
		set(table.Number, whole)
		if noted.Type == table.Date { // a date that no type of Arrow holds to the last bit
			s.Type = table.Date
		}
	case *arrow.Float16Type, *arrow.Float32Type, *arrow.Float64Type:
		set(table.Number, number)
		if noted.Type == table.Date {
			s.Type = table.Date
		}
	case arrow.DecimalType:
		set(table.Number, decimal)
		if s.scale = int(typ.GetScale()); s.scale <= 0 {
			s.as = whole
		}
		if s.scale < 0 {
			return refuse(f, "decimals of more than units", "convert it to whole numbers")
		}
	case *arrow.StringType, *arrow.LargeStringType, *arrow.StringViewType, *arrow.BinaryType, *arrow.LargeBinaryType, *arrow.BinaryViewType:
		set(table.Text, words)
	case *arrow.FixedSizeBinaryType:
		if typ.ByteWidth != 16 || f.Metadata.FindKey("uuid") < 0 {
			return refuse(f, "bytes", "convert it to texts or numbers, or leave it out")
		}
		set(table.Text, uuid)
	case *arrow.Date32Type:
		s.date(1.0/secondsOfDay, time.DateOnly)
	case *arrow.Date64Type:
		s.date(1e3, time.DateOnly)
	case *arrow.TimestampType:
		s.date(unitsOf(typ.Unit), timeLayout("2006-01-02T15:04:05", typ.Unit, typ.TimeZone != ""))
	case *arrow.Time32Type:
		s.date(unitsOf(typ.Unit), timeLayout("15:04:05", typ.Unit, false))
	case *arrow.Time64Type:
		s.date(unitsOf(typ.Unit), timeLayout("15:04:05", typ.Unit, false))
	case *arrow.DurationType:
		set(table.Number, moment)
		s.units = unitsOf(typ.Unit)
		if s.Unit == "" {
			s.Unit = "s"
		}
	case *arrow.DictionaryType:
		if err := s.readLevels(f, typ); err != nil {
			return err
		}
	case arrow.ExtensionType:
		f.Type = typ.StorageType()
		return s.read(f)
	case arrow.NestedType:
		return refuse(f, nameOf(typ), flatten)
	default:
		return refuse(f, f.Type.String(), "convert it to texts or numbers, or leave it out")
	}
	if s.Type != table.Category {
		s.Levels, s.Ordered = nil, false
	}
	return nil
}

func (s *shape) readLevels(f arrow.Field, typ *arrow.DictionaryType) error {
	switch typ.ValueType.(type) {
	case *arrow.StringType, *arrow.LargeStringType, *arrow.StringViewType, *arrow.BinaryType, *arrow.LargeBinaryType, *arrow.BinaryViewType:
	default:
		return refuse(f, "levels of the type "+typ.ValueType.String(), "convert it to texts or numbers, or leave it out")
	}
	s.Type, s.as, s.Ordered = table.Category, level, typ.Ordered
	for _, key := range metaEnum {
		if text, ok := f.Metadata.GetValue(key); ok {
			s.Levels = enumLevels(text)
		}
	}
	if !distinct(s.Levels) {
		s.Levels = nil
	}
	return nil
}

func distinct(all []string) bool {
	sorted := slices.Sorted(slices.Values(all))
	return len(slices.Compact(sorted)) == len(all)
}

// enumLevels reads "3;low4;high"; nil where it is nothing like that.
func enumLevels(text string) (levels []string) {
	for text != "" {
		size, rest, ok := strings.Cut(text, ";")
		n, err := strconv.Atoi(size)
		if !ok || err != nil || n < 0 || n > len(rest) {
			return nil
		}
		levels, text = append(levels, rest[:n]), rest[n:]
	}
	return levels
}

// date makes it a date of so many units a second. A form that is noted stays.
func (s *shape) date(units float64, layout string) {
	if s.Type != table.Date || s.Layout == "" {
		s.Layout = layout
	}
	s.Type, s.as, s.units = table.Date, moment, units
}

const secondsOfDay = 24 * 60 * 60

func unitsOf(u arrow.TimeUnit) float64 { return float64(time.Second / u.Multiplier()) }

// timeLayout is how times of that unit are written.
func timeLayout(layout string, unit arrow.TimeUnit, zoned bool) string {
	if unit != arrow.Second {
		layout += ".999999"
	}
	if zoned {
		layout += "Z07:00"
	}
	return layout
}

// flatten is what to do about columns in columns.
const flatten = "make columns of it first, one a value (a command stage can), or leave it out: rest: drop, and the columns that are wanted"

func nameOf(t arrow.DataType) string {
	switch t.ID() {
	case arrow.MAP:
		return "maps"
	case arrow.STRUCT:
		return "structs"
	case arrow.LIST, arrow.LARGE_LIST, arrow.FIXED_SIZE_LIST, arrow.LIST_VIEW, arrow.LARGE_LIST_VIEW:
		return "lists"
	}
	return t.Name() + "s"
}

// refuse says that a column holds what no column of a table can be.
func refuse(f arrow.Field, holds, hint string) error {
	return &diag.Error{What: fmt.Sprintf("column %s holds %s", diag.Names([]string{f.Name}), holds),
		Wanted: "numbers, truth values, texts, levels, dates or times", Hint: hint}
}

// in names the file of an error that has none.
func in(name string, err error) error {
	if e, ok := err.(*diag.Error); ok && e.File == "" {
		named := *e
		named.File = name
		return &named
	}
	return err
}
