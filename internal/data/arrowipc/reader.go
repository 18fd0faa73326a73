package arrowipc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// What files and streams begin with. A stream of before 2019 begins with the length
// of its first message instead.
const (
	FileMagic   = "ARROW1"
	StreamMagic = "\xff\xff\xff\xff"
)

// maxMetadata bounds the head of a message.
const maxMetadata = 256 << 20

// Reader reads a file or a stream, one message after the other.
type Reader struct {
	Schema *arrow.Schema

	room         func(bytes int) error
	r            io.ReaderAt
	at, end      int64    // of the next message in a stream; of the last byte that may be one's
	file         bool     // its messages are listed
	blocks       [][]byte // where those are that are still to be read
	listed       int      // how many they were
	dictionaries []int64
	known        map[int64][]arrow.Array // by id: the parts of a dictionary
}

// head is the head of a message, and the place of its body.
type head struct {
	*flat
	kind   byte // 1 schema, 2 dictionary, 3 record batch
	header int  // the place of what it says of that
	body   int64
	length int64
}

// Open reads the schema of what has so many bytes. Before room is made for bytes,
// room is asked; its error ends the reading.
func Open(r io.ReaderAt, size int64, room func(bytes int) error) (*Reader, error) {
	d := &Reader{r: r, end: size, room: room, known: map[int64][]arrow.Array{}}
	begin := make([]byte, min(size, 8))
	if _, err := r.ReadAt(begin, 0); err != nil && err != io.EOF {
		return nil, err
	}
	if bytes.HasPrefix(begin, []byte(FileMagic)) {
		return d, d.readFooter(size)
	}
	h, err := d.next()
	if err != nil {
		return nil, err
	}
	if h == nil || h.kind != 1 {
		return nil, errors.New("it does not begin with a schema")
	}
	return d, d.readSchema(h.flat, h.header)
}

// readSchema takes the schema at a place in a FlatBuffer.
func (d *Reader) readSchema(f *flat, at int) (err error) {
	const field = 32 // what a field takes in memory, in times what it takes here
	if err := d.room(field * len(f.data)); err != nil {
		return err
	}
	if d.Schema, err = schemaAt(f, at); err != nil {
		return err
	}
	if !d.Schema.IsNativeEndian() {
		return errors.New("its numbers are written with the greatest byte first, which is not read")
	}
	for _, field := range f.tables(at, 1) {
		id := int64(-1)
		if encoding := f.child(field, 4); encoding != 0 {
			id = f.long(encoding, 0)
		}
		d.dictionaries = append(d.dictionaries, id)
	}
	if f.broken || len(d.dictionaries) != d.Schema.NumFields() {
		return errDescription
	}
	return nil
}

// schemaAt has the library read a schema that lies somewhere in a FlatBuffer, once
// it is known to lie within: a message is put before it, which refers to it.
func schemaAt(f *flat, at int) (schema *arrow.Schema, err error) {
	defer func() {
		if recover() != nil {
			schema, err = nil, errDescription
		}
	}()
	if f.schema(at); f.broken || at == 0 {
		return nil, errDescription
	}
	const table, prefix = 16, 32 // places of the message's table, and of what follows it
	message := make([]byte, prefix, prefix+len(f.data)+8)
	put := binary.LittleEndian
	put.PutUint32(message, table)
	for i, entry := range []uint16{10, 12, 4, 6, 8} { // its vtable: sizes, then the places of version, kind and header
		put.PutUint16(message[4+2*i:], entry)
	}
	put.PutUint32(message[table:], table-4)
	put.PutUint16(message[table+4:], 4) // version 5
	message[table+6] = 1
	put.PutUint32(message[table+8:], uint32(prefix+at-(table+8)))
	message = append(message, f.data...)
	for len(message)%8 != 0 {
		message = append(message, 0)
	}
	stream := append([]byte(StreamMagic), put.AppendUint32(nil, uint32(len(message)))...)
	stream = append(stream, message...)
	r, err := ipc.NewReader(io.MultiReader(bytes.NewReader(stream), bytes.NewReader([]byte(StreamMagic+"\x00\x00\x00\x00"))))
	if err != nil {
		return nil, err
	}
	defer r.Release()
	return r.Schema(), nil
}

// SchemaOf reads a message that holds a schema.
func SchemaOf(message []byte) (*arrow.Schema, error) {
	d := &Reader{r: bytes.NewReader(message), end: int64(len(message)), room: func(int) error { return nil }}
	h, err := d.next()
	if err != nil {
		return nil, err
	}
	if h == nil || h.kind != 1 {
		return nil, errDescription
	}
	return schemaAt(h.flat, h.header)
}

