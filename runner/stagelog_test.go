package runner

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// written gives what a log keeps of the parts, and the lines it tells.
func written(t *testing.T, parts ...[]byte) (kept string, told []string) {
	l := &stageLog{spill: filepath.Join(t.TempDir(), "log"), line: func(line string) { told = append(told, line) }}
	for _, p := range parts {
		n, err := l.Write(p)
		require.NoError(t, err)
		require.Equal(t, len(p), n)
	}
	require.NoError(t, l.Close())
	if l.file == nil {
		return string(l.kept), told
	}
	data, err := os.ReadFile(l.spill)
	require.NoError(t, err)
	return string(data), told
}

func TestLogOfAnyLengthIsBounded(t *testing.T) {
	const chatter = "abcdefghijklmnopqrstuvwxyz\n"
	parts := [][]byte{[]byte("first\n")}
	for range 1000 {
		parts = append(parts, []byte(strings.Repeat(chatter, 1000)))
	}
	kept, told := written(t, append(parts, []byte("last\n"))...)
	assert.Less(t, len(kept), longestHead+longestEnd+100)
	assert.Greater(t, len(kept), longestHead+longestEnd-100)
	assert.True(t, strings.HasPrefix(kept, "first\n"+chatter))
	assert.True(t, strings.HasSuffix(kept, chatter+"last\n"))
	assert.Contains(t, kept, "\n… 26 MB left out …\n"+chatter)
	assert.Equal(t, strings.Split(strings.TrimSuffix(kept, "\n"), "\n"), told, "what is told is what is kept")
}

func TestLogIsWholeUpToItsBound(t *testing.T) {
	for _, size := range []int{0, 10, longestLog, longestLog + 1, longestHead, longestHead + 1, longestHead + longestEnd} {
		text := bytes.Repeat([]byte("0123456789abcde\n"), size/16+1)[:size]
		kept, _ := written(t, text[:size/3], text[size/3:])
		assert.Equal(t, string(text), kept, size)
	}
}

func TestLogOfOneLineIsBounded(t *testing.T) {
	kept, told := written(t, make([]byte, 3<<20), make([]byte, 3<<20))
	assert.Less(t, len(kept), longestHead+longestEnd+100)
	for _, line := range told {
		assert.LessOrEqual(t, len(line), longestLine)
	}
}
