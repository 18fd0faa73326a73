package arrowipc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// What a buffer may unpack to.
const (
	freeBuffer = 512 << 20
	perBuffer  = 1000 // times its packed size
	// leastWindow is what the usual levels of zstd look back by; more takes what is
	// longer itself.
	leastWindow = 8 << 20
)

// Batch is a record batch of which nothing but the head was read.
type Batch struct {
	Rows int

	d        *Reader
	body     int64
	length   int64
	nodes    [][]byte
	buffers  [][]byte
	variadic [][]byte
	packed   bool
	codec    byte // 0 LZ4, 1 zstd
}

// batch reads the description of a record batch at a place in the head.
func (d *Reader) batch(h *head, at int) (*Batch, error) {
	rows := h.long(at, 0)
	b := &Batch{d: d, body: h.body, length: h.length, nodes: h.structs(at, 1, nodeSize), buffers: h.structs(at, 2, nodeSize), variadic: h.structs(at, 4, 8)}
	if packing := h.child(at, 3); packing != 0 {
		b.packed, b.codec = true, h.scalar(packing, 0)
	}
	if h.broken {
		return nil, errDescription
	}
	if rows < 0 || rows > math.MaxInt32 {
		return nil, fmt.Errorf("a record batch says that it has %d rows", rows)
	}
	b.Rows = int(rows)
	return b, nil
}

// place is where the description of a column begins.
type place struct{ node, buffer, variadic int }

// Column reads a column of the batch, which is not nested.
func (b *Batch) Column(i int) (arrow.Array, error) {
	at := place{}
	for j := range i {
		if err := b.skip(b.d.Schema.Field(j).Type, &at, 0); err != nil {
			return nil, err
		}
	}
	a, err := b.loadAt(b.d.Schema.Field(i).Type, at)
	if err == nil && a.Len() != b.Rows {
		err = fmt.Errorf("it has %d values of %d", a.Len(), b.Rows)
	}
	return a, err
}

