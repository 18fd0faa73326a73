package project

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
	n.looked = time.Time{}
	got, err = n.Declared(t.Context())
	assert.ErrorContains(t, err, "pipeline.yaml:2")
	assert.Equal(t, want, got, "as it was")
}
