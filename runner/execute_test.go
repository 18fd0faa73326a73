package runner

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/runner/stage"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// chain is read -> left, right -> both.
const chain = `
name: chain
stages:
  load: {uses: read, with: {path: data/in.txt}}
  left: {uses: join, from: load, with: {text: L}}
  right: {uses: join, from: load, with: {text: R}}
  both: {uses: join, from: [left, right]}
`

func newChain(t testing.TB) *project {
	p := newProject(t, chain)
	p.write("data/in.txt", "in")
	old := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(filepath.Join(p.dir, "data/in.txt"), old, old))
	return p
}

func TestFirstRunMakesAllAndTheSecondNothing(t *testing.T) {
	p := newChain(t)
	r := p.run()
	assert.Equal(t, []string{"load succeeded", "left succeeded", "right succeeded", "both succeeded"}, statuses(r))
	assert.Equal(t, "inLinR", p.output(find(t, r, "both"), "data"))
	assert.Equal(t, record.Succeeded, r.Runs[0].Status)
	assert.Equal(t, "never run before", find(t, r, "load").Reason)

	again := p.run()
	assert.Empty(t, p.ran)
	assert.Equal(t, record.Cached, again.Runs[0].Status)
	assert.Equal(t, r.Runs[0].ID, again.Runs[0].SameAs)
	assert.Len(t, p.ledger.runs, 2)
	assert.Len(t, p.ledger.stages, 4, "a cached run adds no stage rows")
	assert.Equal(t, find(t, r, "both").Output, find(t, again, "both").Output)
	assert.Equal(t, find(t, r, "both").Metrics, find(t, again, "both").Metrics)
}

func TestParameterRerunsItsFollowersOnlyAndRevertHitsAll(t *testing.T) {
	p := newChain(t)
	p.run()
	p.change("text: L", "text: X")
	r := p.run()
	assert.Equal(t, []string{"left", "both"}, p.ran)
	assert.Equal(t, "text: L → X", find(t, r, "left").Reason)
	assert.Regexp(t, `^output of left changed \(\w{8} → \w{8}\), because left has text: L → X$`, find(t, r, "both").Reason)

	p.change("text: X", "text: L")
	r = p.run()
	assert.Empty(t, p.ran)
	assert.Equal(t, "inLinR", p.output(find(t, r, "both"), "data"))
}

func TestTouchWithoutChangeRerunsNothing(t *testing.T) {
	p := newChain(t)
	p.run()
	now := time.Now().Add(-time.Minute)
	require.NoError(t, os.Chtimes(filepath.Join(p.dir, "data/in.txt"), now, now))
	p.run()
	assert.Empty(t, p.ran)
}

func TestEqualBytesStopTheCascade(t *testing.T) {
	p := newProject(t, `
name: cutoff
stages:
  load: {uses: read, with: {path: in.txt}}
  head: {uses: join, from: load, with: {keep: 1}}
  end: {uses: join, from: head, with: {text: "!"}}
`)
	p.write("in.txt", "abc")
	p.run()
	p.write("in.txt", "axy")
	p.run()
	assert.Equal(t, []string{"load", "head"}, p.ran)
}

func TestRenamingAStageKeepsItsResult(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, with: {text: a}}\n")
	p.run()
	p.change("one", "other")
	p.run()
	assert.Empty(t, p.ran)
}

func TestOnlyMakesWhatIsNeeded(t *testing.T) {
	p := newChain(t)
	r := p.run(func(o *Options) { o.Only = []string{"left"} })
	assert.Equal(t, []string{"load succeeded", "left succeeded"}, statuses(r))
	_, err := p.try(t.Context(), func(o *Options) { o.Only = []string{"lefft"} })
	assert.ErrorContains(t, err, `did you mean "left"?`)
}

func TestForceRunsAll(t *testing.T) {
	p := newChain(t)
	p.run()
	r := p.run(func(o *Options) { o.Force = true })
	assert.Len(t, p.ran, 4)
	assert.Equal(t, "forced", find(t, r, "both").Reason)
}

func TestFailureLetsTheIndependentFinish(t *testing.T) {
	p := newChain(t)
	p.change("text: L", "text: L, fail: error")
	r := p.run()
	assert.Equal(t, []string{"load succeeded", "left failed", "right succeeded", "both skipped"}, statuses(r))
	assert.Equal(t, record.Failed, r.Runs[0].Status)
	assert.Equal(t, "left failed", find(t, r, "both").Reason)
	left := find(t, r, "left")
	assert.Equal(t, "told to fail", left.Error)
	log, err := os.ReadFile(p.options().Cache.Path(left.Log))
	require.NoError(t, err)
	assert.Equal(t, "about to fail\n", string(log))

	p.run()
	assert.Equal(t, []string{"left"}, p.ran, "only what failed is tried again")
}

