package formats

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"sync/atomic"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/csvfile"
)

// What a Parquet file may make of its bytes. A column of one value in all rows
// takes next to none of them, so it is not the bytes alone that say how much room
// is fair: up to freeBytes nothing is asked.
const (
	freeBytes = 1 << 30 // of a table
	unpacks   = 1000    // times the size of the file
	freePage  = 64 << 20
	perPage   = 200 // times its packed size
	perValue  = 16  // bytes that a value takes in a table, at most
)

// Bound bounds what is made of bytes that nobody vouches for, whatever their size;
// where a field is 0, it is what a file can mean by its size. Its errors are
// csvfile.ErrBound.
type Bound struct {
	Rows  int
	Bytes int64 // of the table in memory, and again of what is unpacked on the way to it
}

// budget counts what is made of a file.
type budget struct {
	Bound
	most int64 // bytes; of Bound, or by the size of the file
	used atomic.Int64
	size int64
	name string
}

func newBudget(size int64, o *Options) *budget {
	b := &budget{Bound: o.Most, most: o.Most.Bytes, size: size, name: o.Name}
	if b.most == 0 {
		b.most = max(freeBytes, unpacks*size)
	}
	return b
}

// take counts bytes that are unpacked, and says whether they may be.
func (b *budget) take(n int) error {
	if used := b.used.Add(int64(n)); used > b.most {
		return &diag.Error{File: b.name, What: fmt.Sprintf("takes more than %s of memory, in %s", human.Bytes(b.most), human.Bytes(b.size)),
			Hint: "split it, or leave out columns", Err: csvfile.ErrBound}
	}
	return nil
}

// table says whether so many values may become a table.
func (b *budget) table(rows, columns int) error {
	if b.Rows > 0 && rows > b.Rows {
		return &diag.Error{File: b.name, What: fmt.Sprintf("has more than %s", human.Count(b.Rows, "row")), Hint: "split it", Err: csvfile.ErrBound}
	}
	if float64(rows)*float64(columns)*perValue <= float64(b.most) {
		return nil
	}
	e := &diag.Error{File: b.name, What: fmt.Sprintf("says that it has %s of %s, in %s", human.Count(rows, "row"), human.Count(columns, "column"), human.Bytes(b.size)),
		Hint: "if that is meant, ask for fewer columns: rest: drop"}
	if b.Bytes > 0 {
		e.Hint, e.Err = "split it, or leave out columns", csvfile.ErrBound
	}
	return e
}

// checkEnds looks at the magic and the length of the description before anything
// is made of them, and gives the description.
func checkEnds(b rawBytes, name string) (description []byte, err error) {
	size := b.size
	const ends = 12
	fault := func(what string) ([]byte, error) {
		return nil, &diag.Error{File: name, What: what, Wanted: "a Parquet file", Hint: "fetch or write it again"}
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
		return nil, err
	}
	if _, err := b.ReadAt(tail[:], size-8); err != nil {
		return nil, err
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	switch {
	case string(head[:]) == "PARE" || string(tail[4:]) == "PARE":
		return nil, &diag.Error{File: name, What: "is encrypted", Wanted: "a Parquet file that is not", Hint: "write it again without encryption"}
	case string(head[:]) != "PAR1":
		return fault("does not begin as a Parquet file does")
	case string(tail[4:]) != "PAR1":
		return fault("is cut short: its end is missing")
	case length > size-ends:
		return fault("is damaged: its description is longer than the file")
	}
	description = make([]byte, length)
	_, err = b.ReadAt(description, size-8-length)
	return description, err
}

// checkRows refuses row groups that say that they have more rows than their bytes
// can mean.
func (p *parquetFile) checkRows(fields []*parquetField, groups []int) error {
	columns := len(fields)
	var rows int64
	for _, i := range groups {
		n := p.RowGroups()[i].NumRows()
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
	return p.budget.table(int(rows), columns)
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
