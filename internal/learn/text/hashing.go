package text

import "labbook/internal/data/matrix"

// hashed gives the matrix of signed counts in a fixed number of columns, for
// text whose vocabulary has no bound: nothing is fitted and nothing is kept.
func hashed(docs []string, o *Options) *matrix.CSR {
	out := &matrix.CSR{Indptr: make([]int, 1, len(docs)+1)}
	for _, doc := range docs {
		// The terms of one document only, so memory is bounded by the document.
		t := &trie{}
		s, r := newScanner(o, t, true), row{}
		r.scan(s, doc)
		sums := map[int32]float64{}
		var name []byte
		for i, node := range r.nodes {
			name = t.appendName(name[:0], node)
			column, sign := bucket(name, o.Hash)
			sums[column] += sign * float64(r.counts[i])
		}
		out.Indices, out.Data = appendSorted(out.Indices, out.Data, sums)
		out.Indptr = append(out.Indptr, len(out.Indices))
	}
	return out
}