func TestPanicIsAFailureWithItsStackInTheLog(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, with: {fail: panic}}\n")
	r := p.run()
	one := find(t, r, "one")
	assert.ErrorContains(t, one.Err, "told to panic")
	assert.NotContains(t, one.Error, "goroutine")
	log, err := os.ReadFile(p.options().Cache.Path(one.Log))
	require.NoError(t, err)
	assert.Contains(t, string(log), "harness_test.go")
}

func TestRetries(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, retries: 2, with: {text: a}}\n")
	tries := 0
	p.during["one"] = func(*stage.Context) {
		if tries++; tries < 3 {
			panic("not yet")
		}
	}
	assert.Equal(t, []string{"one succeeded"}, statuses(p.run()))
}

func TestTimeout(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, timeout: 50ms, with: {text: a}}\n")
	p.during["one"] = func(c *stage.Context) { <-c.Done() }
	r := p.run()
	assert.Equal(t, "pipeline.yaml:3:3: took longer than its timeout of 50ms\nhint: raise its timeout, or give it less to do", find(t, r, "one").Error)
}

// The stage ends after the test only, so waiting for it would last for ever.
func TestStopLeavesBehindWhoDoesNotListen(t *testing.T) {
	p := newChain(t)
	ctx, stop := context.WithCancel(t.Context())
	release := make(chan struct{})
	defer close(release)
	p.during["left"] = func(*stage.Context) { stop(); <-release }
	r, err := p.try(ctx, func(o *Options) { o.Jobs = 1 })
	require.NoError(t, err)
	assert.Equal(t, record.Interrupted, r.Runs[0].Status)
	assert.Equal(t, record.Interrupted, find(t, r, "left").Status)
}

func TestInputEditedWhileTheStageRuns(t *testing.T) {
	p := newChain(t)
	edits := 0
	p.during["load"] = func(*stage.Context) {
		if edits++; edits == 1 {
			p.write("data/in.txt", "new")
		}
	}
	r := p.run()
	assert.Equal(t, "newLnewR", p.output(find(t, r, "both"), "data"), "it is run again with what stands there now")

	p.write("data/in.txt", "in")
	p.during["load"] = nil
	r = p.run()
	assert.Equal(t, "inLinR", p.output(find(t, r, "both"), "data"), "nothing was cached under the old key")

	p.write("data/in.txt", "x")
	n := 0
	p.during["load"] = func(*stage.Context) {
		n++
		p.write("data/in.txt", "restless"+strings.Repeat("!", n))
	}
	r = p.run()
	assert.ErrorContains(t, find(t, r, "load").Err, "data/in.txt changed while the stage ran")
}

func TestEffectIsAskedForOnHits(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, with: {text: a}}\n  act: {uses: act, from: one}\n")
	r := p.run()
	assert.Equal(t, "a", p.output(find(t, r, "act"), "linked/data"))
	p.run()
	assert.Empty(t, p.ran)
	p.effect = false
	r = p.run()
	assert.Equal(t, []string{"act"}, p.ran)
	assert.Equal(t, "its effect is gone", find(t, r, "act").Reason)
	assert.Len(t, find(t, r, "act").Warnings, 1)
}

func TestVerifyComparesBytes(t *testing.T) {
	p := newChain(t)
	p.run()
	r := p.run(func(o *Options) { o.Verify = true })
	assert.Len(t, p.ran, 4)
	assert.Empty(t, r.Failed())
	assert.Equal(t, "verified: made again, the same bytes", find(t, r, "both").Reason)

	p.during["left"] = func(c *stage.Context) { c.WriteFile("clock", []byte(time.Now().String())) }
	r = p.run(func(o *Options) { o.Verify = true })
	assert.ErrorContains(t, find(t, r, "left").Err, "not reproducible: made again, clock differed")
	p.run()
	assert.Empty(t, p.ran, "what is in the cache stays")
}

func TestLeftoversAreNeverMerged(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, with: {text: a}}\n")
	p.during["one"] = func(c *stage.Context) { c.WriteFile("old", nil) }
	p.run()
	p.during["one"] = nil
	r := p.run(func(o *Options) { o.Force = true })
	assert.Len(t, find(t, r, "one").Record.Files, 1)
}

func TestOutputOfAnyBytes(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, with: {text: a}}\n  two: {uses: join, from: one}\n")
	p.during["one"] = func(c *stage.Context) {
		c.WriteFile("a b\n\"\x01/deep/ü", []byte("\x00\xff\x00"))
		c.WriteFile("empty", nil)
	}
	r := p.run()
	assert.Equal(t, "\x00\xff\x00", p.output(find(t, r, "one"), "a b\n\"\x01/deep/ü"))
	p.run()
	assert.Empty(t, p.ran)
}

