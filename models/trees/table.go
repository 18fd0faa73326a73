package trees

import (
	"math"

	"labbook/internal/base/diag"
	"labbook/models/estimator"
)

// table is what trees learn from: numbers as keys, row by row, so that the rows
// of a small node, which may lie anywhere, are in the cache when its columns are
// tried one after the other.
type table struct {
	columns int
	keys    []int32
}

// maxRows is what the indices of rows allow.
const maxRows = math.MaxInt32

func tableOf(data *estimator.Data) (*table, error) {
	if n := data.X.Rows; n == 0 || n > maxRows || data.X.Cols == 0 {
		return nil, diag.New("trees need rows and columns to learn from", "check what keep, split and drop leave")
	}
	t := &table{data.X.Cols, make([]int32, len(data.X.Dense))}
	for i, v := range data.X.Dense {
		t.keys[i] = keyOf(float32(v))
	}
	return t, nil
}

// keyOf gives integers the order of numbers, which are compared as float32.
func keyOf(v float32) int32 {
	b := int32(math.Float32bits(v + 0)) // -0 is 0
	return b ^ b>>31&math.MaxInt32
}

// valueOf is the inverse of keyOf.
func valueOf(key int32) float32 { return math.Float32frombits(uint32(key ^ key>>31&math.MaxInt32)) }

// part brings the rows below a key to the front, and counts them.
func (t *table) part(rows []int32, j int, key int32) int {
	lo, hi := 0, len(rows)
	for lo < hi {
		if t.keys[int(rows[lo])*t.columns+j] < key {
			lo++
		} else {
			hi--
			rows[lo], rows[hi] = rows[hi], rows[lo]
		}
	}
	return lo
}
