package linear

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// longley is the data set of NIST's Statistical Reference Datasets that
// multicollinearity makes hard ("Longley", itl.nist.gov/div898/strd/lls): y, then
// x1 to x6.
var longley = [][7]float64{
	{60323, 83.0, 234289, 2356, 1590, 107608, 1947},
	{61122, 88.5, 259426, 2325, 1456, 108632, 1948},
	{60171, 88.2, 258054, 3682, 1616, 109773, 1949},
	{61187, 89.5, 284599, 3351, 1650, 110929, 1950},
	{63221, 96.2, 328975, 2099, 3099, 112075, 1951},
	{63639, 98.1, 346999, 1932, 3594, 113270, 1952},
	{64989, 99.0, 365385, 1870, 3547, 115094, 1953},
	{63761, 100.0, 363112, 3578, 3350, 116219, 1954},
	{66019, 101.2, 397469, 2904, 3048, 117388, 1955},
	{67857, 104.6, 419180, 2822, 2857, 118734, 1956},
	{68169, 108.4, 442769, 2936, 2798, 120445, 1957},
	{66513, 110.8, 444546, 4681, 2637, 121950, 1958},
	{68655, 112.6, 482704, 3813, 2552, 123366, 1959},
	{69564, 114.2, 502601, 3931, 2514, 125368, 1960},
	{69331, 115.7, 518173, 4806, 2572, 127852, 1961},
	{70551, 116.9, 554894, 4007, 2827, 130081, 1962},
}

func longleyData() *estimator.Data {
	d := &estimator.Data{X: &matrix.Matrix{Cols: 6, Names: []string{"x1", "x2", "x3", "x4", "x5", "x6"}}}
	for _, row := range longley {
		d.Y = append(d.Y, row[0])
		d.X.Dense = append(d.X.Dense, row[1:]...)
		d.X.Rows++
	}
	return d
}

// The certified values of NIST for Longley.
func TestLongley(t *testing.T) {
	m, err := fit(context.Background(), Params{Intercept: true}, longleyData(), 1)
	require.NoError(t, err)
	certified := []struct{ value, stderr float64 }{
		{-3482258.63459582, 890420.383607373},
		{15.0618722713733, 84.9149257747669},
		{-0.358191792925910e-01, 0.334910077722432e-01},
		{-2.02022980381683, 0.488399681651699},
		{-1.03322686717359, 0.214274163161675},
		{-0.511041056535807e-01, 0.226073200069370},
		{1829.15146461355, 455.478499142212},
	}
	for i, c := range m.Coefficients() {
		assert.InEpsilon(t, certified[i].value, c.Value, 1e-10, c.Column)
		assert.InEpsilon(t, certified[i].stderr, c.StdErr, 1e-10, c.Column)
	}
	assert.InEpsilon(t, 304.854073561965, m.Residual/3, 1e-10, "residual standard deviation")
	assert.InEpsilon(t, 0.995479004577296, 1-(m.Residual/m.Total)*(m.Residual/m.Total), 1e-12, "R²")
}

// Ridge on Longley with standardised columns, alpha 0.1, by scikit-learn 1.2.1:
// its coefficients solve (X'X + alpha I) w = X'y, which is checked here.
// A column that lowers the prediction counts below 0: of Longley's, x2 to x5.
func TestImportancesHaveASign(t *testing.T) {
	m, err := fit(context.Background(), Params{Intercept: true}, longleyData(), 1)
	require.NoError(t, err)
	for j, effect := range m.Importances()["coefficient"] {
		assert.Equal(t, j >= 1 && j <= 4, effect < 0, "x%d", j+1)
	}
}

// Names of one-hot columns can be as long as what people type.
func TestListsOfColumnsStayShort(t *testing.T) {
	assert.Equal(t, "a, b", list([]string{"a", "b"}))
	assert.Equal(t, "1, 2, 3, 4, 5, 6, 7, 8 and 2 more", list([]string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}))
	long := "category=" + strings.Repeat("x", 80)
	assert.Equal(t, long+" and 2 more", list([]string{long, long, long}))
}

