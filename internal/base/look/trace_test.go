package look

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTraceBreaksWhereTheRowsChange(t *testing.T) {
	points := []Judged{{0, 1, 0, 2, "a"}, {10, 2, 1, 3, "a"}, {20, 9, 9, 9, "b"}, {30, 3, 2, 4, ""}, {40, 3, 2, 4, ""}}
	line, intervals := Trace(points, func(v float64) float64 { return v })
	assert.Equal(t, "M0 1L10 2M20 9M30 3M40 3", line, "what is not known is like nothing")
	assert.Equal(t, "M0 0V2M10 1V3M30 2V4M40 2V4", intervals)

	others, note := Elsewhere(points, 1, "version 2")
	assert.Equal(t, []bool{false, false, true, true, true}, others)
	assert.Contains(t, note, "other test rows than version 2")
	_, note = Elsewhere(points[:2], 1, "version 2")
	assert.Empty(t, note)
	others, note = Elsewhere(points, 4, "version 5")
	assert.NotContains(t, others, true)
	assert.Contains(t, note, "not known")
}
