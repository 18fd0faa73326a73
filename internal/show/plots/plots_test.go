package plots

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/figure"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
)

// check says that a figure can be drawn, kept, and told.
func check(t *testing.T, f *notebook.Figure) {
	t.Helper()
	require.NoError(t, f.Chart.Check(), f.Alt)
	assert.NotRegexp(t, `NaN|Inf\b|%!`, f.Alt)
	_, err := json.Marshal(f)
	require.NoError(t, err)
}

// Charts of nothing, of one value, of missing and of enormous ones are still
// charts.
func TestOddData(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, values := range [][]float64{nil, {1}, {nan, nan}, {0, 0, 0}, {-1, 0, 1}, {1e300, -1e300, 1}, {inf, 1, 2, -inf}, {1e-300, 2e-300}, {5, nan}} {
		for _, log := range []bool{false, true} {
			f := Frame{Title: "t", X: "x", Y: "y", LogX: log, LogY: log}
			check(t, Histogram(f, values))
			check(t, Groups(f, []Group{{"a", values}, {"b", nil}}))
			check(t, Scatter(f, values, values, Cloud{Diagonal: true, Zero: !log, Trend: true}))
			check(t, Lines(f, []Line{{Name: "l", X: values, Y: values, Low: values, High: values, Dots: true}}, Free, true))
			check(t, History(f, values, log))
			check(t, Parallel(f, []Dimension{{Name: "d", Values: values, Log: log}}, values, log))
			dates := f
			dates.DateX, dates.LogX = true, false
			check(t, Histogram(dates, values))
		}
		var bars []Bar
		for _, v := range values {
			bars = append(bars, Bar{Name: "b", Value: v})
		}
		check(t, Bars(Frame{X: "x"}, bars))
		check(t, Intervals(Frame{X: "x"}, bars))
		check(t, Columns(Frame{X: "x"}, bars))
	}
	check(t, Groups(Frame{X: "x"}, nil))
	check(t, Correlations(Frame{}, nil, nil))
	check(t, ConfusionMatrix(Frame{}, &metrics.Confusion{Classes: []string{"a"}, Counts: [][]float64{{0}}}))
	check(t, Shares(Frame{}, []string{"a"}, []string{"b"}, [][]float64{{0}}))
}

// Of very many points the figure has counts, all of them, and not the points.
func TestManyPointsAreCounted(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n := 50_000
	x, y := make([]float64, n), make([]float64, n)
	for i := range n {
		x[i] = r.Float64()
		y[i] = x[i] + r.Float64()
	}
	for _, f := range []Frame{{X: "x", Y: "y"}, Frame{X: "x", Y: "y"}.Small()} {
		got := Scatter(f, x, y, Cloud{})
		check(t, got)
		assert.Empty(t, got.Chart.XY.Series)
		counted := 0
		for _, run := range got.Chart.XY.Bins.Runs {
			for _, k := range run[2:] {
				counted += k
			}
		}
		assert.Equal(t, n, counted)
		data, err := json.Marshal(got)
		require.NoError(t, err)
		assert.Less(t, len(data), 40_000)
	}
	few := Scatter(Frame{}, x[:fewPoints], y[:fewPoints], Cloud{}).Chart.XY
	assert.Nil(t, few.Bins)
	assert.Equal(t, figure.Numbers(x[:fewPoints]), few.Series[0].X, "numbers as they are")
}

// A specification says nothing of how it looks, and no number as a text.
func TestNothingOfTheLook(t *testing.T) {
	data, err := json.Marshal(Intervals(Frame{Title: "Models", X: "MAE (USD)"}, []Bar{{Name: "a", Value: 1234.5678901, Low: 1200, High: 1300, Strong: true}}))
	require.NoError(t, err)
	assert.Equal(t, `{"alt":"Dots with intervals of MAE (USD): a 1,235.","chart":{"title":"Models","x":{"name":"MAE (USD)"},`+
		`"bars":{"form":"dots","names":["a"],"values":[1234.5678901],"low":[1200],"high":[1300],"strong":[0]}}}`, string(data))
}

