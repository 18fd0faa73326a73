package boosting

import (
	"math"
	"slices"
	"sync/atomic"

	"labbook/internal/data/matrix"
)

// Dataset is a matrix cut into bins: all that a fit reads of it. It is made
// once and may serve many fits at the same time.
type Dataset struct {
	source  *matrix.Matrix
	maxBins int
	rows    int
	columns []column
	offsets []int // where the bins of a column begin in a histogram
	width   int   // length of a histogram
	bins    layout
}

// column says how the values of a column fall into bins: 0 … bins-1 hold
// values, and, when some are missing in the data, one more holds those.
type column struct {
	cuts    []float32 // of numbers: bin b is below cuts[b] and not below cuts[b-1]
	find    finder    // of numbers, among the cuts
	codes   []uint16  // of categories: the bin of each code
	bins    int
	missing bool
	zero    int // the bin of what a sparse matrix does not store
}

// categorical says whether the column's bins have no order.
func (c *column) categorical() bool { return c.codes != nil }

// all counts the bins, with that of the missing.
func (c *column) all() int {
	if c.missing {
		return c.bins + 1
	}
	return c.bins
}

// bin gives the bin of a value. What is not a number, or not a known
// category, is missing; it has no bin of its own in a column that lacks
// nothing, and then the answer is past the last.
func (c *column) bin(v float64) int {
	if v != v {
		return c.bins
	}
	if !c.categorical() {
		return c.find.bin(float32(v))
	}
	if !(v >= 0 && v < float64(len(c.codes))) {
		return c.bins
	}
	return int(c.codes[int(v)])
}

// layout stores the bins of the rows. Its two workloads are summing
// histograms and parting rows; both take rows in any order, since the sums
// are of integers.
type layout interface {
	// add sums, for each row, values[row] into the row's bin of every column
	// of a histogram.
	add(histogram, values []int64, rows []uint32)
	// part moves the rows whose bin of column j has side[bin] == 0 to the
	// front of into, which has room for them at least, and the others to its
	// back, and says how many went to the front. See split.sides.
	part(into, rows []uint32, j int, side []uint8) int
	// settle writes values[side[bin]], for each row's bin of column j, to
	// into[row].
	settle(into []int64, values [2]int64, rows []uint32, j int, side []uint8)
	// rowBytes is how much memory the bins of a row take.
	rowBytes() int
	// gather copies the given rows, of most at most, so that the i-th becomes
	// row i, reusing the memory of scratch, a former result or nil; nil says
	// that it does not pay.
	gather(w *worker, scratch layout, rows []uint32, most int) layout
}

// bin is how a layout keeps a bin's number.
type bin interface{ uint8 | uint16 }

// Bins of a column, with that of the missing: so many have numbers of 8 bits,
// and so many can there be.
const (
	byteBins = 1 << 8
	mostBins = 1 << 16
)

// NewDataset cuts a matrix into at most maxBins bins a column (2 … 65,536).
// The matrix must not change while the dataset is used.
func NewDataset(x *matrix.Matrix, maxBins int) *Dataset {
	c := newCrew(1)
	defer c.close()
	return newDataset(c.lead(), x, maxBins)
}

func newDataset(w *worker, x *matrix.Matrix, maxBins int) *Dataset {
	d := &Dataset{source: x, maxBins: maxBins, rows: x.Rows, columns: make([]column, x.Cols)}
	if x.Sparse != nil {
		d.cutSparse(x)
	} else {
		d.cutDense(w, x)
	}
	return d
}

// fits says whether the dataset is x cut as asked.
func (d *Dataset) fits(x *matrix.Matrix, maxBins int) bool {
	return d != nil && d.source == x && d.maxBins == maxBins
}

