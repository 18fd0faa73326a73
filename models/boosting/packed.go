package boosting

import (
	"sync"
	"weak"
)

// packed are trees as they are encoded, which is a third of what they take
// decoded. A model that was read predicts with what is compiled from them, and
// keeps them like this for whoever asks for an explanation or an export.
type packed struct {
	data    []byte // their number, then each
	count   int
	columns int

	mu    sync.Mutex
	trees weak.Pointer[[]*Tree] // as long as the garbage collector leaves them
}

// unpack gives the trees. It is safe for concurrent use.
func (p *packed) unpack() []*Tree {
	p.mu.Lock()
	defer p.mu.Unlock()
	if trees := p.trees.Value(); trees != nil {
		return *trees
	}
	r := decoder{rest: p.data}
	trees := r.trees(p.columns)
	p.trees = weak.Make(&trees)
	return trees
}

// grown gives the model's trees, round by round, the groups in order.
func (m *Model) grown() []*Tree {
	if m.packed != nil {
		return m.packed.unpack()
	}
	return m.trees
}

// size is the number of trees.
func (m *Model) size() int {
	if m.packed != nil {
		return m.packed.count
	}
	return len(m.trees)
}
