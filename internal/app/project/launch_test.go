package project

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/serve"
)

// demo is a project of one pipeline.
func demo(t *testing.T) *Project {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pipeline.yaml"), []byte("name: stones\nparams: {seed: 7}\nstages:\n"+
		"  train:\n    uses: command\n    with: {outputs: [a], run: echo > a}\n    each: {a: {with: {run: echo 1 > a}}, b: {with: {run: echo 2 > a}}}\n"), 0o666))
	p, err := Open(dir, ledger.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { p.Close() })
	return p
}

// What is asked for is checked at once, waits in its order, and counts as under way
// only until its end can be read, though its process takes a moment yet.
func TestLauncherQueues(t *testing.T) {
	p := demo(t)
	l := p.Runner(slog.New(slog.DiscardHandler))
	no := false
	for _, wrong := range []serve.Job{{Pipeline: "stnes"}, {Pipeline: "stones", Params: map[string]serve.Setting{"sed": "1"}},
		{Pipeline: "stones", Models: []string{"train/c"}}, {Pipeline: "stones", Only: []string{"load"}}} {
		_, err := l.Start(t.Context(), wrong)
		var fault *diag.Error
		if assert.ErrorAs(t, err, &fault, "%v", wrong); wrong.Params != nil {
			assert.Equal(t, diag.New(`sed=1: unknown parameter "sed"`, `did you mean "seed"?`), fault)
		}
	}
	start := func(job serve.Job) (*serve.Place, error) {
		job.Pipeline = "stones"
		return l.Start(t.Context(), job)
	}
	first, err := start(serve.Job{Wait: &no, Params: map[string]serve.Setting{"seed": "9"}})
	require.NoError(t, err)
	second, err := start(serve.Job{Models: []string{"train/b"}})
	require.NoError(t, err)
	assert.Equal(t, []int{0, 1}, []int{first.Before, second.Before})
	_, err = start(serve.Job{Wait: &no})
	assert.ErrorIs(t, err, record.ErrBusy)

	// It is begun here.
	q, err := p.Ledger.TakeQueued(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first.Run, q.ID)
	assert.JSONEq(t, `{"pipeline":"stones","params":{"seed":"9"}}`, string(q.Job))
	l.busy <- struct{}{}
	l.under.Store(&first.Run)
	n, err := l.before(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 2, n, "it is in the queue until it is recorded")
	run := &record.Run{ID: first.Run, Pipeline: "stones"}
	require.NoError(t, p.Ledger.StartRun(run))
	n, _ = l.before(t.Context())
	assert.Equal(t, 2, n, "it runs, and one waits")
	run.Status = record.Succeeded
	require.NoError(t, p.Ledger.FinishRun(run))
	n, _ = l.before(t.Context())
	assert.Equal(t, 1, n)

	_, err = l.Stop(t.Context(), first.Run)
	assert.ErrorIs(t, err, record.ErrEnded)
	how, err := l.Stop(t.Context(), second.Run)
	require.NoError(t, err)
	assert.Equal(t, serve.Removed, how)
	_, err = l.Stop(t.Context(), second.Run)
	assert.Error(t, err, "there is no such run")
	n, _ = l.before(t.Context())
	assert.Zero(t, n)
}

// One that never came to record anything has failed, or was stopped before.
func TestLauncherSettles(t *testing.T) {
	p := demo(t)
	l := p.Runner(slog.New(slog.DiscardHandler))
	for _, stop := range []bool{false, true} {
		place, err := l.Start(t.Context(), serve.Job{Pipeline: "stones"})
		require.NoError(t, err)
		q, err := p.Ledger.TakeQueued(t.Context())
		require.NoError(t, err)
		want := "no pipeline is called"
		if stop {
			want = record.OnRequest
			ctx, leave := context.WithCancel(t.Context())
			left := make(chan error, 1)
			go func() {
				_, err := l.Stop(ctx, q.ID)
				left <- err
			}()
			require.Eventually(t, func() bool { _, said := p.said().of(ctx, q.ID, saidStop); return said }, 30*time.Second, time.Millisecond)
			leave()
			assert.ErrorIs(t, <-left, context.Canceled)
		}
		l.settle(q, diag.New("no pipeline is called so", ""))
		run, err := p.Ledger.FindRun(t.Context(), "", place.Run)
		require.NoError(t, err)
		assert.Equal(t, stop, run.Stopped())
		assert.Contains(t, run.Error, want)
		queue, err := p.Ledger.Queue(t.Context())
		require.NoError(t, err)
		assert.Empty(t, queue)
		_, err = os.Stat(filepath.Join(p.Root, "runs", q.ID))
		assert.ErrorIs(t, err, os.ErrNotExist)
	}
}

