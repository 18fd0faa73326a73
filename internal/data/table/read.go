package table

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"labbook/internal/base/mapped"
	"labbook/internal/data/arrowipc"
)

// ErrFormat is the cause of every error about bytes that are not a table.
var ErrFormat = errors.New("not a table file")

// pieced is from which size on a file is read a record batch at a time: beside its
// values less than a batch of its bytes is in memory.
const pieced = 1 << 20

// ReadFile reads what WriteFile wrote, or another Arrow IPC file, into memory.
func ReadFile(path string) (*Table, error) { return readFile(path, nil) }

// readFile is ReadFile into a room.
func readFile(path string, room *mapped.Room) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	var t *Table
	if info.Size() < pieced {
		var data []byte
		if data, err = io.ReadAll(f); err == nil {
			t, err = Decode(data)
		}
	} else {
		t, err = decode(f, info.Size(), room)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}

// Decode is the inverse of Write. It also takes Arrow IPC files of others, and
// the form that tables had before (see old.go). Any bytes are safe: what it
// accepts is a table that keeps every promise of this package. Its errors wrap
// ErrFormat. The table keeps nothing of data.
func Decode(data []byte) (*Table, error) { return decode(bytes.NewReader(data), int64(len(data)), nil) }

// decode is Decode of so many bytes into a room.
func decode(from ipc.ReadAtSeeker, size int64, room *mapped.Room) (t *Table, err error) {
	begin := make([]byte, min(size, int64(max(len(oldMagic), len(ipc.Magic)))))
	if _, err := from.ReadAt(begin, 0); err != nil && err != io.EOF {
		return nil, err
	}
	if bytes.HasPrefix(begin, []byte(oldMagic)) {
		data, err := io.ReadAll(io.NewSectionReader(from, 0, size))
		if err != nil {
			return nil, err
		}
		return decodeOld(data)
	}
	if !bytes.HasPrefix(begin, ipc.Magic) {
		return nil, fmt.Errorf("%w: it does not begin with %q", ErrFormat, ipc.Magic)
	}
	defer func() {
		// The library checks what it reads by the rules of slices.
		if p := recover(); p != nil {
			t, err = nil, fmt.Errorf("%w: %v", ErrFormat, p)
		}
	}()
	if err := arrowipc.Verify(from, size); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	most := max(1<<20, 300*int(size)) // what LZ4 can make of it at most
	r, err := ipc.NewFileReader(from, ipc.WithAllocator(&reusing{most: most}),
		ipc.WithBodySizeLimit(size), ipc.WithMetadataSizeLimit(size))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	defer r.Close()
	return read(r, int(size), room)
}

// read takes the record batches one after the other, so that no more than one
// of them is held beside the table.
func read(r *ipc.FileReader, size int, room *mapped.Room) (*Table, error) {
	t := &Table{room: room}
	for _, f := range r.Schema().Fields() {
		c, err := newColumn(f)
		if err != nil {
			return nil, fmt.Errorf("%w: column %q: %v", ErrFormat, f.Name, err)
		}
		t.Columns = append(t.Columns, c)
	}
	for i := range r.NumRecords() {
		batch, err := r.RecordBatchAt(i)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrFormat, err)
		}
		rows := int(batch.NumRows())
		// A value takes a bit at least, so this bounds what is allocated.
		if rows < 0 || len(t.Columns) > 0 && rows > 8*size {
			return nil, fmt.Errorf("%w: it is too short for %d rows", ErrFormat, rows)
		}
		t.rows += rows
		for j, c := range t.Columns {
			if i == 0 {
				c.grow(rows*min(r.NumRecords(), 1+size/(1+rows/8)), room)
			}
			err := c.append(batch.Column(j), r.Schema().Field(j).Type)
			if err == nil && c.Len() != t.rows {
				err = fmt.Errorf("it has %d values of %d", c.Len(), t.rows)
			}
			if err != nil {
				return nil, fmt.Errorf("%w: column %q: %v", ErrFormat, c.Name, err)
			}
		}
		batch.Release()
	}
	if err := checkFields(t.Fields()); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	return t, nil
}

// reusing is an allocator that hands out again what was freed: the buffers of
// one record batch after the other.
type reusing struct {
	free [][]byte
	most int // bytes of one buffer; a file that asks for more is damaged
}

func (r *reusing) Allocate(size int) []byte {
	if size > r.most {
		panic(fmt.Sprintf("a buffer of %d bytes", size))
	}
	for i, b := range r.free {
		if cap(b) >= size && cap(b) <= 2*size+64 {
			r.free = slices.Delete(r.free, i, i+1)
			return b[:size]
		}
	}
	return memory.DefaultAllocator.Allocate(size)
}

