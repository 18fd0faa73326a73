package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The shipped pipelines over three workers leave, byte for byte, what they left in the
// project that LABBOOK_PIPELINES names, where they ran on one machine.
func TestShippedPipelines(t *testing.T) {
	root := os.Getenv("LABBOOK_PIPELINES")
	if root == "" {
		t.Skip("needs a project in which the shipped pipelines ran, named by LABBOOK_PIPELINES")
	}
	root, err := filepath.Abs(root)
	require.NoError(t, err)
	l := farm(t, 3)
	m := l.machine("")
	for _, name := range []string{"pipeline.yaml", "pipelines", "data", "samples"} {
		require.NoError(t, os.RemoveAll(filepath.Join(m.dir, name)))
		if err := os.CopyFS(filepath.Join(m.dir, name), os.DirFS(filepath.Join(root, name))); err != nil {
			data, err := os.ReadFile(filepath.Join(root, name))
			require.NoError(t, err)
			m.write(name, string(data))
		}
	}
	out := m.does("run", "--on", "lab", "--no-png")
	assert.NotContains(t, out, "made here")
	const outputs = `select r.pipeline, s.stage, s.output from stages s join runs r on r.run = s.run
		where s.kind not in ('register', 'serve') and r.run = (select run from runs where pipeline = r.pipeline and status = 'succeeded' order by started desc limit 1)
		order by r.pipeline, s.stage`
	alone, far := (&machine{t, root}).does("sql", outputs), m.does("sql", outputs)
	assert.Equal(t, alone, far)
	assert.Greater(t, strings.Count(far, "\n"), 20)
	made := l.made()
	assert.Greater(t, len(made), 15)
	for key, times := range made {
		assert.Equal(t, 1, times, key)
	}
}

// A worker of a labbook with another version of a kind waits at another queue: it gets
// nothing, and whoever misses it is told. It is built for it, which takes a while.
func TestAnotherLabbook(t *testing.T) {
	if os.Getenv("LABBOOK_NIGHT") == "" {
		t.Skip("LABBOOK_NIGHT builds a labbook of another version")
	}
	file, err := filepath.Abs("../../stages/command.go")
	require.NoError(t, err)
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, 1, strings.Count(string(source), "\t\tVersion: 3,\n"), "the kind command has another version: change it here")
	dir := t.TempDir()
	m := &machine{t, dir}
	m.write("command.go", strings.Replace(string(source), "\t\tVersion: 3,\n", "\t\tVersion: 4,\n", 1))
	m.write("overlay.json", fmt.Sprintf(`{"Replace": {%q: %q}}`, file, filepath.Join(dir, "command.go")))
	other := filepath.Join(dir, "labbook")
	built("-C", "../..", "build", "-overlay", filepath.Join(dir, "overlay.json"), "-o", other, ".")

	l := farm(t, 0)
	own := labbook
	defer func() { labbook = own }()
	labbook = other
	l.worker()
	labbook = own
	m = l.machine("name: p\nstages:\n  a: {uses: command, with: {run: \"echo a > said\", outputs: [said]}}\n")
	out, err := m.command("run", "--on", "lab").CombinedOutput()
	assert.Error(t, err)
	assert.Contains(t, string(out), "no worker of lab makes command 3 on")
	assert.Contains(t, string(out), "(1 worker: other versions of labbook, machines or labels)")
	l.worker()
	m.does("run", "--on", "lab")
	assert.NotContains(t, l.workers[0].said(), "p/a")
	assert.Contains(t, l.workers[1].said(), "made in")
}
