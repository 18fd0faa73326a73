package ascending

import (
	"math"
	"slices"
)

// Float32s sorts values in place, none of which may be NaN: many in three passes of 11 bits.
func Float32s(values []float32) {
	const digit = 11 // bits
	if len(values) < 1<<digit {
		slices.Sort(values)
		return
	}
	from, into := make([]uint32, len(values)), make([]uint32, len(values))
	var starts [3][1 << digit]uint32
	for i, v := range values {
		key := math.Float32bits(v)
		key ^= uint32(int32(key)>>31) | 1<<31
		from[i] = key
		starts[0][key&(1<<digit-1)]++
		starts[1][key>>digit&(1<<digit-1)]++
		starts[2][key>>(2*digit)]++
	}
	for pass := range starts {
		at, shift := &starts[pass], pass*digit
		sum := uint32(0)
		for k, n := range at {
			at[k], sum = sum, sum+n
		}
		for _, key := range from {
			k := key >> shift & (1<<digit - 1)
			into[at[k]] = key
			at[k]++
		}
		from, into = into, from
	}
	for i, key := range from {
		values[i] = math.Float32frombits(key ^ (uint32(int32(^key)>>31) | 1<<31))
	}
}
