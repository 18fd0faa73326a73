package text

import (
	"math/bits"
	"slices"
)

// reader finds the columns of documents once the terms are known. It is for one
// goroutine at a time, and its memory is used again: that is most of what a
// request for one document would cost.
type reader struct {
	scanner        *scanner
	tokens, nodes  []int32 // of the document, in its order
	columns, spare []int32 // of the document, ascending, one for each time that a term appears
}

// read finds the columns of a document. Where terms are words it takes all that
// are one word long, then all of two, and so on: the look-ups of one length do
// not depend on each other, so that the processor waits for many at once.
func (r *reader) read(v *Vectorizer, doc string) {
	r.columns = r.columns[:0]
	s := r.scanner
	if s.chars != nil {
		s.each(doc, func(node int32) { r.add(v, node) })
		r.sort(v.Cols())
		return
	}
	r.tokens, r.nodes = r.tokens[:0], r.nodes[:0]
	s.words.each(doc, func(word []byte) {
		if token := s.meaning(word); token != stopped {
			r.tokens = append(r.tokens, token)
			r.nodes = append(r.nodes, s.trie.root(token, false))
		}
	})
	for n := 1; ; n++ {
		if n >= s.low {
			for _, node := range r.nodes {
				r.add(v, node)
			}
		}
		if n >= s.high || n >= len(r.tokens) {
			break
		}
		r.nodes = r.nodes[:len(r.tokens)-n]
		s.trie.children.findAll(r.nodes, r.tokens[n:])
	}
	r.sort(v.Cols())
}

func (r *reader) add(v *Vectorizer, node int32) {
	if node >= 0 && v.column[node] >= 0 {
		r.columns = append(r.columns, v.column[node])
	}
}

// appendCounts appends the columns, each once, and how often each was there.
func (r *reader) appendCounts(indices []int32, data []float64) ([]int32, []float64) {
	different := 0
	for i, c := range r.columns {
		if i == 0 || c != r.columns[i-1] {
			different++
		}
	}
	indices, data = slices.Grow(indices, different), slices.Grow(data, different)
	for i, c := range r.columns {
		if i == 0 || c != r.columns[i-1] {
			indices, data = append(indices, c), append(data, 0)
		}
		data[len(data)-1]++
	}
	return indices, data
}

// small says whether the memory is worth keeping: a single long document, or
// many with words of their own, must not hold it for ever.
func (r *reader) small() bool {
	const most = 1 << 16
	return cap(r.tokens) <= most && cap(r.columns) <= most && r.scanner.seen.len() <= most
}

// sort sorts the columns, which are less than n: a few by comparing, more by
// their digits, the last one first, which takes a step per column and digit.
func (r *reader) sort(n int) {
	const few, widest = 128, 11
	if len(r.columns) < few {
		slices.Sort(r.columns)
		return
	}
	r.spare = slices.Grow(r.spare[:0], len(r.columns))[:len(r.columns)]
	length := bits.Len(uint(n - 1))
	digits := (length + widest - 1) / widest
	for d := range digits {
		var starts [1 << widest]int32
		width := (length + digits - 1) / digits
		shift, mask := d*width, int32(1)<<width-1
		for _, c := range r.columns {
			starts[c>>shift&mask]++
		}
		start := int32(0)
		for digit, count := range starts[:mask+1] {
			starts[digit], start = start, start+count
		}
		for _, c := range r.columns {
			at := &starts[c>>shift&mask]
			r.spare[*at] = c
			*at++
		}
		r.columns, r.spare = r.spare, r.columns
	}
}