func TestRidgeSolvesItsNormalEquations(t *testing.T) {
	data := longleyData()
	for j := range 6 {
		var mean, square float64
		for i := range 16 {
			mean += data.X.Row(i)[j] / 16
		}
		for i := range 16 {
			data.X.Row(i)[j] -= mean
			square += data.X.Row(i)[j] * data.X.Row(i)[j] / 16
		}
		for i := range 16 {
			data.X.Row(i)[j] /= math.Sqrt(square)
		}
	}
	const alpha = 0.1
	m, err := fit(context.Background(), Params{Intercept: true, Ridge: alpha}, data, 1)
	require.NoError(t, err)
	assert.Nil(t, m.StdErr)
	predicted := make([]float64, 16)
	m.Predict(predicted, data.X)
	var residual float64
	for i := range 16 {
		residual += (data.Y[i] - predicted[i]) * (data.Y[i] - predicted[i])
	}
	assert.InEpsilon(t, math.Sqrt(residual), m.Residual, 1e-9)
	for j := range 6 {
		var gradient float64
		for i := range 16 {
			gradient += data.X.Row(i)[j] * (data.Y[i] - predicted[i])
		}
		assert.InDelta(t, alpha*m.Weights[j], gradient, 1e-6, "column %d", j)
	}
}

func TestNoIntercept(t *testing.T) {
	data := &estimator.Data{
		X: &matrix.Matrix{Rows: 3, Cols: 1, Names: []string{"x"}, Dense: []float64{1, 2, 3}},
		Y: []float64{2, 4, 7},
	}
	m, err := fit(context.Background(), Params{}, data, 1)
	require.NoError(t, err)
	assert.InEpsilon(t, 31.0/14, m.Weights[0], 1e-14)
	assert.Zero(t, m.Intercept)
}

// A weight of two is a row that stands twice.
func TestWeights(t *testing.T) {
	data := longleyData()
	data.Weights = make([]float64, 16)
	var rows []int
	for i := range 16 {
		data.Weights[i] = 1
		rows = append(rows, i)
		if i%3 == 0 {
			data.Weights[i] = 2
			rows = append(rows, i)
		}
	}
	twice := &estimator.Data{X: data.X.Take(rows)}
	for _, i := range rows {
		twice.Y = append(twice.Y, data.Y[i])
	}
	a, err := fit(context.Background(), Params{Intercept: true}, data, 1)
	require.NoError(t, err)
	b, err := fit(context.Background(), Params{Intercept: true}, twice, 1)
	require.NoError(t, err)
	for j := range a.Weights {
		assert.InEpsilon(t, b.Weights[j], a.Weights[j], 1e-9)
	}
	assert.InEpsilon(t, b.Intercept, a.Intercept, 1e-9)
}

// All dummies of a category besides the intercept: predictions are as without
// one of them, the solution is the shortest, and the finding names them.
func TestDependentColumns(t *testing.T) {
	data := tall(5000, 4)
	x := &matrix.Matrix{Rows: 5000, Cols: 8, Names: []string{"a", "b", "c", "d", "k=1", "k=2", "k=3", "flat"}}
	for i := range 5000 {
		row := append(make([]float64, 0, 8), data.X.Row(i)...)
		row = append(row, 0, 0, 0, 1.1)
		row[4+i%3] = 1
		data.Y[i] += float64(i % 3)
		x.Dense = append(x.Dense, row...)
	}
	full := &estimator.Data{X: x, Y: data.Y}
	m, err := fit(context.Background(), Params{Intercept: true}, full, 2)
	require.NoError(t, err)
	assert.Equal(t, 6, m.Rank)
	assert.Equal(t, []string{"flat"}, m.Flat)
	assert.Equal(t, []string{"k=1", "k=2", "k=3"}, m.Dependent)
	assert.Len(t, m.Findings(), 2)

	reduced := &matrix.Matrix{Rows: 5000, Cols: 6, Names: x.Names[:6]}
	for i := range 5000 {
		reduced.Dense = append(reduced.Dense, x.Row(i)[:6]...)
	}
	r, err := fit(context.Background(), Params{Intercept: true}, &estimator.Data{X: reduced, Y: data.Y}, 2)
	require.NoError(t, err)
	assert.Empty(t, r.Findings())
	assert.InEpsilon(t, r.Residual, m.Residual, 1e-10)
	a, b := make([]float64, 5000), make([]float64, 5000)
	m.Predict(a, x)
	r.Predict(b, reduced)
	for i := range a {
		require.InDelta(t, b[i], a[i], 1e-9)
	}
}

