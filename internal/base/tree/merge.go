package tree

import "slices"

// Merge gives base with what over says put over it: maps are merged key by
// key, anything else is replaced. A nil tree changes nothing.
func Merge(base, over *Node) *Node {
	if over == nil {
		return base
	}
	if base == nil || base.Kind != Map || over.Kind != Map {
		return over
	}
	merged := *over
	merged.Pairs = slices.Clone(base.Pairs)
	for _, p := range over.Pairs {
		i := slices.IndexFunc(merged.Pairs, func(b Pair) bool { return b.Key.Text == p.Key.Text })
		if i < 0 {
			merged.Pairs = append(merged.Pairs, p)
			continue
		}
		merged.Pairs[i] = Pair{p.Key, Merge(merged.Pairs[i].Value, p.Value)}
	}
	return &merged
}

// Without gives a map without one key.
func Without(n *Node, key string) *Node {
	c := *n
	c.Pairs = slices.DeleteFunc(slices.Clone(n.Pairs), func(p Pair) bool { return p.Key.Text == key })
	return &c
}
