package plots

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"math"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
)

// The same data gives the same bytes, also when several goroutines draw.
func TestSameBytes(t *testing.T) {
	want := gallery()
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			for i, f := range gallery() {
				assert.True(t, bytes.Equal(want[i].Data, f.Data), want[i].Alt)
			}
		})
	}
	group.Wait()
}

// Every figure is well-formed, says what is to be seen, and is small.
func TestFigures(t *testing.T) {
	for _, f := range gallery() {
		check(t, f)
		assert.Less(t, len(f.Data), 60_000, f.Alt)
		assert.Greater(t, len(f.Alt), 30, f.Alt)
		assert.Equal(t, "svg", f.Type)
	}
}

var bitmaps = regexp.MustCompile(`base64,[^"]*`) // whose bytes may spell anything

func check(t *testing.T, f *notebook.Figure) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(f.Data))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else {
			require.NoError(t, err, f.Alt)
		}
	}
	assert.NotRegexp(t, `NaN|Inf\b`, bitmaps.ReplaceAllString(string(f.Data), ""), f.Alt)
	assert.NotRegexp(t, `NaN|Inf\b`, f.Alt)
	assert.NotContains(t, f.Alt, "%!", f.Alt)
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
	check(t, Correlations(Frame{}, nil, nil))
	check(t, ConfusionMatrix(Frame{}, &metrics.Confusion{Classes: []string{"a"}, Counts: [][]float64{{0}}}))
	check(t, Shares(Frame{}, []string{"a"}, []string{"b"}, [][]float64{{0}}))
}

// Texts from data cannot leave their text, nor be taken for ours.
func TestHostileTexts(t *testing.T) {
	for _, evil := range []string{`</text><script>alert(1)</script>`, "a\x00b\x1fc", "\xff\xfe", "x\u202ey", `"><image xlink:href="data:image/jpg;`,
		"\n\tstyle=\"font-family:Liberation Sans;", strings.Repeat("long ", 500), "]]>", "&amp;", "日本語 🙂"} {
		f := Bars(Frame{Title: evil, Subtitle: evil, X: evil}, []Bar{{Name: evil, Value: 1, Note: evil}})
		check(t, f)
		assert.NotContains(t, string(f.Data), "<script")
		assert.NotContains(t, string(f.Data), "<image")
		assert.Less(t, len(f.Data), 20_000)
		check(t, Groups(Frame{Title: evil}, []Group{{evil, []float64{1, 2}}}))
		check(t, Lines(Frame{X: evil, Y: evil}, []Line{{Name: evil, X: []float64{1, 2}, Y: []float64{1, 2}}, {Name: evil}}, Free, false))
	}
}

func TestDraw(t *testing.T) {
	figures := func(n int) []func() *notebook.Figure {
		var all []func() *notebook.Figure
		for i := range n {
			all = append(all, func() *notebook.Figure {
				if i == 1 {
					return nil
				}
				return &notebook.Figure{Width: i}
			})
		}
		return all
	}
	got, err := Draw(context.Background(), 3, figures(5)...)
	require.NoError(t, err)
	var widths []int
	for _, f := range got {
		widths = append(widths, f.Width)
	}
	assert.Equal(t, []int{0, 2, 3, 4}, widths)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = Draw(ctx, 2, figures(5)...)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		most      int
		want      []string
	}{
		{0, 1, 6, []string{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}},
		{0, 18823, 6, []string{"0", "5k", "10k", "15k"}},
		{-0.3, 0.31, 5, []string{"-0.2", "0", "0.2"}},
		{1e6, 4e6, 5, []string{"1M", "2M", "3M", "4M"}},
		{1e-7, 5e-7, 5, []string{"1e-7", "2e-7", "3e-7", "4e-7", "5e-7"}},
	} {
		var got []string
		for _, tick := range (linear{c.most}).Ticks(c.low, c.high) {
			got = append(got, tick.Label)
		}
		assert.Equal(t, c.want, got)
	}
	var got []string
	for _, tick := range (logarithmic{6}).Ticks(300, 20000) {
		got = append(got, tick.Label)
	}
	assert.Equal(t, []string{"500", "1k", "2k", "5k", "10k", "20k"}, got)
	got = nil
	for _, tick := range (dates{6}).Ticks(1325376000, 1451520000) { // 2012-01-01 to 2015-12-31
		got = append(got, tick.Label)
	}
	assert.Equal(t, []string{"2012", "2013", "2014", "2015"}, got)
}

// Ticks end, are in range and not too many, whatever the range.
func FuzzTicks(f *testing.F) {
	f.Add(0.0, 1.0)
	f.Add(-1e300, 1e300)
	f.Add(1e-320, 2e-320)
	f.Fuzz(func(t *testing.T, low, high float64) {
		low, high = span(low, high)
		if n := len((linear{6}).Ticks(low, high)); n > 8 {
			t.Errorf("%d ticks from %g to %g", n, low, high)
		}
		if low > 0 {
			if n := len((logarithmic{6}).Ticks(low, high)); n > 8 {
				t.Errorf("%d logarithmic ticks from %g to %g", n, low, high)
			}
		}
		if math.Abs(low) < 1e12 && math.Abs(high) < 1e12 {
			(dates{6}).Ticks(low, high)
		}
	})
}

func BenchmarkCharts(b *testing.B) {
	for b.Loop() {
		gallery()
	}
}

// Versions have no version 1.2, and a height is not joined to one of other rows.
func TestVersionsAreWhole(t *testing.T) {
	for _, tick := range (whole{7}).Ticks(0.6, 2.4) {
		assert.Contains(t, []string{"1", "2"}, tick.Label)
	}
	assert.Len(t, (whole{7}).Ticks(0.6, 2.4), 2)
	assert.LessOrEqual(t, len((whole{7}).Ticks(0.6, 400.4)), 7)
	f := Versions(Frame{Y: "MAE"}, []Version{{Number: 1, Value: 1, Low: 1, High: 1}, {Number: 2, Value: 2, Low: 1, High: 3, Alike: true}})
	check(t, f)
	assert.Contains(t, f.Alt, "Version 1: 1, on other test rows. Version 2: 2.")
}
