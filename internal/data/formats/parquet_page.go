package formats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"labbook/internal/base/human"
)

// chunkReader takes the pages of a column in a row group, one after the other.
// Pages are decoded here and not by the library: it makes room for what their heads
// say before it looks at what is there, and reads runs of truth values, and some
// that LZ4 packed, as others.
type chunkReader struct {
	*window
	field  *parquetField
	budget *budget
	codec  format.CompressionCodec
	at     int // rows that are done

	dict    *window // values of the dictionary
	becomes []int32 // codes of the dictionary's levels
	present []int   // the rows of a page that have a value; nil: all

	stored   stored
	unpacker unpacker
	bits     []uint32
	room     []int
}

// read takes all pages of the chunk. Nothing of data is kept.
func (r *chunkReader) read(data []byte) error {
	defer r.unpacker.close()
	var protocol thrift.CompactProtocol
	for rows := r.rows(); len(data) > 0 && r.at < rows; {
		heads := walker{data: data, elements: deepest}
		if err := heads.structAt(0); err != nil {
			return fmt.Errorf("the head of a page: %w", err)
		}
		in := protocol.NewReaderFromBytes(data)
		var head format.PageHeader
		if err := thrift.NewDecoder(in).Decode(&head); err != nil {
			return fmt.Errorf("the head of a page: %w", err)
		}
		data = data[in.BytesRead():]
		packed, size := int(head.CompressedPageSize), int(head.UncompressedPageSize)
		if packed < 0 || size < 0 || packed > len(data) {
			return errors.New("a page is longer than what follows")
		}
		if size > max(freePage, perPage*packed) {
			return fmt.Errorf("a page of %s says that it unpacks to %s", human.Bytes(int64(packed)), human.Bytes(int64(size)))
		}
		if err := r.budget.take(size); err != nil {
			return err
		}
		if head.CRC != 0 && uint32(head.CRC) != crc32.ChecksumIEEE(data[:packed]) {
			return errors.New("the checksum of a page is another")
		}
		if err := r.page(&head, data[:packed]); err != nil {
			return err
		}
		data = data[packed:]
	}
	if r.at != r.rows() {
		return fmt.Errorf("it has %d values of %d", r.at, r.rows())
	}
	return nil
}

// page takes a page of any kind.
func (r *chunkReader) page(head *format.PageHeader, packed []byte) error {
	size := int(head.UncompressedPageSize)
	switch head.Type {
	case format.DictionaryPage:
		if !head.DictionaryPageHeader.Valid {
			return errPage
		}
		data, err := r.unpacker.unpack(r.codec, packed, size)
		if err != nil {
			return err
		}
		return r.readDictionary(int(head.DictionaryPageHeader.V.NumValues), data)
	case format.DataPage:
		if !head.DataPageHeader.Valid {
			return errPage
		}
		data, err := r.unpacker.unpack(r.codec, packed, size)
		if err != nil {
			return err
		}
		return r.first(&head.DataPageHeader.V, data)
	case format.DataPageV2:
		if !head.DataPageHeaderV2.Valid {
			return errPage
		}
		return r.second(&head.DataPageHeaderV2.V, packed, size)
	case format.IndexPage:
		return nil
	}
	return fmt.Errorf("a page of the unknown kind %d", head.Type)
}

var errPage = errors.New("the head of a page is damaged")

// first takes a data page of version 1: all of it is packed, and the length of
// levels stands before them.
func (r *chunkReader) first(head *format.DataPageHeader, data []byte) error {
	var levels []byte
	if r.field.leaf.Optional() {
		if head.DefinitionLevelEncoding != format.RLE {
			return fmt.Errorf("its levels are in the form %s, which is not read", head.DefinitionLevelEncoding)
		}
		if len(data) < 4 {
			return errPage
		}
		n := binary.LittleEndian.Uint32(data)
		if data = data[4:]; uint64(n) > uint64(len(data)) {
			return errPage
		}
		levels, data = data[:n], data[n:]
	}
	return r.values(int(head.NumValues), levels, head.Encoding, data)
}

// second takes a data page of version 2: the levels lie before what is packed.
func (r *chunkReader) second(head *format.DataPageHeaderV2, packed []byte, size int) error {
	repeated, defined := int(head.RepetitionLevelsByteLength), int(head.DefinitionLevelsByteLength)
	if repeated < 0 || defined < 0 || repeated > len(packed) || defined > len(packed)-repeated || repeated+defined > size {
		return errPage
	}
	levels := packed[repeated : repeated+defined]
	packed, size = packed[repeated+defined:], size-repeated-defined
	codec := r.codec
	if head.IsCompressed.Valid && !head.IsCompressed.V {
		codec = format.Uncompressed
	}
	data, err := r.unpacker.unpack(codec, packed, size)
	if err != nil {
		return err
	}
	if !r.field.leaf.Optional() || defined == 0 && head.NumNulls == 0 {
		levels = nil
	}
	return r.values(int(head.NumValues), levels, head.Encoding, data)
}

