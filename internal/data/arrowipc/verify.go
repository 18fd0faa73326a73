// Package arrowipc reads the messages of Arrow IPC files and streams
// (https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc)
// without believing them, and of each record batch only the columns that are asked
// for. The bytes of others are not read.
package arrowipc

import (
	"encoding/binary"
	"errors"
)

// Verify walks the description of an Arrow IPC file, which is made of
// FlatBuffers (https://flatbuffers.dev/internals/), and reports whether all that
// it refers to lies within it. The library that reads it afterwards allocates
// what the lengths there say, without asking whether they can be true.
func Verify(data []byte) error {
	const tail = 4 + len("ARROW1")
	if len(data) < 2*tail {
		return errShort
	}
	size := int(binary.LittleEndian.Uint32(data[len(data)-tail:]))
	if size > len(data)-tail {
		return errShort
	}
	footer := &flat{data: data[len(data)-tail-size : len(data)-tail]}
	root := footer.root()
	footer.schema(footer.child(root, 1))
	blocks := append(footer.structs(root, 2, blockSize), footer.structs(root, 3, blockSize)...)
	footer.pairs(root, 4)
	if footer.broken {
		return errDescription
	}
	for _, b := range blocks {
		at, meta := int64(binary.LittleEndian.Uint64(b)), int64(int32(binary.LittleEndian.Uint32(b[8:])))
		if at < 0 || meta < 8 || at > int64(len(data)) || meta > int64(len(data))-at {
			return errDescription
		}
		if !verifyMessage(data[at : at+meta]) {
			return errDescription
		}
	}
	return nil
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
