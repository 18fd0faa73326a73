package table

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Write gives the table's file: equal tables give equal bytes, on any machine.
func (t *Table) Write(w io.Writer) error {
	schema, err := t.Schema()
	if err != nil {
		return err
	}
	out, err := ipc.NewFileWriter(w, ipc.WithSchema(schema))
	if err != nil {
		return fmt.Errorf("table: %w", err)
	}
	levels := make([]arrow.Array, len(t.Columns))
	for i, c := range t.Columns {
		if c.Type == Category && !isBool(&c.Field) {
			levels[i] = stringArray(c.Levels)
		}
	}
	for lo := 0; lo == 0 || lo < t.rows; lo += batchRows {
		part := t.Slice(lo, min(lo+batchRows, t.rows))
		columns := make([]arrow.Array, len(t.Columns))
		for i, c := range part.Columns {
			if columns[i], err = c.array(schema.Field(i).Type, levels[i]); err != nil {
				return err
			}
		}
		if err := out.Write(array.NewRecordBatch(schema, columns, int64(part.rows))); err != nil {
			return fmt.Errorf("table: %w", err)
		}
	}
	return out.Close()
}

// WriteFile writes the table to a new file.
func (t *Table) WriteFile(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(t.Write(f), f.Close())
}

// array gives the column's values as an array of its type in the schema. levels
// are those of a category.
func (c *Column) array(typ arrow.DataType, levels arrow.Array) (arrow.Array, error) {
	valid, missing := c.validity()
	switch {
	case c.Type == Category && levels == nil:
		return c.bools(valid, missing), nil
	case c.Type == Category:
		index := typ.(*arrow.DictionaryType).IndexType
		codes := makeArray(index, len(c.Codes), valid, missing, c.codes(index))
		return array.NewDictionaryArray(typ, codes, levels), nil
	case c.Type == Text:
		return c.texts(valid, missing)
	}
	return makeArray(typ, len(c.Num), valid, missing, c.numbers(typ)), nil
}

// validity gives the bitmap of rows that have a value, nil when all have.
func (c *Column) validity() (bitmap []byte, missing int) {
	n := c.Len()
	for i := range n {
		if !c.IsMissing(i) {
			continue
		}
		if bitmap == nil {
			bitmap = make([]byte, bitutil.BytesForBits(int64(n)))
			bitutil.SetBitsTo(bitmap, 0, int64(n), true)
		}
		bitutil.ClearBit(bitmap, i)
		missing++
	}
	return bitmap, missing
}

// makeArray makes an array of a fixed width from its buffers.
func makeArray(typ arrow.DataType, n int, valid []byte, missing int, values []byte) arrow.Array {
	return array.MakeFromData(array.NewData(typ, n, buffers(valid, values), nil, missing, 0))
}

// buffers wraps bytes; a bitmap that is nil is left out.
func buffers(valid []byte, rest ...[]byte) []*memory.Buffer {
	all := []*memory.Buffer{nil}
	if valid != nil {
		all[0] = memory.NewBufferBytes(valid)
	}
	for _, b := range rest {
		all = append(all, memory.NewBufferBytes(b))
	}
	return all
}

// codes gives the level numbers in their width, 0 for what is missing.
func (c *Column) codes(index arrow.DataType) []byte {
	switch index.ID() {
	case arrow.INT8:
		return arrow.Int8Traits.CastToBytes(narrow[int8](c.Codes))
	case arrow.INT16:
		return arrow.Int16Traits.CastToBytes(narrow[int16](c.Codes))
	}
	return arrow.Int32Traits.CastToBytes(narrow[int32](c.Codes))
}

func narrow[T int8 | int16 | int32](codes []int32) []T {
	out := make([]T, len(codes))
	for i, code := range codes {
		out[i] = T(max(code, 0))
	}
	return out
}

// bools gives a truth value a row.
func (c *Column) bools(valid []byte, missing int) arrow.Array {
	bits := make([]byte, bitutil.BytesForBits(int64(len(c.Codes))))
	for i, code := range c.Codes {
		if code == 1 {
			bitutil.SetBit(bits, i)
		}
	}
	return makeArray(arrow.FixedWidthTypes.Boolean, len(c.Codes), valid, missing, bits)
}

// texts gives the column's texts behind one another.
func (c *Column) texts(valid []byte, missing int) (arrow.Array, error) {
	total := 0
	for _, s := range c.Texts {
		total += len(s)
	}
	if total > math.MaxInt32 {
		return nil, fmt.Errorf("table: column %q has more than 2 GB of text in %d rows", c.Name, batchRows)
	}
	offsets, bytes := make([]int32, len(c.Texts)+1), make([]byte, 0, total)
	for i, s := range c.Texts {
		bytes = append(bytes, s...)
		offsets[i+1] = int32(len(bytes))
	}
	data := array.NewData(arrow.BinaryTypes.String, len(c.Texts), buffers(valid, arrow.Int32Traits.CastToBytes(offsets), bytes), nil, missing, 0)
	return array.MakeFromData(data), nil
}

// stringArray gives texts of which none is missing, "" is one.
func stringArray(texts []string) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	b.AppendValues(texts, nil)
	return b.NewArray()
}

// numbers gives the values in the form of the type, 0 for what is missing.
func (c *Column) numbers(typ arrow.DataType) []byte {
	switch typ.ID() {
	case arrow.FLOAT64:
		values := c.Num
		if c.hasNaN() {
			values = make([]float64, len(c.Num))
			for i, v := range c.Num {
				if v == v {
					values[i] = v
				}
			}
		}
		return arrow.Float64Traits.CastToBytes(values)
	case arrow.INT64:
		return arrow.Int64Traits.CastToBytes(whole[int64](c.Num, 1))
	case arrow.DATE32:
		return arrow.Int32Traits.CastToBytes(whole[int32](c.Num, UnitsOf(typ)))
	}
	return arrow.Int64Traits.CastToBytes(whole[int64](c.Num, UnitsOf(typ)))
}

func (c *Column) hasNaN() bool {
	for _, v := range c.Num {
		if v != v {
			return true
		}
	}
	return false
}

// whole gives values times units as integers.
func whole[T int32 | int64](values []float64, units float64) []T {
	out := make([]T, len(values))
	for i, v := range values {
		if v == v {
			out[i] = T(math.Round(v * units))
		}
	}
	return out
}
