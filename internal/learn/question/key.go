package question

import (
	"hash/fnv"
	"math"
	"slices"

	"labbook/internal/base/parallel"
	"labbook/internal/data/table"
)

// key is a column whose values recur and stand for things that have more than
// one row each: patients, schools, advertisements.
type key struct {
	*column
	determines []string // columns of which each thing has one value in all its rows
	within     []string // those and what is the key more roughly, as schools are of classes
	answer     bool     // each thing has nearly one value of the target
	dealt      bool     // its numbers were dealt out
}

// What a key takes.
const (
	fewestThings = 20
	fewestFacts  = 3      // columns that say something of a thing
	mostLooked   = 20_000 // rows, of whole things
	nearly       = .999   // of the rows agree with the first of their thing
	nearlyAnswer = .98
	byChance     = 1e-9 // at most the odds that so many agree though nothing binds them
)

// findKeys gives the columns that are keys. A column is one where other columns,
// some that are no finer than it, have one value for each of its values: what
// they say, they say of a thing. Or where the target has, so that whoever knows
// the thing knows the answer. Or where its numbers were dealt out. Dates are
// none, nor is what no value of repeats.
func findKeys(columns []*column, target *table.Column) []*key {
	found := make([]*key, len(columns))
	parallel.Each(2, len(columns), func(i int) {
		if c := columns[i]; c.Type != table.Date && c.copied == "" && !c.constant && c.names == "" && !c.speaks {
			found[i] = c.asKey(columns, target)
		}
	})
	return slices.DeleteFunc(found, func(k *key) bool { return k == nil })
}

// asKey gives the key that a column is, or nil.
func (c *column) asKey(columns []*column, target *table.Column) *key {
	rows := c.wholeThings()
	things, levels := codesOf(c.Column, rows)
	switch k := (&key{column: c, dealt: dealt(c.Column)}); {
	case k.dealt:
		return k
	case levels < fewestThings || 2*levels > len(rows):
		return nil
	}
	k := &key{column: c}
	for _, other := range columns {
		if other == c || other.constant || other.copied != "" {
			continue
		}
		if !bound(rows, things, levels, other.Column, levels-1, nearly) {
			continue
		}
		if k.within = append(k.within, other.Name); !rises(c.Column, other.Column, rows) {
			k.determines = append(k.determines, other.Name)
		}
	}
	k.answer = bound(rows, things, levels, target, levels/2, nearlyAnswer) && !rises(c.Column, target, rows)
	if len(k.determines) < fewestFacts && !k.answer {
		return nil
	}
	return k
}

// wholeThings gives some of the rows, but all or none of each thing.
func (c *column) wholeThings() []int {
	every := uint64(1 + c.Len()/mostLooked)
	var rows []int
	for i := range c.Len() {
		if !c.IsMissing(i) && (every == 1 || c.hash(i)%every == 0) {
			rows = append(rows, i)
		}
	}
	return rows
}

// hash gives a number that is the same for equal values.
func (c *column) hash(row int) uint64 {
	const odd = 0x9e3779b97f4a7c15 // 2^64 by the golden ratio
	switch c.Type {
	case table.Category:
		return uint64(c.Codes[row]) * odd >> 32
	case table.Text:
		h := fnv.New64a()
		h.Write([]byte(c.Texts[row]))
		return h.Sum64() >> 32
	}
	return math.Float64bits(c.Num[row]) * odd >> 32
}

// codesOf numbers the different values of some rows, a missing one too.
func codesOf(c *table.Column, rows []int) (codes []int, distinct int) {
	codes = make([]int, len(rows))
	switch c.Type {
	case table.Category:
		return number(codes, rows, func(row int) int32 { return c.Codes[row] })
	case table.Text:
		return number(codes, rows, func(row int) string { return c.Texts[row] })
	}
	return number(codes, rows, func(row int) float64 {
		if c.IsMissing(row) {
			return math.Inf(1) // NaN is no key
		}
		return c.Num[row]
	})
}

