package boosting

// spareBins is the room behind a histogram's end for the lanes of a word that
// hold no column.
const spareBins = 7 * constantBins

// add sums values into a histogram: the innermost loop of a fit. The kernels
// below take a fixed number of lanes, so that all offsets are constants, the
// arrays need no bounds checks, and a bin costs a shift and one addition in
// memory. Lanes without a column hold bin 0 and land behind the last column.
func (d *dense) add(histogram, values []int64, rows []uint32) {
	if d.lanes == 5 {
		addPair5((*[10 * constantBins]int64)(histogram), d.words, values, rows)
		return
	}
	for w := range d.stride {
		h := histogram[w*8*constantBins:]
		if d.cols-w*8 <= 4 {
			addWord4((*[4 * constantBins]int64)(h), d.words[w:], d.stride, values, rows)
		} else {
			addWord8((*[8 * constantBins]int64)(h), d.words[w:], d.stride, values, rows)
		}
	}
}

// addPair5 sums two words of five lanes.
func addPair5(h *[10 * constantBins]int64, words []uint64, values []int64, rows []uint32) {
	const n = constantBins
	for _, r := range rows {
		v := values[r]
		p := (*[2]uint64)(words[2*int(r):])
		w := p[0]
		h[w&255] += v
		h[n+w>>8&255] += v
		h[2*n+w>>16&255] += v
		h[3*n+w>>24&255] += v
		h[4*n+w>>32&255] += v
		w = p[1]
		h[5*n+w&255] += v
		h[6*n+w>>8&255] += v
		h[7*n+w>>16&255] += v
		h[8*n+w>>24&255] += v
		h[9*n+w>>32&255] += v
	}
}

// addWord4 sums one word of four lanes of rows of stride words.
func addWord4(h *[4 * constantBins]int64, words []uint64, stride int, values []int64, rows []uint32) {
	const n = constantBins
	for _, r := range rows {
		v := values[r]
		w := words[int(r)*stride]
		h[w&255] += v
		h[n+w>>8&255] += v
		h[2*n+w>>16&255] += v
		h[3*n+w>>24&255] += v
	}
}

// addWord8 sums one word of eight lanes of rows of stride words.
func addWord8(h *[8 * constantBins]int64, words []uint64, stride int, values []int64, rows []uint32) {
	const n = constantBins
	for _, r := range rows {
		v := values[r]
		w := words[int(r)*stride]
		h[w&255] += v
		h[n+w>>8&255] += v
		h[2*n+w>>16&255] += v
		h[3*n+w>>24&255] += v
		h[4*n+w>>32&255] += v
		h[5*n+w>>40&255] += v
		h[6*n+w>>48&255] += v
		h[7*n+w>>56] += v
	}
}
