package formats

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"labbook/internal/data/table"
)

// parquetColumn is a column and the form of its values.
type parquetColumn struct {
	*table.Column
	arrow    arrow.DataType
	physical format.Type
	units    float64 // of a date, a second
	width    int     // bits of a level number
}

func newParquetColumn(c *table.Column, typ arrow.DataType) *parquetColumn {
	p := &parquetColumn{Column: c, arrow: typ, units: 1}
	switch typ := typ.(type) {
	case *arrow.DictionaryType:
		p.physical, p.width = format.ByteArray, max(1, bits.Len(uint(max(len(c.Levels)-1, 0))))
	case *arrow.StringType:
		p.physical = format.ByteArray
	case *arrow.BooleanType:
		p.physical = format.Boolean
	case *arrow.Date32Type:
		p.physical, p.units = format.Int32, table.UnitsOf(typ)
	case *arrow.TimestampType:
		p.physical, p.units = format.Int64, max(1e3, table.UnitsOf(typ))
	case *arrow.Int64Type:
		p.physical = format.Int64
	default:
		p.physical = format.Double
	}
	return p
}

// chunk is a column of a row group: its pages, and what the footer says of them
// but for where they lie.
type chunk struct {
	bytes     []byte
	firstData int64 // where the first data page begins: behind the dictionary
	meta      format.ColumnMetaData
	err       error
}

// chunk encodes the rows from lo to hi.
func (c *parquetColumn) chunk(packer *zstd.Encoder, lo, hi int) *chunk {
	out := &chunk{meta: format.ColumnMetaData{
		Type: c.physical, PathInSchema: []string{c.Name}, Codec: format.Zstd, NumValues: int64(hi - lo),
		Encoding: []format.Encoding{format.Plain, format.RLE},
	}}
	encoding := format.Plain
	if c.width > 0 {
		encoding = format.RLEDictionary
		out.meta.Encoding = append(out.meta.Encoding, encoding)
		var levels []byte
		for _, level := range c.Levels {
			levels = appendBytes(levels, level)
		}
		out.page(packer, levels, format.PageHeader{Type: format.DictionaryPage,
			DictionaryPageHeader: thrift.New(format.DictionaryPageHeader{NumValues: int32(len(c.Levels)), Encoding: format.Plain})})
		out.firstData = int64(len(out.bytes))
	}
	seen := &seen{}
	var page []byte
	pages := 0
	for ; lo < hi; lo += pageRows {
		end := min(lo+pageRows, hi)
		page = c.appendPresence(page[:0], lo, end, seen)
		page = c.appendValues(page, lo, end, seen)
		out.page(packer, page, format.PageHeader{Type: format.DataPage,
			DataPageHeader: thrift.New(format.DataPageHeader{NumValues: int32(end - lo), Encoding: encoding,
				DefinitionLevelEncoding: format.RLE, RepetitionLevelEncoding: format.RLE})})
		pages++
	}
	if out.err != nil {
		out.err = fmt.Errorf("column %q: %w", c.Name, out.err)
	}
	if c.width > 0 {
		out.meta.EncodingStats = append(out.meta.EncodingStats, format.PageEncodingStats{PageType: format.DictionaryPage, Encoding: format.Plain, Count: 1})
	}
	out.meta.EncodingStats = append(out.meta.EncodingStats, format.PageEncodingStats{PageType: format.DataPage, Encoding: encoding, Count: int32(pages)})
	out.meta.TotalCompressedSize = int64(len(out.bytes))
	out.meta.Statistics = seen.statistics(c)
	return out
}

// page adds a page, packed, behind its header.
func (k *chunk) page(packer *zstd.Encoder, content []byte, h format.PageHeader) {
	if len(content) > math.MaxInt32 {
		k.err = fmt.Errorf("%d bytes in %d rows are more than a page of Parquet holds", len(content), pageRows)
		return
	}
	packed := packer.EncodeAll(content, nil)
	h.UncompressedPageSize, h.CompressedPageSize = int32(len(content)), int32(len(packed))
	h.CRC = int32(crc32.ChecksumIEEE(packed))
	head, err := thrift.Marshal(new(thrift.CompactProtocol), &h)
	if err != nil {
		k.err = err
		return
	}
	k.meta.TotalUncompressedSize += int64(len(head) + len(content))
	k.bytes = append(append(k.bytes, head...), packed...)
}

