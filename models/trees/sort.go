package trees

import "math"

// key is a row to be sorted: its rank, and its place among the rows.
type key uint64

func (k key) rank() uint32  { return uint32(k >> 32) }
func (k key) place() uint32 { return uint32(k) }

// sorter sorts rows by their ranks, in memory that is used again.
type sorter struct{ keys, spare []key }

func newSorter(n int) sorter { return sorter{make([]key, n), make([]key, n)} }

// few rows are sorted by insertion, more by the digits of their ranks.
const few = 40

// sort gives the rows in the order of their ranks in a column; equal ones keep
// theirs. The result is good until the next call.
func (s *sorter) sort(ranks *table, j int, rows []int32) []key {
	keys := s.keys[:len(rows)]
	low, high := uint32(math.MaxUint32), uint32(0)
	for at, i := range rows {
		r := uint32(ranks.keys[int(i)*ranks.columns+j])
		low, high = min(low, r), max(high, r)
		keys[at] = key(r)<<32 | key(at)
	}
	if len(keys) <= few {
		insertion(keys)
		return keys
	}
	spare := s.spare[:len(rows)]
	for shift := uint(0); (high-low)>>shift > 0; shift += 8 {
		byDigit(spare, keys, low, shift)
		keys, spare = spare, keys
	}
	return keys
}

func insertion(keys []key) {
	for i := 1; i < len(keys); i++ {
		k, at := keys[i], i
		for ; at > 0 && keys[at-1] > k; at-- {
			keys[at] = keys[at-1]
		}
		keys[at] = k
	}
}

// byDigit writes keys into dst in the order of 8 bits of their ranks above low.
func byDigit(dst, keys []key, low uint32, shift uint) {
	var next [256]uint32
	for _, k := range keys {
		next[uint8((k.rank()-low)>>shift)]++
	}
	sum := uint32(0)
	for d, n := range next {
		next[d] = sum
		sum += n
	}
	for _, k := range keys {
		d := uint8((k.rank() - low) >> shift)
		dst[next[d]] = k
		next[d]++
	}
}
