package formats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// stored are values as they were encoded, by their physical type: whole numbers and
// truth values in ints, fractions in floats, and arrays of bytes end to end in
// bytes, each beginning at its offset.
type stored struct {
	ints    []int64
	floats  []float64
	bytes   []byte
	offsets []int // one more than there are arrays
	room    func(bytes int) error
}

var errValues = errors.New("it is too short for its values")

// widthOf gives the bytes that a value of a fixed width takes; 0 of others.
func widthOf(typ parquet.Type) int {
	switch typ.Kind() {
	case parquet.Int32, parquet.Float:
		return 4
	case parquet.Int64, parquet.Double:
		return 8
	case parquet.Int96:
		return 12
	case parquet.FixedLenByteArray:
		return typ.Length()
	}
	return 0
}

// holds gives how many values may lie in so many bytes, as they are.
func holds(typ parquet.Type, size int) int {
	switch kind := typ.Kind(); {
	case kind == parquet.Boolean:
		return 8 * size
	case kind == parquet.ByteArray:
		return size / 4 // the length of each
	default:
		return size / max(1, widthOf(typ))
	}
}

// decode decodes n values (https://parquet.apache.org/docs/file-format/data-pages/encodings/).
func (s *stored) decode(typ parquet.Type, n int, encoding format.Encoding, data []byte) error {
	kind, width := typ.Kind(), widthOf(typ)
	switch {
	case encoding == format.Plain && kind == parquet.Boolean:
		return s.truths(n, data)
	case encoding == format.RLE && kind == parquet.Boolean:
		return s.runs(n, data)
	case encoding == format.Plain && kind == parquet.ByteArray:
		return s.arrays(n, data)
	case encoding == format.Plain:
		return s.fixed(kind, width, n, data)
	case encoding == format.ByteStreamSplit && width > 0:
		return s.split(kind, width, n, data)
	case encoding == format.DeltaBinaryPacked && (kind == parquet.Int32 || kind == parquet.Int64):
		s.ints = sized(s.ints, n)
		_, err := deltas(s.ints, data, kind == parquet.Int32)
		return err
	case encoding == format.DeltaLengthByteArray && kind == parquet.ByteArray:
		_, err := s.deltaLengths(n, data)
		return err
	case encoding == format.DeltaByteArray && (kind == parquet.ByteArray || kind == parquet.FixedLenByteArray):
		return s.deltaArrays(n, data)
	}
	return fmt.Errorf("its values are in the form %s, which is not read for %s", encoding, typ)
}

// truths reads a bit a value.
func (s *stored) truths(n int, data []byte) error {
	if (n+7)/8 > len(data) {
		return errValues
	}
	s.ints = sized(s.ints, n)
	for i := range s.ints {
		s.ints[i] = int64(data[i/8] >> (i % 8) & 1)
	}
	return nil
}

// runs reads truth values in runs, after their length.
func (s *stored) runs(n int, data []byte) error {
	if len(data) < 4 {
		return errValues
	}
	values := make([]uint32, n)
	if err := hybrid(values, data[4:], 1); err != nil {
		return err
	}
	s.ints = sized(s.ints, n)
	for i, v := range values {
		s.ints[i] = int64(v)
	}
	return nil
}

// fixed reads values of as many bytes each.
func (s *stored) fixed(kind parquet.Kind, width, n int, data []byte) error {
	if width <= 0 || n > len(data)/width {
		return errValues
	}
	data = data[:n*width]
	switch kind {
	case parquet.Int32:
		s.ints = sized(s.ints, n)
		for i := range s.ints {
			s.ints[i] = int64(int32(binary.LittleEndian.Uint32(data[4*i:])))
		}
	case parquet.Int64:
		s.ints = sized(s.ints, n)
		for i := range s.ints {
			s.ints[i] = int64(binary.LittleEndian.Uint64(data[8*i:]))
		}
	case parquet.Float:
		s.floats = sized(s.floats, n)
		for i := range s.floats {
			s.floats[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:])))
		}
	case parquet.Double:
		s.floats = sized(s.floats, n)
		for i := range s.floats {
			s.floats[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
		}
	default:
		s.bytes, s.offsets = data, sized(s.offsets, n+1)
		for i := range s.offsets {
			s.offsets[i] = i * width
		}
	}
	return nil
}

// split reads values whose first bytes stand together, then their second bytes, and
// so on.
func (s *stored) split(kind parquet.Kind, width, n int, data []byte) error {
	if n > len(data)/width {
		return errValues
	}
	joined := make([]byte, n*width)
	for b := range width {
		for i, x := range data[b*n : b*n+n] {
			joined[i*width+b] = x
		}
	}
	return s.fixed(kind, width, n, joined)
}

// arrays reads arrays of bytes, each after its length.
func (s *stored) arrays(n int, data []byte) error {
	if n > len(data)/4 {
		return errValues
	}
	s.offsets = sized(s.offsets, n+1)
	out := make([]byte, 0, len(data)-4*n)
	for i := range n {
		if len(data) < 4 {
			return errValues
		}
		length := binary.LittleEndian.Uint32(data)
		if data = data[4:]; uint64(length) > uint64(len(data)) {
			return errValues
		}
		s.offsets[i] = len(out)
		out = append(out, data[:length]...)
		data = data[length:]
	}
	s.offsets[n], s.bytes = len(out), out
	return nil
}

