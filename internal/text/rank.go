package text

import (
	"bytes"
	"cmp"
	"slices"
)

// ranks gives each string's place in the order of code points.
func ranks(d *dict) []int32 {
	ids := make([]int32, d.len())
	for i := range ids {
		ids[i] = int32(i)
	}
	slices.SortFunc(ids, func(a, b int32) int { return bytes.Compare(d.at(a), d.at(b)) })
	rank := make([]int32, len(ids))
	for place, id := range ids {
		rank[id] = int32(place)
	}
	return rank
}

// sortByRank sorts nodes by the rank of their tokens.
func sortByRank(nodes, token, rank []int32) {
	slices.SortFunc(nodes, func(a, b int32) int { return cmp.Compare(rank[token[a]], rank[token[b]]) })
}
