package program

import (
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseStat(t *testing.T) {
	p, ok := parseStat([]byte("12 (a) 1) b) S 7 9 12 0 -1 4194560 130 0 0 0 0 0 0 0 20 0 1 0 100 2600960 250 1844674407 1"))
	require.True(t, ok)
	assert.Equal(t, process{parent: 7, group: 9, resident: 250 * int64(os.Getpagesize())}, p)
	for _, text := range []string{"", "12 (a) S 7", "12 (a) S x 9 12 0 -1 4194560 130 0 0 0 0 0 0 0 20 0 1 0 100 2600960 250 1"} {
		_, ok := parseStat([]byte(text))
		assert.False(t, ok, text)
	}
}

// What a program's children hold counts, files that they look at do not.
func TestMemoryEndsAProgram(t *testing.T) {
	if _, err := os.Stat("/proc/self/smaps_rollup"); err != nil {
		t.Skip("no /proc")
	}
	w, _ := workspace(t)
	w.Memory = 50e6
	_, err := w.Run(t.Context(), []string{"sh", "-c", "{ head -c 80000000 /dev/zero; sleep 30; } | tail -n 1"}, nil, io.Discard)
	var exceeded *MemoryError
	require.ErrorAs(t, err, &exceeded)
	assert.EqualError(t, err, "it used more than the 50 MB that memory allows")

	// Another workspace, for what was started in this one is being ended beside it.
	w, _ = workspace(t)
	w.Memory = 50e6
	assert.NoError(t, shell(t, w, "head -c 80000000 /dev/zero > big; cat big | wc -c"))
}
