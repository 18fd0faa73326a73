package formats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
)

// What a Parquet file may make of its bytes. A column of one value in all rows
// takes next to none of them, so it is not the bytes alone that say how much room
// is fair: up to freeBytes nothing is asked.
const (
	freeBytes = 1 << 30 // of a table
	unpacks   = 1000    // times the size of the file
	freePage  = 64 << 20
	perPage   = 200 // times its packed size
)

// checkEnds looks at the magic and the length of the description before anything
// is made of them.
func checkEnds(f *os.File, size int64, name string) error {
	const ends = 12
	fault := func(what string) error {
		return &diag.Error{File: name, What: what, Wanted: "a Parquet file", Hint: "fetch or write it again"}
	}
	if size == 0 {
		return fault("is empty")
	}
	var head [4]byte
	var tail [8]byte
	if size < ends {
		return fault("is too short")
	}
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return err
	}
	if _, err := f.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	switch {
	case string(head[:]) == "PARE" || string(tail[4:]) == "PARE":
		return &diag.Error{File: name, What: "is encrypted", Wanted: "a Parquet file that is not", Hint: "write it again without encryption"}
	case string(head[:]) != "PAR1":
		return fault("does not begin as a Parquet file does")
	case string(tail[4:]) != "PAR1":
		return fault("is cut short: its end is missing")
	case int64(binary.LittleEndian.Uint32(tail[:4])) > size-ends:
		return fault("is damaged: its description is longer than the file")
	}
	return nil
}

// checkRows refuses what says that it has more rows than its bytes can mean.
func (p *parquetFile) checkRows(columns int) error {
	var rows int64
	for i, g := range p.RowGroups() {
		n := g.NumRows()
		if n < 0 || n > math.MaxInt32 {
			return &diag.Error{File: p.name, What: fmt.Sprintf("row group %d says that it has %d rows", i+1, n), Hint: "fetch or write it again"}
		}
		rows += n
	}
	if !fair(int(rows), columns, p.Size()) {
		return unfair(p.name, int(rows), columns, p.Size())
	}
	return nil
}

// chunkBytes reads the bytes of a column in a row group, and walks over the heads
// of its pages: the library makes room for what they say before it looks at what
// is there.
func (p *parquetFile) chunkBytes(group, column, rows int) (io.ReaderAt, error) {
	meta := p.Metadata().RowGroups[group].Columns[column].MetaData
	begin := meta.DataPageOffset
	if meta.DictionaryPageOffset != 0 {
		begin = meta.DictionaryPageOffset
	}
	size := meta.TotalCompressedSize
	if begin < 4 || size < 0 || begin > p.Size() || size > p.Size()-begin {
		return nil, errors.New("its pages lie beyond the file's end")
	}
	if meta.NumValues != int64(rows) {
		return nil, fmt.Errorf("it says that it has %d values of %d", meta.NumValues, rows)
	}
	data := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(p.f, begin, size), data); err != nil {
		return nil, err
	}
	if err := walkPages(data, meta.Codec, rows); err != nil {
		return nil, err
	}
	return &shifted{data, begin}, nil
}

// shifted has some bytes of a file at the places that they have in it.
type shifted struct {
	data  []byte
	begin int64
}

func (s *shifted) ReadAt(p []byte, at int64) (int, error) {
	if at -= s.begin; at < 0 || at >= int64(len(s.data)) {
		return 0, io.EOF
	}
	n := copy(p, s.data[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// walkPages checks what the heads of pages say against the bytes there are.
func walkPages(data []byte, codec format.CompressionCodec, rows int) error {
	var protocol thrift.CompactProtocol
	values := 0
	for len(data) > 0 {
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
		page := data[:packed]
		data = data[packed:]
		n, packedPage := 0, true
		switch {
		case head.DataPageHeader.Valid:
			n = int(head.DataPageHeader.V.NumValues)
		case head.DataPageHeaderV2.Valid:
			v := head.DataPageHeaderV2.V
			n = int(v.NumValues)
			levels := int64(v.RepetitionLevelsByteLength) + int64(v.DefinitionLevelsByteLength)
			if v.RepetitionLevelsByteLength < 0 || v.DefinitionLevelsByteLength < 0 || levels > int64(packed) || v.NumNulls < 0 || v.NumNulls > v.NumValues {
				return errors.New("the head of a page is damaged")
			}
			page, size = page[levels:], size-int(levels)
			packedPage = !v.IsCompressed.Valid || v.IsCompressed.V
		case head.DictionaryPageHeader.Valid:
			if d := int(head.DictionaryPageHeader.V.NumValues); d < 0 || d > size && d > 1 {
				return fmt.Errorf("a dictionary of %d values lies in %d bytes", d, size)
			}
		}
		if values += n; n < 0 || values > rows {
			return fmt.Errorf("its pages say that they have more than %d values", rows)
		}
		if !packedPage {
			continue
		}
		if err := checkPacked(page, size, codec); err != nil {
			return err
		}
	}
	return nil
}
