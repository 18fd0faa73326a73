package table

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"labbook/internal/data/arrowipc"
)

// Stream writes tables of the same fields as an Arrow IPC stream, or as a file of
// which only a part is in memory, a record batch each. Numbers are float64, whole or
// not, unless they are declared whole, as they all have to be then.
type Stream struct {
	out    *bufio.Writer
	writer interface {
		Write(arrow.RecordBatch) error
		Close() error
	}
	schema *arrow.Schema
	levels []arrow.Array
}

// NewStream makes a stream of tables that have the fields of like: for a program that
// answers as it reads.
func NewStream(w io.Writer, like *Table) (*Stream, error) {
	s, err := newStream(w, like)
	if err == nil {
		s.writer = ipc.NewWriter(s.out, ipc.WithSchema(s.schema))
	}
	return s, err
}

// NewFile makes a file of tables that have the fields of like.
func NewFile(w io.Writer, like *Table) (*Stream, error) {
	s, err := newStream(w, like)
	if err == nil {
		s.writer, err = ipc.NewFileWriter(s.out, ipc.WithSchema(s.schema))
	}
	return s, err
}

func newStream(w io.Writer, like *Table) (*Stream, error) {
	schema, err := like.Slice(0, 0).Schema()
	if err != nil {
		return nil, err
	}
	s := &Stream{out: bufio.NewWriterSize(w, 1<<16), schema: schema, levels: make([]arrow.Array, len(like.Columns))}
	for i, c := range like.Columns {
		if c.Type == Category && !isBool(&c.Field) {
			s.levels[i] = stringArray(c.Levels)
		}
	}
	return s, nil
}

// Write writes a record batch, and sees to it that the reader gets it now.
func (s *Stream) Write(t *Table) (err error) {
	columns := make([]arrow.Array, len(t.Columns))
	for i, c := range t.Columns {
		if columns[i], err = c.array(s.schema.Field(i).Type, s.levels[i]); err != nil {
			return err
		}
	}
	if err := s.writer.Write(array.NewRecordBatch(s.schema, columns, int64(t.rows))); err != nil {
		return err
	}
	return s.out.Flush()
}

// Close ends the stream.
func (s *Stream) Close() error { return errors.Join(s.writer.Close(), s.out.Flush()) }

// Reader reads an Arrow IPC stream of numbers that a program of others writes, a
// record batch at a time. Any bytes are safe.
type Reader struct {
	in     *bufio.Reader
	most   int // bytes of a message
	schema []byte
}

// NewReader makes a Reader that takes messages of at most so many bytes.
func NewReader(in io.Reader, most int) *Reader {
	return &Reader{in: bufio.NewReaderSize(in, 1<<16), most: most}
}

// What begins a message, and how long the description of one may be.
const (
	continuation  = 0xffffffff
	mostDescribed = 16 << 20 // bytes of a description
)

// endOfStream ends a stream.
var endOfStream = []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}

// Next gives the next record batch; io.EOF where the stream ends. What is none is
// an error that wraps ErrFormat and tells what came instead.
func (r *Reader) Next() (t *Table, err error) {
	for {
		message, header, err := r.message()
		if err != nil {
			return nil, err
		}
		switch {
		case header == arrowipc.KindSchema && r.schema == nil:
			r.schema = message
		case header == arrowipc.KindBatch && r.schema != nil:
			return decodeBatch(append(append(bytes.Clone(r.schema), message...), endOfStream...), r.most)
		default:
			return nil, fmt.Errorf("%w: a message of kind %d where a record batch of numbers is wanted", ErrFormat, header)
		}
	}
}

// message reads one message whole, its beginning checked, and says what it is.
func (r *Reader) message() (message []byte, header byte, err error) {
	var head [8]byte
	if n, err := io.ReadFull(r.in, head[:]); err != nil {
		if n > 0 && errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, 0, fmt.Errorf("%w: it begins with %q", ErrFormat, head[:n])
		}
		return nil, 0, err
	}
	if binary.LittleEndian.Uint32(head[:]) != continuation {
		more, _ := r.in.Peek(min(r.in.Buffered(), 60))
		return nil, 0, fmt.Errorf("%w: it begins with %q", ErrFormat, append(head[:], more...))
	}
	size := int(binary.LittleEndian.Uint32(head[4:]))
	if size == 0 {
		return nil, 0, io.EOF
	}
	if size > min(mostDescribed, r.most) {
		return nil, 0, fmt.Errorf("%w: a description of %d bytes", ErrFormat, size)
	}
	message = append(head[:], make([]byte, size)...)
	if _, err := io.ReadFull(r.in, message[8:]); err != nil {
		return nil, 0, cutShort(err)
	}
	header, body, err := arrowipc.Head(message)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	if body > int64(r.most) {
		return nil, 0, fmt.Errorf("%w: a body of %d bytes", ErrFormat, body)
	}
	whole := append(message, make([]byte, body)...)
	if _, err = io.ReadFull(r.in, whole[len(message):]); err != nil {
		return nil, 0, cutShort(err)
	}
	return whole, header, nil
}

// cutShort is the error of a message that is begun: its end is no end of the stream.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// decodeBatch reads a stream of one record batch.
func decodeBatch(data []byte, most int) (t *Table, err error) {
	defer func() {
		if p := recover(); p != nil { // the library checks by the rules of slices
			t, err = nil, fmt.Errorf("%w: %v", ErrFormat, p)
		}
	}()
	r, err := ipc.NewReader(bytes.NewReader(data), ipc.WithAllocator(&reusing{most: max(1<<20, most)}),
		ipc.WithBodySizeLimit(int64(len(data))), ipc.WithMetadataSizeLimit(int64(len(data))))
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	defer r.Release()
	if !r.Next() {
		return nil, fmt.Errorf("%w: %v", ErrFormat, r.Err())
	}
	batch := r.RecordBatch()
	rows := int(batch.NumRows())
	if rows < 0 || rows > 8*len(data) {
		return nil, fmt.Errorf("%w: it is too short for %d rows", ErrFormat, rows)
	}
	t = &Table{rows: rows}
	for j, f := range r.Schema().Fields() {
		c, err := newColumn(f)
		if err == nil {
			if err = c.append(batch.Column(j), f.Type); err == nil && c.Len() != rows {
				err = fmt.Errorf("it has %d values of %d", c.Len(), rows)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%w: column %q: %v", ErrFormat, f.Name, err)
		}
		t.Columns = append(t.Columns, c)
	}
	if err := checkFields(t.Fields()); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrFormat, err)
	}
	return t, nil
}
