package text

import (
	"encoding/json"
	"errors"
	"math"
	"slices"

	"labbook/internal/base/wire"
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
	var w wire.Writer
	w.Sized(options)
	if v.options.Hash > 0 {
		return w, nil
	}
	t := v.trie
	w.Int(t.tokens.len())
	for id := range int32(t.tokens.len()) {
		w.Sized(t.tokens.at(id))
	}
	w.Int(t.len())
	for node := range t.parent {
		w.Int(int(t.parent[node] + 1))
		w.Int(int(t.token[node]))
		w.Int(int(v.column[node] + 1))
	}
	w.Int(v.docs)
	w.Int(len(v.df))
	for _, n := range v.df {
		w.Int(int(n))
	}
	return w, nil
}

var errDamaged = errors.New("text: not an encoded vectorizer, or a damaged one")

// UnmarshalBinary is the inverse of MarshalBinary. Any bytes give a usable
// vectorizer or an error.
func (v *Vectorizer) UnmarshalBinary(data []byte) error {
	r := wire.Read(data)
	out := newVectorizer(Options{})
	out.trie = &trie{}
	if json.Unmarshal(r.Sized(), &out.options) != nil || out.options.Validate() != nil {
		return errDamaged
	}
	if out.options.Hash > 0 {
		*v = *out
		return nil
	}
	t := out.trie
	tokens := r.Count(1)
	t.tokens.reserve(tokens)
	for i := range tokens {
		if t.tokens.add(r.Sized()) != int32(i) {
			return errDamaged
		}
	}
	nodes := r.Count(3)
	t.reserve(nodes)
	out.column, out.nodes = make([]int32, 0, nodes), make([]int32, 0, nodes)
	for i := range nodes {
		parent, token, column := int32(r.Below(i+1))-1, int32(r.Below(t.tokens.len())), int32(r.Below(nodes+1))-1
		if r.Failed() || parent >= 0 && t.depth[parent] == math.MaxUint8 {
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
	out.docs = r.Below(math.MaxInt32)
	for range r.Count(1) {
		df := r.Below(out.docs + 1)
		if df < 1 {
			return errDamaged
		}
		out.df = append(out.df, int32(df))
	}
	if !r.Done() || slices.Contains(out.nodes, none) || out.df != nil && len(out.df) != len(out.nodes) {
		return errDamaged
	}
	if out.df != nil {
		out.idf = inverse(out.df, out.docs, out.options.SmoothIDF)
	}
	*v = *out
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
