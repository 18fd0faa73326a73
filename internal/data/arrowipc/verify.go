// Package arrowipc reads the messages of Arrow IPC files and streams
// (https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc)
// without believing them, and of each record batch only the columns that are asked
// for. The bytes of others are not read.
package arrowipc

import (
	"encoding/binary"
	"errors"
	"io"
)

// Verify walks the description of an Arrow IPC file of so many bytes, which is made of
// FlatBuffers (https://flatbuffers.dev/internals/), and reports whether all that
// it refers to lies within it. The library that reads it afterwards allocates
// what the lengths there say, without asking whether they can be true. Of the values
// nothing is read.
func Verify(r io.ReaderAt, length int64) error {
	const tail = 4 + int64(len("ARROW1"))
	if length < 2*tail {
		return errShort
	}
	end, err := section(r, length-tail, tail)
	if err != nil {
		return err
	}
	size := int64(int32(binary.LittleEndian.Uint32(end)))
	if size < 0 || size > length-tail {
		return errShort
	}
	data, err := section(r, length-tail-size, size)
	if err != nil {
		return err
	}
	footer := &flat{data: data}
	root := footer.root()
	footer.schema(footer.child(root, 1))
	blocks := append(footer.structs(root, 2, blockSize), footer.structs(root, 3, blockSize)...)
	footer.pairs(root, 4)
	if footer.broken {
		return errDescription
	}
	described := int64(0)
	for _, b := range blocks {
		at, meta := int64(binary.LittleEndian.Uint64(b)), int64(int32(binary.LittleEndian.Uint32(b[8:])))
		if at < 0 || meta < 8 || at > length || meta > length-at {
			return errDescription
		}
		if described += meta; described > length { // blocks do not overlap
			return errDescription
		}
		message, err := section(r, at, meta)
		if err != nil {
			return err
		}
		if !verifyMessage(message) {
			return errDescription
		}
	}
	return nil
}

// section reads a part of what is there.
func section(r io.ReaderAt, at, size int64) ([]byte, error) {
	data := make([]byte, size)
	if n, err := r.ReadAt(data, at); int64(n) < size {
		return nil, err
	}
	return data, nil
}

var errDescription = errors.New("its description is damaged")

// blockSize and nodeSize are the bytes of the structs Block and FieldNode, or
// Buffer, of the format.
const blockSize, nodeSize = 24, 16

// verifyMessage walks the head of a record batch or a dictionary: its length,
// after a mark that older files lack, and a Message.
func verifyMessage(data []byte) bool {
	if binary.LittleEndian.Uint32(data) == 0xffffffff {
		data = data[4:]
	}
	m := &flat{data: data[4:]}
	root := m.root()
	header := m.child(root, 2)
	if kind := m.scalar(root, 1); kind == 2 { // a DictionaryBatch, which holds a RecordBatch
		header = m.child(header, 1)
	}
	m.structs(header, 1, nodeSize)
	m.structs(header, 2, nodeSize)
	m.structs(header, 4, 8)
	m.pairs(root, 4)
	return !m.broken
}
