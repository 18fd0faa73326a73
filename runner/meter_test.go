package runner

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What all running stages claim is aimed at, and nothing while one claims nothing.
func TestMemoryIsAimedAt(t *testing.T) {
	whole := debug.SetMemoryLimit(-1)
	aim := func() int64 { return debug.SetMemoryLimit(-1) }
	var m meter
	one := m.begin(1, 300<<20)
	assert.EqualValues(t, 300<<20, aim())
	two := m.begin(1, 200<<20)
	assert.EqualValues(t, 500<<20, aim())
	other := m.begin(2, 0)
	assert.Equal(t, whole, aim())
	one()
	other()
	assert.EqualValues(t, 200<<20, aim())
	two()
	assert.Equal(t, whole, aim())
	small := m.begin(1, 1)
	assert.EqualValues(t, leastAim, aim())
	small()
	assert.Equal(t, whole, aim())
}
