package boosting

// spareBins is the room behind a histogram's end for what kernels sum of
// columns that are not there.
const spareBins = 3 * constantBins

// add sums values into a histogram: the innermost loop of a fit.
func (d *dense[B]) add(histogram, values []int64, rows []uint32) {
	for k, t := range d.tiles {
		first := k * tileColumns
		cols := min(d.cols-first, tileColumns)
		switch t := any(t).(type) {
		case tile[uint8]:
			addBytes(histogram[first*constantBins:], t, cols, values, rows)
		case tile[uint16]:
			addWords(histogram, d.offsets[first:][:cols], t, values, rows)
		}
	}
}

// addWords sums columns whose bins begin at the given offsets.
func addWords(histogram []int64, offsets []int, t tile[uint16], values []int64, rows []uint32) {
	for _, r := range rows {
		v, b := values[r], &t[r]
		for j, at := range offsets {
			histogram[at+int(b[j%tileColumns])] += v
		}
	}
}

// addBytes sums columns that have constantBins bins each. Its kernels sum a
// fixed number of columns, so that all offsets are constants, the arrays need
// no bounds checks, and a bin costs one load and one addition in memory.
// Columns that are not there hold bin 0 and land behind the last.
func addBytes(h []int64, t tile[uint8], cols int, values []int64, rows []uint32) {
	switch {
	case cols <= 4:
		add4((*[4 * constantBins]int64)(h), t, values, rows)
	case cols <= 8:
		add8((*[8 * constantBins]int64)(h), t, values, rows)
	case cols == 9:
		add9((*[9 * constantBins]int64)(h), t, values, rows)
	case cols <= 12:
		add12((*[12 * constantBins]int64)(h), t, values, rows)
	default:
		add16((*[16 * constantBins]int64)(h), t, values, rows)
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
func add4(h *[4 * constantBins]int64, t tile[uint8], values []int64, rows []uint32) {
	for _, r := range rows {
		v, b := values[r], &t[r]
		quad((*[4 * constantBins]int64)(h[:]), (*[4]uint8)(b[:]), v)
	}
}

// add8 sums 8 columns.
func add8(h *[8 * constantBins]int64, t tile[uint8], values []int64, rows []uint32) {
	for _, r := range rows {
		v, b := values[r], &t[r]
		quad((*[4 * constantBins]int64)(h[:]), (*[4]uint8)(b[:]), v)
		quad((*[4 * constantBins]int64)(h[4*constantBins:]), (*[4]uint8)(b[4:]), v)
	}
}

// add9 sums 9 columns.
func add9(h *[9 * constantBins]int64, t tile[uint8], values []int64, rows []uint32) {
	for _, r := range rows {
		v, b := values[r], &t[r]
		quad((*[4 * constantBins]int64)(h[:]), (*[4]uint8)(b[:]), v)
		quad((*[4 * constantBins]int64)(h[4*constantBins:]), (*[4]uint8)(b[4:]), v)
		h[8*constantBins+int(b[8])] += v
	}
}

// add12 sums 12 columns.
func add12(h *[12 * constantBins]int64, t tile[uint8], values []int64, rows []uint32) {
	for _, r := range rows {
		v, b := values[r], &t[r]
		quad((*[4 * constantBins]int64)(h[:]), (*[4]uint8)(b[:]), v)
		quad((*[4 * constantBins]int64)(h[4*constantBins:]), (*[4]uint8)(b[4:]), v)
		quad((*[4 * constantBins]int64)(h[8*constantBins:]), (*[4]uint8)(b[8:]), v)
	}
}

// add16 sums 16 columns.
func add16(h *[16 * constantBins]int64, t tile[uint8], values []int64, rows []uint32) {
	for _, r := range rows {
		v, b := values[r], &t[r]
		quad((*[4 * constantBins]int64)(h[:]), (*[4]uint8)(b[:]), v)
		quad((*[4 * constantBins]int64)(h[4*constantBins:]), (*[4]uint8)(b[4:]), v)
		quad((*[4 * constantBins]int64)(h[8*constantBins:]), (*[4]uint8)(b[8:]), v)
		quad((*[4 * constantBins]int64)(h[12*constantBins:]), (*[4]uint8)(b[12:]), v)
	}
}

// pays says whether summing these columns three at a time costs less than
// summing all.
func (d *dense[B]) pays(columns []int) bool {
	_, bytes := any(d.columns).([][]uint8)
	return bytes && (len(columns)+2)/3*3 < d.cols
}

// addColumns sums rows lo … hi-1 by column. Three at a time are summed that lie
// apart, since columns of few bins, whose additions wait for one another, tend
// to be neighbours; the last stands in for those that a three lacks.
func (d *dense[B]) addColumns(histogram []int64, columns []int, values []int64, lo, hi int) {
	n := len(columns)
	step := (n + 2) / 3
	for i := range step {
		var sums [3 * constantBins]int64
		var bins [3][]uint8
		for k := range bins {
			bins[k] = any(d.columns[columns[min(i+k*step, n-1)]]).([]uint8)[lo:hi]
		}
		add3(&sums, bins[0], bins[1], bins[2], values[lo:hi])
		for k := 0; k < 3 && i+k*step < n; k++ {
			into := histogram[d.offsets[columns[i+k*step]]:][:constantBins]
			for b, v := range sums[k*constantBins:][:constantBins] {
				into[b] += v
			}
		}
	}
}

// add3 sums 3 columns. Inlined, it would run out of registers.
//
//go:noinline
func add3(h *[3 * constantBins]int64, c0, c1, c2 []uint8, values []int64) {
	c0, c1, c2 = c0[:len(values)], c1[:len(values)], c2[:len(values)]
	for i, v := range values {
		h[c0[i]] += v
		h[1*constantBins+int(c1[i])] += v
		h[2*constantBins+int(c2[i])] += v
	}
}
