package formats

import (
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"labbook/internal/data/arrowipc"
)

// parquetField is a column of the file's outermost level.
type parquetField struct {
	name     string
	leaf     *parquet.Column
	noted    *arrow.Field // what the writer noted of it
	unsigned bool
}

// metaSchema is where writers note the Arrow schema of what they wrote: a message
// of the IPC format in Base64.
const metaSchema = "ARROW:schema"

func fieldsOf(file *parquet.File) []parquetField {
	noted := map[string]*arrow.Field{}
	if text, ok := file.Lookup(metaSchema); ok {
		for _, f := range schemaOf(text) {
			noted[f.Name] = &f
		}
	}
	var fields []parquetField
	for _, c := range file.Root().Columns() {
		fields = append(fields, parquetField{name: c.Name(), leaf: c, noted: noted[c.Name()]})
	}
	return fields
}

// schemaOf reads the Arrow schema that a writer noted; what does not read says
// nothing.
func schemaOf(text string) []arrow.Field {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	schema, err := arrowipc.SchemaOf(data)
	if err != nil {
		return nil
	}
	return schema.Fields()
}

// shape gives how the column is read.
func (f *parquetField) shape() (*shape, error) {
	field := arrow.Field{Name: f.name}
	if f.noted != nil {
		field.Metadata = f.noted.Metadata
	}
	typ, err := f.arrowType()
	if err != nil {
		return nil, err
	}
	field.Type = f.likeNoted(typ)
	if fixed, ok := typ.(*arrow.FixedSizeBinaryType); ok && fixed.ByteWidth == 16 && isUUID(f.leaf) {
		field.Metadata = arrow.MetadataFrom(map[string]string{"uuid": ""})
	}
	return shapeOf(field)
}

// likeNoted gives the type that the writer noted, where it is one that the file's
// type stands for.
func (f *parquetField) likeNoted(typ arrow.DataType) arrow.DataType {
	if f.noted == nil {
		return typ
	}
	switch noted := f.noted.Type.(type) {
	case *arrow.DictionaryType:
		if typ.ID() == arrow.STRING {
			return &arrow.DictionaryType{IndexType: noted.IndexType, ValueType: typ, Ordered: noted.Ordered}
		}
	case *arrow.DurationType:
		if typ.ID() == arrow.INT64 {
			return noted
		}
	case *arrow.NullType:
		return noted
	}
	return typ
}

func isUUID(c *parquet.Column) bool {
	logical := c.Type().LogicalType()
	if logical == nil {
		return false
	}
	_, ok := logical.Value.(*format.UUIDType)
	return ok
}

// arrowType gives the type of Arrow that the column's type stands for.
func (f *parquetField) arrowType() (arrow.DataType, error) {
	c := f.leaf
	if !c.Leaf() || c.Repeated() {
		return nil, refuse(arrow.Field{Name: f.name}, nested(c), flatten)
	}
	typ := c.Type()
	if logical := typ.LogicalType(); logical != nil && logical.Value != nil {
		if t, err := f.logical(logical); t != nil || err != nil {
			return t, err
		}
	} else if converted := typ.ConvertedType(); converted != nil {
		if t := f.converted(*converted); t != nil {
			return t, nil
		}
	}
	switch typ.Kind() {
	case parquet.Boolean:
		return arrow.FixedWidthTypes.Boolean, nil
	case parquet.Int32:
		return arrow.PrimitiveTypes.Int32, nil
	case parquet.Int64:
		return arrow.PrimitiveTypes.Int64, nil
	case parquet.Int96:
		return &arrow.TimestampType{Unit: arrow.Nanosecond}, nil
	case parquet.Float:
		return arrow.PrimitiveTypes.Float32, nil
	case parquet.Double:
		return arrow.PrimitiveTypes.Float64, nil
	case parquet.ByteArray:
		return arrow.BinaryTypes.String, nil
	}
	return &arrow.FixedSizeBinaryType{ByteWidth: typ.Length()}, nil
}

// logical gives the type of an annotation; nil where it says nothing about how
// values are read.
func (f *parquetField) logical(l *format.LogicalType) (arrow.DataType, error) {
	kind := f.leaf.Type().Kind()
	switch t := l.Value.(type) {
	case *format.DecimalType:
		return f.decimal(int(t.Precision), int(t.Scale))
	case *format.DateType:
		return arrow.FixedWidthTypes.Date32, nil
	case *format.TimeType:
		unit := unitOf(t.Unit)
		if kind == parquet.Int32 {
			return &arrow.Time32Type{Unit: unit}, nil
		}
		return &arrow.Time64Type{Unit: unit}, nil
	case *format.TimestampType:
		zone := ""
		if t.IsAdjustedToUTC {
			zone = "UTC"
		}
		return &arrow.TimestampType{Unit: unitOf(t.Unit), TimeZone: zone}, nil
	case *format.IntType:
		f.unsigned = !t.IsSigned
	case *format.NullType:
		return arrow.Null, nil
	case *format.Float16Type:
		return arrow.FixedWidthTypes.Float16, nil
	case *format.BsonType, *format.VariantType, *format.GeometryType, *format.GeographyType:
		return nil, refuse(arrow.Field{Name: f.name}, l.Value.String(), "convert it to texts or numbers, or leave it out")
	}
	return nil, nil
}

// decimal gives the type of a decimal of a known scale.
func (f *parquetField) decimal(precision, scale int) (arrow.DataType, error) {
	const most = 76 // digits of Arrow's decimals
	if scale < 0 || scale > most || precision > most {
		return nil, refuse(arrow.Field{Name: f.name}, fmt.Sprintf("decimals of %d digits", precision), "convert it to numbers, or leave it out")
	}
	return &arrow.Decimal256Type{Precision: int32(max(precision, 1)), Scale: int32(scale)}, nil
}

// converted gives the type of an annotation of older files.
func (f *parquetField) converted(t deprecated.ConvertedType) arrow.DataType {
	switch t {
	case deprecated.Date:
		return arrow.FixedWidthTypes.Date32
	case deprecated.TimeMillis:
		return arrow.FixedWidthTypes.Time32ms
	case deprecated.TimeMicros:
		return arrow.FixedWidthTypes.Time64us
	case deprecated.TimestampMillis:
		return arrow.FixedWidthTypes.Timestamp_ms
	case deprecated.TimestampMicros:
		return arrow.FixedWidthTypes.Timestamp_us
	}
	f.unsigned = slices.Contains([]deprecated.ConvertedType{deprecated.Uint8, deprecated.Uint16, deprecated.Uint32, deprecated.Uint64}, t)
	return nil
}

func unitOf(u format.TimeUnit) arrow.TimeUnit {
	if u.Value == nil {
		return arrow.Microsecond
	}
	switch u.Value.Duration() {
	case time.Millisecond:
		return arrow.Millisecond
	case time.Nanosecond:
		return arrow.Nanosecond
	}
	return arrow.Microsecond
}

// nested says what a column of columns is.
func nested(c *parquet.Column) string {
	if logical := c.Type(); !c.Leaf() && logical != nil {
		if l := logical.LogicalType(); l != nil {
			switch l.Value.(type) {
			case *format.ListType:
				return "lists"
			case *format.MapType:
				return "maps"
			}
		}
	}
	if c.Repeated() {
		return "lists"
	}
	return "structs"
}
