package project

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/runner"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
)

// TestOthersSeeHowARunGoes: while it lives, and no longer.
func TestOthersSeeHowARunGoes(t *testing.T) {
	p, err := Open(t.TempDir(), ledger.Options{})
	require.NoError(t, err)
	defer p.Close()
	at := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)
	run := &record.Run{ID: "20261121-220000-abcdef", Pipeline: "demo", Status: record.Running, Started: at, PID: os.Getpid()}
	require.NoError(t, p.Ledger.StartRun(run))
	train := &stage.Kind{Name: "train"}
	blend, other := &pipeline.Stage{Name: "train/blend", Kind: train}, &pipeline.Stage{Name: "train/other", Kind: train}
	judge := &pipeline.Stage{Name: "evaluate", Kind: train, From: []*pipeline.Stage{blend, other}}
	left := &pipeline.Stage{Name: "left out", Kind: train}
	declared := &pipeline.Project{Pipelines: []*pipeline.Pipeline{{Name: "demo", Stages: []*pipeline.Stage{blend, left, other, judge}}}}
	var seen []runner.What
	teller := p.tellProgress(declared, map[*pipeline.Stage]bool{blend: true, other: true, judge: true}, func(e runner.Event) { seen = append(seen, e.What) })
	tell := func(seconds int, e runner.Event) {
		e.Time, e.Run, e.Pipeline = at.Add(time.Duration(seconds)*time.Second), run.ID, "demo"
		if e.Stage == "" && e.What != runner.RunStarted {
			e.Stage = "train/blend"
		}
		teller.event(e)
		teller.write()
	}
	stages := func() map[string]*record.Stage {
		found, err := p.Runs().Stages(t.Context(), run.ID)
		require.NoError(t, err)
		by := map[string]*record.Stage{}
		for i, st := range found {
			assert.True(t, i == 0 || found[i-1].Ordinal < st.Ordinal)
			by[st.Name] = st
		}
		return by
	}
	ctx, stop := context.WithCancelCause(t.Context())
	teller.began(run.ID, stop)
	tell(0, runner.Event{What: runner.RunStarted})
	assert.Empty(t, stages(), "nothing runs, perhaps nothing has to")
	tell(0, runner.Event{What: runner.StageStarted, Reason: "never run before", Cores: 2, Attempt: 1})
	tell(0, runner.Event{What: runner.StageWaiting, Stage: "train/other", Wait: &record.Wait{For: record.ForCore}})
	for i, v := range []float64{3, 2, 2.5} {
		tell(i, runner.Event{What: runner.StageScored, Text: []string{"guess", "linear", "trees"}[i], Done: int64(i + 1), Score: &metrics.Value{Name: "mae", Value: v, Better: metrics.Lower}})
	}
	for i := range 20 {
		tell(3, runner.Event{What: runner.StageLog, Text: string(rune('a' + i))})
	}
	tell(1, runner.Event{What: runner.StageProgress, Step: "tried linear", Done: 1, Total: 12, Unit: "candidates"})
	tell(7, runner.Event{What: runner.StageProgress, Step: "tried linear", Done: 4, Total: 12, Unit: "candidates"})
	now := stages()
	require.Len(t, now, 3)
	live := now["train/blend"].Live
	assert.Equal(t, record.Running, now["train/blend"].Status)
	assert.Equal(t, "never run before", now["train/blend"].Reason)
	remaining, _, ok := live.Progress.Left(live.Progress.At)
	assert.True(t, ok)
	assert.Equal(t, 12*time.Second, remaining.Round(time.Second), "4 of 12 in 6 seconds")
	assert.Equal(t, []record.Point{{Number: 1, Value: 3}, {Number: 2, Value: 2}, {Number: 3, Value: 2.5}}, live.Tried.Points)
	assert.Equal(t, "linear", live.Tried.Of)
	assert.Len(t, live.Tail, 12)
	assert.Equal(t, "t", live.Tail[11])
	assert.Equal(t, record.Waiting, now["train/other"].Status)
	assert.Equal(t, &record.Wait{For: record.ForCore}, now["train/other"].Live.Wait)
	assert.Equal(t, &record.Wait{For: record.ForStages, Stages: []string{"train/blend", "train/other"}}, now["evaluate"].Live.Wait)
	assert.Len(t, seen, 28)

	teller.heed()
	assert.NoError(t, ctx.Err())
	require.NoError(t, p.said().say(run.ID, saidStop, nil))
	teller.heed()
	assert.EqualError(t, context.Cause(ctx), record.OnRequest)

	tell(9, runner.Event{What: runner.StageEnded, Status: record.Succeeded})
	now = stages()
	assert.NotContains(t, now, "train/blend", "that is the ledger's to say")
	assert.Equal(t, []string{"train/other"}, now["evaluate"].Live.Wait.Stages)
	teller.end()
	_, err = os.Stat(filepath.Join(p.Root, "runs", run.ID))
	assert.ErrorIs(t, err, os.ErrNotExist)

	// What a killed run left says nothing.
	tell(10, runner.Event{What: runner.StageStarted, Stage: "train/other"})
	run.Status, run.Ended = record.Interrupted, at.Add(time.Minute)
	require.NoError(t, p.Ledger.FinishRun(run))
	assert.Empty(t, stages())
}
