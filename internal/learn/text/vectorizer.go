package text

import (
	"maps"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"labbook/internal/data/matrix"
)

// Vectorizer is fitted; it is immutable and safe for concurrent use.
type Vectorizer struct {
	options Options
	trie    *trie
	column  []int32   // per node: its column, none for a mere ancestor
	nodes   []int32   // per column: its node
	docs    int       // that it was fitted to
	df      []int32   // per column: how many of them have it; nil when that does not count
	idf     []float64 // per column, what follows from df

	readers *sync.Pool // of *reader
}

func newVectorizer(o Options) *Vectorizer { return &Vectorizer{options: o, readers: &sync.Pool{}} }

// Options gives what the vectorizer was fitted with.
func (v *Vectorizer) Options() Options { return v.options }

// Cols gives the number of columns.
func (v *Vectorizer) Cols() int {
	if v.options.Hash > 0 {
		return v.options.Hash
	}
	return len(v.nodes)
}

// Name gives a column's term; "" for a hashed one.
func (v *Vectorizer) Name(column int) string {
	if v.options.Hash > 0 {
		return ""
	}
	return string(v.trie.appendName(nil, v.nodes[column]))
}

// Names gives the terms of all columns; a hashed one is called by its place.
func (v *Vectorizer) Names() []string {
	names := make([]string, v.Cols())
	if v.options.Hash > 0 {
		for i := range names {
			names[i] = "hash " + strconv.Itoa(i)
		}
		return names
	}
	// All in one string: a vocabulary is too large for an allocation a term.
	ends, all := make([]int, len(names)), make([]byte, 0, 16*len(names))
	for i, node := range v.nodes {
		all = v.trie.appendName(all, node)
		ends[i] = len(all)
	}
	arena, start := string(all), 0
	for i, end := range ends {
		names[i], start = arena[start:end], end
	}
	return names
}

// IDF gives a column's inverse document frequency, 1 when it does not count.
func (v *Vectorizer) IDF(column int) float64 {
	if v.idf == nil {
		return 1
	}
	return v.idf[column]
}

// Transform gives a row per document. The result does not depend on cores.
func (v *Vectorizer) Transform(docs []string, cores int) *matrix.CSR {
	parts := make([]*matrix.CSR, max(1, min(cores, len(docs)/64)))
	if len(parts) == 1 {
		return v.transform(docs)
	}
	var g errgroup.Group
	for i := range parts {
		g.Go(func() error {
			parts[i] = v.transform(docs[len(docs)*i/len(parts) : len(docs)*(i+1)/len(parts)])
			return nil
		})
	}
	g.Wait()
	return stack(parts)
}

func (v *Vectorizer) transform(docs []string) *matrix.CSR {
	var m *matrix.CSR
	if v.options.Hash > 0 {
		m = hashed(docs, &v.options)
	} else {
		m = v.counts(docs)
	}
	v.weigh(m)
	return m
}

// counts gives the counts of the known terms.
func (v *Vectorizer) counts(docs []string) *matrix.CSR {
	r, _ := v.readers.Get().(*reader)
	if r == nil {
		r = &reader{scanner: newScanner(&v.options, v.trie, false)}
	}
	out := &matrix.CSR{Indptr: make([]int, 1, len(docs)+1)}
	for _, doc := range docs {
		r.read(v, doc)
		out.Indices, out.Data = r.appendCounts(out.Indices, out.Data)
		out.Indptr = append(out.Indptr, len(out.Indices))
	}
	if r.small() {
		v.readers.Put(r)
	}
	return out
}

// appendSorted appends a row given as a map, leaving out what cancelled.
func appendSorted(indices []int32, data []float64, sums map[int32]float64) ([]int32, []float64) {
	for _, c := range slices.Sorted(maps.Keys(sums)) {
		if sums[c] != 0 {
			indices, data = append(indices, c), append(data, sums[c])
		}
	}
	return indices, data
}

// stack puts matrices under one another.
func stack(parts []*matrix.CSR) *matrix.CSR {
	if len(parts) == 1 {
		return parts[0]
	}
	rows, n := 0, 0
	for _, p := range parts {
		rows, n = rows+len(p.Indptr)-1, n+len(p.Indices)
	}
	out := &matrix.CSR{Indptr: make([]int, 1, rows+1), Indices: make([]int32, 0, n), Data: make([]float64, 0, n)}
	for _, p := range parts {
		base := len(out.Indices)
		for _, end := range p.Indptr[1:] {
			out.Indptr = append(out.Indptr, base+end)
		}
		out.Indices, out.Data = append(out.Indices, p.Indices...), append(out.Data, p.Data...)
	}
	return out
}
