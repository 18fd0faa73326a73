package query

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/jackc/pgx/v5/pgtype"

	"labbook/internal/base/diag"
)

// Dates and times count from 2000 in PostgreSQL and from 1970 in Arrow.
const (
	days2000   = 10957
	micros2000 = days2000 * 24 * 60 * 60 * 1e6
)

var errShort = errors.New("the server sent a value of another length")

// textColumn is of texts, and whatever is sent as one.
var textColumn = column{typ: arrow.BinaryTypes.String, reader: func(b array.Builder) reader {
	texts := b.(*array.StringBuilder)
	return func(v []byte) error { texts.Append(string(v)); return nil }
}}

// columnOf gives what the column of a type is, by its binary form: the functions
// named …send in PostgreSQL's src/backend/utils/adt.
func columnOf(oid uint32, modifier int32) (c column, known bool) {
	switch oid {
	case pgtype.BoolOID:
		return columnFor(arrow.FixedWidthTypes.Boolean, 1, func(b *array.BooleanBuilder, v []byte) error { b.Append(v[0] != 0); return nil }), true
	case pgtype.Int2OID:
		return columnFor(arrow.PrimitiveTypes.Int16, 2, func(b *array.Int16Builder, v []byte) error { b.Append(int16(binary.BigEndian.Uint16(v))); return nil }), true
	case pgtype.Int4OID:
		return columnFor(arrow.PrimitiveTypes.Int32, 4, func(b *array.Int32Builder, v []byte) error { b.Append(int32(binary.BigEndian.Uint32(v))); return nil }), true
	case pgtype.Int8OID:
		return columnFor(arrow.PrimitiveTypes.Int64, 8, func(b *array.Int64Builder, v []byte) error { b.Append(int64(binary.BigEndian.Uint64(v))); return nil }), true
	case pgtype.OIDOID:
		return columnFor(arrow.PrimitiveTypes.Uint32, 4, func(b *array.Uint32Builder, v []byte) error { b.Append(binary.BigEndian.Uint32(v)); return nil }), true
	case pgtype.Float4OID:
		return columnFor(arrow.PrimitiveTypes.Float32, 4, func(b *array.Float32Builder, v []byte) error {
			b.Append(math.Float32frombits(binary.BigEndian.Uint32(v)))
			return nil
		}), true
	case pgtype.Float8OID:
		return columnFor(arrow.PrimitiveTypes.Float64, 8, func(b *array.Float64Builder, v []byte) error {
			b.Append(math.Float64frombits(binary.BigEndian.Uint64(v)))
			return nil
		}), true
	case pgtype.NumericOID:
		return numericColumn(modifier), true
	case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID, pgtype.QCharOID, pgtype.UnknownOID:
		return textColumn, true
	case pgtype.UUIDOID:
		return columnFor(arrow.BinaryTypes.String, 16, func(b *array.StringBuilder, v []byte) error {
			b.Append(fmt.Sprintf("%x-%x-%x-%x-%x", v[0:4], v[4:6], v[6:8], v[8:10], v[10:16]))
			return nil
		}), true
	case pgtype.DateOID:
		return columnFor(arrow.FixedWidthTypes.Date32, 4, func(b *array.Date32Builder, v []byte) error {
			days := int32(binary.BigEndian.Uint32(v))
			if days == math.MaxInt32 || days == math.MinInt32 {
				return errInfinite
			}
			b.Append(arrow.Date32(days + days2000))
			return nil
		}), true
	case pgtype.TimeOID:
		return columnFor(arrow.FixedWidthTypes.Time64us, 8, func(b *array.Time64Builder, v []byte) error {
			b.Append(arrow.Time64(binary.BigEndian.Uint64(v)))
			return nil
		}), true
	case pgtype.TimestampOID:
		return timestampColumn(""), true
	case pgtype.TimestamptzOID:
		return timestampColumn("UTC"), true
	}
	return column{}, false
}

// columnFor makes a column of values of so many bytes each.
func columnFor[B array.Builder](typ arrow.DataType, size int, add func(b B, value []byte) error) column {
	return column{typ: typ, reader: func(b array.Builder) reader {
		own := b.(B)
		return func(v []byte) error {
			if len(v) != size {
				return errShort
			}
			return add(own, v)
		}
	}}
}

// errInfinite is of dates that are none.
var errInfinite = &diag.Error{What: "the value is infinity, which is no date", Hint: "make it null in the query: nullif(…, 'infinity')"}

func timestampColumn(zone string) column {
	return columnFor(&arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone}, 8, func(b *array.TimestampBuilder, v []byte) error {
		micros := int64(binary.BigEndian.Uint64(v))
		if micros == math.MaxInt64 || micros == math.MinInt64 {
			return errInfinite
		}
		b.Append(arrow.Timestamp(micros + micros2000))
		return nil
	})
}

// levelColumn is of an enum: the numbers of its levels.
func levelColumn(levels []string) column {
	index := make(map[string]int32, len(levels))
	for i, level := range levels {
		index[level] = int32(i)
	}
	return column{typ: arrow.PrimitiveTypes.Int32, levels: levels, reader: func(b array.Builder) reader {
		codes := b.(*array.Int32Builder)
		return func(v []byte) error {
			code, known := index[string(v)]
			if !known {
				return fmt.Errorf("%q is no level of the enum", v)
			}
			codes.Append(code)
			return nil
		}
	}}
}

