package runner

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/runner/stage"
)

// cells runs the pipeline and gives what its stages show, "-" for nothing, with
// the run.
func (p *project) cells(ctx context.Context) ([]string, *RunResult) {
	p.Helper()
	p.mu.Lock()
	p.ran, p.shown = nil, nil
	p.mu.Unlock()
	r, err := Execute(p.Context(), p.load(), p.options())
	require.NoError(p, err)
	defer r.Close(p.Context())
	var texts []string
	for _, cell := range r.Cells(ctx, r.Runs[0]) {
		switch {
		case cell == nil:
			texts = append(texts, "-")
		case cell.Blocks[0].Markdown != nil:
			texts = append(texts, *cell.Blocks[0].Markdown)
		default:
			texts = append(texts, cell.Blocks[0].Findings[0].Text)
		}
	}
	slices.Sort(p.shown)
	return texts, r.Runs[0]
}

// A cell is made once of the same output, and anew by another version of Show;
// no stage runs because of it.
func TestAnotherLookRunsNothing(t *testing.T) {
	p := newChain(t)
	first, run := p.cells(t.Context())
	assert.Equal(t, []string{"-", "look 1 of inL, of 3 bytes", "look 1 of inR, of 3 bytes", "look 1 of inLinR, of 6 bytes"}, first)
	assert.Equal(t, []string{"inL", "inLinR", "inR"}, p.shown)

	again, same := p.cells(t.Context())
	assert.Equal(t, first, again)
	assert.Empty(t, p.shown, "what was shown is kept")
	assert.Equal(t, run.ID, same.SameAs)

	p.look = 2
	anew, run := p.cells(t.Context())
	assert.Equal(t, []string{"-", "look 2 of inL, of 3 bytes", "look 2 of inR, of 3 bytes", "look 2 of inLinR, of 6 bytes"}, anew)
	assert.Empty(t, p.ran)
	assert.Empty(t, run.SameAs, "the page of before shows the look of before")

	p.change("text: L", "text: X")
	p.cells(t.Context())
	assert.Equal(t, []string{"inX", "inXinR"}, p.shown, "what is left as it was is not shown again")
}

// A cell that is gone from the cache, or harmed, is made again.
func TestLostCellsAreShownAgain(t *testing.T) {
	p := newChain(t)
	first, run := p.cells(t.Context())
	o := p.options()
	kept, err := o.Cache.Get(cellKey(run.Stages[1].Declared.Kind, run.Stages[1].Record))
	require.NoError(t, err)
	require.NoError(t, os.Remove(o.Cache.Path(kept.Files[0].Digest)))
	again, _ := p.cells(t.Context())
	assert.Equal(t, first, again)
	assert.Equal(t, []string{"inL"}, p.shown)
	assert.Empty(t, p.ran)
}

// What cannot be shown says so in its place, and fails no run.
func TestShowThatFails(t *testing.T) {
	p := newChain(t)
	p.show = func(s *stage.Shown) error {
		if s.Metrics[0].Value > 3 {
			panic("told to panic")
		}
		return errors.New("told to fail")
	}
	texts, run := p.cells(t.Context())
	assert.Equal(t, []string{"-", "what the stage left cannot be shown: told to fail", "what the stage left cannot be shown: told to fail",
		"what the stage left cannot be shown: the kind join has a bug: told to panic"}, texts)
	assert.EqualValues(t, "succeeded", run.Status)

	p.show = nil
	texts, _ = p.cells(t.Context())
	assert.Equal(t, "look 1 of inL, of 3 bytes", texts[1], "a failure is not kept")
	assert.Empty(t, p.ran)
}

// Who was told to stop shows what is there, and makes nothing.
func TestStoppedRunsShowWhatIsKept(t *testing.T) {
	p := newChain(t)
	p.cells(t.Context())
	p.change("text: L", "text: X")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	texts, _ := p.cells(stopped)
	assert.Equal(t, []string{"-", "the run was stopped before this was shown; the next page will show it", "look 1 of inR, of 3 bytes",
		"the run was stopped before this was shown; the next page will show it"}, texts)
	assert.Empty(t, p.shown)
}

// What is verified is what a stage left: files, metrics, warnings and facts. How
// it looks is none of it.
func TestVerifyComparesContent(t *testing.T) {
	for what, during := range map[string]func(*stage.Context){
		"its warnings": func(c *stage.Context) { c.Warn(notebook.Finding{Text: "told once"}) },
		"its metrics":  func(c *stage.Context) { c.Metric(metrics.Value{Name: "other", Value: 1}) },
	} {
		p := newChain(t)
		p.during["left"] = during
		p.run()
		p.during["left"] = nil
		p.look = 2
		r := p.run(func(o *Options) { o.Verify = true })
		require.ErrorIs(t, find(t, r, "left").Err, ErrDiffers, what)
		assert.ErrorContains(t, find(t, r, "left").Err, "made again, "+what+" differed")
		assert.NoError(t, find(t, r, "right").Err)
	}
}

// Whoever is not running a stage gets its cell too, kept or made; of what is gone
// there is none.
func TestCellOfARecordedStage(t *testing.T) {
	p := newChain(t)
	_, run := p.cells(t.Context())
	store, s := p.options().Cache, run.Stages[1]
	recorded := s.Stage
	require.NotNil(t, Cell(t.Context(), store, s.Declared.Kind, &recorded))
	kept, err := store.Get(cellKey(s.Declared.Kind, s.Record))
	require.NoError(t, err)
	require.NoError(t, os.Remove(store.Path(kept.Files[0].Digest)))
	made := Cell(t.Context(), store, s.Declared.Kind, &recorded)
	require.NotNil(t, made)
	assert.Equal(t, "look 1 of inL, of 3 bytes", *made.Blocks[0].Markdown)
	recorded.Output = "another"
	assert.Nil(t, Cell(t.Context(), store, s.Declared.Kind, &recorded))
	recorded = s.Stage
	require.NoError(t, os.Remove(store.Path(s.Record.Files[0].Digest)))
	assert.Nil(t, Cell(t.Context(), store, s.Declared.Kind, &recorded))
}
