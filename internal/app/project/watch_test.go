package project

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/ledger"
)

// TestWatchTellsOfSaves: by writing, by renaming as editors do, of what comes and
// goes, and of nothing else; of a broken declaration too, and when it is put right.
func TestWatchTellsOfSaves(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666))
	}
	const demo = "name: demo\nstages:\n  a: {uses: command, publish: out, with: {run: cat data/*.csv > a, inputs: [\"data/*.csv\", \"out/**\"], outputs: [a]}}\n"
	write("pipeline.yaml", "include: deep/er/pipelines/*.yaml\n")
	write("deep/er/pipelines/demo.yaml", demo)
	write("data/x.csv", "1")
	write("notes.txt", "1")
	p, err := Open(dir, ledger.Options{})
	require.NoError(t, err)
	defer p.Close()
	w := p.Watch(Declared())
	changed := func(within time.Duration) []string {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		return w.Changed(ctx)
	}
	// What is written by labbook, and what nothing depends on, is no save.
	write("runs/x.yaml", "1")
	write("reports/demo.html", "1")
	write("out/a", "1")
	write("notes.txt", "2")
	require.NoError(t, os.Chmod(filepath.Join(dir, "data/x.csv"), 0o600))
	assert.Nil(t, changed(700*time.Millisecond))

	write("data/x.csv", "22")
	assert.Equal(t, []string{"data/x.csv"}, changed(time.Minute))
	write(".x.csv.swp", "333")
	require.NoError(t, os.Rename(filepath.Join(dir, ".x.csv.swp"), filepath.Join(dir, "data/x.csv")))
	write("data/y.csv", "1")
	assert.Equal(t, []string{"data/x.csv", "data/y.csv"}, changed(time.Minute))
	require.NoError(t, os.Remove(filepath.Join(dir, "data/y.csv")))
	assert.Equal(t, []string{"data/y.csv"}, changed(time.Minute))

	write("deep/er/pipelines/demo.yaml", "name: [")
	assert.Equal(t, []string{"deep/er/pipelines/demo.yaml"}, changed(time.Minute))
	write("data/x.csv", "4444")
	assert.Equal(t, []string{"data/x.csv"}, changed(time.Minute), "what it read is watched still")
	write("deep/er/pipelines/demo.yaml", demo)
	assert.Equal(t, []string{"deep/er/pipelines/demo.yaml"}, changed(time.Minute))
	write("deep/er/pipelines/other.yaml", "name: other\nstages:\n  b: {uses: command, with: {run: cat z > b, inputs: [z], outputs: [b]}}\n")
	assert.Equal(t, []string{"deep/er/pipelines/other.yaml"}, changed(time.Minute))
	write("z", "1")
	assert.Equal(t, []string{"z"}, changed(time.Minute))
}

// One save of several steps is told once, when it is whole.
func TestWatchWaitsForTheEndOfASave(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pipeline.yaml"), []byte("name: demo\nstages:\n  a: {uses: command, with: {run: cat x > a, inputs: [x], outputs: [a]}}\n"), 0o666))
	p, err := Open(dir, ledger.Options{})
	require.NoError(t, err)
	defer p.Close()
	w := p.Watch(Declared())
	const steps = 8
	ended := make(chan struct{})
	go func() {
		f, _ := os.Create(filepath.Join(dir, "x"))
		for range steps {
			f.WriteString("more")
			time.Sleep(60 * time.Millisecond)
		}
		f.Close()
		close(ended)
	}()
	assert.Equal(t, []string{"x"}, w.Changed(t.Context()))
	select {
	case <-ended:
	default:
		t.Error("it was told before its end")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	assert.Nil(t, w.Changed(ctx), "and not again")
}
