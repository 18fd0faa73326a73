package program

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a goroutine starts that has yielded comes after others, and what others start does not.
func TestYield(t *testing.T) {
	niceness := func(polite bool) string {
		said := make(chan string)
		go func() {
			if polite {
				Yield()
			}
			out, err := exec.Command("nice").Output()
			assert.NoError(t, err)
			said <- string(out)
		}()
		return <-said
	}
	if _, err := exec.LookPath("nice"); err != nil {
		t.Skip("nice is not installed")
	}
	before := niceness(false)
	require.Equal(t, "0\n", before, "the test itself yields to others")
	assert.Equal(t, "10\n", niceness(true))
	assert.Equal(t, before, niceness(false))
}
