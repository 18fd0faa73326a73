package runner

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/data/record"
	"labbook/runner/cache"
	"labbook/runner/stage"
)

// Two stages that leave out the same bytes share a copy with the reasons of both; bytes
// that changed meanwhile are not copied, and the run says so.
func TestSetsAside(t *testing.T) {
	p := newProject(t, `
name: demo
stages:
  a: {uses: read, with: {path: data/x.csv}}
  b: {uses: read, with: {path: data/x.csv}}
  c: {uses: join, needs: [a, b], with: {text: c}}
`)
	p.write("data/x.csv", "bad")
	leave := func(c *stage.Context) {
		c.SetAside(artifact.Aside{Name: "data/x.csv", Digest: cache.DigestOf([]byte("bad")), Folder: "rejected", Reason: "it is bad"})
	}
	p.during["a"], p.during["b"] = leave, leave
	r := p.run()
	require.NoError(t, r.Aside)
	folder := filepath.Join(p.dir, "rejected", "x-"+cache.DigestOf([]byte("bad"))[:8])
	copied, err := os.ReadFile(filepath.Join(folder, "x.csv"))
	require.NoError(t, err)
	assert.Equal(t, "bad", string(copied))
	reason, err := os.ReadFile(filepath.Join(folder, "x.csv.reason.txt"))
	require.NoError(t, err)
	assert.Contains(t, string(reason), "data/x.csv was left out by demo/a:\n\nit is bad\n\ndata/x.csv was left out by demo/b:\n\nit is bad\n")

	require.NoError(t, os.RemoveAll(filepath.Dir(folder)))
	p.change("text: c", "text: d")
	p.during["c"] = func(*stage.Context) { p.write("data/x.csv", "another") }
	r = p.run()
	assert.ErrorContains(t, r.Aside, "data/x.csv could not be set aside in rejected/x-")
	assert.ErrorContains(t, r.Aside, "it changed while the pipeline ran")
	assert.Equal(t, record.Cached, find(t, r, "a").Status)
	assert.Equal(t, record.Succeeded, find(t, r, "c").Status)
	left, err := os.ReadDir(filepath.Dir(folder))
	require.NoError(t, err)
	assert.Empty(t, left, "whole or not at all")
}
