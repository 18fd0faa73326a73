// Package ascending sorts numbers without comparing them: where few are different by counting
// each, else by the digits of their bits, from the last to the first (LSD radix sort: Knuth,
// The Art of Computer Programming 3, 5.2.5).
package ascending

import (
	"cmp"
	"math"
	"slices"
)

// few is how many values are sorted faster by comparing.
const few = 512

// Floats sorts values in place: NaN first, as slices.Sort does, and -0 before 0.
func Floats(values []float64) {
	if len(values) < few {
		slices.SortFunc(values, func(a, b float64) int { return cmp.Compare(key(a), key(b)) })
		return
	}
	if counted(values) {
		return
	}
	keys := make([]uint64, 2*len(values))
	for i, v := range values {
		keys[i] = key(v)
	}
	sorted, _ := passes(keys[:len(values)], keys[len(values):], nil, nil)
	for i, k := range sorted {
		values[i] = value(k)
	}
}

// Words sorts values in place.
func Words(values []uint64) {
	if len(values) < few {
		slices.Sort(values)
		return
	}
	sorted, _ := passes(values, make([]uint64, len(values)), nil, nil)
	copy(values, sorted)
}

// Places gives the places of values from the least to the greatest: NaN first, equal ones, as
// -0 and 0 are, in the order of their places.
func Places(values []float64) []int {
	n := len(values)
	places := make([]int, 2*n)[:n]
	for i := range places {
		places[i] = i
	}
	if n < few {
		slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
		return places
	}
	keys := make([]uint64, 2*n)
	for i, v := range values {
		keys[i] = key(v + 0) // -0 + 0 is 0
	}
	_, places = passes(keys[:n], keys[n:], places, places[n:2*n])
	return slices.Clip(places)
}

// key gives whole numbers in the order of values: NaN is 0.
func key(v float64) uint64 {
	if v != v {
		return 0
	}
	bits := math.Float64bits(v)
	return bits ^ (uint64(int64(bits)>>63) | 1<<63)
}

// value is the inverse of key.
func value(k uint64) float64 {
	if k == 0 {
		return math.NaN()
	}
	return math.Float64frombits(k ^ (uint64(int64(^k)>>63) | 1<<63))
}

// passes sorts keys, and places as their keys, which may be nil: a pass for each byte in
// which keys differ. It gives those slices in which both are; the others have their length.
func passes(keys, spare []uint64, places, spared []int) ([]uint64, []int) {
	var counts [8][256]int
	for _, k := range keys {
		for d := range counts {
			counts[d][byte(k>>(8*d))]++
		}
	}
	for d := range counts {
		next, shift := &counts[d], 8*d
		if next[byte(keys[0]>>shift)] == len(keys) {
			continue
		}
		sum := 0
		for digit, n := range next {
			next[digit], sum = sum, sum+n
		}
		if places == nil {
			for _, k := range keys {
				at := &next[byte(k>>shift)]
				spare[*at] = k
				*at++
			}
		} else {
			for i, k := range keys {
				at := &next[byte(k>>shift)]
				spare[*at], spared[*at] = k, places[i]
				*at++
			}
		}
		keys, spare, places, spared = spare, keys, spared, places
	}
	return keys, places
}

const (
	mostCounted = 2048 // different values
	slots       = 4 * mostCounted
)

// counted sorts values of which few are different: each is found in a table of hashes, and
// written as often as it was found. It gives up, and changes nothing, where they are many.
func counted(values []float64) bool {
	var table struct {
		keys   [slots]uint64 // + 1: 0 is none
		counts [slots]int
	}
	found := make([]uint64, 0, mostCounted)
	slot := func(k uint64) int {
		at := int(k * 0x9e3779b97f4a7c15 >> 51)
		for table.keys[at] != k+1 && table.keys[at] != 0 {
			at = (at + 1) % slots
		}
		return at
	}
	for _, v := range values {
		k := key(v)
		at := slot(k)
		if table.keys[at] == 0 {
			if len(found) == mostCounted {
				return false
			}
			table.keys[at] = k + 1
			found = append(found, k)
		}
		table.counts[at]++
	}
	slices.Sort(found)
	next := 0
	for _, k := range found {
		v := value(k)
		for end := next + table.counts[slot(k)]; next < end; next++ {
			values[next] = v
		}
	}
	return true
}
