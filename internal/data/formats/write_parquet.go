package formats

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"labbook/internal/base/parallel"
	"labbook/internal/data/table"
)

// Parquet is written here and not by a library's writer, because the dictionary of
// a category must hold its levels in their order, also those that no row has: that
// is where pandas and pyarrow find them. The structs of the format and their
// encoding are parquet-go's.
//
//	number            INT64 where every value is whole, else DOUBLE
//	date              DATE, or TIMESTAMP of milliseconds or microseconds, adjusted to UTC where its form names a zone
//	category          STRING by its dictionary; BOOLEAN where its levels are false and true
//	text              STRING
//
// Every column is optional, plain or by a dictionary, packed with zstd, in row
// groups of groupRows with one page for pageRows. Their statistics are least and
// greatest value and the number of nulls. The schema of the Arrow file, with
// units, documentation and the field as labbook knows it, stands in the metadata
// under ARROW:schema, where Arrow's own libraries put it.
const (
	groupRows = 1 << 17
	pageRows  = 1 << 15

	magicParquet = "PAR1"
	writtenBy    = "labbook version 1.0.0 (build 1)" // in the form that readers take apart; of this form, not of the program
)

// writeParquet writes a table as a Parquet file.
func writeParquet(w io.Writer, t *table.Table) error {
	schema, err := t.Schema()
	if err != nil {
		return err
	}
	p, err := newParquetWriter(w, schema)
	if err != nil {
		return err
	}
	return errors.Join(p.rows(t), p.end(t))
}

// parquetWriter writes a file whose rows may come in parts.
type parquetWriter struct {
	schema *arrow.Schema
	packer *zstd.Encoder
	out    *offsetWriter
	footer format.FileMetaData
}

func newParquetWriter(w io.Writer, schema *arrow.Schema) (*parquetWriter, error) {
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)))
	if err != nil {
		return nil, err
	}
	p := &parquetWriter{schema: schema, packer: packer, out: &offsetWriter{w: bufio.NewWriterSize(w, 1<<18)},
		footer: format.FileMetaData{Version: 2, CreatedBy: writtenBy}}
	p.out.write([]byte(magicParquet))
	return p, nil
}

// columns gives the columns of a table in the forms that the schema says.
func (p *parquetWriter) columns(t *table.Table) []*parquetColumn {
	columns := make([]*parquetColumn, len(t.Columns))
	for j, c := range t.Columns {
		columns[j] = newParquetColumn(c, p.schema.Field(j).Type)
	}
	return columns
}

// rows writes the rows of a table, in row groups of their own.
func (p *parquetWriter) rows(t *table.Table) error {
	columns := p.columns(t)
	for lo := 0; lo < t.Rows(); lo += groupRows {
		hi := min(lo+groupRows, t.Rows())
		chunks := make([]*chunk, len(columns))
		parallel.Each(runtime.GOMAXPROCS(0), len(columns), func(j int) { chunks[j] = columns[j].chunk(p.packer, lo, hi) })
		group, err := p.out.group(chunks, hi-lo, len(p.footer.RowGroups))
		if err != nil {
			return err
		}
		p.footer.RowGroups = append(p.footer.RowGroups, group)
	}
	p.footer.NumRows += int64(t.Rows())
	return nil
}

// end writes what stands at the end. like has the columns of the file, with all
// levels.
func (p *parquetWriter) end(like *table.Table) error {
	defer p.packer.Close()
	p.footer.Schema = schemaElements(like, p.columns(like))
	for range like.Columns {
		p.footer.ColumnOrders = append(p.footer.ColumnOrders, format.ColumnOrder{Value: &format.TypeDefinedOrder{}})
	}
	text, err := arrowSchemaText(p.schema, like)
	if err != nil {
		return err
	}
	p.footer.KeyValueMetadata = []format.KeyValue{{Key: "ARROW:schema", Value: text}}
	return p.out.finish(&p.footer)
}

// offsetWriter knows how far it has come. Its first error stays.
type offsetWriter struct {
	w   *bufio.Writer
	at  int64
	err error
}

func (o *offsetWriter) write(b []byte) {
	if o.err == nil {
		_, o.err = o.w.Write(b)
	}
	o.at += int64(len(b))
}

