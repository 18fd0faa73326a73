package query

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"labbook/internal/base/diag"
)

// loose is a column of SQLite, any value of which may be of any type. It is what
// all its values are: whole numbers, numbers, or texts; and, where it is declared
// boolean, date, datetime or timestamp and its values are written so, truth values,
// dates or times.
type loose struct {
	name     string
	declared string

	holds  holds
	null   []bool
	whole  []int64
	number []float64
	text   []string
}

type holds int

const (
	nothing holds = iota
	whole
	number
	text
)

// Scan implements sql.Scanner.
func (c *loose) Scan(v any) error {
	row := len(c.null)
	c.null = append(c.null, v == nil)
	switch v := v.(type) {
	case nil:
	case int64:
		c.become(whole, row)
		c.addWhole(v)
		return nil
	case float64:
		c.become(number, row)
		if c.holds == text {
			c.text = append(c.text, strconv.FormatFloat(v, 'g', -1, 64))
		} else {
			c.number = append(c.number, v)
		}
		return nil
	case string:
		c.become(text, row)
		c.text = append(c.text, v)
		return nil
	case []byte:
		return &valueError{c.name, &diag.Error{What: "the value is a blob, which is neither number nor text", Hint: fmt.Sprintf("write it as a text in the query, as in hex(%s), or leave it out", diag.Names([]string{c.name}))}}
	default:
		return fmt.Errorf("a value of SQLite is %T", v)
	}
	switch c.holds {
	case whole:
		c.whole = append(c.whole, 0)
	case number:
		c.number = append(c.number, 0)
	case text:
		c.text = append(c.text, "")
	}
	return nil
}

func (c *loose) addWhole(v int64) {
	switch c.holds {
	case whole:
		c.whole = append(c.whole, v)
	case number:
		c.number = append(c.number, float64(v))
	case text:
		c.text = append(c.text, strconv.FormatInt(v, 10))
	}
}

// become makes the column, which has so many values, hold also values of a kind.
func (c *loose) become(kind holds, rows int) {
	if kind <= c.holds {
		return
	}
	switch {
	case c.holds == nothing && kind == whole:
		c.whole = make([]int64, rows)
	case c.holds == nothing && kind == number:
		c.number = make([]float64, rows)
	case c.holds == nothing:
		c.text = make([]string, rows)
	case c.holds == whole && kind == number:
		c.number = make([]float64, rows)
		for i, v := range c.whole {
			c.number[i] = float64(v)
		}
	case c.holds == whole:
		c.text = make([]string, rows)
		for i, v := range c.whole {
			c.text[i] = strconv.FormatInt(v, 10)
		}
	default:
		c.text = make([]string, rows)
		for i, v := range c.number {
			c.text[i] = strconv.FormatFloat(v, 'g', -1, 64)
		}
	}
	if c.holds != kind {
		if kind != whole {
			c.whole = nil
		}
		if kind == text {
			c.number = nil
		}
	}
	c.holds = kind
}

// settled is a column that is known as a whole: its type, and what adds a row.
type settled struct {
	column
	add func(b array.Builder, row int)
}

// settle decides what a column is.
func (c *loose) settle() settled {
	of := func(typ arrow.DataType, add func(b array.Builder, row int)) settled {
		return settled{column{name: c.name, typ: typ}, add}
	}
	switch c.holds {
	case nothing:
		return of(arrow.Null, nil)
	case whole:
		if strings.HasPrefix(c.declared, "bool") && !slices.ContainsFunc(c.whole, func(v int64) bool { return v != 0 && v != 1 }) {
			return of(arrow.FixedWidthTypes.Boolean, func(b array.Builder, row int) { b.(*array.BooleanBuilder).Append(c.whole[row] != 0) })
		}
		return of(arrow.PrimitiveTypes.Int64, func(b array.Builder, row int) { b.(*array.Int64Builder).Append(c.whole[row]) })
	case number:
		return of(arrow.PrimitiveTypes.Float64, func(b array.Builder, row int) { b.(*array.Float64Builder).Append(c.number[row]) })
	}
	if days, ok := c.times(dateForms); ok && c.dated() {
		return of(arrow.FixedWidthTypes.Date32, func(b array.Builder, row int) {
			b.(*array.Date32Builder).Append(arrow.Date32(days[row] / (24 * 60 * 60 * 1e6)))
		})
	}
	for _, zone := range []struct {
		name  string
		forms []string
	}{{"", timeForms}, {"UTC", zonedForms}} {
		if micros, ok := c.times(zone.forms); ok && c.dated() {
			return of(&arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone.name}, func(b array.Builder, row int) {
				b.(*array.TimestampBuilder).Append(arrow.Timestamp(micros[row]))
			})
		}
	}
	return of(arrow.BinaryTypes.String, func(b array.Builder, row int) { b.(*array.StringBuilder).Append(c.text[row]) })
}

// dated says whether the column is declared to hold dates.
func (c *loose) dated() bool {
	return strings.HasPrefix(c.declared, "date") || strings.HasPrefix(c.declared, "timestamp")
}

// The forms in which SQLite's functions write dates and times:
// https://sqlite.org/lang_datefunc.html.
var (
	dateForms  = []string{"2006-01-02"}
	timeForms  = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04"}
	zonedForms = []string{"2006-01-02 15:04:05Z07:00", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04Z07:00", "2006-01-02T15:04Z07:00"}
)

// times gives the values in microseconds since 1970, if all are written in one of
// the forms.
func (c *loose) times(forms []string) ([]int64, bool) {
	if !c.dated() {
		return nil, false
	}
	micros := make([]int64, len(c.text))
	form := forms[0]
	for i, v := range c.text {
		if c.null[i] {
			continue
		}
		t, err := time.Parse(form, v)
		for k := 0; err != nil && k < len(forms); k++ {
			if t, err = time.Parse(forms[k], v); err == nil {
				form = forms[k]
			}
		}
		if err != nil {
			return nil, false
		}
		micros[i] = t.UnixMicro()
	}
	return micros, true
}

// writeLoose writes the columns, once all rows are known.
func writeLoose(values []loose, rows int, to *writer) error {
	columns, all := make([]settled, len(values)), make([]column, len(values))
	for j := range values {
		columns[j] = values[j].settle()
		all[j] = columns[j].column
	}
	if err := to.begin(all); err != nil {
		return err
	}
	for row := range rows {
		size := 0
		for j := range values {
			c := &values[j]
			if c.null[row] {
				to.columns[j].AppendNull()
				to.digest(nil)
				continue
			}
			columns[j].add(to.columns[j], row)
			n := 8
			if c.holds == text {
				n = len(c.text[row])
			}
			size += n
			to.digest(c.raw(row))
		}
		if err := to.end(size); err != nil {
			return err
		}
	}
	return nil
}

// raw gives a value as bytes that tell it from others of the column.
func (c *loose) raw(row int) []byte {
	switch c.holds {
	case whole:
		return strconv.AppendInt(nil, c.whole[row], 10)
	case number:
		return strconv.AppendUint(nil, math.Float64bits(c.number[row]), 16)
	}
	return []byte(c.text[row])
}