// values takes the n rows of a page, with the levels that say which have a value,
// nil where all have.
func (r *chunkReader) values(n int, levels []byte, encoding format.Encoding, data []byte) error {
	if rest := r.rows() - r.at; n < 0 || n > rest {
		return fmt.Errorf("a page says that it has %d values of %d", n, rest)
	}
	r.present = nil
	here := n
	if levels != nil {
		r.bits = sized(r.bits, n)
		if err := hybrid(r.bits, levels, 1); err != nil {
			return err
		}
		here = r.findPresent(r.bits)
	}
	if here > 0 {
		if err := r.take(here, encoding, data); err != nil {
			return err
		}
	}
	r.at += n
	return nil
}

// plainDictionary is what older files call the form RLEDictionary.
const plainDictionary = format.Encoding(2)

// take takes values as they are encoded.
func (r *chunkReader) take(n int, encoding format.Encoding, data []byte) error {
	if encoding == format.RLEDictionary || encoding == plainDictionary {
		if r.dict == nil {
			return errors.New("its dictionary is missing")
		}
		if len(data) == 0 || data[0] > 32 {
			return errPage
		}
		r.bits = sized(r.bits, n)
		if err := hybrid(r.bits, data[1:], int(data[0])); err != nil {
			return err
		}
		return r.indexed(r.bits)
	}
	r.stored.room = r.budget.take
	if err := r.stored.decode(r.field.leaf.Type(), n, encoding, data); err != nil {
		return err
	}
	return r.plain(r.window, n)
}

// findPresent notes the rows that have a value and sets the others, and gives how
// many have one.
func (r *chunkReader) findPresent(levels []uint32) int {
	missing := 0
	for _, level := range levels {
		if level == 0 {
			missing++
		}
	}
	if missing == 0 {
		return len(levels)
	}
	r.room = sized(r.room, len(levels))[:0]
	for i, level := range levels {
		if level != 0 {
			r.room = append(r.room, r.at+i)
		} else {
			r.miss(r.at + i)
		}
	}
	r.present = r.room
	return len(r.room)
}

// sized gives a slice of that length, with the memory of the one before.
func sized[T any](s []T, n int) []T {
	if cap(s) < n || s == nil {
		return make([]T, n)
	}
	return s[:n]
}

// row gives the row of the i-th value of the page.
func (r *chunkReader) row(i int) int {
	if r.present != nil {
		return r.present[i]
	}
	return r.at + i
}

// readDictionary takes the values that pages have numbers of.
func (r *chunkReader) readDictionary(n int, data []byte) error {
	if r.dict != nil {
		return errors.New("it has two dictionaries")
	}
	if n < 0 || n > holds(r.field.leaf.Type(), len(data)) {
		return fmt.Errorf("a dictionary of %d values lies in %d bytes", n, len(data))
	}
	dict := newWindow(r.shape, n)
	if r.as == level {
		dict.codes, dict.texts = nil, make([]string, n)
	}
	r.stored.room = r.budget.take
	if err := r.stored.decode(r.field.leaf.Type(), n, format.Plain, data); err != nil {
		return err
	}
	values := chunkReader{window: dict, field: r.field, budget: r.budget, stored: r.stored}
	if err := values.plain(dict, n); err != nil {
		return err
	}
	if r.as == level {
		r.becomes = make([]int32, n)
		for i, text := range dict.texts {
			r.becomes[i] = r.code(text)
		}
	}
	r.dict = dict
	return nil
}

// indexed takes values that are numbers of those in the dictionary.
func (r *chunkReader) indexed(indices []uint32) error {
	n := uint32(r.dict.rows())
	for _, at := range indices {
		if at >= n {
			return fmt.Errorf("a value is number %d of a dictionary of %d", at, n)
		}
	}
	switch {
	case r.as == level:
		takeIndexed(r, r.codes, r.becomes, indices)
	case r.codes != nil:
		takeIndexed(r, r.codes, r.dict.codes, indices)
	case r.texts != nil:
		takeIndexed(r, r.texts, r.dict.texts, indices)
	default:
		takeIndexed(r, r.num, r.dict.num, indices)
	}
	if lost := r.dict.lost; lost.count > 0 {
		for i, at := range indices {
			if int(at) == lost.row { // of the others in the dictionary it is not known which they are
				r.lost.add(r.row(i), func() string { return lost.first })
			}
		}
		r.lost.count = max(r.lost.count, lost.count)
		if r.lost.first == "" {
			r.lost.first, r.lost.row = lost.first, r.row(0)
		}
	}
	return nil
}

func takeIndexed[T any](r *chunkReader, into, values []T, indices []uint32) {
	if r.present == nil {
		into = into[r.at : r.at+len(indices)]
		for i, at := range indices {
			into[i] = values[at]
		}
		return
	}
	for i, at := range indices {
		into[r.present[i]] = values[at]
	}
}
