package table

import (
	"fmt"
	"math"
)

// maxDecimals is how many decimal places the old form keeps.
const maxDecimals = 6

var powers = [maxDecimals + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6}

// numbers reads a column of numbers in one of two forms:
//
//	byte 0xff, then each as float64
//	byte d, byte width, the base as int64, then each as (v·10^d − base + 1) in
//	width bytes, 0 being missing
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
