package formats

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"labbook/internal/base/diag"
	"labbook/internal/data/csvfile"
)

// deepest bounds how structs lie in structs, and columns in columns.
const deepest = 64

// walker passes over what Thrift's compact protocol wrote
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
// The library that decodes it makes room for as many elements as a list says that
// it has, and calls itself for each struct within a struct; so both are looked at
// before.
type walker struct {
	data     []byte
	elements int // of lists, that may still come
}

var errWalk = errors.New("it is cut short, or claims more than its bytes can hold")

// structAt passes over a struct.
func (w *walker) structAt(depth int) error {
	for {
		head, err := w.byte()
		if err != nil || head == 0 {
			return err
		}
		if head>>4 == 0 { // its number is written out
			if _, err := w.varint(); err != nil {
				return err
			}
		}
		kind := head & 15
		if kind == 1 || kind == 2 { // a truth value lies in the head
			continue
		}
		if err := w.value(kind, depth); err != nil {
			return err
		}
	}
}

// value passes over a value that is no member's truth value.
func (w *walker) value(kind byte, depth int) error {
	if depth > deepest {
		return fmt.Errorf("it is nested more than %d deep", deepest)
	}
	switch kind {
	case 1, 2, 3:
		return w.skip(1)
	case 4, 5, 6:
		_, err := w.varint()
		return err
	case 7:
		return w.skip(8)
	case 8:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case 9, 10:
		return w.list(depth)
	case 11:
		return w.pairs(depth)
	case 12:
		return w.structAt(depth + 1)
	}
	return fmt.Errorf("a member is of the unknown kind %d", kind)
}

func (w *walker) list(depth int) error {
	head, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = w.varint(); err != nil {
			return err
		}
	}
	return w.times(n, depth, head&15)
}

func (w *walker) pairs(depth int) error {
	n, err := w.varint()
	if err != nil || n == 0 {
		return err
	}
	kinds, err := w.byte()
	if err != nil {
		return err
	}
	return w.times(n, depth, kinds>>4, kinds&15)
}

// times passes over n elements, each with values of these kinds.
func (w *walker) times(n uint64, depth int, kinds ...byte) error {
	if n > uint64(len(w.data)) { // each takes a byte at least
		return errWalk
	}
	if n > uint64(w.elements) {
		return &diag.Error{What: "has a description of more parts than are taken", Hint: "write it with fewer columns or row groups", Err: csvfile.ErrBound}
	}
	w.elements -= int(n)
	for range n {
		for _, kind := range kinds {
			if err := w.value(kind, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walker) byte() (byte, error) {
	if len(w.data) == 0 {
		return 0, errWalk
	}
	b := w.data[0]
	w.data = w.data[1:]
	return b, nil
}

func (w *walker) varint() (uint64, error) {
	v, n := binary.Uvarint(w.data)
	if n <= 0 {
		return 0, errWalk
	}
	w.data = w.data[n:]
	return v, nil
}

func (w *walker) skip(n uint64) error {
	if n > uint64(len(w.data)) {
		return errWalk
	}
	w.data = w.data[n:]
	return nil
}

// element is about what an element of a description takes in memory, at most.
const element = 400

// checkDescription says whether the description of a file can be given to the
// library, which makes room for the paths of nested columns, and for all columns in
// all row groups, before it looks whether these have them.
func checkDescription(data []byte, b *budget) error {
	w := walker{data: data, elements: int(min(b.most/element, 1<<24))}
	if err := w.structAt(0); err != nil {
		return fmt.Errorf("its description: %w", err)
	}
	var protocol thrift.CompactProtocol
	var meta format.FileMetaData
	if err := thrift.NewDecoder(protocol.NewReaderFromBytes(data)).Decode(&meta); err != nil {
		return fmt.Errorf("its description: %w", err)
	}
	leaves := 0
	var open []int32 // children that are still to come, of each group around
	for _, e := range meta.Schema {
		for len(open) > 0 && open[len(open)-1] == 0 {
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			open[len(open)-1]--
		}
		if e.NumChildren.V < 0 || len(open) > deepest {
			return errors.New("its description: its columns are nested too deep")
		}
		if e.NumChildren.V > 0 {
			open = append(open, e.NumChildren.V)
		}
		if e.Type.Valid {
			leaves++
		}
	}
	for i, g := range meta.RowGroups {
		if len(g.Columns) != leaves {
			return fmt.Errorf("row group %d has %d columns of %d", i+1, len(g.Columns), leaves)
		}
	}
	return nil
}
