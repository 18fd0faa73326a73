package explore

import (
	"encoding/binary"
	"hash/maphash"
	"math"

	"labbook/internal/data/table"
)

// Duplicates are rows that equal an earlier one in every column.
type Duplicates struct {
	Rows int `json:"rows"` // how many rows repeat an earlier one
	// Examples are the first few, 0-based, each with the row it repeats.
	Examples [][2]int `json:"examples,omitempty"`
}

// FindDuplicates compares all rows, exactly: hashes only say where to look, so
// their seed does not show in the result.
func FindDuplicates(t *table.Table) Duplicates {
	var d Duplicates
	if len(t.Columns) == 0 {
		return d
	}
	first := make(map[uint64][]int32, t.Rows())
	var hash maphash.Hash
	var word [8]byte
	for i := range t.Rows() {
		hash.Reset()
		for _, c := range t.Columns {
			switch c.Type {
			case table.Category:
				binary.LittleEndian.PutUint64(word[:], uint64(c.Codes[i]))
				hash.Write(word[:])
			case table.Text:
				hash.WriteString(c.Texts[i])
				hash.WriteByte(0)
			default:
				binary.LittleEndian.PutUint64(word[:], bits(c.Num[i]))
				hash.Write(word[:])
			}
		}
		sum := hash.Sum64()
		repeats := -1
		for _, j := range first[sum] {
			if equal(t, i, int(j)) {
				repeats = int(j)
				break
			}
		}
		if repeats < 0 {
			first[sum] = append(first[sum], int32(i))
			continue
		}
		d.Rows++
		if len(d.Examples) < 5 {
			d.Examples = append(d.Examples, [2]int{i, repeats})
		}
	}
	return d
}

func equal(t *table.Table, i, j int) bool {
	for _, c := range t.Columns {
		switch c.Type {
		case table.Category:
			if c.Codes[i] != c.Codes[j] {
				return false
			}
		case table.Text:
			if c.Texts[i] != c.Texts[j] {
				return false
			}
		default:
			if bits(c.Num[i]) != bits(c.Num[j]) {
				return false
			}
		}
	}
	return true
}

// bits gives one pattern to every missing value, and one to both zeros.
func bits(v float64) uint64 {
	switch {
	case math.IsNaN(v):
		return math.MaxUint64
	case v == 0:
		return 0
	}
	return math.Float64bits(v)
}
