package trees

import (
	"fmt"
	"math/bits"

	"labbook/internal/base/diag"
)

// tree is a binary tree of which only the splits are kept, in preorder: a left
// child right behind its parent, a right child behind the left one's subtree. A
// range of splits is a subtree, an empty range a leaf. A tree of n splits has
// n+1 leaves, and the nodes before a node of the preorder are the splits and the
// leaves before it, so that a walk that counts both has the numbers of the
// nodes and of the leaves for nothing.
type tree struct {
	splits []split
	// values are, of a regression, the mean of the rows of each node in
	// preorder; of classes, the shares of each leaf.
	values []float32
}

// split sends the rows whose number in the column is below the threshold to the
// left. link has the column in its lower bits and the splits of the left
// subtree in the others; a packing knows how many these are. At 8 bytes a split
// and 4 a node, large models stay small, and a walk touches few cache lines.
type split struct {
	threshold float32
	link      uint32
}

// packing is how many bits of a link are the column's.
type packing int

func packingOf(columns int) packing { return packing(bits.Len(uint(columns - 1))) }

func (p packing) column(link uint32) int { return int(link & (1<<p - 1)) }
func (p packing) left(link uint32) int   { return int(link >> p) }

// check says whether links could be made for a tree of so many splits.
func (p packing) check(splits int) error {
	if most := 1 << (32 - p); splits > most {
		return &diag.Error{What: "a tree has too many splits for so many columns", Found: fmt.Sprint(splits),
			Wanted: fmt.Sprintf("at most %d", most), Hint: "raise min_samples_leaf, or lower max_depth"}
	}
	return nil
}

// visit calls step for every split on the row's way down a regression's tree,
// with the split's column and the means of it and of the child.
func (t *tree) visit(p packing, row []float64, step func(column int, from, to float32)) {
	at, end, leaves := 0, len(t.splits), 0
	for at < end {
		s, from := t.splits[at], t.values[at+leaves]
		column, right := p.column(s.link), at+1+p.left(s.link)
		if float32(row[column]) < s.threshold {
			at, end = at+1, right
		} else {
			leaves += right - at
			at = right
		}
		step(column, from, t.values[at+leaves])
	}
}

// sound says whether the links make a tree over so many columns: whether every
// subtree lies within the one above it.
func (t *tree) sound(p packing, columns int) bool {
	ends := []int{len(t.splits)} // of the subtrees around the split
	for at, s := range t.splits {
		for ends[len(ends)-1] == at {
			ends = ends[:len(ends)-1]
		}
		right := at + 1 + p.left(s.link)
		if right > ends[len(ends)-1] || p.column(s.link) >= columns {
			return false
		}
		ends = append(ends, right)
	}
	return true
}