// deltaLengths reads arrays of bytes after all their lengths, and gives what
// follows them.
func (s *stored) deltaLengths(n int, data []byte) (rest []byte, err error) {
	lengths := make([]int64, n)
	if data, err = deltas(lengths, data, true); err != nil {
		return nil, err
	}
	s.offsets = sized(s.offsets, n+1)
	at := 0
	for i, length := range lengths {
		if length < 0 || length > int64(len(data)-at) {
			return nil, errValues
		}
		s.offsets[i] = at
		at += int(length)
	}
	s.offsets[n], s.bytes = at, data[:at]
	return data[at:], nil
}

// deltaArrays reads arrays of bytes that begin as the ones before them do.
func (s *stored) deltaArrays(n int, data []byte) error {
	prefixes := make([]int64, n)
	data, err := deltas(prefixes, data, true)
	if err != nil {
		return err
	}
	if _, err := s.deltaLengths(n, data); err != nil {
		return err
	}
	var out []byte
	last, offsets := []byte(nil), make([]int, n+1)
	for i, prefix := range prefixes {
		if prefix < 0 || prefix > int64(len(last)) {
			return errValues
		}
		if err := s.room(int(prefix)); err != nil {
			return err
		}
		offsets[i] = len(out)
		out = append(out, last[:prefix]...)
		out = append(out, s.bytes[s.offsets[i]:s.offsets[i+1]]...)
		last = out[offsets[i]:]
	}
	offsets[n] = len(out)
	s.bytes, s.offsets = out, offsets
	return nil
}

// hybrid reads values of so many bits each: runs of one value, and values packed
// together.
func hybrid(into []uint32, data []byte, width int) error {
	size := (width + 7) / 8
	for len(into) > 0 {
		head, read := binary.Uvarint(data)
		if read <= 0 {
			return errValues
		}
		data = data[read:]
		if head&1 == 0 {
			if len(data) < size {
				return errValues
			}
			var v uint32
			for i := range size {
				v |= uint32(data[i]) << (8 * i)
			}
			data = data[size:]
			n := int(min(head>>1, uint64(len(into))))
			for i := range into[:n] {
				into[i] = v
			}
			into = into[n:]
			continue
		}
		groups := head >> 1
		n := len(into)
		if groups < uint64(n+7)/8 {
			n = int(groups) * 8
		}
		if width > 0 && groups > uint64(len(data)/width) { // the last group may be cut
			if have := len(data) * 8 / width; n > have {
				return errValues
			}
			unpackBits(into[:n], data, width)
			data = nil
		} else {
			unpackBits(into[:n], data, width)
			data = data[int(groups)*width:]
		}
		into = into[n:]
	}
	return nil
}

// unpackBits reads values of so many bits that lie next to each other, the lowest
// bits first.
func unpackBits(into []uint32, data []byte, width int) {
	if width == 0 {
		clear(into)
		return
	}
	mask := uint64(1)<<width - 1
	var word uint64
	have, at := 0, 0
	for i := range into {
		for have < width {
			if have <= 32 && at+4 <= len(data) {
				word |= uint64(binary.LittleEndian.Uint32(data[at:])) << have
				at, have = at+4, have+32
				continue
			}
			var b byte
			if at < len(data) {
				b = data[at]
			}
			word |= uint64(b) << have
			at, have = at+1, have+8
		}
		into[i] = uint32(word & mask)
		word >>= width
		have -= width
	}
}

// deltas reads whole numbers by their differences, and gives what follows them.
// Of 32 bits sums wrap around.
func deltas(into []int64, data []byte, narrow bool) (rest []byte, err error) {
	next := func() uint64 {
		v, n := binary.Uvarint(data)
		if n <= 0 {
			err = errValues
			return 0
		}
		data = data[n:]
		return v
	}
	block, minis, total, first := next(), next(), next(), next()
	if err != nil {
		return nil, err
	}
	if minis == 0 || block%minis != 0 || block/minis%32 != 0 || block == 0 || block > 1<<20 || total != uint64(len(into)) {
		return nil, errors.New("the head of its differences is damaged")
	}
	if len(into) == 0 {
		return data, nil
	}
	perMini := int(block / minis)
	value := zigzag(first)
	into[0] = value
	for at := 1; at < len(into); {
		least := zigzag(next())
		if err != nil || uint64(len(data)) < minis {
			return nil, errValues
		}
		widths := data[:minis]
		data = data[minis:]
		for _, width := range widths {
			if at >= len(into) {
				break // what is said of widths of no values means nothing
			}
			w := int(width)
			size := perMini * w / 8
			n := min(perMini, len(into)-at)
			if w > 64 || (n*w+7)/8 > len(data) {
				return nil, errValues
			}
			for i := range n {
				value += least + int64(wideBits(data, i*w, w))
				if narrow {
					value = int64(int32(value))
				}
				into[at+i] = value
			}
			at += n
			data = data[min(size, len(data)):]
		}
	}
	return data, nil
}

func zigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }

// wideBits reads up to 64 bits that begin at a bit.
func wideBits(data []byte, at, width int) uint64 {
	if width == 0 {
		return 0
	}
	var word uint64
	i, shift := at/8, at%8
	if i+8 <= len(data) {
		word = binary.LittleEndian.Uint64(data[i:]) >> shift
		if shift+width > 64 {
			word |= uint64(data[i+8]) << (64 - shift)
		}
	} else {
		for k := 0; k < 8 && i+k < len(data); k++ {
			word |= uint64(data[i+k]) << (8 * k)
		}
		word >>= shift
	}
	return word & (math.MaxUint64 >> (64 - min(width, bits.UintSize)))
}
