package human_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"labbook/internal/human"
)

func TestNumber(t *testing.T) {
	for _, test := range []struct {
		in   float64
		want string
	}{
		{0, "0"}, {42, "42"}, {1234567, "1,234,567"}, {-5, "−5"}, {-1234, "−1,234"},
		{0.98244, "0.9824"}, {-0.5, "−0.5000"}, {1.23456, "1.235"}, {12.345, "12.35"},
		{353.17, "353.2"}, {-3531.72, "−3,531.7"}, {123456.7, "123,457"},
		{0.0000315, "3.15e−05"}, {1e300, "1.00e+300"},
		{math.NaN(), "–"}, {math.Inf(1), "∞"}, {math.Inf(-1), "−∞"},
	} {
		assert.Equal(t, test.want, human.Number(test.in))
	}
	assert.Equal(t, "353.2 USD", human.Measure(353.2, "USD"))
	assert.Equal(t, "0.9824", human.Measure(0.9824, ""))
}

func TestDuration(t *testing.T) {
	for in, want := range map[time.Duration]string{
		0:                        "0 ms",
		850 * time.Microsecond:   "850 µs",
		4200 * time.Microsecond:  "4 ms",
		1300 * time.Millisecond:  "1.3 s",
		59900 * time.Millisecond: "59 s",
		125 * time.Second:        "2 min 5 s",
		200 * time.Minute:        "3 h 20 min",
	} {
		assert.Equal(t, want, human.Duration(in))
	}
}

func TestBytesAndCounts(t *testing.T) {
	assert.Equal(t, "812 B", human.Bytes(812))
	assert.Equal(t, "4.2 kB", human.Bytes(4200))
	assert.Equal(t, "1.0 MB", human.Bytes(999_900))
	assert.Equal(t, "13 GB", human.Bytes(13_000_000_000))
	assert.Equal(t, "1 stage", human.Count(1, "stage"))
	assert.Equal(t, "53,940 rows", human.Count(53940, "row"))
	assert.Equal(t, "–", human.Time(time.Time{}))
}
