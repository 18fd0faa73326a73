package machine

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWhatTheMachineTells(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells")
	}
	s, err := SpaceAt(t.TempDir())
	require.NoError(t, err)
	assert.Positive(t, s.Total)
	assert.LessOrEqual(t, s.Free, s.Total)
	l := Bounds()
	assert.Positive(t, l.Memory)
	assert.Positive(t, l.Files)
	_, err = SpaceAt("/no/such/place")
	assert.Error(t, err)
}
