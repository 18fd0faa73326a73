package human_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"labbook/internal/base/human"
)

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
