package features

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
)

// A plane over the columns of a curve is a natural cubic spline: through five
// points at the knots it is that of scipy 1.16's CubicSpline(bc_type="natural"),
// and goes straight on beyond them.
func TestCurvesAreNaturalSplines(t *testing.T) {
	knots, y := []float64{0.5, 2, 3, 7, 9}, []float64{1, -2, 4, 0.5, 3}
	e := &curve{number: number{Column: "x"}, Knots: knots}
	require.NoError(t, e.valid())
	bent := func(v float64) []float64 {
		row := []float64{1, 0, 0, 0, 0}
		e.bend(row[1:], v)
		return row
	}
	a := mat.NewDense(5, 5, nil)
	for i, k := range knots {
		a.SetRow(i, bent(k))
	}
	var weights mat.VecDense
	require.NoError(t, weights.SolveVec(a, mat.NewVecDense(5, y)))
	for at, want := range map[float64]float64{
		0.5: 1, 1: -1.211286089239, 2.5: 0.725393700787, 4: 6.799520177165, 6.5: 1.30551027313, 8: 0.942052165354, 9: 3,
		20: 3 + 11*2.3272637795275584, -3.5: 1 + 4*4.725393700787401, 1e9: 3 + (1e9-9)*2.3272637795275584,
	} {
		got := mat.Dot(&weights, mat.NewVecDense(5, bent(at)))
		assert.InDelta(t, want, got, 1e-9*(1+math.Abs(at)), "at %v", at)
	}
}

// Knots stand where Harrell's table 2.3 has them.
func TestKnots(t *testing.T) {
	for k, want := range map[int][]float64{3: {.1, .5, .9}, 4: {.05, .35, .65, .95}, 5: {.05, .275, .5, .725, .95}, 6: {.05, .23, .41, .59, .77, .95},
		7: {.025, .1833, .3417, .5, .6583, .8167, .975}} {
		assert.InDeltaSlice(t, want, knotShares(k), 1e-4)
	}
}

func TestCurves(t *testing.T) {
	x := numberColumn("x")
	few, most := numberColumn("few"), numberColumn("most")
	for i := range 101 {
		v := float64(i)
		if i == 50 {
			v = nan
		}
		x.Num, few.Num, most.Num = append(x.Num, v), append(few.Num, float64(i%2)), append(most.Num, float64(max(0, i-60)))
	}
	tab := table.New(x, few, most, numberColumn("y", x.Num...))
	o := Defaults()
	o.Target, o.Numbers = "y", Numbers{Spline: 4, Indicate: true, Impute: "median", Standardise: true}
	f, m := transform(t, tab, o)
	assert.Equal(t, []string{"x", "x curve 1", "x curve 2", "x missing", "few", "most", "most curve 1"}, f.Names(), "two values are no curve, and knots do not double")
	assert.Equal(t, [][]string{{"x"}, {"x"}, {"x"}, {"x"}, {"few"}, {"most"}, {"most"}}, f.Origins())
	for j := range 3 {
		column := make([]float64, m.Rows)
		for i := range column {
			column[i] = m.Row(i)[j]
		}
		centre, scale := momentsOf(column, nil)
		assert.InDelta(t, 0, centre, 1e-12)
		assert.InDelta(t, 1, scale, 1e-12)
	}
	assert.Equal(t, 1., m.Row(50)[3])
	assert.Equal(t, 0., m.Row(51)[3])
	assert.InDelta(t, 0, m.Row(50)[0], 1e-12, "the median, which is the mean, stands in")
	assert.Contains(t, f.Describe()[0].How, "a curve with knots at 5, 35")

	said := []float64{1, 2, 3, 4, 5, 6, 7}
	f.Gather(said, m, 0)
	assert.Equal(t, []float64{6, 0, 0, 4, 5, 13, 0}, said, "a curve is told as its number")
	said = []float64{2, 3, 4, 6, 7}
	f.Gather(said, &matrix.Matrix{Rows: 1, Cols: 7, Sparse: &matrix.CSR{Indptr: []int{0, 5}, Indices: []int32{0, 2, 3, 5, 6}, Data: said}}, 0)
	assert.Equal(t, []float64{5, 0, 4, 13, 0}, said)
	said = []float64{2, 3}
	f.Gather(said, &matrix.Matrix{Rows: 1, Cols: 7, Sparse: &matrix.CSR{Indptr: []int{0, 2}, Indices: []int32{1, 2}, Data: said}}, 0)
	assert.Equal(t, []float64{2, 3}, said, "of a row without the number itself there is nothing to add to")

	o.Numbers = Numbers{Spline: 4, Impute: "none"}
	o.Columns = map[string]Column{"most": {Spline: 1}}
	f, m = transform(t, tab, o)
	assert.Equal(t, []string{"x", "x curve 1", "x curve 2", "few", "most"}, f.Names())
	same(t, []float64{nan, nan, nan, 0, 0}, m.Row(50))
}
