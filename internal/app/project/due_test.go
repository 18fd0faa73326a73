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
)

// What is due is begun once, whoever looks and however often it was missed.
func TestDue(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "pipeline.yaml"), []byte(`include: [b.yaml, c.yaml, d.yaml]
name: a
schedule: "0 6 * * *"
stages: {s: {uses: command, with: {run: "true"}}}
`), 0o666))
	for name, rest := range map[string]string{
		"b": "schedule: {at: 0 6 * * *, catch_up: none}\n", "c": "schedule: {at: 0 6 * * *, overlap: queue}\n", "d": "",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(root, name+".yaml"), []byte("name: "+name+"\n"+rest+"stages: {s: {uses: command, with: {run: 'true'}}}\n"), 0o666))
	}
	open := func() *Project {
		p, err := Open(root, ledger.Options{})
		require.NoError(t, err)
		t.Cleanup(func() { p.Close() })
		return p
	}
	one, other := open(), open()
	due := func(p *Project, at string, look bool) []string {
		t.Helper()
		declared, err := p.Load(Declared())
		require.NoError(t, err)
		now, err := time.Parse("2 15:04", at)
		require.NoError(t, err)
		names, err := p.Due(t.Context(), declared, now.AddDate(2026, 0, 0), look)
		require.NoError(t, err)
		return names
	}
	assert.Empty(t, due(one, "1 12:00", false), "the past of a new schedule is not caught up with")
	assert.Empty(t, due(one, "2 05:59", false))
	assert.Equal(t, []string{"a", "b", "c"}, due(one, "2 06:01", true))
	assert.Equal(t, []string{"a", "b", "c"}, due(one, "2 06:01", false), "to look claims nothing")
	assert.Empty(t, due(other, "2 06:01", false), "another was first")
	assert.Equal(t, []string{"a", "c"}, due(other, "5 09:00", false), "b does not catch up")
	assert.Empty(t, due(one, "5 09:00", false), "once for all that was missed")

	var runs []*record.Run
	for _, name := range []string{"a", "c"} {
		run := &record.Run{Pipeline: name}
		require.NoError(t, one.Ledger.StartRun(run))
		runs = append(runs, run)
	}
	assert.Equal(t, []string{"b"}, due(one, "6 06:00", false), "a is left out, c waits")
	for _, run := range runs {
		run.Status = record.Succeeded
		require.NoError(t, one.Ledger.FinishRun(run))
	}
	assert.Equal(t, []string{"c"}, due(one, "6 06:30", false))

	// A clock that was weeks ahead for a moment costs no weeks.
	assert.Equal(t, []string{"a", "c"}, due(one, "31 05:00", false))
	assert.Empty(t, due(other, "7 05:00", true), "it was set back: what is due counts from now on")
	assert.Equal(t, []string{"a", "b", "c"}, due(other, "7 06:00", false))
	assert.Empty(t, due(one, "7 05:30", false), "clocks that differ by less than an hour are two, and nothing is due again")
	assert.Empty(t, due(one, "7 06:01", false))
}