func number[T comparable](codes, rows []int, value func(row int) T) ([]int, int) {
	index := make(map[T]int, 64)
	for i, row := range rows {
		v := value(row)
		code, seen := index[v]
		if !seen {
			code = len(index)
			index[v] = code
		}
		codes[i] = code
	}
	return codes, len(index)
}

// bound says that a column has at most so many values, that the rows of a thing
// have one of them, but for a few, and that this is not by chance: so many rows
// with the value of the first of their thing would not be met if values fell on
// rows at random.
func bound(rows, things []int, levels int, c *table.Column, most int, share float64) bool {
	agree, ok := agreeing(rows, things, levels, c, share)
	if !ok {
		return false
	}
	values, distinct := codesOf(c, rows)
	counts := make([]float64, distinct)
	for _, v := range values {
		counts[v]++
	}
	same := 0. // the odds that two rows have the same value
	for _, n := range counts {
		same += n * n / float64(len(rows)) / float64(len(rows))
	}
	return distinct > 1 && distinct <= most && agree*math.Log(same) < math.Log(byChance)
}

// agreeing counts the rows that have the value of the first row of their thing;
// ok says that this share of those that are not the first have it.
func agreeing(rows, things []int, levels int, c *table.Column, share float64) (agree float64, ok bool) {
	const enough = 300 // rows that do not agree, to give up
	first := slices.Repeat([]int{-1}, levels)
	later := 0.
	for i, row := range rows {
		switch before := first[things[i]]; {
		case before < 0:
			first[things[i]] = row
		case equal(c, row, before):
			agree++
			later++
		default:
			if later++; later-agree > enough {
				return 0, false
			}
		}
	}
	return agree, later > 0 && agree >= share*later
}

// equal says whether two rows have the same value, or both have none.
func equal(c *table.Column, a, b int) bool {
	switch c.Type {
	case table.Category:
		return c.Codes[a] == c.Codes[b]
	case table.Text:
		return c.Texts[a] == c.Texts[b]
	}
	return c.Num[a] == c.Num[b] || c.Num[a] != c.Num[a] && c.Num[b] != c.Num[b]
}

// rises says that one number never falls where the other grows, or never rises:
// it is then the other one, more roughly.
func rises(c, other *table.Column, rows []int) bool {
	if c.Type == table.Category || c.Type == table.Text || other.Type == table.Text || other.Type == table.Category && len(other.Levels) > 2 {
		return false
	}
	value := func(row int) float64 {
		if other.Type == table.Category {
			return float64(other.Codes[row])
		}
		return other.Num[row]
	}
	sorted := slices.Clone(rows)
	slices.SortFunc(sorted, func(a, b int) int {
		switch x, y := c.Num[a], c.Num[b]; {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	up, down := 0, 0
	for i, row := range sorted[:len(sorted)-1] {
		if a, b := value(row), value(sorted[i+1]); a < b {
			up++
		} else if a > b {
			down++
		}
	}
	return up == 0 || down == 0
}

// dealt says that whole numbers were dealt out to things, most of which have one
// row: fewer of them are equal than if they fell anywhere between the least and
// the greatest, and no measure has fewer than that.
func dealt(c *table.Column) bool {
	if c.Type != table.Number || !c.Integer {
		return false
	}
	counts := map[float64]int{}
	n, equal, least, most := 0., 0., math.Inf(1), math.Inf(-1)
	for _, v := range c.Num {
		if v != v {
			continue
		}
		n++
		equal += float64(counts[v])
		counts[v]++
		least, most = min(least, v), max(most, v)
		if n == 1000 && len(counts) < 500 {
			return false
		}
	}
	chance := n * (n - 1) / 2 / (most - least + 1)
	return 2*len(counts) > int(n) && chance > 30 && equal < chance-5*math.Sqrt(chance)
}

// coarsest gives the key that is no part of another: where each class is of one
// school and both are keys, schools. Of several, the one that says the most.
func coarsest(keys []*key) *key {
	var best *key
	for _, k := range keys {
		part := slices.ContainsFunc(keys, func(other *key) bool { return is(other.Name, k.within) })
		if !part && (best == nil || len(k.determines) > len(best.determines)) {
			best = k
		}
	}
	return best
}
