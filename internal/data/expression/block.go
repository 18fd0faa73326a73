package expression

import "labbook/internal/data/table"

// blockRows is how many rows are evaluated at a time: few enough that all
// intermediate results stay in the cache nearest to the core.
const blockRows = 1024

// block is a stretch of rows under evaluation, with room for the intermediate
// results: as every block asks for room in the same order, it is used again, also by the
// next who evaluates the formula.
type block struct {
	columns   []*table.Column
	low, rows int
	numbers   pool[float64]
	texts     pool[string]
	bools     pool[bool]
}

func (b *block) reset() { b.numbers.used, b.texts.used, b.bools.used = 0, 0, 0 }

type pool[T any] struct {
	all  [][]T
	used int
}

func (p *pool[T]) take(n int) []T {
	switch {
	case p.used == len(p.all):
		p.all = append(p.all, make([]T, n))
	case cap(p.all[p.used]) < n:
		p.all[p.used] = make([]T, n)
	}
	p.used++
	return p.all[p.used-1][:n]
}

// node is a checked part of a formula. The function of its kind gives its
// values over a block; they belong to the block and may be overwritten by the
// node that asked for them.
type node struct {
	kind    Kind
	numbers func(*block) []float64 // Number and Date
	texts   func(*block) []string
	bools   func(*block) []bool
	field   *table.Field // when it is a column
	literal *string      // when it is a text written in the formula
	column  int          // index into block.columns, when it is a column
}

// mapNumbers applies f to every value of n.
func mapNumbers(n node, f func(float64) float64) node {
	return node{kind: Number, numbers: func(b *block) []float64 {
		values := n.numbers(b)
		for i, v := range values {
			values[i] = f(v)
		}
		return values
	}}
}

// zipNumbers combines two numbers row by row.
func zipNumbers(kind Kind, left, right node, f func(x, y float64) float64) node {
	return node{kind: kind, numbers: func(b *block) []float64 {
		x, y := left.numbers(b), right.numbers(b)
		for i := range x {
			x[i] = f(x[i], y[i])
		}
		return x
	}}
}

// test gives a truth value per row, of the values that take gives.
func test[T any](take func(*block) []T, f func(T) bool) node {
	return node{kind: Bool, bools: func(b *block) []bool {
		out := b.bools.take(b.rows)
		for i, v := range take(b) {
			out[i] = f(v)
		}
		return out
	}}
}

// compare gives a truth value per row, of two values each.
func compare[T any](left, right func(*block) []T, f func(x, y T) bool) node {
	return node{kind: Bool, bools: func(b *block) []bool {
		out := b.bools.take(b.rows)
		x, y := left(b), right(b)
		for i := range x {
			out[i] = f(x[i], y[i])
		}
		return out
	}}
}

// choose takes each row's value from one of two.
func choose[T any](which func(*block) []bool, yes, no func(*block) []T) func(*block) []T {
	return func(b *block) []T {
		take, out, other := which(b), yes(b), no(b)
		for i, yes := range take {
			if !yes {
				out[i] = other[i]
			}
		}
		return out
	}
}

// coalesce takes the other value where the first is missing.
func coalesce[T any](first, other func(*block) []T, missing func(T) bool) func(*block) []T {
	return func(b *block) []T {
		out, other := first(b), other(b)
		for i, v := range out {
			if missing(v) {
				out[i] = other[i]
			}
		}
		return out
	}
}

func constNumber(kind Kind, v float64) node {
	return node{kind: kind, numbers: func(b *block) []float64 { return fill(b.numbers.take(b.rows), v) }}
}

func constText(v string) node {
	return node{kind: Text, literal: &v, texts: func(b *block) []string { return fill(b.texts.take(b.rows), v) }}
}

func constBool(v bool) node {
	return node{kind: Bool, bools: func(b *block) []bool { return fill(b.bools.take(b.rows), v) }}
}

func fill[T any](out []T, v T) []T {
	for i := range out {
		out[i] = v
	}
	return out
}

// columnNode reads column i of the block. Values are copied, so that nodes may
// work in place.
func columnNode(i int, f *table.Field) node {
	n := node{kind: Number, field: f, column: i}
	switch f.Type {
	case table.Category, table.Text:
		n.kind = Text
		n.texts = func(b *block) []string { return readTexts(b, b.columns[i]) }
		return n
	case table.Date:
		n.kind = Date
	}
	n.numbers = func(b *block) []float64 {
		out := b.numbers.take(b.rows)
		copy(out, b.columns[i].Num[b.low:])
		return out
	}
	return n
}

func readTexts(b *block, c *table.Column) []string {
	out := b.texts.take(b.rows)
	if c.Type == table.Text {
		copy(out, c.Texts[b.low:])
		return out
	}
	for i, code := range c.Codes[b.low : b.low+b.rows] {
		out[i] = ""
		if code >= 0 {
			out[i] = c.Levels[code]
		}
	}
	return out
}
