package mapped

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRoom finds slices of the heap first and of files then, all zeros, and leaves no
// file behind.
func TestRoom(t *testing.T) {
	dir := t.TempDir()
	r := NewRoom(dir, least)
	defer r.Close()
	first, second, small := Make[uint8](r, least), Make[float64](r, least/8+1), Make[int32](r, 5)
	if runtime.GOOS == "linux" {
		require.Len(t, r.taken, 1, "the second alone")
		assert.Len(t, r.taken[0], least+8)
	}
	second[0], second[least/8] = 1, 2
	assert.Equal(t, []float64{1, 0, 2}, []float64{second[0], second[1], second[least/8]})
	assert.Len(t, first, least)
	assert.Equal(t, make([]int32, 5), small)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
	Free(r, first)
	Free(r, second)
	assert.Empty(t, r.taken)
	Make[float64](r, least)
	r.Close()
	assert.Empty(t, r.taken)
	assert.Len(t, Make[float64](nil, 3), 3)

	last := Make[float64](r, least)
	r.Abandon()
	r.Close()
	assert.Zero(t, last[least-1], "it can still be read")
}

// TestRoomWithoutSpace falls back on the heap.
func TestRoomWithoutSpace(t *testing.T) {
	r := NewRoom(filepath.Join(t.TempDir(), "none"), 0)
	assert.Len(t, Make[int64](r, least), least)
	assert.Empty(t, r.taken)
}

// TestFile reads a file in place, and says so where it is cut meanwhile.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.WriteFile(path, make([]byte, 4*least), 0o666))
	f, err := Open(path, least)
	require.NoError(t, err)
	defer f.Close()
	sum := func() error {
		for _, b := range f.Data {
			if b != 0 {
				return errors.New("not 0")
			}
		}
		return nil
	}
	require.NoError(t, f.Guard(sum))
	f.Forget(0, len(f.Data))
	require.NoError(t, f.Guard(sum))
	assert.PanicsWithValue(t, "its own", func() { f.Guard(func() error { panic("its own") }) })
	require.NoError(t, os.Truncate(path, 10))
	assert.ErrorIs(t, f.Guard(sum), ErrChanged)
}