// One-hot columns of an hour, a minute and their sum: three intercepts too many,
// and a decomposition by singular values that did not end. The plane is that of
// the columns that are left when one of each is dropped.
func TestOneHotColumnsThatDependOnEachOther(t *testing.T) {
	const rows, hours, minutes = 6000, 24, 60
	sums := hours + minutes - 1
	cols := hours + minutes + sums
	full := &matrix.Matrix{Rows: rows, Cols: cols, Names: make([]string, cols), Dense: make([]float64, rows*cols)}
	y := make([]float64, rows)
	rng := rand.New(rand.NewPCG(3, 4))
	var less []int
	for j := range cols {
		full.Names[j] = strconv.Itoa(j)
		if j != 0 && j != hours && j != hours+minutes {
			less = append(less, j)
		}
	}
	for i := range rows {
		h, m := rng.IntN(hours), rng.IntN(minutes)
		row := full.Row(i)
		row[h], row[hours+m], row[hours+minutes+h+m] = 1, 1, 1
		y[i] = math.Sin(float64(h)) + math.Cos(float64(m)) + float64((h+m)%7) + rng.NormFloat64()
	}
	reduced := &matrix.Matrix{Rows: rows, Cols: len(less), Names: make([]string, len(less))}
	for i := range rows {
		for _, j := range less {
			reduced.Dense = append(reduced.Dense, full.Row(i)[j])
		}
	}
	m, err := fit(context.Background(), Params{Intercept: true}, &estimator.Data{X: full, Y: y}, 2)
	require.NoError(t, err)
	r, err := fit(context.Background(), Params{Intercept: true}, &estimator.Data{X: reduced, Y: y}, 2)
	require.NoError(t, err)
	assert.Equal(t, r.Rank, m.Rank)
	a, b := make([]float64, rows), make([]float64, rows)
	m.Predict(a, full)
	r.Predict(b, reduced)
	assert.InDeltaSlice(t, b, a, 1e-9)
	assert.InEpsilon(t, r.Residual, m.Residual, 1e-10)

	one, err := fit(context.Background(), Params{Intercept: true}, &estimator.Data{X: full, Y: y}, 1)
	require.NoError(t, err)
	assert.Equal(t, m, one, "on any number of cores")
}

// More columns than rows: the coefficients are X' a, with a from the equations
// of the dual, (X X' + ridge I) a = y, which have the size of the rows; here in
// columns that are centred and of deviation 1.
func TestMoreColumnsThanRows(t *testing.T) {
	const rows, cols = 30, 400
	for _, ridge := range []float64{0, 0.5, 1e-9} {
		data := tall(rows, cols)
		for i := range rows {
			data.X.Row(i)[7] = data.X.Row(i)[3] // dependent besides
			data.X.Row(i)[9] = 4                // flat
		}
		for j := range cols {
			var mean, square float64
			for i := range rows {
				mean += data.X.Row(i)[j] / rows
			}
			for i := range rows {
				data.X.Row(i)[j] -= mean
				square += data.X.Row(i)[j] * data.X.Row(i)[j] / rows
			}
			for i := range rows {
				if square > 0 {
					data.X.Row(i)[j] /= math.Sqrt(square)
				}
			}
		}
		m, err := fit(context.Background(), Params{Intercept: true, Ridge: ridge}, data, 1)
		require.NoError(t, err)
		again, err := fit(context.Background(), Params{Intercept: true, Ridge: ridge}, data, 2)
		require.NoError(t, err)
		require.Equal(t, m, again)
		assert.Nil(t, m.StdErr)

		// X has the null vector 1, of centring; that direction is put back.
		gram, y := mat.NewSymDense(rows, nil), mat.NewVecDense(rows, nil)
		for i := range rows {
			y.SetVec(i, data.Y[i]-m.Intercept)
			for k := range i + 1 {
				v := floats.Dot(data.X.Row(i), data.X.Row(k)) + 1
				if i == k {
					v += ridge
				}
				gram.SetSym(i, k, v)
			}
		}
		var cholesky mat.Cholesky
		require.True(t, cholesky.Factorize(gram))
		var a mat.VecDense
		require.NoError(t, cholesky.SolveVecTo(&a, y))
		for j := range cols {
			var w float64
			for i := range rows {
				w += a.AtVec(i) * data.X.Row(i)[j]
			}
			require.InDelta(t, w, m.Weights[j], 1e-9, "column %d", j)
		}
		predicted := make([]float64, rows)
		m.Predict(predicted, data.X)
		var residual float64
		for i, v := range predicted {
			residual += (v - data.Y[i]) * (v - data.Y[i])
		}
		assert.InDelta(t, math.Sqrt(residual), m.Residual, 1e-9)
		if ridge == 0 {
			assert.Equal(t, rows-1, m.Rank)
			require.Len(t, m.Findings(), 2)
			assert.Contains(t, m.Findings()[1].Text, "30 rows cannot tell 399 columns apart")
		}
	}
}

