package calibration

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/internal/testdata"
)

// TestScikitLearn holds temperatures against SciPy's minimum of the same loss, and
// curves against scikit-learn's IsotonicRegression: testdata/calibration.py made
// the numbers.
func TestScikitLearn(t *testing.T) {
	var cases map[string]struct {
		Classes     int
		Y, P        []float64
		Temperature float64
		Isotonic    [][]float64
	}
	data, err := os.ReadFile("testdata/calibration.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &cases))
	for name, c := range cases {
		warm, bent := fitTemperature(c.P, c.Y, c.Classes), fitIsotonic(c.P, c.Y, c.Classes)
		assert.InEpsilon(t, c.Temperature, warm.Temperature, 1e-6, name)
		require.Len(t, bent.Curves, len(c.Isotonic), name)
		least := 1 / (2 * float64(len(c.Y)+1))
		for i, curve := range bent.Curves {
			class := i + c.Classes - len(bent.Curves)
			for row, want := range c.Isotonic[i] {
				got := curve.at(c.P[row*c.Classes+class])
				require.InDelta(t, min(max(want, least), 1-least), got, 1e-9, "%s: class %d, row %d", name, class, row)
			}
		}
		for _, m := range []*Map{warm, bent} {
			require.NoError(t, m.Check(c.Classes), name)
			p := slices.Clone(c.P)
			m.Apply(p, c.Classes)
			for row := range c.Y {
				sum := 0.0
				for _, v := range p[row*c.Classes : (row+1)*c.Classes] {
					sum += v
				}
				require.InDelta(t, 1, sum, 1e-12, name)
			}
		}
	}
}

// said gives rows of a model of two classes that says bend(z) where the log odds
// are z.
func said(n int, seed uint64, bend func(float64) float64) (*metrics.Sample, []int) {
	rng := rand.New(rand.NewPCG(seed, 1))
	logistic := func(z float64) float64 { return 1 / (1 + math.Exp(-z)) }
	actual, p, part := make([]float64, n), make([]float64, 2*n), make([]int, n)
	for i := range actual {
		z := 2 * rng.NormFloat64()
		if rng.Float64() < logistic(z) {
			actual[i] = 1
		}
		p[2*i+1] = logistic(bend(z))
		p[2*i], part[i] = 1-p[2*i+1], i%5
	}
	return metrics.NewClassification(actual, []string{"no", "yes"}, p), part
}

// TestFit: what a model is too sure of is found, one that is right stays, and
// curves are fitted where there are rows for them and they are of use only.
func TestFit(t *testing.T) {
	same := func(z float64) float64 { return z }
	for _, c := range []struct {
		name        string
		rows        int
		bend        func(float64) float64
		ask, get    Method
		temperature float64
	}{
		{"right", 4000, same, Temperature, Temperature, 1},
		{"too sure", 4000, func(z float64) float64 { return 3 * z }, Temperature, Temperature, 3},
		{"not sure enough", 4000, func(z float64) float64 { return z / 2 }, Temperature, Temperature, 0.5},
		{"too sure, unasked", 400, func(z float64) float64 { return 3 * z }, Auto, Temperature, 0},
		{"curves are not needed", 4000, func(z float64) float64 { return 3 * z }, Isotonic, Temperature, 3},
		{"shifted", 4000, func(z float64) float64 { return z + 1.5 }, Isotonic, Isotonic, 0},
		{"shifted, few rows", 300, func(z float64) float64 { return z + 1.5 }, Isotonic, Temperature, 0},
	} {
		s, part := said(c.rows, 3, c.bend)
		m, after := Fit(c.ask, s, part)
		assert.Equal(t, c.get, m.Method, c.name)
		assert.Equal(t, c.rows, m.Rows, c.name)
		if c.temperature > 0 {
			assert.InEpsilon(t, c.temperature, m.Temperature, 0.06, c.name)
		}
		assert.LessOrEqual(t, lossOf(after), lossOf(s)+0.001, c.name)
	}
	s, part := said(100, 1, same)
	m, after := Fit(None, s, part)
	assert.Nil(t, m)
	assert.Same(t, s, after)
}

// TestAuto: a model that says what it should is seldom calibrated unasked. The
// gain is 0 at best, and so beyond two standard errors in less than a fortieth.
func TestAuto(t *testing.T) {
	testdata.OnlyComputes(t)
	calibrated, studies := 0, 400
	for seed := range studies {
		s, part := said(200, uint64(seed), func(z float64) float64 { return z })
		if m, _ := Fit(Auto, s, part); m != nil {
			calibrated++
		}
	}
	promise := 0.025
	assert.LessOrEqual(t, float64(calibrated)/float64(studies), promise+3*math.Sqrt(promise*(1-promise)/float64(studies)))
}

// TestSeldom: rows that were all right make no model sure beyond their number, and
// probabilities of 0 stay finite.
func TestSeldom(t *testing.T) {
	n := 40
	actual, p := make([]float64, n), make([]float64, 3*n)
	for i := range actual {
		actual[i] = float64(i % 3)
		p[3*i+i%3] = 1
		if i < 10 {
			p[3*i+i%3], p[3*i+(i+1)%3] = 0.75, 0.25
		}
	}
	for _, m := range []*Map{fitTemperature(p, actual, 3), fitIsotonic(p, actual, 3)} {
		out := slices.Clone(p)
		m.Apply(out, 3)
		for _, v := range out {
			require.True(t, v > 0 && v < 1, "%s: %v", m.Method, out)
		}
	}
	row := []float64{math.NaN(), 0.5, 0.5}
	fitTemperature(p, actual, 3).Apply(row, 3)
	assert.True(t, math.IsNaN(row[0]))
}

func TestCheck(t *testing.T) {
	assert.NoError(t, (*Map)(nil).Check(2))
	for _, m := range []*Map{
		{}, {Method: "platt"}, {Method: Temperature}, {Method: Temperature, Temperature: math.Inf(1), Floor: 1}, {Method: Temperature, Temperature: 1},
		{Method: Isotonic}, {Method: Isotonic, Curves: []Curve{{Said: []float64{0, 0}, True: []float64{.1, .2}}}},
		{Method: Isotonic, Curves: []Curve{{Said: []float64{0, 1}, True: []float64{.3, .2}}}},
		{Method: Isotonic, Curves: []Curve{{Said: []float64{0, 1}, True: []float64{.3}}}},
	} {
		assert.Error(t, m.Check(2), "%+v", m)
	}
}
