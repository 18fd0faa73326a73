package table

import (
	"fmt"
	"math"
)

// maxDecimals is how many decimal places are tried before a column is held as
// plain float64.
const maxDecimals = 6

var powers = [maxDecimals + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6}

// appendNumbers gives the values in the smallest of these forms that keeps
// every bit:
//
//	byte 0xff, then each as float64
//	byte d, byte width, the base as int64, then each as (v·10^d − base + 1) in
//	width bytes, 0 being missing
//
// The measurements people record have few decimal places, so the second form,
// 2 to 4 times smaller, is the common one. All NaN are one: missing.
func appendNumbers(buf []byte, values []float64) []byte {
	for d := 0; d <= maxDecimals; d++ {
		low, high, ok := scaledRange(values, powers[d])
		if !ok {
			continue
		}
		width := 8
		switch span := uint64(high-low) + 1; {
		case span < 1<<8:
			width = 1
		case span < 1<<16:
			width = 2
		case span < 1<<32:
			width = 4
		}
		if width == 8 {
			break
		}
		buf = append(buf, byte(d), byte(width))
		buf = appendInt(buf, uint64(low), 8)
		for _, v := range values {
			if math.IsNaN(v) {
				buf = appendInt(buf, 0, width)
			} else {
				buf = appendInt(buf, uint64(scale(v, powers[d])-low)+1, width)
			}
		}
		return buf
	}
	buf = append(buf, 0xff)
	for _, v := range values {
		if math.IsNaN(v) {
			v = math.NaN()
		}
		buf = appendInt(buf, math.Float64bits(v), 8)
	}
	return buf
}

// scale gives the integer nearest to v·power, rounding half away from zero.
func scale(v, power float64) int64 {
	v *= power
	return int64(v + math.Copysign(0.5, v))
}

// scaledRange gives the least and the greatest of the scaled values, and
// whether scaling keeps every bit of all of them.
func scaledRange(values []float64, power float64) (low, high int64, ok bool) {
	low, high = math.MaxInt64, math.MinInt64
	for _, v := range values {
		if math.IsNaN(v) {
			continue
		}
		if !(math.Abs(v) < 1e9) {
			return 0, 0, false
		}
		k := scale(v, power)
		if math.Float64bits(float64(k)/power) != math.Float64bits(v) {
			return 0, 0, false
		}
		low, high = min(low, k), max(high, k)
	}
	if low > high {
		low, high = 0, 0
	}
	return low, high, true
}

func (d *decoder) numbers(rows int) []float64 {
	form := d.take(1)
	if d.err != nil {
		return nil
	}
	decimals := int(form[0])
	if decimals == 0xff {
		data := d.take(rows * 8)
		if d.err != nil {
			return nil
		}
		values := make([]float64, rows)
		for i := range values {
			values[i] = math.Float64frombits(intAt(data, i, 8))
		}
		return values
	}
	head := d.take(9)
	if d.err != nil {
		return nil
	}
	width, base := int(head[0]), int64(intAt(head[1:], 0, 8))
	if decimals > maxDecimals || width != 1 && width != 2 && width != 4 {
		d.err = fmt.Errorf("it has the unknown form %d, %d", decimals, width)
		return nil
	}
	data := d.take(rows * width)
	if d.err != nil {
		return nil
	}
	values, power := make([]float64, rows), powers[decimals]
	for i := range values {
		if k := intAt(data, i, width); k == 0 {
			values[i] = math.NaN()
		} else {
			values[i] = float64(base+int64(k)-1) / power
		}
	}
	return values
}