func (d *Dataset) cutDense(w *worker, x *matrix.Matrix) {
	for first := 0; first < x.Cols; first += sketchColumns {
		samples, missing := sketch(w, x, first, min(first+sketchColumns, x.Cols))
		w.split(0, len(samples), 1, func(lo, hi int) {
			for k := lo; k < hi; k++ {
				d.columns[first+k] = newColumn(levels(x, first+k), samples[k], missing[k].Load(), d.maxBins)
			}
		})
	}
	if d.fitBytes() {
		d.layOut(constantBins)
		d.bins = newDense[uint8](w, x, d)
	} else {
		d.layOut(0)
		d.bins = newDense[uint16](w, x, d)
	}
}

// sketch gives the values of the columns from first to end, of evenly spaced rows where
// there are many, and says of which any row lacks one. It goes through the rows once.
func sketch(w *worker, x *matrix.Matrix, first, end int) (samples [][]float32, missing []atomic.Bool) {
	step := max(1, (x.Rows+sketchRows-1)/sketchRows)
	samples, missing = planes[float32](end-first, (x.Rows+step-1)/step), make([]atomic.Bool, end-first)
	w.split(0, x.Rows, shareRows, func(lo, hi int) {
		lacks := make([]bool, end-first)
		for i := lo; i < hi; i++ {
			row := x.Dense[i*x.Cols+first : i*x.Cols+end]
			for k, v := range row {
				if v != v {
					lacks[k] = true
				}
			}
			if i%step == 0 {
				for k, v := range row {
					samples[k][i/step] = float32(v)
				}
			}
		}
		for k, is := range lacks {
			if is {
				missing[k].Store(true)
			}
		}
	})
	for k := range samples {
		samples[k] = slices.DeleteFunc(samples[k], func(v float32) bool { return v != v })
	}
	return samples, missing
}

// fitBytes says whether the bins of every column have numbers of 8 bits.
func (d *Dataset) fitBytes() bool {
	return !slices.ContainsFunc(d.columns, func(c column) bool { return c.all() > byteBins })
}

// layOut places the columns in a histogram, each with room bins, or as many
// as it has where room is 0.
func (d *Dataset) layOut(room int) {
	d.offsets = make([]int, len(d.columns))
	for j := range d.columns {
		d.offsets[j] = d.width
		d.width += max(room, d.columns[j].all())
	}
}

func levels(x *matrix.Matrix, j int) int {
	if x.Levels == nil {
		return 0
	}
	return x.Levels[j]
}

// numberBins is how many bins columns can have, with that of the missing.
func numberBins(maxBins int) int {
	if maxBins <= byteBins {
		return byteBins
	}
	return mostBins
}

// newColumn finds the bins of a column from a sample of its values.
func newColumn(levels int, values []float32, missing bool, maxBins int) column {
	room := min(maxBins, numberBins(maxBins)-1)
	if levels > 0 {
		// A code that fit never saw must have a bin to be missing in.
		return newCategories(levels, values, room)
	}
	if !missing {
		room = maxBins
	}
	cuts := quantileCuts(values, room)
	return numbers(cuts, missing)
}

// numbers is a column of numbers with these cuts.
func numbers(cuts []float32, missing bool) column {
	find := newFinder(cuts)
	return column{cuts: cuts, find: find, bins: len(cuts) + 1, missing: missing, zero: find.bin(0)}
}

// newCategories gives the commonest categories a bin each; the others, when
// there are more than fit, share the last.
func newCategories(levels int, codes []float32, room int) column {
	counts := make([]int, levels)
	for _, v := range codes {
		if v >= 0 && int(v) < levels {
			counts[int(v)]++
		}
	}
	c := column{codes: make([]uint16, levels), bins: min(levels, room), missing: true}
	if levels <= room {
		for code := range c.codes {
			c.codes[code] = uint16(code)
		}
		return c
	}
	for i := range c.codes {
		c.codes[i] = uint16(room - 1)
	}
	for b, code := range commonest(counts, room-1) {
		c.codes[code] = uint16(b)
	}
	return c
}

// threshold gives the number that values of bins 0 … b lie below. The last
// bin has no cut: all numbers are below its threshold, the missing are not.
func (c *column) threshold(b int) float32 {
	if b < len(c.cuts) {
		return c.cuts[b]
	}
	return math.MaxFloat32
}
