package text

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"slices"
)

// The encoding: the options as JSON, the tokens, the trie's nodes in order
// (parent, token, column), the number of documents and the document frequencies.
// Numbers are unsigned varints.

// MarshalBinary gives a stable encoding.
func (v *Vectorizer) MarshalBinary() ([]byte, error) {
	options, err := json.Marshal(v.options)
	if err != nil {
		return nil, err
	}
	b := appendBytes(nil, options)
	if v.options.Hash > 0 {
		return b, nil
	}
	t := v.trie
	b = binary.AppendUvarint(b, uint64(t.tokens.len()))
	for id := range int32(t.tokens.len()) {
		b = appendBytes(b, t.tokens.at(id))
	}
	b = binary.AppendUvarint(b, uint64(t.len()))
	for node := range t.parent {
		b = binary.AppendUvarint(b, uint64(t.parent[node]+1))
		b = binary.AppendUvarint(b, uint64(t.token[node]))
		b = binary.AppendUvarint(b, uint64(v.column[node]+1))
	}
	b = binary.AppendUvarint(b, uint64(v.docs))
	b = binary.AppendUvarint(b, uint64(len(v.df)))
	for _, n := range v.df {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b, nil
}

var errDamaged = errors.New("text: not an encoded vectorizer, or a damaged one")

// UnmarshalBinary is the inverse of MarshalBinary. Any bytes give a usable
// vectorizer or an error.
func (v *Vectorizer) UnmarshalBinary(data []byte) error {
	r := reader{data: data}
	out := Vectorizer{trie: &trie{}}
	if json.Unmarshal(r.bytes(), &out.options) != nil || out.options.Validate() != nil {
		return errDamaged
	}
	if out.options.Hash > 0 {
		*v = out
		return nil
	}
	t := out.trie
	tokens := r.count()
	t.tokens.reserve(tokens)
	for i := range tokens {
		if t.tokens.add(r.bytes()) != int32(i) {
			return errDamaged
		}
	}
	nodes := r.count()
	t.reserve(nodes)
	out.column, out.nodes = make([]int32, 0, nodes), make([]int32, 0, nodes)
	for i := range nodes {
		parent, token, column := int32(r.uvarint())-1, int32(r.uvarint()), int32(r.uvarint())-1
		if r.failed || parent >= int32(i) || token < 0 || int(token) >= t.tokens.len() || parent >= 0 && t.depth[parent] == math.MaxUint8 {
			return errDamaged
		}
		node := int32(none)
		if parent >= 0 {
			node = t.child(parent, token, true)
		} else {
			node = t.root(token, true)
		}
		if node != int32(i) || !out.place(node, column, nodes) {
			return errDamaged
		}
	}
	out.docs = int(r.uvarint())
	for range r.count() {
		df := int32(r.uvarint())
		r.failed = r.failed || df < 1 || int(df) > out.docs
		out.df = append(out.df, df)
	}
	r.failed = r.failed || slices.Contains(out.nodes, none)
	if r.failed || len(r.data) > 0 || out.df != nil && len(out.df) != len(out.nodes) {
		return errDamaged
	}
	if out.df != nil {
		out.idf = inverse(out.df, out.docs, out.options.SmoothIDF)
	}
	*v = out
	return nil
}

// place gives a node its column, of which there are at most limit, and reports
// whether that was free.
func (v *Vectorizer) place(node, column int32, limit int) bool {
	v.column = append(v.column, column)
	if column < 0 {
		return true
	}
	if int(column) >= limit {
		return false
	}
	for len(v.nodes) <= int(column) {
		v.nodes = append(v.nodes, none)
	}
	if v.nodes[column] != none {
		return false
	}
	v.nodes[column] = node
	return true
}

func appendBytes(b, s []byte) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// reader takes values off the front of data; after a failure it gives zeros.
type reader struct {
	data   []byte
	failed bool
}

func (r *reader) uvarint() uint64 {
	x, n := binary.Uvarint(r.data)
	if n <= 0 || x > math.MaxInt32 {
		r.failed, r.data = true, nil
		return 0
	}
	r.data = r.data[n:]
	return x
}

// count gives the length of a list, each element of which takes a byte or more.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.data)) {
		r.failed, r.data = true, nil
		return 0
	}
	return int(n)
}

func (r *reader) bytes() []byte {
	n := r.count()
	s := r.data[:n]
	r.data = r.data[n:]
	return s
}