// More columns than rows, and values whose squares would overflow.
func TestExtremes(t *testing.T) {
	wide := tall(5, 20)
	m, err := fit(context.Background(), Params{Intercept: true}, wide, 1)
	require.NoError(t, err)
	predicted := make([]float64, 5)
	m.Predict(predicted, wide.X)
	for i := range predicted {
		assert.InDelta(t, wide.Y[i], predicted[i], 1e-9, "interpolates")
	}

	data := tall(100, 2)
	for i := range 100 {
		data.X.Row(i)[0] *= 1e250
		data.X.Row(i)[1] *= 1e-250
	}
	m, err = fit(context.Background(), Params{Intercept: true}, data, 1)
	require.NoError(t, err)
	assert.Equal(t, 2, m.Rank)
	for _, w := range m.Weights {
		assert.False(t, math.IsNaN(w) || math.IsInf(w, 0) || w == 0)
	}

	for i := range 100 {
		data.Y[i] *= 1e200
	}
	_, err = fit(context.Background(), Params{Intercept: true}, data, 1)
	assert.ErrorContains(t, err, "too different sizes")

	for i := range 100 { // their sum overflows
		data.X.Row(i)[0], data.Y[i] = math.MaxFloat64*(1-float64(i)/1000), 1
	}
	_, err = fit(context.Background(), Params{Intercept: true}, data, 1)
	assert.ErrorContains(t, err, "too different sizes")
}

// tall makes rows of normal columns with a noisy plane over them.
func tall(rows, cols int) *estimator.Data {
	rng := rand.New(rand.NewPCG(1, 2))
	d := &estimator.Data{X: &matrix.Matrix{Rows: rows, Cols: cols, Names: make([]string, cols), Dense: make([]float64, rows*cols)}}
	for j := range cols {
		d.X.Names[j] = string(rune('a' + j))
	}
	d.Y = make([]float64, rows)
	for i := range rows {
		row := d.X.Row(i)
		d.Y[i] = rng.NormFloat64()
		for j := range row {
			row[j] = rng.NormFloat64()
			d.Y[i] += float64(j+1) * row[j]
		}
	}
	return d
}

// BenchmarkWide is more columns than rows, and columns that depend on each other.
func BenchmarkWide(b *testing.B) {
	dependent := tall(3000, 1200)
	for i := range 3000 {
		dependent.X.Row(i)[1] = dependent.X.Row(i)[2] + dependent.X.Row(i)[3]
	}
	for name, data := range map[string]*estimator.Data{"60x2400": tall(60, 2400), "60x10000": tall(60, 10_000), "1000x5000": tall(1000, 5000), "3000x1200": dependent} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := fit(context.Background(), Params{Intercept: true}, data, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFit(b *testing.B) {
	for _, rows := range []int{4_000, 43_136, 800_000} {
		data := tall(rows, 19)
		for _, cores := range []int{1, 2} {
			b.Run(map[int]string{4_000: "4k", 43_136: "43k", 800_000: "800k"}[rows]+map[int]string{1: "/1core", 2: "/2cores"}[cores], func(b *testing.B) {
				for b.Loop() {
					if _, err := fit(context.Background(), Params{Intercept: true}, data, cores); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
