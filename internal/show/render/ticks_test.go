package render

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

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

// Under two days it is the clock that tells moments apart, and midnight the day.
func TestClockTicks(t *testing.T) {
	for _, c := range []struct {
		seconds float64 // after 2012-01-01 22:00
		most    int
		want    []string
	}{
		{3, 7, []string{"22:00:00", "22:00:01", "22:00:02", "22:00:03"}},
		{3600, 4, []string{"22:00", "22:30", "23:00"}},
		{6 * 3600, 7, []string{"22:00", "23:00", "2 Jan", "01:00", "02:00", "03:00", "04:00"}},
		{47 * 3600, 4, []string{"2 Jan", "12:00", "3 Jan", "12:00"}},
		{48 * 3600, 4, []string{"2 Jan", "3 Jan"}},
	} {
		var got []string
		for _, tick := range (dates{c.most}).Ticks(1325455200, 1325455200+c.seconds) {
			got = append(got, tick.Label)
		}
		assert.Equal(t, c.want, got)
	}
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
			if n := len((dates{6}).Ticks(low, high)); n > 6 {
				t.Errorf("%d dates from %g to %g", n, low, high)
			}
		}
	})
}

// Versions have no version 1.2.
func TestWholeTicks(t *testing.T) {
	for _, tick := range (whole{7}).Ticks(0.6, 2.4) {
		assert.Contains(t, []string{"1", "2"}, tick.Label)
	}
	assert.Len(t, (whole{7}).Ticks(0.6, 2.4), 2)
	assert.LessOrEqual(t, len((whole{7}).Ticks(0.6, 400.4)), 7)
}
