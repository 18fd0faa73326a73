package project

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/runner"
)

// TestOthersSeeHowFarARunIs: while it lives, and no longer.
func TestOthersSeeHowFarARunIs(t *testing.T) {
	p, err := Open(t.TempDir(), ledger.Options{})
	require.NoError(t, err)
	defer p.Close()
	at := time.Date(2026, 11, 21, 22, 0, 0, 0, time.UTC)
	run := &record.Run{ID: "20261121-220000-abcdef", Pipeline: "demo", Status: record.Running, Started: at, PID: os.Getpid()}
	require.NoError(t, p.Ledger.StartRun(run))
	var seen []runner.What
	teller := p.tellProgress(func(e runner.Event) { seen = append(seen, e.What) })
	tell := func(what runner.What, done int64, seconds int) {
		teller.event(runner.Event{Time: at.Add(time.Duration(seconds) * time.Second), What: what, Run: run.ID, Pipeline: "demo", Stage: "train/blend", Kind: "train",
			Reason: "never run before", Step: "tried linear", Done: done, Total: 12, Unit: "candidates"})
		teller.write()
	}
	tell(runner.StageStarted, 0, 0)
	tell(runner.StageProgress, 1, 1)
	tell(runner.StageProgress, 4, 7)
	stages, err := p.Runs().Stages(t.Context(), run.ID)
	require.NoError(t, err)
	require.Len(t, stages, 1)
	assert.Equal(t, record.Running, stages[0].Status)
	assert.Equal(t, "train/blend", stages[0].Name)
	left, _, ok := stages[0].Progress.Left(stages[0].Progress.At)
	assert.True(t, ok)
	assert.Equal(t, 12*time.Second, left.Round(time.Second), "4 of 12 in 6 seconds")
	assert.Equal(t, []runner.What{runner.StageStarted, runner.StageProgress, runner.StageProgress}, seen)

	tell(runner.StageEnded, 0, 9)
	stages, err = p.Runs().Stages(t.Context(), run.ID)
	require.NoError(t, err)
	assert.Empty(t, stages)
	teller.end()
	_, err = os.Stat(filepath.Join(p.Root, "runs", run.ID))
	assert.ErrorIs(t, err, os.ErrNotExist)

	// What a killed run left says nothing.
	tell(runner.StageStarted, 0, 10)
	run.Status, run.Ended = record.Interrupted, at.Add(time.Minute)
	require.NoError(t, p.Ledger.FinishRun(run))
	stages, err = p.Runs().Stages(t.Context(), run.ID)
	require.NoError(t, err)
	assert.Empty(t, stages)
}