// appendPresence appends which rows have a value: their definition levels, in the
// hybrid of runs and packed bits, behind its length.
func (c *parquetColumn) appendPresence(b []byte, lo, hi int, s *seen) []byte {
	missing := 0
	for i := lo; i < hi; i++ {
		if c.IsMissing(i) {
			missing++
		}
	}
	s.nulls += int64(missing)
	start := len(b)
	b = append(b, 0, 0, 0, 0)
	switch n := hi - lo; missing {
	case 0, n:
		b = append(binary.AppendUvarint(b, uint64(n)<<1), byte(1-missing/n))
	default:
		b = binary.AppendUvarint(b, uint64(n+7)>>3<<1|1)
		at := len(b)
		b = append(b, make([]byte, (n+7)>>3)...)
		for i := range n {
			if !c.IsMissing(lo + i) {
				b[at+i>>3] |= 1 << (i & 7)
			}
		}
	}
	binary.LittleEndian.PutUint32(b[start:], uint32(len(b)-start-4))
	return b
}

// appendValues appends the values that are there.
func (c *parquetColumn) appendValues(b []byte, lo, hi int, s *seen) []byte {
	switch {
	case c.width > 0:
		return c.appendLevels(b, lo, hi, s)
	case c.physical == format.Boolean:
		return c.appendTruths(b, lo, hi, s)
	case c.physical == format.ByteArray:
		for _, text := range c.Texts[lo:hi] {
			if text != "" {
				s.text(text)
				b = appendBytes(b, text)
			}
		}
		return b
	case c.physical == format.Double:
		for _, v := range c.Num[lo:hi] {
			if v == v {
				s.number(v)
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
			}
		}
		return b
	}
	for _, v := range c.Num[lo:hi] {
		if v != v {
			continue
		}
		whole := int64(math.Round(v * c.units))
		s.whole(whole)
		if c.physical == format.Int32 {
			b = binary.LittleEndian.AppendUint32(b, uint32(int32(whole)))
		} else {
			b = binary.LittleEndian.AppendUint64(b, uint64(whole))
		}
	}
	return b
}

// appendBytes appends a text behind its length.
func appendBytes(b []byte, text string) []byte {
	return append(binary.LittleEndian.AppendUint32(b, uint32(len(text))), text...)
}

// appendTruths appends a bit a value.
func (c *parquetColumn) appendTruths(b []byte, lo, hi int, s *seen) []byte {
	n := 0
	for _, code := range c.Codes[lo:hi] {
		if code < 0 {
			continue
		}
		s.whole(int64(code))
		if n&7 == 0 {
			b = append(b, 0)
		}
		b[len(b)-1] |= byte(code) << (n & 7)
		n++
	}
	return b
}

// appendLevels appends level numbers as packed bits, in groups of eight, behind
// their width.
func (c *parquetColumn) appendLevels(b []byte, lo, hi int, s *seen) []byte {
	present := 0
	for _, code := range c.Codes[lo:hi] {
		if code >= 0 {
			present++
		}
	}
	b = append(b, byte(c.width))
	if present == 0 {
		return b
	}
	s.levels = c.Levels
	groups := (present + 7) >> 3
	b = binary.AppendUvarint(b, uint64(groups)<<1|1)
	end := len(b) + groups*c.width
	var held uint64
	filled := 0
	for _, code := range c.Codes[lo:hi] {
		if code < 0 {
			continue
		}
		s.level(code)
		held |= uint64(code) << filled
		for filled += c.width; filled >= 8; filled -= 8 {
			b = append(b, byte(held))
			held >>= 8
		}
	}
	for len(b) < end {
		b = append(b, byte(held))
		held >>= 8
	}
	return b
}
