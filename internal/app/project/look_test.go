package project

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/runner"
)

// A change of look makes no stage run again; page and pictures show it at once.
func TestAnotherLookRunsNothing(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(text), 0o666))
	}
	put("data.csv", "a,b\n1,2\n2,3\n3,5\n4,8\n5,9\n6,12\n7,13\n8,17\n9,17\n10,20\n")
	put("pipeline.yaml", "name: p\nstages:\n  load: {uses: load, with: {path: data.csv}}\n  explore: {uses: explore, from: load, with: {target: b}}\n")
	page, picture := filepath.Join(root, "reports", "p.html"), filepath.Join(root, "reports", "p", "explore-b.png")
	run := func(look string) (statuses []record.Status) {
		t.Helper()
		p, err := Open(root, ledger.Options{})
		require.NoError(t, err)
		defer p.Close()
		p.Look, p.Pictures = look, 2
		result, err := p.Run(t.Context(), Declared(), runner.Options{Jobs: 2, Observe: func(runner.Event) {}}, nil)
		require.NoError(t, err)
		for _, r := range result.Runs {
			_, _, err := p.WriteReport(t.Context(), result, r)
			require.NoError(t, err)
			for _, st := range r.Stages {
				statuses = append(statuses, st.Status)
			}
		}
		require.NoError(t, result.Close(t.Context()))
		return statuses
	}
	looks := func(look string) {
		t.Helper()
		of, figures, ok := headOf(page)
		assert.True(t, ok)
		assert.Equal(t, look, of)
		assert.Positive(t, figures)
		mark, ours := markOf(picture)
		assert.True(t, ours)
		assert.Contains(t, mark, "look "+look+" figure ")
	}
	assert.Equal(t, []record.Status{record.Succeeded, record.Succeeded}, run("one"))
	looks("one")
	assert.NotContains(t, run("one"), record.Succeeded)
	looks("one")
	before, err := os.Stat(picture)
	require.NoError(t, err)

	assert.Equal(t, []record.Status{record.Cached, record.Cached}, run("two"))
	looks("two")
	after, err := os.Stat(picture)
	require.NoError(t, err)
	assert.False(t, os.SameFile(before, after), "drawn again")
	assert.NotContains(t, run("two"), record.Succeeded)
	looks("two")
}
