package formats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"labbook/internal/base/diag"
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
func checkEnds(b rawBytes, name string) error {
	size := b.size
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
	if _, err := b.ReadAt(head[:], 0); err != nil {
		return err
	}
	if _, err := b.ReadAt(tail[:], size-8); err != nil {
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
func (p *parquetFile) checkRows(fields []*parquetField) error {
	columns := len(fields)
	var rows int64
	for i, g := range p.RowGroups() {
		n := g.NumRows()
		if n < 0 || n > math.MaxInt32 {
			return &diag.Error{File: p.name, What: fmt.Sprintf("row group %d says that it has %d rows", i+1, n), Hint: "fetch or write it again"}
		}
		rows += n
		for _, f := range fields { // that all say the same is seen before room is made for it
			if meta := p.Metadata().RowGroups[i].Columns[f.leaf.Index()].MetaData; meta.NumValues != n {
				return inColumn(p.name, f.name, fmt.Sprintf("row group %d", i+1), fmt.Errorf("it says that it has %d values of %d", meta.NumValues, n))
			}
		}
	}
	if !fair(int(rows), columns, p.Size()) {
		return unfair(p.name, int(rows), columns, p.Size())
	}
	return nil
}

// chunkBytes reads the bytes of a column in a row group.
func (p *parquetFile) chunkBytes(group, column int) ([]byte, error) {
	meta := p.Metadata().RowGroups[group].Columns[column].MetaData
	begin := meta.DataPageOffset
	if at := meta.DictionaryPageOffset; at > 0 && at < begin {
		begin = at
	}
	size := meta.TotalCompressedSize
	if begin < 4 || size < 0 || begin > p.Size() || size > p.Size()-begin {
		return nil, errors.New("its pages lie beyond the file's end")
	}
	data := make([]byte, size)
	_, err := io.ReadFull(io.NewSectionReader(p.raw, begin, size), data)
	return data, err
}
