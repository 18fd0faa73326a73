package table

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"labbook/internal/base/ascending"
)

// RowSet remembers which rows a table had, in 8 bytes each, so that it can be
// told later whether a model learned from a row. Rows are known by the first
// half of their Digest: that any of a million strangers is taken for one of a
// million rows has a chance below one in ten million.
//
// A row is asked about by the columns of the table that the set was made of:
// columns that were added since mean nothing.
type RowSet struct {
	columns []rowColumn
	digests []uint64 // ascending, each once
}

// rowColumn is a column that tells rows apart.
type rowColumn struct {
	Name    string `json:"name"`
	Numeric bool   `json:"numeric,omitempty"` // a category and a text digest alike, a number does not
}

// NewRowSet gives the set of the table's rows.
func NewRowSet(t *Table, cores int) *RowSet {
	s := &RowSet{digests: make([]uint64, t.rows)}
	for _, c := range t.Columns {
		s.columns = append(s.columns, rowColumn{c.Name, numeric(c.Type)})
	}
	digest(t, cores, func(from int, of []Digest) {
		for i, d := range of {
			s.digests[from+i] = d[0]
		}
	})
	ascending.Words(s.digests)
	s.digests = slices.Compact(s.digests)
	return s
}

func numeric(t Type) bool { return t == Number || t == Date }

// Equal says whether two sets hold the same rows, of the same columns.
func (s *RowSet) Equal(other *RowSet) bool {
	return slices.Equal(s.columns, other.columns) && slices.Equal(s.digests, other.digests)
}

// Has says of each row of a table whether it is in the set. A table that lacks
// one of the set's columns, or holds it otherwise, is an error: its rows cannot
// be known.
func (s *RowSet) Has(t *Table) ([]bool, error) {
	names := make([]string, len(s.columns))
	for i, known := range s.columns {
		c := t.Column(known.Name)
		if c == nil || numeric(c.Type) != known.Numeric {
			return nil, fmt.Errorf("the rows of then had another column %q", known.Name)
		}
		names[i] = known.Name
	}
	has := make([]bool, t.rows)
	for row, d := range Digests(t.Select(names...), 1) {
		_, has[row] = slices.BinarySearch(s.digests, d[0])
	}
	return has, nil
}

// MarshalBinary encodes the set: a line of JSON with its columns, then the
// digests, 8 little-endian bytes each.
func (s *RowSet) MarshalBinary() ([]byte, error) {
	b, err := json.Marshal(s.columns)
	if err != nil {
		return nil, err
	}
	b = slices.Grow(append(b, '\n'), 8*len(s.digests))
	for _, d := range s.digests {
		b = binary.LittleEndian.AppendUint64(b, d)
	}
	return b, nil
}

// UnmarshalBinary is the inverse of MarshalBinary; it survives any bytes.
func (s *RowSet) UnmarshalBinary(data []byte) error {
	end := slices.Index(data, '\n')
	if end < 0 || (len(data)-end-1)%8 != 0 {
		return errors.New("not a set of rows")
	}
	var read RowSet
	if err := json.Unmarshal(data[:end], &read.columns); err != nil {
		return fmt.Errorf("not a set of rows: %w", err)
	}
	for rest := data[end+1:]; len(rest) > 0; rest = rest[8:] {
		read.digests = append(read.digests, binary.LittleEndian.Uint64(rest))
	}
	if !slices.IsSorted(read.digests) {
		return errors.New("not a set of rows: they are out of order")
	}
	*s = read
	return nil
}
