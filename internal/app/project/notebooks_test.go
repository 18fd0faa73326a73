package project

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/store/ledger"
	"labbook/serve"
)

// What is declared is known before anything ran, and follows what is written.
func TestDeclaredFollowsTheFile(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "pipeline.yaml"), []byte(text), 0o666))
	}
	write("name: demo\ntitle: Demo\nparams: {seed: 7}\nstages:\n  a: {uses: command, with: {run: \"echo > a\", outputs: [a]}}\n")
	p, err := Open(dir, ledger.Options{})
	require.NoError(t, err)
	defer p.Close()
	n := p.Notebooks().(*notebooks)
	got, err := n.Declared(t.Context())
	require.NoError(t, err)
	want := []serve.Declared{{Name: "demo", Title: "Demo", Params: []serve.Param{{Name: "seed", Value: "7"}}}}
	assert.Equal(t, want, got)

	write("name: demo\nstages: nothing\n")
	got, err = n.Declared(t.Context())
	require.NoError(t, err, "it has only just been looked at")
	assert.Equal(t, want, got)
	n.project.latest.looked = time.Time{}
	got, err = n.Declared(t.Context())
	assert.ErrorContains(t, err, "pipeline.yaml:2")
	assert.Equal(t, want, got, "as it was")
}

// What the form that starts a run can change of a model is what is declared, by the
// kind's own parameters.
func TestNotebooksLearners(t *testing.T) {
	p := demo(t)
	require.NoError(t, os.WriteFile(filepath.Join(p.Root, "pipeline.yaml"), []byte(`name: stones
stages:
  load: {uses: load, with: {path: a.csv}}
  split: {uses: split, from: load}
  features: {uses: features, from: split, with: {target: price}}
  train: {uses: train, from: features, each: {line: {with: {model: linear, params: {ridge: 2}}}, off: {if: "false", with: {model: linear}}}}
`), 0o666))
	got, err := p.Notebooks().Learners(t.Context(), "stones")
	require.NoError(t, err)
	require.Len(t, got, 1, "of what is enabled, and makes a model")
	assert.Equal(t, "train/line", got[0].Stage)
	at := slices.IndexFunc(got[0].Settings, func(s params.Setting) bool { return s.Path == "params.ridge" })
	require.GreaterOrEqual(t, at, 0)
	assert.Equal(t, []string{"2", "0", "at least 0"}, []string{got[0].Settings[at].Value, got[0].Settings[at].Default, got[0].Settings[at].Range})
	for _, s := range got[0].Settings {
		of := Declared()
		of.Set = []string{"stones.train/line.with." + s.Path + "=" + s.Value}
		_, err := p.Load(of)
		assert.NoError(t, err, "what is told can be set: %s", s.Path)
	}
}
