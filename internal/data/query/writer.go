package query

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"labbook/internal/base/diag"
)

// A record batch has so many rows, or fewer where its texts come to so many bytes:
// both depend on the answer alone.
const (
	batchRows  = 1 << 16
	batchBytes = 64 << 20
)

// writer writes an answer as an Arrow IPC file. Columns are added to by whoever
// reads the answer, a value each, and then the row is ended.
type writer struct {
	out       io.Writer
	unordered bool
	progress  func(rows int)

	buffer  *bufio.Writer
	file    *ipc.FileWriter
	schema  *arrow.Schema
	columns []array.Builder
	levels  []arrow.Array // of the columns that have levels
	rows    int
	pending int // rows of the batch
	bytes   int // of the batch
	sum     [4]uint64
	row     []byte // what is digested of a row
}

// column is what a column of an answer is.
type column struct {
	name   string
	typ    arrow.DataType // of a column with levels that of their numbers
	levels []string       // of a category, in their order
	// reader gives what adds a value to the column, as the server sends it; nil where
	// whoever reads the answer does so itself.
	reader func(array.Builder) reader
}

// reader takes a value, which is not its own.
type reader func(value []byte) error

// begin begins the answer. Names that stand twice are refused.
func (w *writer) begin(columns []column) error {
	seen := map[string]bool{}
	fields := make([]arrow.Field, len(columns))
	w.columns, w.levels = make([]array.Builder, len(columns)), make([]arrow.Array, len(columns))
	for j, c := range columns {
		if seen[c.name] {
			return &diag.Error{What: "two columns of the query are called " + diag.Names([]string{c.name}), Hint: "name one of them otherwise: … as another_name"}
		}
		seen[c.name] = true
		fields[j] = arrow.Field{Name: c.name, Type: c.typ, Nullable: true}
		w.columns[j] = array.NewBuilder(memory.DefaultAllocator, c.typ)
		if c.levels != nil {
			levels := array.NewStringBuilder(memory.DefaultAllocator)
			noted := ""
			for _, level := range c.levels {
				levels.Append(level)
				noted += strconv.Itoa(len(level)) + ";" + level
			}
			w.levels[j] = levels.NewArray()
			fields[j].Type = &arrow.DictionaryType{IndexType: c.typ, ValueType: arrow.BinaryTypes.String}
			// As Polars notes the levels of an Enum, so that those that no row has stay.
			fields[j].Metadata = arrow.NewMetadata([]string{"_PL_ENUM_VALUES2"}, []string{noted})
		}
	}
	w.schema = arrow.NewSchema(fields, nil)
	w.buffer = bufio.NewWriterSize(w.out, 1<<18)
	file, err := ipc.NewFileWriter(w.buffer, ipc.WithSchema(w.schema))
	if err != nil {
		return unwritten(err)
	}
	w.file = file
	return nil
}

// digest adds a value to what tells the row from others, nil for none.
func (w *writer) digest(value []byte) {
	if !w.unordered {
		return
	}
	size := uint32(len(value)) + 1
	if value == nil {
		size = 0
	}
	w.row = append(binary.LittleEndian.AppendUint32(w.row, size), value...)
}

// end ends a row that takes about so many bytes.
func (w *writer) end(bytes int) error {
	if w.unordered {
		// The sum of digests is the same whatever the order: a multiset hash (Bellare
		// and Micciancio 1997, AdHash).
		digest := sha256.Sum256(w.row)
		w.row = w.row[:0]
		carry := uint64(0)
		for i := range w.sum {
			w.sum[i], carry = bits.Add64(w.sum[i], binary.LittleEndian.Uint64(digest[8*i:]), carry)
		}
	}
	w.rows, w.pending, w.bytes = w.rows+1, w.pending+1, w.bytes+bytes
	if w.pending >= batchRows || w.bytes >= batchBytes {
		return w.flush()
	}
	return nil
}

// flush writes the batch.
func (w *writer) flush() error {
	arrays := make([]arrow.Array, len(w.columns))
	for j, c := range w.columns {
		arrays[j] = c.NewArray()
		if w.levels[j] != nil {
			typ := w.schema.Field(j).Type.(*arrow.DictionaryType)
			arrays[j] = array.NewDictionaryArray(typ, arrays[j], w.levels[j])
		}
	}
	batch := array.NewRecordBatch(w.schema, arrays, int64(w.pending))
	err := w.file.Write(batch)
	w.pending, w.bytes = 0, 0
	if w.progress != nil {
		w.progress(w.rows)
	}
	return unwritten(err)
}

// close ends the answer.
func (w *writer) close() error {
	if w.pending > 0 {
		if err := w.flush(); err != nil {
			return err
		}
	}
	return unwritten(errors.Join(w.file.Close(), w.buffer.Flush()))
}

// set gives the digest of the rows, "" where their order counts.
func (w *writer) set() string {
	if !w.unordered {
		return ""
	}
	var all []byte
	for _, part := range w.sum {
		all = binary.LittleEndian.AppendUint64(all, part)
	}
	return hex.EncodeToString(all)
}

// unwritten is the error of an answer that could not be written: of the disk, whose
// words the runner knows.
func unwritten(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the answer cannot be written: %w", err)
}
