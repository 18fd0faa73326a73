package program

import (
	"bufio"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Lines on file descriptor 3 are told, the last one too where its end is lacking, and
// what is too long for one is passed over.
func TestProgressIsTold(t *testing.T) {
	w, _ := workspace(t)
	var told []string
	w.Progress = func(line []byte) { told = append(told, string(line)) }
	require.NoError(t, shell(t, w, "echo one >&3; head -c 100000 /dev/zero | tr '\\0' x >&3; printf '\\ntwo\\r\\nthree' >&3"))
	assert.Equal(t, []string{"one", "two", "three"}, told)
}

func TestTalk(t *testing.T) {
	w, _ := workspace(t)
	talk, err := w.Start([]string{"sh", "-c", `while read -r line; do echo "said $line"; echo "heard $line" >&2; done`}, nil, 1<<30)
	require.NoError(t, err)
	out := bufio.NewReader(talk.Out)
	for _, word := range []string{"a", "b"} {
		_, err := io.WriteString(talk.In, word+"\n")
		require.NoError(t, err)
		line, err := out.ReadString('\n')
		require.NoError(t, err)
		assert.Equal(t, "said "+word+"\n", line)
	}
	assert.Empty(t, talk.How())
	require.NoError(t, talk.Out.SetReadDeadline(time.Now().Add(time.Millisecond)))
	_, err = out.ReadString('\n')
	assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.NoError(t, talk.In.Close())
	<-talk.Ended
	assert.Equal(t, "ended by itself", talk.How())
	assert.Equal(t, "heard a | heard b", talk.Said(5))
	talk.Stop()

	_, err = w.Start([]string{"no-such-program"}, nil, 0)
	assert.ErrorContains(t, err, `there is no program "no-such-program" in PATH`)
}

// Only what a shell would run is named.
func TestOutside(t *testing.T) {
	for text, want := range map[string][]string{
		"echo hello > x; python3 a.py | sort": {"python3"},
		"if test -f x; then mytool; fi":       {"mytool"},
		"A=1 exec mytool && ./own.sh":         {"mytool"},
	} {
		assert.Equal(t, want, Outside([]string{"sh", "-c", text}), text)
	}
	assert.Equal(t, []string{"python3"}, Outside([]string{"python3", "fit.py"}))
	assert.Empty(t, Outside([]string{"./fit.sh"}))
}
