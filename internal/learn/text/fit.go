package text

import (
	"cmp"
	"slices"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
)

// Fit learns the terms of docs and gives docs' own matrix too, which costs
// nothing more. o must be valid. The result does not depend on cores.
func Fit(docs []string, o Options, cores int) (*Vectorizer, *matrix.CSR, error) {
	if o.Hash > 0 {
		v := newVectorizer(o)
		return v, v.Transform(docs, cores), nil
	}
	c := count(docs, &o, cores)
	keep := c.choose(&o, len(docs))
	if !slices.Contains(keep, true) {
		return nil, nil, diag.New("no term is left: the documents are empty, or hold only stop words, or min_df and max_df leave nothing between them", "lower min_df, raise max_df, or look at the column's first rows with explore")
	}
	v := newVectorizer(o)
	var moved []int32
	v.trie, moved = c.trie.prune(keep)
	v.number(keep, moved)
	if o.Weight == "tfidf" && o.UseIDF {
		v.docs, v.df = len(docs), c.frequencies(v, moved)
		v.idf = inverse(v.df, v.docs, o.SmoothIDF)
	}
	c.trie, c.df, c.total = nil, nil, nil // which the terms left out make large
	return v, v.rows(c, moved, cores), nil
}

// counted is what one pass over the documents leaves.
type counted struct {
	trie   *trie
	df     []int32 // per node: documents that have it
	total  []int64 // per node: times it appears
	ends   []int   // per document: where its terms end in nodes and counts
	nodes  []int32
	counts []int32
}

// count scans the documents in parts at once and joins the parts in order, which
// numbers the terms just as one scan of all would.
func count(docs []string, o *Options, cores int) *counted {
	parts := make([]*counted, max(1, min(cores, len(docs)/64)))
	var g errgroup.Group
	for i := range parts {
		g.Go(func() error {
			parts[i] = scan(docs[len(docs)*i/len(parts):len(docs)*(i+1)/len(parts)], o)
			return nil
		})
	}
	g.Wait()
	c := parts[0]
	for _, part := range parts[1:] {
		c.join(part)
	}
	c.df, c.total = make([]int32, c.trie.len()), make([]int64, c.trie.len())
	for i, node := range c.nodes {
		c.df[node]++
		c.total[node] += int64(c.counts[i])
	}
	return c
}

func scan(docs []string, o *Options) *counted {
	c := &counted{trie: &trie{}}
	s, r := newScanner(o, c.trie, true), row{}
	for i, doc := range docs {
		r.scan(s, doc)
		if i == 15 { // these tell how much room all will take
			n := len(c.nodes) * (len(docs) + 8) / i
			c.nodes, c.counts = slices.Grow(c.nodes, n), slices.Grow(c.counts, n)
		}
		c.nodes, c.counts = append(c.nodes, r.nodes...), append(c.counts, r.counts...)
		c.ends = append(c.ends, len(c.nodes))
	}
	return c
}

// join appends the documents of a later part.
func (c *counted) join(part *counted) {
	moved := c.trie.graft(part.trie)
	base := len(c.nodes)
	for _, node := range part.nodes {
		c.nodes = append(c.nodes, moved[node])
	}
	c.counts = append(c.counts, part.counts...)
	for _, end := range part.ends {
		c.ends = append(c.ends, base+end)
	}
}

// choose says which nodes become columns. Of equally frequent terms at the
// edge of max_features the first in order stay.
func (c *counted) choose(o *Options, n int) []bool {
	low, high := documents(o.MinDF, n, o.MinDF < 1), documents(o.MaxDF, n, o.MaxDF <= 1)
	keep, kept := make([]bool, c.trie.len()), 0
	for node := range keep {
		// A mere ancestor of longer n-grams was never counted.
		df := float64(c.df[node])
		keep[node] = df > 0 && df >= low && df <= high
		if keep[node] {
			kept++
		}
	}
	if o.MaxFeatures == 0 || kept <= o.MaxFeatures {
		return keep
	}
	order := slices.DeleteFunc(c.trie.order(), func(node int32) bool { return !keep[node] })
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(c.total[b], c.total[a]) })
	for _, node := range order[o.MaxFeatures:] {
		keep[node] = false
	}
	return keep
}

// number gives the kept nodes their columns, in the order of the terms.
func (v *Vectorizer) number(keep []bool, moved []int32) {
	v.column = make([]int32, v.trie.len())
	for i := range v.column {
		v.column[i] = none
	}
	for node, kept := range keep {
		if kept {
			v.column[moved[node]] = 0
		}
	}
	for _, node := range v.trie.order() {
		if v.column[node] != none {
			v.column[node] = int32(len(v.nodes))
			v.nodes = append(v.nodes, node)
		}
	}
}

// frequencies gives the document frequency of every column.
func (c *counted) frequencies(v *Vectorizer, moved []int32) []int32 {
	df := make([]int32, len(v.nodes))
	for node, to := range moved {
		if to >= 0 && v.column[to] >= 0 {
			df[v.column[to]] = c.df[node]
		}
	}
	return df
}

// rows gives the weights of the documents that were counted.
func (v *Vectorizer) rows(c *counted, moved []int32, cores int) *matrix.CSR {
	docs := len(c.ends)
	out := &matrix.CSR{Indptr: make([]int, docs+1)}
	start, kept := 0, 0
	for d, end := range c.ends {
		for i, node := range c.nodes[start:end] {
			node = moved[node]
			c.nodes[start+i] = node
			if node != none && v.column[node] != none {
				kept++
			}
		}
		start, out.Indptr[d+1] = end, kept
	}
	out.Indices, out.Data = make([]int32, kept), make([]float64, kept)
	parts := max(1, min(cores, docs/64))
	var g errgroup.Group
	for p := range parts {
		g.Go(func() error {
			v.fill(out, c, docs*p/parts, docs*(p+1)/parts)
			return nil
		})
	}
	g.Wait()
	return out
}

// fill writes rows lo to hi of out, whose Indptr is known.
func (v *Vectorizer) fill(out *matrix.CSR, c *counted, lo, hi int) {
	var packed []uint64
	for d := lo; d < hi; d++ {
		start := 0
		if d > 0 {
			start = c.ends[d-1]
		}
		a, b := out.Indptr[d], out.Indptr[d+1]
		indices, data := out.Indices[a:a:b], out.Data[a:a:b]
		packed = v.appendRow(&indices, &data, c.nodes[start:c.ends[d]], c.counts[start:c.ends[d]], packed)
	}
	v.weigh(&matrix.CSR{Indptr: rebase(out.Indptr[lo : hi+1]), Indices: out.Indices[out.Indptr[lo]:out.Indptr[hi]], Data: out.Data[out.Indptr[lo]:out.Indptr[hi]]})
}

// appendRow appends a row of nodes and counts as ascending columns, without
// those that have none, to indices and data. It gives a buffer for the next call.
func (v *Vectorizer) appendRow(indices *[]int32, data *[]float64, nodes, counts []int32, packed []uint64) []uint64 {
	packed = packed[:0]
	for i, node := range nodes {
		if node == none || v.column[node] == none {
			continue
		}
		packed = append(packed, uint64(v.column[node])<<32|uint64(counts[i]))
	}
	slices.Sort(packed)
	for _, p := range packed {
		*indices = append(*indices, int32(p>>32))
		*data = append(*data, float64(uint32(p)))
	}
	return packed
}

// rebase gives the offsets relative to the first.
func rebase(indptr []int) []int {
	out := make([]int, len(indptr))
	for i, p := range indptr {
		out[i] = p - indptr[0]
	}
	return out
}
