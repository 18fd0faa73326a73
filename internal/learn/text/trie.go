package text

import "slices"

// trie numbers terms: words, word n-grams or character n-grams. A word n-gram
// is a path of nodes: that of "big data tool" is the child of that of
// "big data" by the word "tool", so an n-gram costs one look-up of a pair of
// numbers, whatever its length. A character n-gram is a node without parent.
type trie struct {
	tokens   dict    // words, or character n-grams
	single   []int32 // per token: the node of it alone, none if there is none
	children pairs   // (node, token) to node
	parent   []int32 // per node: none for a single token
	token    []int32 // per node: its last token
	depth    []uint8 // per node: its number of tokens
}

// none is no token, no node or no column.
const none = -1

func (t *trie) len() int { return len(t.parent) }

// reserve makes room for n nodes.
func (t *trie) reserve(n int) {
	t.children.reserve(max(0, n-t.tokens.len()))
	t.single = slices.Grow(t.single, t.tokens.len())
	t.parent, t.token, t.depth = slices.Grow(t.parent, n), slices.Grow(t.token, n), slices.Grow(t.depth, n)
}

// root gives the node of a single token, a new one if grow is set.
func (t *trie) root(token int32, grow bool) int32 {
	if token < 0 {
		return none
	}
	if int(token) < len(t.single) && t.single[token] >= 0 {
		return t.single[token]
	}
	if !grow {
		return none
	}
	for len(t.single) <= int(token) {
		t.single = append(t.single, none)
	}
	t.single[token] = t.node(none, token, 1)
	return t.single[token]
}

// child gives the node of a node's n-gram and one more token.
func (t *trie) child(parent, token int32, grow bool) int32 {
	if parent < 0 || token < 0 {
		return none
	}
	if !grow {
		return t.children.find(parent, token)
	}
	next := int32(t.len())
	id := t.children.add(parent, token, next)
	if id == next {
		t.node(parent, token, t.depth[parent]+1)
	}
	return id
}

func (t *trie) node(parent, token int32, depth uint8) int32 {
	t.parent = append(t.parent, parent)
	t.token = append(t.token, token)
	t.depth = append(t.depth, depth)
	return int32(t.len() - 1)
}

// appendName appends a node's term to dst: its words, a blank between them.
func (t *trie) appendName(dst []byte, node int32) []byte {
	if p := t.parent[node]; p >= 0 {
		dst = append(t.appendName(dst, p), ' ')
	}
	return append(dst, t.tokens.at(t.token[node])...)
}

// graft adds the nodes of another trie in their order, and gives where each
// of them is now.
func (t *trie) graft(other *trie) []int32 {
	tokens, moved := make([]int32, other.tokens.len()), make([]int32, other.len())
	for id := range tokens {
		tokens[id] = t.tokens.add(other.tokens.at(int32(id)))
	}
	for node := range moved {
		token := tokens[other.token[node]]
		if p := other.parent[node]; p >= 0 {
			moved[node] = t.child(moved[p], token, true)
		} else {
			moved[node] = t.root(token, true)
		}
	}
	return moved
}

// prune gives a trie of the nodes that keep names and of their ancestors, in
// the old order, and where each old node went, none for those left out.
func (t *trie) prune(keep []bool) (*trie, []int32) {
	needed := make([]bool, t.len())
	for node, kept := range keep {
		for n := int32(node); kept && n >= 0 && !needed[n]; n = t.parent[n] {
			needed[n] = true
		}
	}
	moved := make([]int32, t.len())
	if !slices.Contains(needed, false) {
		for node := range moved {
			moved[node] = int32(node)
		}
		return t, moved
	}
	out := &trie{}
	for node := range moved {
		moved[node] = none
		if !needed[node] {
			continue
		}
		token := out.tokens.add(t.tokens.at(t.token[node]))
		if p := t.parent[node]; p >= 0 {
			moved[node] = out.child(moved[p], token, true)
		} else {
			moved[node] = out.root(token, true)
		}
	}
	return out, moved
}

// order gives the nodes in the order of their terms, compared word by word in
// code points, a term before those it begins. For words without blanks or
// control characters that is the order of the terms as strings.
func (t *trie) order() []int32 {
	rank := ranks(&t.tokens)
	// Children of one parent stand together: a counting sort by parent.
	start := make([]int32, t.len()+2)
	for _, p := range t.parent {
		start[p+2]++
	}
	for i := 1; i < len(start); i++ {
		start[i] += start[i-1]
	}
	at, siblings := append([]int32(nil), start...), make([]int32, t.len())
	for node, p := range t.parent {
		siblings[at[p+1]] = int32(node)
		at[p+1]++
	}
	order, packed := make([]int32, 0, t.len()), []uint64(nil)
	var walk func(parent int32)
	walk = func(parent int32) {
		group := siblings[start[parent+1]:start[parent+2]]
		packed = sortByRank(group, t.token, rank, packed)
		for _, node := range group {
			order = append(order, node)
			walk(node)
		}
	}
	walk(none)
	return order
}
