package boosting

// spareBins is the room behind a histogram's end for what kernels sum of
// columns that are not there.
const spareBins = 3 * constantBins

// add sums values into a histogram: the innermost loop of a fit. The kernels
// below sum a fixed number of columns, so that all offsets are constants, the
// arrays need no bounds checks, and a bin costs one load and one addition in
// memory. Columns that are not there hold bin 0 and land behind the last.
func (d *dense) add(histogram, values []int64, rows []uint32) {
	for k, t := range d.tiles {
		h := histogram[k*tileColumns*constantBins:]
		switch n := d.cols - k*tileColumns; {
		case n <= 4:
			add4((*[4 * constantBins]int64)(h), t, values, rows)
		case n <= 8:
			add8((*[8 * constantBins]int64)(h), t, values, rows)
		case n == 9:
			add9((*[9 * constantBins]int64)(h), t, values, rows)
		case n <= 12:
			add12((*[12 * constantBins]int64)(h), t, values, rows)
		default:
			add16((*[16 * constantBins]int64)(h), t, values, rows)
		}
	}
}

// quad sums the bins of four columns of one row.
func quad(h *[4 * constantBins]int64, bins *[4]uint8, v int64) {
	h[bins[0]] += v
	h[1*constantBins+int(bins[1])] += v
	h[2*constantBins+int(bins[2])] += v
	h[3*constantBins+int(bins[3])] += v
}

// add4 sums 4 columns.
func add4(h *[4 * constantBins]int64, t tile, values []int64, rows []uint32) {
	for _, r := range rows {
		v, b := values[r], &t[r]
		quad((*[4 * constantBins]int64)(h[:]), (*[4]uint8)(b[:]), v)
	}
}

// add8 sums 8 columns.
func add8(h *[8 * constantBins]int64, t tile, values []int64, rows []uint32) {
	for _, r := range rows {
		v, b := values[r], &t[r]
		quad((*[4 * constantBins]int64)(h[:]), (*[4]uint8)(b[:]), v)
		quad((*[4 * constantBins]int64)(h[4*constantBins:]), (*[4]uint8)(b[4:]), v)
	}
}

// add9 sums 9 columns.
func add9(h *[9 * constantBins]int64, t tile, values []int64, rows []uint32) {
	for _, r := range rows {
		v, b := values[r], &t[r]
		quad((*[4 * constantBins]int64)(h[:]), (*[4]uint8)(b[:]), v)
		quad((*[4 * constantBins]int64)(h[4*constantBins:]), (*[4]uint8)(b[4:]), v)
		h[8*constantBins+int(b[8])] += v
	}
}

// add12 sums 12 columns.
func add12(h *[12 * constantBins]int64, t tile, values []int64, rows []uint32) {
	for _, r := range rows {
		v, b := values[r], &t[r]
		quad((*[4 * constantBins]int64)(h[:]), (*[4]uint8)(b[:]), v)
		quad((*[4 * constantBins]int64)(h[4*constantBins:]), (*[4]uint8)(b[4:]), v)
		quad((*[4 * constantBins]int64)(h[8*constantBins:]), (*[4]uint8)(b[8:]), v)
	}
}

// add16 sums 16 columns.
func add16(h *[16 * constantBins]int64, t tile, values []int64, rows []uint32) {
	for _, r := range rows {
		v, b := values[r], &t[r]
		quad((*[4 * constantBins]int64)(h[:]), (*[4]uint8)(b[:]), v)
		quad((*[4 * constantBins]int64)(h[4*constantBins:]), (*[4]uint8)(b[4:]), v)
		quad((*[4 * constantBins]int64)(h[8*constantBins:]), (*[4]uint8)(b[8:]), v)
		quad((*[4 * constantBins]int64)(h[12*constantBins:]), (*[4]uint8)(b[12:]), v)
	}
}
