package runner

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"labbook/internal/data/record"
	"labbook/runner/cache"
	"labbook/runner/stage"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// meanwhile is a ledger that lets something happen when the first run gets its
// row: after a stage was found to need running, and before it is locked.
type meanwhile struct {
	*fakeLedger
	once sync.Once
	do   func()
}

func (m *meanwhile) StartRun(r *record.Run) error {
	m.once.Do(m.do)
	return m.fakeLedger.StartRun(r)
}

// What another process made between the look into the cache and the lock was
// made again.
func TestWhatWasMadeMeanwhileIsNotMadeAgain(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, with: {text: a}}\n")
	var ran []string
	p.during["one"] = func(c *stage.Context) { ran = append(ran, c.Run()) }
	r := p.run(func(o *Options) {
		other := *o
		o.Ledger = &meanwhile{fakeLedger: p.ledger, do: func() {
			_, err := Execute(t.Context(), p.load(), other)
			require.NoError(t, err)
		}}
	})
	assert.Len(t, ran, 1)
	assert.Equal(t, []string{"one cached"}, statuses(r))
}

// What was found in the cache could be collected before it was read: only a run
// in which a stage had begun to run kept collecting away.
func TestWhatWasFoundIsKept(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, with: {text: a}}\n  two: {uses: join, from: one, with: {text: b}}\n")
	p.run()
	p.change("text: b", "text: c")
	collect := func() cache.Report {
		report, err := p.options().Cache.GC(t.Context(), cache.Options{Cap: -1})
		require.NoError(t, err)
		return report
	}
	o := p.options()
	o.Ledger = &meanwhile{fakeLedger: p.ledger, do: func() { assert.True(t, collect().Busy) }}
	r, err := Execute(t.Context(), p.load(), o)
	require.NoError(t, err)
	assert.Empty(t, r.Failed())
	assert.True(t, collect().Busy, "its page is still to be written")
	require.NoError(t, r.Close(t.Context()))
	assert.Equal(t, 3, collect().Records)
}

// A stage that went on after its time shared the folder for resuming with its
// own retry.
func TestWhoWasLeftBehindIsAlone(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, timeout: 50ms, retries: 1, with: {text: a}}\n")
	gone := make(chan struct{})
	var half string
	p.during["one"] = func(c *stage.Context) {
		half = filepath.Join(c.Partial(), "half")
		<-gone
		assert.NoError(t, os.WriteFile(half, []byte("of the first"), 0o666))
	}
	r := p.run()
	assert.ErrorContains(t, find(t, r, "one").Err, "was left behind")
	assert.Equal(t, []string{"one"}, p.ran, "it is not tried again")

	p.during["one"] = func(c *stage.Context) { assert.FileExists(t, half, "the first has ended") }
	go func() {
		time.Sleep(100 * time.Millisecond)
		close(gone)
	}()
	assert.Equal(t, []string{"one succeeded"}, statuses(p.run()))
}

// A stage's log, spilled into a file, was removed after another had its room.
func TestLongLogsOfManyStages(t *testing.T) {
	yaml := "name: p\nstages:\n"
	for i := range 30 {
		yaml += fmt.Sprintf("  s%d: {uses: join, with: {text: t%d}}\n", i, i)
	}
	p := newProject(t, yaml)
	line := strings.Repeat("x", 1000)
	for i := range 30 {
		p.during[fmt.Sprintf("s%d", i)] = func(c *stage.Context) {
			for range 100 {
				c.Logf("%s of %s", line, c.Stage())
			}
		}
	}
	r := p.run()
	require.Empty(t, r.Failed())
	for _, s := range r.Runs[0].Stages {
		log, err := os.ReadFile(p.options().Cache.Path(s.Log))
		require.NoError(t, err)
		assert.Equal(t, 100, strings.Count(string(log), "x of "+s.Name+"\n"))
	}
}