// readFooter takes what stands at the end of a file: its schema, and where the
// messages are.
func (d *Reader) readFooter(size int64) error {
	const tail = 4 + int64(len(FileMagic))
	if size < 8+tail {
		return errShort
	}
	end := make([]byte, tail)
	if _, err := d.r.ReadAt(end, size-tail); err != nil {
		return err
	}
	if string(end[4:]) != FileMagic {
		return errCut
	}
	length := int64(binary.LittleEndian.Uint32(end))
	if length > size-tail-8 || length > maxMetadata {
		return errShort
	}
	f := &flat{data: make([]byte, length)}
	if _, err := d.r.ReadAt(f.data, size-tail-length); err != nil && err != io.EOF {
		return err
	}
	root := f.root()
	f.pairs(root, 4)
	d.blocks = append(f.structs(root, 2, blockSize), f.structs(root, 3, blockSize)...)
	d.listed = len(d.blocks)
	if f.broken {
		return errDescription
	}
	d.file, d.end = true, size-tail-length
	return d.readSchema(f, f.child(root, 1))
}

var (
	errShort = errors.New("it is too short for what it says it holds")
	errCut   = errors.New("it is cut short: its end is missing")
)

// Done gives the share of what is read that Next has passed.
func (d *Reader) Done() float64 {
	if d.file {
		return 1 - float64(len(d.blocks))/float64(max(1, d.listed))
	}
	return float64(d.at) / float64(max(1, d.end))
}

// next reads the head of the next message; nil at the end.
func (d *Reader) next() (*head, error) {
	if d.file {
		if len(d.blocks) == 0 {
			return nil, nil
		}
		b := d.blocks[0]
		d.blocks = d.blocks[1:]
		at, meta := int64(binary.LittleEndian.Uint64(b)), int64(int32(binary.LittleEndian.Uint32(b[8:])))
		if at < 0 || meta < 8 || at > d.end || meta > d.end-at {
			return nil, errDescription
		}
		h, err := d.message(at)
		if err == nil && h == nil || h != nil && h.body != at+meta {
			err = errDescription
		}
		return h, err
	}
	if d.at >= d.end {
		return nil, nil
	}
	h, err := d.message(d.at)
	if h != nil {
		d.at = h.body + h.length
	}
	return h, err
}

// message reads the head of the message at a place; nil where it says that it is
// the end.
func (d *Reader) message(at int64) (*head, error) {
	prefix := make([]byte, 8)
	n, err := d.r.ReadAt(prefix[:min(8, d.end-at)], at)
	if err != nil && err != io.EOF || n < 4 {
		return nil, errCut
	}
	skip, size := int64(4), int64(binary.LittleEndian.Uint32(prefix))
	if size == 0xffffffff {
		if n < 8 {
			return nil, errCut
		}
		skip, size = 8, int64(binary.LittleEndian.Uint32(prefix[4:]))
	}
	switch {
	case size == 0:
		d.at = d.end
		return nil, nil
	case size > d.end-at-skip:
		return nil, errCut
	case size > maxMetadata || size < 8:
		return nil, errDescription
	}
	if err := d.room(2 * int(size)); err != nil { // with what it is parsed into
		return nil, err
	}
	data := make([]byte, size)
	if _, err := d.r.ReadAt(data, at+skip); err != nil {
		return nil, err
	}
	m := &flat{data: data}
	root := m.root()
	h := &head{flat: m, kind: m.scalar(root, 1), header: m.child(root, 2), body: at + skip + size, length: m.long(root, 3)}
	m.pairs(root, 4)
	switch {
	case m.broken || h.length < 0:
		return nil, errDescription
	case h.length > d.end-h.body:
		return nil, errCut
	}
	return h, nil
}

// Next gives the next record batch, io.EOF after the last. wanted says of which
// columns dictionaries are read.
func (d *Reader) Next(wanted func(column int) bool) (*Batch, error) {
	for {
		h, err := d.next()
		switch {
		case err != nil:
			return nil, err
		case h == nil:
			return nil, io.EOF
		case h.kind == 2:
			if err := d.dictionary(h, wanted); err != nil {
				return nil, fmt.Errorf("a dictionary: %w", err)
			}
		case h.kind == 3:
			return d.batch(h, h.header)
		default:
			return nil, fmt.Errorf("a message of the kind %d", h.kind)
		}
	}
}

// dictionary takes a message that has levels: new ones, or more of them.
func (d *Reader) dictionary(h *head, wanted func(int) bool) error {
	id, more := h.long(h.header, 0), h.scalar(h.header, 2) == 1
	inner := h.child(h.header, 1)
	if h.broken || inner == 0 {
		return errDescription
	}
	for i, of := range d.dictionaries {
		typ, ok := d.Schema.Field(i).Type.(*arrow.DictionaryType)
		if of != id || !ok || !wanted(i) {
			continue
		}
		b, err := d.batch(h, inner)
		if err != nil {
			return err
		}
		values, err := b.load(typ.ValueType, 0)
		if err != nil {
			return err
		}
		if !more {
			d.known[id] = nil
		}
		d.known[id] = append(d.known[id], values)
		return nil
	}
	return nil
}

// Levels gives the parts of a column's dictionary, as it is for the batch that was
// read last.
func (d *Reader) Levels(column int) []arrow.Array { return d.known[d.dictionaries[column]] }
