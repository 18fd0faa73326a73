package report

import (
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"

	"labbook/internal/testdata"
)

func TestReadLog(t *testing.T) {
	testdata.OnlyComputes(t)
	line := strings.Repeat("x", 999)
	for _, c := range []struct {
		name, text string
		want       Log
	}{
		{"nothing", "", Log{}},
		{"newlines only", "\n\n", Log{}},
		{"a line", "one\n", Log{"one", 1, 0}},
		{"no newline at its end", "one\ntwo", Log{"one\ntwo", 2, 0}},
		{"newlines at its end", "one\n\ntwo\n\n\n", Log{"one\n\ntwo", 3, 0}},
		{"not UTF-8", "a\xffb\n", Log{`a\xffb`, 1, 0}},
		{"many lines", strings.Repeat("a\n", 1000) + "b\n", Log{strings.Repeat("a\n", maxLogLines-1) + "b", 1001, 1001 - maxLogLines}},
		{"long lines", strings.Repeat(line+"\n", 10_000), Log{strings.TrimSuffix(strings.Repeat(line+"\n", maxLogBytes/1000), "\n"), 10_000, 10_000 - maxLogBytes/1000}},
	} {
		log, err := ReadLog(strings.NewReader(c.text))
		assert.NoError(t, err)
		assert.Equal(t, c.want, log, c.name)
		log, err = ReadLog(iotest.OneByteReader(strings.NewReader(c.text)))
		assert.NoError(t, err)
		assert.Equal(t, c.want, log, c.name+", byte by byte")
	}
	endless, err := ReadLog(strings.NewReader("first\n" + strings.Repeat("x", 10*maxLogBytes)))
	assert.NoError(t, err)
	assert.Equal(t, 2, endless.Lines)
	assert.Equal(t, 1, endless.Cut)
	assert.Less(t, len(endless.Text), maxLogBytes)
}
