package text

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// ranks gives each string's place in the order of code points.
func ranks(d *dict) []int32 {
	// Most pairs differ in their first bytes, which are compared as a number.
	type entry struct {
		first uint64
		id    int32
	}
	entries := make([]entry, d.len())
	for i := range entries {
		var b [8]byte
		copy(b[:], d.at(int32(i)))
		entries[i] = entry{binary.BigEndian.Uint64(b[:]), int32(i)}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if a.first != b.first {
			return cmp.Compare(a.first, b.first)
		}
		return bytes.Compare(d.at(a.id), d.at(b.id))
	})
	rank := make([]int32, len(entries))
	for place, e := range entries {
		rank[e.id] = int32(place)
	}
	return rank
}

// sortByRank sorts nodes by the rank of their tokens, which all differ. It uses
// packed, and gives it back, perhaps grown.
func sortByRank(nodes, token, rank []int32, packed []uint64) []uint64 {
	packed = packed[:0]
	for _, node := range nodes {
		packed = append(packed, uint64(rank[token[node]])<<32|uint64(node))
	}
	slices.Sort(packed)
	for i, p := range packed {
		nodes[i] = int32(uint32(p))
	}
	return packed
}