func (r *reusing) Reallocate(size int, b []byte) []byte {
	if cap(b) >= size {
		return b[:size]
	}
	bigger := r.Allocate(size)
	copy(bigger, b)
	r.Free(b)
	return bigger
}

func (r *reusing) Free(b []byte) {
	if cap(b) > 0 {
		r.free = append(r.free, b)
	}
}

// newColumn gives the empty column for an Arrow field: as it was written, or as
// the type suggests where another program wrote it.
func newColumn(f arrow.Field) (*Column, error) {
	c := &Column{}
	if text, ok := f.Metadata.GetValue(MetaField); ok {
		if err := json.Unmarshal([]byte(text), &c.Field); err != nil {
			return nil, fmt.Errorf("its description: %v", err)
		}
	}
	c.Name = f.Name
	var natural Type
	switch typ := f.Type.(type) {
	case *arrow.DictionaryType:
		natural, c.Ordered = Category, typ.Ordered
	case *arrow.BooleanType:
		natural, c.Levels = Category, []string{"false", "true"}
	case *arrow.StringType, *arrow.LargeStringType, *arrow.StringViewType:
		natural = Text
	case *arrow.TimestampType, *arrow.Date32Type:
		natural = Date
	case *arrow.Int64Type, *arrow.Int32Type, *arrow.Int16Type, *arrow.Int8Type,
		*arrow.Uint64Type, *arrow.Uint32Type, *arrow.Uint16Type, *arrow.Uint8Type,
		*arrow.Float64Type, *arrow.Float32Type:
		natural = Number
	default:
		return nil, fmt.Errorf("values of the type %s are not known here", f.Type)
	}
	switch {
	case c.Type == "":
		c.Type, c.Unit, c.Doc = natural, metadata(f, metaUnit), metadata(f, metaDoc)
		if ts, ok := f.Type.(*arrow.TimestampType); ok {
			c.Layout = layoutOf(ts)
		} else if natural == Date {
			c.Layout = "2006-01-02"
		}
	case c.Type != natural && !(c.Type == Date && natural == Number):
		return nil, fmt.Errorf("it says that it is a %s and holds %s", c.Type, f.Type)
	}
	return c, nil
}

// grow makes room for so many values.
func (c *Column) grow(rows int, room *mapped.Room) {
	switch c.Type {
	case Category:
		c.Codes = mapped.Make[int32](room, rows)[:0]
	case Text:
		c.Texts = make([]string, 0, rows)
	default:
		c.Num = mapped.Make[float64](room, rows)[:0]
	}
}

func metadata(f arrow.Field, key string) string {
	value, _ := f.Metadata.GetValue(key)
	return value
}

// layoutOf is how times of that type are written.
func layoutOf(t *arrow.TimestampType) string {
	layout := "2006-01-02T15:04:05"
	if t.Unit != arrow.Second {
		layout += ".999999"
	}
	if t.TimeZone != "" {
		layout += "Z07:00"
	}
	return layout
}

// append adds the values of an array of the column's type.
func (c *Column) append(a arrow.Array, typ arrow.DataType) error {
	switch values := a.(type) {
	case *array.Dictionary:
		return c.appendDictionary(values)
	case *array.Boolean:
		for i := range values.Len() {
			code := int32(0)
			if values.IsNull(i) {
				code = -1
			} else if values.Value(i) {
				code = 1
			}
			c.Codes = append(c.Codes, code)
		}
	case *array.String:
		c.appendTexts(values)
	case *array.LargeString:
		c.appendTexts(values)
	case *array.StringView:
		c.appendTexts(values)
	case *array.Float64:
		appendNumbers(c, values, values.Values(), 1)
	case *array.Float32:
		appendNumbers(c, values, values.Values(), 1)
	case *array.Int64:
		appendNumbers(c, values, values.Values(), 1)
	case *array.Int32:
		appendNumbers(c, values, values.Values(), 1)
	case *array.Int16:
		appendNumbers(c, values, values.Values(), 1)
	case *array.Int8:
		appendNumbers(c, values, values.Values(), 1)
	case *array.Uint64:
		appendNumbers(c, values, values.Values(), 1)
	case *array.Uint32:
		appendNumbers(c, values, values.Values(), 1)
	case *array.Uint16:
		appendNumbers(c, values, values.Values(), 1)
	case *array.Uint8:
		appendNumbers(c, values, values.Values(), 1)
	case *array.Date32:
		appendNumbers(c, values, values.Date32Values(), UnitsOf(typ))
	case *array.Timestamp:
		appendNumbers(c, values, values.TimestampValues(), UnitsOf(typ))
	default:
		return fmt.Errorf("values of the type %s are not known here", a.DataType())
	}
	return nil
}