// group writes the chunks of a row group behind one another.
func (o *offsetWriter) group(chunks []*chunk, rows, ordinal int) (format.RowGroup, error) {
	g := format.RowGroup{NumRows: int64(rows), FileOffset: o.at, Ordinal: int16(ordinal)}
	for _, c := range chunks {
		if c.err != nil {
			return g, c.err
		}
		meta := c.meta
		meta.DataPageOffset = o.at + c.firstData
		if c.firstData > 0 {
			meta.DictionaryPageOffset = o.at
		}
		g.Columns = append(g.Columns, format.ColumnChunk{MetaData: meta})
		g.TotalByteSize += meta.TotalUncompressedSize
		g.TotalCompressedSize += meta.TotalCompressedSize
		o.write(c.bytes)
	}
	return g, o.err
}

// finish writes the footer.
func (o *offsetWriter) finish(footer *format.FileMetaData) error {
	b, err := thrift.Marshal(new(thrift.CompactProtocol), footer)
	if err != nil {
		return fmt.Errorf("parquet: %w", err)
	}
	o.write(b)
	o.write(append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), magicParquet...))
	if o.err != nil {
		return o.err
	}
	return o.w.Flush()
}

// schemaElements gives the root and the columns below it.
func schemaElements(t *table.Table, columns []*parquetColumn) []format.SchemaElement {
	elements := []format.SchemaElement{{Name: "schema", NumChildren: thrift.New(int32(len(columns)))}}
	for _, c := range columns {
		e := format.SchemaElement{Name: c.Name, Type: thrift.New(c.physical), RepetitionType: thrift.New(format.Optional)}
		switch typ := c.arrow.(type) {
		case *arrow.DictionaryType, *arrow.StringType:
			e.LogicalType.Value, e.ConvertedType = &format.StringType{}, thrift.New(deprecated.UTF8)
		case *arrow.Date32Type:
			e.LogicalType.Value, e.ConvertedType = &format.DateType{}, thrift.New(deprecated.Date)
		case *arrow.TimestampType:
			stamp := &format.TimestampType{IsAdjustedToUTC: typ.TimeZone != ""}
			stamp.Unit.Value = &format.MilliSeconds{}
			if typ.Unit == arrow.Microsecond {
				stamp.Unit.Value = &format.MicroSeconds{}
			}
			e.LogicalType.Value = stamp
		}
		elements = append(elements, e)
	}
	return elements
}

// arrowSchemaText gives the schema as Arrow's libraries keep it in a Parquet file:
// the message that an IPC stream begins with, in base 64. Seconds, which Parquet
// does not have, are milliseconds. The levels of a category stand in the
// dictionary of its pages; where no row has one of them, they stand also in what
// labbook notes of it, for then they were declared, and stay.
func arrowSchemaText(schema *arrow.Schema, t *table.Table) (string, error) {
	fields := schema.Fields()
	for j := range fields {
		if ts, ok := fields[j].Type.(*arrow.TimestampType); ok && ts.Unit == arrow.Second {
			fields[j].Type = &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: ts.TimeZone}
		}
		if c := t.Columns[j]; hasUnused(c) {
			meta, err := withLevels(fields[j].Metadata, c.Levels)
			if err != nil {
				return "", err
			}
			fields[j].Metadata = meta
		}
	}
	var stream bytes.Buffer
	w := ipc.NewWriter(&stream, ipc.WithSchema(arrow.NewSchema(fields, nil)))
	if err := w.Close(); err != nil {
		return "", fmt.Errorf("parquet: %w", err)
	}
	const end = 8 // of the stream, which is no part of the message
	return base64.StdEncoding.EncodeToString(stream.Bytes()[:stream.Len()-end]), nil
}

// hasUnused says whether there is a level that no row has.
func hasUnused(c *table.Column) bool {
	met := make([]bool, len(c.Levels))
	for _, code := range c.Codes {
		if code >= 0 {
			met[code] = true
		}
	}
	return slices.Contains(met, false)
}

// withLevels adds the levels to what the metadata say of a field.
func withLevels(meta arrow.Metadata, levels []string) (arrow.Metadata, error) {
	all := meta.ToMap()
	var field table.Field
	if err := json.Unmarshal([]byte(all[table.MetaField]), &field); err != nil {
		return meta, err
	}
	field.Levels = levels
	text, err := json.Marshal(field)
	all[table.MetaField] = string(text)
	return arrow.MetadataFrom(all), err
}