func TestLauncherArguments(t *testing.T) {
	job := serve.Job{Pipeline: "stones", Params: map[string]serve.Setting{"seed": "7", "a": "--x"},
		Models: []string{"boosting", "stones/train/linear"}, Only: []string{"explore"}, Force: true}
	got, err := arguments(job)
	require.NoError(t, err)
	assert.Equal(t, []string{"--set=stones.a=--x", "--set=stones.seed=7", "--models=stones/boosting",
		"--models=stones/train/linear", "--only=explore", "--force", "--", "stones"}, got)
	for _, name := range []string{"", "a,b", "a\nb", `a"b`} {
		_, err := arguments(serve.Job{Pipeline: "stones", Models: []string{name}})
		assert.Error(t, err, name)
	}

	// What a run was asked to do is read from its command, however it was written.
	l := &launcher{}
	params := map[string]string{"seed": "7", "a": "--x", "same": "1"}
	job.Models = []string{"stones/boosting", "stones/train/linear"}
	assert.Equal(t, job, l.Again(&record.Run{Pipeline: "stones", Params: params, Command: append([]string{"labbook", "-C", "dir", "run", "--json", "--as=x"}, got...)}))
	assert.Equal(t, serve.Job{Pipeline: "stones", Params: map[string]serve.Setting{"seed": "7"}, Only: []string{"a", "b"}},
		l.Again(&record.Run{Pipeline: "stones", Params: params, Command: []string{"labbook", "run", "stones", "-j", "4", "--set", "stones.seed=7", "--set", "wines.year=1", "--only", "a,b"}}))
	assert.Equal(t, serve.Job{Pipeline: "stones"}, l.Again(&record.Run{Pipeline: "stones", Params: params, Command: []string{"labbook", "run", "--due"}}))
}

// What was wrong is told as the run's events say it, whatever else they say.
func TestLauncherRefusal(t *testing.T) {
	err := refusal(strings.NewReader(`{"event":"run-refused","error":"no pipeline is called \"stnes\"","hint":"did you mean \"stones\"?"}` + "\n"))
	assert.Equal(t, diag.New(`no pipeline is called "stnes"`, `did you mean "stones"?`), err)
	for _, said := range []string{"", "panic: out of memory\n", `{"event":"run-started","run":"x"}` + "\n"} {
		assert.EqualError(t, refusal(strings.NewReader(said)), "the run could not be started", said)
	}
}

// What a run would do is told without doing it.
func TestLauncherForesees(t *testing.T) {
	p := demo(t)
	l := p.Runner(slog.New(slog.DiscardHandler))
	f, err := l.Foresee(t.Context(), serve.Job{Pipeline: "stones", Models: []string{"train/b"}})
	require.NoError(t, err)
	assert.Equal(t, []serve.ForeseenStage{{Name: "train/b", Runs: true, Why: "never run before"}}, f)
	f, err = l.Foresee(t.Context(), serve.Job{Pipeline: "stones"})
	require.NoError(t, err)
	assert.Len(t, f, 2)
	_, err = l.Foresee(t.Context(), serve.Job{Pipeline: "stones", Params: map[string]serve.Setting{"sed": "1"}})
	var fault *diag.Error
	assert.ErrorAs(t, err, &fault)
	runs, err := p.Ledger.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	assert.Empty(t, runs)
}