// numericColumn is of numbers in decimal digits: with the scale that is declared
// where one is and Arrow can hold it, else as the nearest float64. NaN is no value.
func numericColumn(modifier int32) column {
	precision, scale := (modifier-4)>>16&0xffff, (modifier-4)<<21>>21 // 11 bits with a sign
	if modifier < 4 || precision > 38 || scale < 0 || scale > precision {
		return column{typ: arrow.PrimitiveTypes.Float64, reader: func(b array.Builder) reader {
			numbers := b.(*array.Float64Builder)
			return func(v []byte) error {
				n, err := readNumeric(v)
				if err != nil {
					return err
				}
				x, err := n.float()
				numbers.Append(x)
				return err
			}
		}}
	}
	return column{typ: &arrow.Decimal128Type{Precision: precision, Scale: scale}, reader: func(b array.Builder) reader {
		numbers := b.(*array.Decimal128Builder)
		return func(v []byte) error {
			n, err := readNumeric(v)
			switch {
			case err != nil:
				return err
			case n.sign == numericNaN:
				numbers.AppendNull()
			case precision <= 18:
				numbers.Append(decimal128.FromI64(n.small(int(scale))))
			default:
				numbers.Append(decimal128.FromBigInt(n.whole(int(scale))))
			}
			return nil
		}
	}}
}

// numeric is a number as PostgreSQL sends it: digits of base 10,000, the first of
// which counts 10,000^weight, and how many decimal digits are shown behind the point.
type numeric struct {
	digits []byte // two bytes each
	weight int
	sign   uint16
	shown  int
}

// The signs that are none of -, which is 0x4000.
const (
	numericNegative = 0x4000
	numericNaN      = 0xc000
	numericPlus     = 0xd000 // infinity
	numericMinus    = 0xf000
)

func readNumeric(v []byte) (numeric, error) {
	if len(v) < 8 || len(v) != 8+2*int(binary.BigEndian.Uint16(v)) {
		return numeric{}, errShort
	}
	n := numeric{digits: v[8:], weight: int(int16(binary.BigEndian.Uint16(v[2:]))), sign: binary.BigEndian.Uint16(v[4:]), shown: int(binary.BigEndian.Uint16(v[6:]))}
	if n.sign == numericPlus || n.sign == numericMinus {
		return n, &diag.Error{What: "the value is infinity, which is no number here", Hint: "make it null in the query: nullif(…, 'infinity')"}
	}
	return n, nil
}

func (n *numeric) count() int { return len(n.digits) / 2 }

func (n *numeric) digit(i int) int64 { return int64(binary.BigEndian.Uint16(n.digits[2*i:])) }

// small gives the number times 10^scale where that has no more than 18 digits.
func (n *numeric) small(scale int) int64 {
	v := int64(0)
	places := 0 // decimal digits behind the point that v holds
	for i := range n.count() {
		d := n.digit(i)
		behind := (i - n.weight) * 4 // after this digit
		if over := behind - scale; over > 0 {
			v = v*pow10[4-over] + d/pow10[over]
			places = scale
			break
		}
		v = v*10000 + d
		places = behind
	}
	for ; places < scale; places++ {
		v *= 10
	}
	if n.sign == numericNegative {
		return -v
	}
	return v
}

var pow10 = [5]int64{1, 10, 100, 1000, 10000}

// whole is small of any length.
func (n *numeric) whole(scale int) *big.Int {
	text := n.text()
	head, tail, _ := strings.Cut(text, ".")
	if len(tail) > scale {
		tail = tail[:scale]
	}
	v, _ := new(big.Int).SetString(head+tail+strings.Repeat("0", scale-len(tail)), 10)
	return v
}

// text writes the number with all its digits.
func (n *numeric) text() string {
	b := make([]byte, 0, 4*(n.count()+max(n.weight, -n.weight))+8)
	if n.sign == numericNegative {
		b = append(b, '-')
	}
	b = append(b, '0')
	put := func(i int) {
		d := int64(0)
		if i >= 0 && i < n.count() {
			d = n.digit(i)
		}
		b = append(b, byte('0'+d/1000%10), byte('0'+d/100%10), byte('0'+d/10%10), byte('0'+d%10))
	}
	for i := range max(n.weight+1, 0) {
		put(i)
	}
	if n.count() > n.weight+1 {
		b = append(b, '.')
		for i := n.weight + 1; i < n.count(); i++ {
			put(i)
		}
	}
	return string(b)
}

// float gives the nearest float64. That a whole number is none is an error: it may
// be a name rather than an amount.
func (n *numeric) float() (float64, error) {
	if n.sign == numericNaN {
		return math.NaN(), nil
	}
	// Both parts are exact in float64, and so one division rounds once.
	if behind := (n.count() - 1 - n.weight) * 4; n.count() <= 3 && behind >= 0 && behind <= 20 {
		v := int64(0)
		for i := range n.count() {
			v = v*10000 + n.digit(i)
		}
		if n.sign == numericNegative {
			v = -v
		}
		return float64(v) / math.Pow10(behind), nil
	}
	text := n.text()
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, &diag.Error{What: "the number is greater than any that is kept", Hint: "cast it in the query to text, or divide it"}
	}
	if n.count() <= n.weight+1 && (x >= 1<<53 || x <= -1<<53) {
		if back, _ := new(big.Float).SetFloat64(x).Int(nil); back.Cmp(n.whole(0)) != 0 {
			return 0, &diag.Error{What: fmt.Sprintf("the whole number %s has more digits than numbers keep", n.whole(0)), Hint: "cast it in the query: to text if it is a name, to double precision if the last digits may be lost"}
		}
	}
	return x, nil
}