// numbers are the values that become numbers.
type numbers interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// appendNumbers adds numbers that are so many units of one.
func appendNumbers[T numbers](c *Column, a arrow.Array, values []T, units float64) {
	start := len(c.Num)
	c.Num = slices.Grow(c.Num, len(values))[:start+len(values)]
	into := c.Num[start:]
	if units == 1 {
		for i, v := range values {
			into[i] = float64(v)
		}
	} else {
		for i, v := range values {
			into[i] = float64(v) / units
		}
	}
	eachNull(a, func(i int) { into[i] = math.NaN() })
}

// eachNull calls f with the places of what is missing.
func eachNull(a arrow.Array, f func(i int)) {
	if a.NullN() == 0 {
		return
	}
	for i := range a.Len() {
		if a.IsNull(i) {
			f(i)
		}
	}
}

// appendTexts adds texts; one that is null is missing, as "" is.
func (c *Column) appendTexts(a interface {
	arrow.Array
	Value(int) string
}) {
	total := 0
	for i := range a.Len() {
		if !a.IsNull(i) {
			total += len(a.Value(i))
		}
	}
	var all strings.Builder // one copy of them all, of which each is a part
	all.Grow(total)
	for i := range a.Len() {
		if !a.IsNull(i) {
			all.WriteString(a.Value(i))
		}
	}
	rest := all.String()
	c.Texts = slices.Grow(c.Texts, a.Len())
	for i := range a.Len() {
		n := 0
		if !a.IsNull(i) {
			n = len(a.Value(i))
		}
		c.Texts = append(c.Texts, rest[:n])
		rest = rest[n:]
	}
}

// appendDictionary adds level numbers. All arrays of a column have the same
// levels, or the later ones begin with those of the earlier.
func (c *Column) appendDictionary(a *array.Dictionary) error {
	levels, ok := a.Dictionary().(interface {
		arrow.Array
		Value(int) string
	})
	if !ok || levels.NullN() > 0 {
		return fmt.Errorf("its levels are of the type %s, or null", a.Dictionary().DataType())
	}
	for i := range levels.Len() {
		switch level := strings.Clone(levels.Value(i)); {
		case i >= len(c.Levels):
			c.Levels = append(c.Levels, level)
		case c.Levels[i] != level:
			return errors.New("its levels differ between record batches")
		}
	}
	start := len(c.Codes)
	switch codes := a.Indices().(type) {
	case *array.Int8:
		appendCodes(c, codes.Values())
	case *array.Int16:
		appendCodes(c, codes.Values())
	case *array.Int32:
		appendCodes(c, codes.Values())
	case *array.Int64:
		appendCodes(c, codes.Values())
	case *array.Uint8:
		appendCodes(c, codes.Values())
	case *array.Uint16:
		appendCodes(c, codes.Values())
	case *array.Uint32:
		appendCodes(c, codes.Values())
	default:
		return fmt.Errorf("its level numbers are of the type %s", codes.DataType())
	}
	into, n := c.Codes[start:], levels.Len()
	eachNull(a, func(i int) { into[i] = -1 })
	for i, code := range into {
		if int(code) >= n {
			return fmt.Errorf("row %d has the level number %d of %d", start+i, code, n)
		}
	}
	return nil
}

// appendCodes adds level numbers; one that no int32 holds becomes one that no
// column has.
func appendCodes[T ~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32](c *Column, codes []T) {
	for _, code := range codes {
		if int64(code) > math.MaxInt32 || int64(code) < 0 {
			c.Codes = append(c.Codes, math.MaxInt32)
			continue
		}
		c.Codes = append(c.Codes, int32(code))
	}
}

// checkFields refuses what no table has.
func checkFields(fields []Field) error {
	names := map[string]bool{}
	for _, f := range fields {
		if names[f.Name] {
			return fmt.Errorf("column %q stands twice", f.Name)
		}
		names[f.Name] = true
		levels := map[string]bool{}
		for _, l := range f.Levels {
			if levels[l] {
				return fmt.Errorf("column %q has the level %q twice", f.Name, l)
			}
			levels[l] = true
		}
		switch f.Type {
		case Number, Category, Text, Date:
		default:
			return fmt.Errorf("column %q has the unknown type %q", f.Name, f.Type)
		}
	}
	return nil
}