func TestResumeFolderSurvivesUntilSuccess(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, with: {text: a}}\n")
	p.during["one"] = func(c *stage.Context) {
		require.NoError(t, os.WriteFile(filepath.Join(c.Partial(), "half"), []byte("1"), 0o666))
		panic("killed")
	}
	p.run()
	var dir string
	p.during["one"] = func(c *stage.Context) {
		dir = c.Partial()
		assert.FileExists(t, filepath.Join(dir, "half"))
	}
	p.run()
	assert.NoDirExists(t, dir)
}

func TestMissingInputNamesTheNearest(t *testing.T) {
	p := newChain(t)
	p.change("data/in.txt", "data/inn.txt")
	r := p.run()
	assert.ErrorContains(t, find(t, r, "load").Err, "pipeline.yaml:4:")
	assert.ErrorContains(t, find(t, r, "load").Err, `did you mean "data/in.txt"?`)
}

func TestFreshFileOfAPatternReruns(t *testing.T) {
	p := newChain(t)
	p.change("data/in.txt", "data/*.txt")
	p.run()
	p.write("data/more.txt", "+")
	r := p.run()
	assert.Equal(t, "in+Lin+R", p.output(find(t, r, "both"), "data"))
	assert.Regexp(t, `^data/more.txt is new`, find(t, r, "load").Reason)
}

func TestCacheLimitsItself(t *testing.T) {
	p := newProject(t, "name: p\nstages:\n  one: {uses: join, with: {text: t0}}\n")
	big := make([]byte, 50_000)
	p.during["one"] = func(c *stage.Context) { c.WriteFile("big", append(big, c.Stage()+time.Now().String()...)) }
	for i := range 8 {
		if i > 0 {
			p.change(fmt.Sprintf("text: t%d", i-1), fmt.Sprintf("text: t%d", i))
		}
		r := p.run(func(o *Options) { o.CacheCap = 200_000 })
		require.Empty(t, r.Failed())
		assert.Less(t, p.options().Cache.Size(), int64(200_000))
	}
	p.run(func(o *Options) { o.CacheCap = 200_000 })
	assert.Empty(t, p.ran, "what was just used stays")
}

// After a run whose first stage failed nothing was known of the others.
func TestReasonsOutliveAFailedRun(t *testing.T) {
	p := newChain(t)
	db, err := ledger.Open(filepath.Join(p.dir, "runs/labbook.db"), ledger.Options{})
	require.NoError(t, err)
	defer db.Close()
	real := func(o *Options) { o.Ledger = db }
	p.run(real)
	p.change("path: data/in.txt", "path: data/gone.txt")
	require.NotEmpty(t, p.run(real).Failed())
	p.change("path: data/gone.txt", "path: data/in.txt")
	p.change("text: L", "text: M")
	assert.Equal(t, "text: L → M", find(t, p.run(real), "left").Reason)
}

// A project in a folder whose name looks like a pattern found none of its files.
func TestTheProjectsFolderIsNoPattern(t *testing.T) {
	p := newProject(t, "")
	p.dir = filepath.Join(p.dir, "a [1]*?")
	p.declare("name: p\nstages:\n  plain: {uses: read, with: {path: data/*.txt}}\n  deep: {uses: read, with: {path: 'data/**'}}\n")
	p.write("data/in.txt", "in")
	r := p.run()
	assert.Equal(t, "in", p.output(find(t, r, "plain"), "data"))
	assert.Equal(t, "in", p.output(find(t, r, "deep"), "data"))
	p.run()
	assert.Empty(t, p.ran)
}

// A folder behind a link was taken for a file that is none.
func TestLinkToAFolderIsAFolder(t *testing.T) {
	p := newChain(t)
	require.NoError(t, os.Symlink("data", filepath.Join(p.dir, "link")))
	p.change("data/in.txt", "link")
	assert.Equal(t, "in", p.output(find(t, p.run(), "load"), "data"))
}

// A command may depend on whether its script may be executed.
func TestExecutableInputsAreAnotherInput(t *testing.T) {
	p := newChain(t)
	p.run()
	require.NoError(t, os.Chmod(filepath.Join(p.dir, "data/in.txt"), 0o755))
	p.run()
	assert.Equal(t, []string{"load"}, p.ran)
}

// Hashing 1 TiB to its end would take most of an hour.
func TestStopWhileHashing(t *testing.T) {
	p := newChain(t)
	require.NoError(t, os.Truncate(filepath.Join(p.dir, "data/in.txt"), 1<<40))
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	r, err := p.try(ctx)
	require.NoError(t, err)
	assert.Equal(t, record.Interrupted, r.Runs[0].Status)
}

func TestNamesOfInputsAreUTF8(t *testing.T) {
	p := newChain(t)
	p.change("data/in.txt", "data/*")
	p.write("data/caf\xe9", "x")
	assert.ErrorContains(t, find(t, p.run(), "load").Err, `"data/caf\xe9" is not UTF-8`)
}