func TestCurvesOverAllRowsStaySmall(t *testing.T) {
	n := 100_000
	x, y := make([]float64, n), make([]float64, n)
	for i := range n {
		x[i] = float64(i) / float64(n-1)
		y[i] = math.Sqrt(x[i])
	}
	s := Lines(Frame{}, []Line{{X: x, Y: y}}, Unit, true).Chart.XY.Series[0]
	assert.Less(t, len(s.X), 3000)
	assert.Equal(t, 1.0, s.X[len(s.X)-1])
	assert.Equal(t, 0.0, s.X[0])
}

func TestDraw(t *testing.T) {
	figures := func(n int) []func() *notebook.Figure {
		var all []func() *notebook.Figure
		for i := range n {
			all = append(all, func() *notebook.Figure {
				if i == 1 {
					return nil
				}
				return &notebook.Figure{Alt: strings.Repeat("x", i)}
			})
		}
		return all
	}
	got, err := Draw(context.Background(), 3, figures(5)...)
	require.NoError(t, err)
	var alts []string
	for _, f := range got {
		alts = append(alts, f.Alt)
	}
	assert.Equal(t, []string{"", "xx", "xxx", "xxxx"}, alts)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Draw(ctx, 2, figures(5)...)
	assert.ErrorIs(t, err, context.Canceled)
}

// A height is not joined to one of other rows.
func TestVersionsApart(t *testing.T) {
	version := func(n int, mape float64, rows string) Version {
		return Version{Number: n, Value: metrics.Value{Name: "mape", Value: mape, Low: &mape, High: &mape}, Rows: rows}
	}
	all := []Version{version(1, .1, "a"), version(2, .2, "b"), version(3, .2, "b"), version(4, .3, "a"), version(5, .2, "b"), version(6, .1, "b")}
	f := Versions("MAPE", all)
	check(t, f)
	assert.Contains(t, f.Alt, "Version 1: 10 % [10, 10], on other test rows. Version 2: 20 % [20, 20].")
	line := f.Chart.XY.Series[0]
	assert.Equal(t, figure.Quiet, line.Role)
	line.X[2], line.Y[2] = 0, 0 // a gap
	assert.Equal(t, figure.Numbers{2, 3, 0, 5, 6}, line.X)
	assert.Equal(t, figure.Numbers{20, 20, 0, 20, 10}, line.Y, "in per cent")
	assert.Equal(t, figure.Axis{Name: "MAPE (%)"}, f.Chart.Y)
	assert.Equal(t, figure.Whole, f.Chart.X.Scale)
	assert.Contains(t, f.Chart.Subtitle, "other test rows than version 6")

	all[0].Standing = true
	f = Versions("MAPE", all)
	assert.Contains(t, f.Chart.Subtitle, "other test rows than version 1", "what stands is what the others are seen beside")
	assert.NotEqual(t, figure.Quiet, f.Chart.XY.Series[0].Role, "nothing is joined over a version of other rows")

	all[0].Rows = ""
	f = Versions("MAPE", all)
	assert.Contains(t, f.Chart.Subtitle, "not known")
	assert.NotEqual(t, figure.Quiet, f.Chart.XY.Series[0].Role)
	assert.NotContains(t, f.Alt, "other test rows")
	assert.Nil(t, Versions("MAPE", all[:1]))
}

// Versions of several variants are a line each: that a worse kind of model was tried
// between two versions does not make these worse.
func TestVersionsOfVariants(t *testing.T) {
	version := func(n int, mae float64, of string) Version {
		return Version{Number: n, Value: metrics.Value{Name: "mae", Value: mae, Unit: "USD"}, Rows: "a", Of: of}
	}
	f := Versions("MAE", []Version{version(1, 300, "train/linear"), version(2, 200, "train/trees"), version(3, 290, "train/linear"), version(4, 400, "train/dummy"), version(5, 190, "train/trees")})
	check(t, f)
	var lines []figure.Series
	for _, s := range f.Chart.XY.Series {
		if s.Mark == "" {
			lines = append(lines, s)
		}
	}
	assert.Equal(t, []figure.Series{
		{Name: "train/linear", X: figure.Numbers{1, 3}, Y: figure.Numbers{300, 290}},
		{Name: "train/trees", X: figure.Numbers{2, 5}, Y: figure.Numbers{200, 190}},
	}, lines)
	assert.Contains(t, f.Alt, "Version 4: 400 USD by train/dummy.")
}
