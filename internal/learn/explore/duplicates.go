package explore

import (
	"hash/maphash"
	"math"
	"math/bits"
	"slices"

	"labbook/internal/base/parallel"
	"labbook/internal/data/table"
)

// Duplicates are rows that equal an earlier one in every column.
type Duplicates struct {
	Rows int `json:"rows"` // how many rows repeat an earlier one
	// Examples are the first few, 0-based, each with the row it repeats.
	Examples [][2]int `json:"examples,omitempty"`
}

const (
	fewExamples = 5
	hashedRows  = 8192 // at a time
)

// FindDuplicates compares all rows, exactly: hashes only say where to look, so that
// neither their seed nor the cores show in the result. The rows are dealt to cores by
// their hashes.
func FindDuplicates(t *table.Table, cores int) Duplicates {
	var d Duplicates
	if len(t.Columns) == 0 {
		return d
	}
	hashes := hash(t, cores)
	found := make([]Duplicates, max(1, cores))
	parallel.Each(cores, len(found), func(part int) { found[part] = repeats(t, hashes, part, len(found)) })
	for _, f := range found {
		d.Rows += f.Rows
		d.Examples = append(d.Examples, f.Examples...)
	}
	slices.SortFunc(d.Examples, func(a, b [2]int) int { return a[0] - b[0] })
	d.Examples = d.Examples[:min(len(d.Examples), fewExamples)]
	return d
}

// repeats finds those of one part of the rows.
func repeats(t *table.Table, hashes []uint64, part, parts int) Duplicates {
	var d Duplicates
	mine := func(h uint64) bool { high, _ := bits.Mul64(h, uint64(parts)); return int(high) == part }
	n := 0
	for _, h := range hashes {
		if mine(h) {
			n++
		}
	}
	first := make([]uint32, 1<<bits.Len(uint(n+n/2))) // by hash, open: the row + 1
	for i, h := range hashes {
		if !mine(h) {
			continue
		}
		at := h & uint64(len(first)-1)
		for first[at] != 0 && (hashes[first[at]-1] != h || !equal(t, i, int(first[at]-1))) {
			at = (at + 1) & uint64(len(first)-1)
		}
		if first[at] == 0 {
			first[at] = uint32(i + 1)
			continue
		}
		d.Rows++
		if len(d.Examples) < fewExamples {
			d.Examples = append(d.Examples, [2]int{i, int(first[at] - 1)})
		}
	}
	return d
}

// hash gives equal rows equal numbers, column by column.
func hash(t *table.Table, cores int) []uint64 {
	seed := maphash.MakeSeed()
	start := maphash.String(seed, "")
	hashes := make([]uint64, t.Rows())
	parallel.Each(cores, (len(hashes)+hashedRows-1)/hashedRows, func(k int) {
		from := k * hashedRows
		of := hashes[from:min(from+hashedRows, len(hashes))]
		for i := range of {
			of[i] = start
		}
		for _, c := range t.Columns {
			switch c.Type {
			case table.Category:
				for i, code := range c.Codes[from : from+len(of)] {
					of[i] = mixed(of[i], uint64(code))
				}
			case table.Text:
				for i, text := range c.Texts[from : from+len(of)] {
					of[i] = mixed(of[i], maphash.String(seed, text))
				}
			default:
				for i, v := range c.Num[from : from+len(of)] {
					of[i] = mixed(of[i], pattern(v))
				}
			}
		}
	})
	return hashes
}

// mixed adds a value to a hash: the halves of a product, as wyhash has it.
func mixed(hash, value uint64) uint64 {
	high, low := bits.Mul64(hash^value, 0x9e3779b97f4a7c15)
	return high ^ low
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
			if pattern(c.Num[i]) != pattern(c.Num[j]) {
				return false
			}
		}
	}
	return true
}

// pattern gives the bits of a number: one to every missing value, and one to both zeros.
func pattern(v float64) uint64 {
	switch {
	case math.IsNaN(v):
		return math.MaxUint64
	case v == 0:
		return 0
	}
	return math.Float64bits(v)
}
