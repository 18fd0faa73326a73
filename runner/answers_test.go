package runner

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/runner/stage"
)

// How long an answer is taken again, by the one function that says so: also the
// short way of a run asks it.
func TestAnswersStand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.db")
	require.NoError(t, os.WriteFile(file, []byte("a"), 0o666))
	now := time.Now().Add(time.Minute) // after the clock's granularity
	who := &stage.Answered{Name: "a.db", ID: "same", Files: []string{file, file + "-wal"}}
	seen, settled := see(who, now)
	require.True(t, settled)
	server := &stage.Answered{Name: "server", ID: "server"}
	of := &answerFacts{Made: now, Seen: seen}
	for _, c := range []struct {
		name    string
		refresh time.Duration
		who     *stage.Answered
		after   time.Duration
		stands  bool
	}{
		{"never", -1, server, 1000 * time.Hour, true},
		{"a day, at once", 24 * time.Hour, server, 0, true},
		{"a day, to the last", 24 * time.Hour, server, 24*time.Hour - 1, true},
		{"a day, then no more", 24 * time.Hour, server, 24 * time.Hour, false},
		{"a day, of the future", 24 * time.Hour, server, -time.Second, false},
		{"always", 0, server, 0, false},
		{"always, of a file that is as it was", 0, who, time.Hour, true},
	} {
		facts := *of
		if c.who == server {
			facts.Seen = nil
		}
		assert.Equal(t, c.stands, facts.stands(c.refresh, c.who, now.Add(c.after)), c.name)
	}
	require.NoError(t, os.WriteFile(file+"-wal", nil, 0o666))
	assert.True(t, of.stands(0, who, now.Add(time.Hour)), "an empty log says nothing")
	require.NoError(t, os.WriteFile(file+"-wal", []byte("more"), 0o666))
	assert.False(t, of.stands(0, who, now.Add(time.Hour)), "what was added to the log is new")
	unseen := &answerFacts{Made: now}
	assert.False(t, unseen.stands(0, who, now), "a file that was being written proves nothing")
}

func TestAnAnswerChanged(t *testing.T) {
	for _, c := range [][3]string{
		{"aa 100", "bb 112", "the query's answer changed: 12 rows more"},
		{"aa 100", "bb 99", "the query's answer changed: 1 row fewer"},
		{"aa 100", "bb 100", "the query's answer changed: as many rows, other values"},
		{"", "bb 100", "it reads a query's answer now (100 rows)"},
		{"aa 100", "", "it reads no query's answer any more"},
	} {
		assert.Equal(t, c[2], Change{What: "answer", Name: "query", Old: c[0], New: c[1]}.String())
	}
}