// skip goes on behind a column of the type.
func (b *Batch) skip(t arrow.DataType, at *place, depth int) error {
	const deepest = 64
	if depth > deepest {
		return errDescription
	}
	if ext, ok := t.(arrow.ExtensionType); ok {
		t = ext.StorageType()
	}
	at.node++
	switch t.(type) {
	case *arrow.NullType, *arrow.RunEndEncodedType:
	case *arrow.BinaryType, *arrow.StringType, *arrow.LargeBinaryType, *arrow.LargeStringType, *arrow.ListViewType, *arrow.LargeListViewType:
		at.buffer += 3
	case arrow.BinaryViewDataType:
		n, err := b.views(at.variadic)
		if err != nil {
			return err
		}
		at.buffer, at.variadic = at.buffer+2+n, at.variadic+1
	case *arrow.StructType, *arrow.FixedSizeListType, *arrow.SparseUnionType:
		at.buffer++
	case *arrow.DictionaryType:
		at.buffer += 2
		return nil
	default:
		at.buffer += 2
	}
	if nested, ok := t.(arrow.NestedType); ok {
		for _, f := range nested.Fields() {
			if err := b.skip(f.Type, at, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// views gives how many buffers of texts a column of views has.
func (b *Batch) views(i int) (int, error) {
	if i >= len(b.variadic) {
		return 0, errDescription
	}
	n := binary.LittleEndian.Uint64(b.variadic[i])
	if n > uint64(len(b.buffers)) {
		return 0, errDescription
	}
	return int(n), nil
}

// load reads a column alone in its batch, whose length is its own.
func (b *Batch) load(t arrow.DataType, i int) (arrow.Array, error) {
	return b.loadAt(t, place{node: i})
}

// loadAt reads a column that is described at the place.
func (b *Batch) loadAt(t arrow.DataType, at place) (arrow.Array, error) {
	if ext, ok := t.(arrow.ExtensionType); ok {
		t = ext.StorageType()
	}
	if dict, ok := t.(*arrow.DictionaryType); ok {
		t = dict.IndexType
	}
	if at.node >= len(b.nodes) {
		return nil, errDescription
	}
	length := binary.LittleEndian.Uint64(b.nodes[at.node])
	if length > math.MaxInt32 {
		return nil, fmt.Errorf("it says that it has %d values", length)
	}
	n := int(length)
	if t.ID() == arrow.NULL {
		return array.NewNull(n), nil
	}
	count, err := b.buffersOf(t, at)
	if err != nil {
		return nil, err
	}
	buffers := make([]*memory.Buffer, count)
	for k := range buffers {
		data, err := b.buffer(at.buffer + k)
		if err != nil {
			return nil, err
		}
		if k > 0 || len(data) > 0 {
			buffers[k] = memory.NewBufferBytes(data)
		}
	}
	if err := fits(t, n, buffers); err != nil {
		return nil, err
	}
	missing := 0
	if buffers[0] != nil {
		missing = n - bitutil.CountSetBits(buffers[0].Bytes(), 0, n)
	}
	return array.MakeFromData(array.NewData(t, n, buffers, nil, missing, 0)), nil
}

// buffersOf gives how many buffers a column has.
func (b *Batch) buffersOf(t arrow.DataType, at place) (int, error) {
	switch t.(type) {
	case *arrow.BinaryType, *arrow.StringType, *arrow.LargeBinaryType, *arrow.LargeStringType:
		return 3, nil
	case arrow.BinaryViewDataType:
		n, err := b.views(at.variadic)
		return 2 + n, err
	case arrow.FixedWidthDataType:
		return 2, nil
	}
	return 0, fmt.Errorf("values of the type %s are not known here", t)
}

// buffer reads a buffer of the body, unpacked.
func (b *Batch) buffer(i int) ([]byte, error) {
	if i >= len(b.buffers) {
		return nil, errDescription
	}
	at, size := int64(binary.LittleEndian.Uint64(b.buffers[i])), int64(binary.LittleEndian.Uint64(b.buffers[i][8:]))
	if at < 0 || size < 0 || at > b.length || size > b.length-at {
		return nil, errShort
	}
	if err := b.d.room(int(size)); err != nil {
		return nil, err
	}
	data := make([]byte, size)
	if _, err := b.d.r.ReadAt(data, b.body+at); err != nil && size > 0 {
		return nil, err
	}
	if !b.packed || size == 0 {
		return data, nil
	}
	if size < 8 {
		return nil, errShort
	}
	unpacked := int64(binary.LittleEndian.Uint64(data))
	switch data = data[8:]; {
	case unpacked == -1:
		return data, nil
	case unpacked < 0 || unpacked > max(freeBuffer, perBuffer*size):
		return nil, fmt.Errorf("a buffer of %d bytes says that it unpacks to %d", size, unpacked)
	}
	if err := b.d.room(int(unpacked)); err != nil {
		return nil, err
	}
	return b.unpack(data, int(unpacked))
}

func (b *Batch) unpack(packed []byte, size int) ([]byte, error) {
	var r io.Reader
	switch b.codec {
	case 0:
		r = lz4.NewReader(bytes.NewReader(packed))
	case 1:
		z, err := zstd.NewReader(bytes.NewReader(packed), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(max(leastWindow, uint64(size))))
		if err != nil {
			return nil, err
		}
		defer z.Close()
		r = z
	default:
		return nil, fmt.Errorf("its buffers are packed by method %d, which is not known here", b.codec)
	}
	// Room is made as bytes come, for the length may be a lie.
	out := bytes.NewBuffer(make([]byte, 0, min(size, 16*len(packed)+1<<20)))
	n, err := io.Copy(out, io.LimitReader(r, int64(size)+1))
	if err == nil && n != int64(size) {
		err = errors.New("a buffer does not unpack to what it says")
	}
	return out.Bytes(), err
}

// fits says whether buffers are long enough for n values, and whether what they
// say of places lies within them.
func fits(t arrow.DataType, n int, buffers []*memory.Buffer) error {
	if b := buffers[0]; b != nil && b.Len() < (n+7)/8 {
		return errShort
	}
	values := buffers[1].Bytes()
	switch typ := t.(type) {
	case *arrow.StringType, *arrow.BinaryType:
		return places(n, len(values)/4, buffers[2].Len(), func(i int) int64 { return int64(int32(binary.LittleEndian.Uint32(values[4*i:]))) })
	case *arrow.LargeStringType, *arrow.LargeBinaryType:
		return places(n, len(values)/8, buffers[2].Len(), func(i int) int64 { return int64(binary.LittleEndian.Uint64(values[8*i:])) })
	case arrow.BinaryViewDataType:
		return viewsFit(n, buffers)
	case arrow.FixedWidthDataType:
		if int64(len(values)) < (int64(n)*int64(typ.BitWidth())+7)/8 {
			return errShort
		}
	}
	return nil
}

// places checks that the offsets of texts rise, and end within them.
func places(n, have, size int, at func(i int) int64) error {
	if n == 0 {
		return nil
	}
	if have < n+1 {
		return errShort
	}
	for i, last := 0, int64(0); i <= n; i++ {
		next := at(i)
		if next < last || next > int64(size) {
			return errors.New("the places of its texts are damaged")
		}
		last = next
	}
	return nil
}

// viewsFit checks that views lie within their buffers.
func viewsFit(n int, buffers []*memory.Buffer) error {
	const size, inline = 16, 12
	views := buffers[1].Bytes()
	if len(views) < n*size {
		return errShort
	}
	for i := range n {
		if buffers[0] != nil && !bitutil.BitIsSet(buffers[0].Bytes(), i) {
			continue // of what is null nothing is said
		}
		v := views[i*size : (i+1)*size]
		length := int64(int32(binary.LittleEndian.Uint32(v)))
		if length >= 0 && length <= inline {
			continue
		}
		k, at := int64(int32(binary.LittleEndian.Uint32(v[8:]))), int64(int32(binary.LittleEndian.Uint32(v[12:])))
		if length < 0 || k < 0 || k >= int64(len(buffers)-2) || at < 0 || at+length > int64(buffers[2+k].Len()) {
			return errors.New("the places of its texts are damaged")
		}
	}
	return nil
}
