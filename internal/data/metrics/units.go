package metrics

import (
	"math"
	"math/rand/v2"
)

// Units are what a bootstrap draws instead of rows where rows are not independent:
// groups as a whole (the cluster bootstrap: Field and Welsh, "Bootstrapping
// clustered data", J. R. Stat. Soc. B 69, 2007), or blocks of what follows one
// another in time (moving blocks: Künsch, "The Jackknife and the Bootstrap for
// General Stationary Observations", Ann. Stat. 17, 1989). Resampling rows would
// take what they have in common for evidence, and intervals would be too narrow.
type Units struct {
	// Of gives the unit of each row, from 0; rows of one unit need not be
	// neighbours. In time units are numbered as they begin.
	Of    []int
	Count int
	// Block is how many neighbouring units are drawn together: 1 where they have no
	// order.
	Block int
}

// NewUnits gives the units of rows by what each belongs to, any numbers, which are
// in order of time if inTime says so: then blocks of them are drawn, as many as
// the cube root of their number is long (Hall, Horowitz and Jing, "On blocking
// rules for the bootstrap with dependent data", Biometrika 82, 1995).
func NewUnits(of []int, count int, inTime bool) *Units {
	u := &Units{Of: of, Count: count, Block: 1}
	if inTime {
		u.Block = max(1, int(math.Ceil(math.Cbrt(float64(count)))))
	}
	return u
}

// Take gives the units of some of the rows, in the same order of units.
func (u *Units) Take(rows []int) *Units {
	if u == nil {
		return nil
	}
	number := make([]int, u.Count) // of each unit that is left, from 1
	for _, row := range rows {
		number[u.Of[row]] = 1
	}
	count := 0
	for unit, is := range number {
		if is > 0 {
			count++
			number[unit] = count
		}
	}
	of := make([]int, len(rows))
	for i, row := range rows {
		of[i] = number[u.Of[row]] - 1
	}
	return NewUnits(of, count, u.Block > 1)
}

// blocks gives blocks of neighbouring units, which do not overlap, as units
// without an order.
func (u *Units) blocks() *Units {
	if u == nil || u.Block <= 1 {
		return u
	}
	of := make([]int, len(u.Of))
	for row, unit := range u.Of {
		of[row] = unit / u.Block
	}
	return NewUnits(of, (u.Count+u.Block-1)/u.Block, false)
}

// Independent gives how many independent things rows come to: the rows
// themselves, their groups, the blocks of time; u may be nil.
func (u *Units) Independent(rows int) int {
	if u == nil {
		return rows
	}
	return u.Count / u.Block
}

// resample sets weights to how often each row was drawn with its unit; drawn has
// room for a count per unit.
func (u *Units) resample(weights, drawn []float64, seed, index uint64) {
	if u.Block <= 1 {
		resample(drawn, seed, index)
	} else {
		clear(drawn)
		source := rand.New(rand.NewPCG(seed, index))
		for left := u.Count; left > 0; left -= u.Block {
			from := source.IntN(u.Count - u.Block + 1)
			for unit := range min(left, u.Block) {
				drawn[from+unit]++
			}
		}
	}
	for row, unit := range u.Of {
		weights[row] = drawn[unit]
	}
}
