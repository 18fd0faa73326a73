package stages

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
	"labbook/runner/stage"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runCommandStage runs the kind command in a project that has data/x.csv and a
// script, and gives the output's folder.
func runCommandStage(t *testing.T, p *commandParams, inputs ...*artifact.Artifact) (*stage.Context, string, error) {
	dir := t.TempDir()
	for name, text := range map[string]string{"project/data/x.csv": "a,b\n1,2\n", "project/y.txt": "y", "out/.keep": "", "temp/.keep": ""} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
	require.NoError(t, os.Remove(filepath.Join(dir, "out/.keep")))
	project := filepath.Join(dir, "project")
	var files []stage.File
	for _, path := range p.Inputs {
		files = append(files, stage.File{Path: path, Abs: filepath.Join(project, path)})
	}
	out := filepath.Join(dir, "out")
	c := stage.New(context.Background(), stage.Config{Stage: "test", Params: p, Inputs: inputs, Files: files,
		Project: project, Out: out, Temp: filepath.Join(dir, "temp")})
	return c, out, command().Run(c)
}

func TestCommandSeesWhatItDeclares(t *testing.T) {
	blob := filepath.Join(t.TempDir(), "blob")
	require.NoError(t, os.WriteFile(blob, []byte("from another stage"), 0o444))
	in := &artifact.Artifact{Stage: "split", Files: []artifact.Blob{{Name: "deep/part", Path: blob}}}
	c, out, err := runCommandStage(t, &commandParams{
		Run:     params.Command{"sh", "-c", "touch list; find . -type f | sort > list; cat inputs/split/deep/part >> list; echo x >> inputs/split/deep/part; touch rest"},
		Inputs:  []string{"data/x.csv"},
		Outputs: []string{"list"},
	}, in)
	require.NoError(t, err)
	data, err := os.ReadFile(filepath.Join(out, "list"))
	require.NoError(t, err)
	assert.Equal(t, "./data/x.csv\n./inputs/split/deep/part\n./list\nfrom another stage", string(data))
	warnings := c.Result().Warnings
	require.Len(t, warnings, 1)
	assert.Contains(t, warnings[0].Text, "rest")
	data, err = os.ReadFile(blob)
	require.NoError(t, err)
	assert.Equal(t, "from another stage", string(data), "the cache is out of its reach")
	assert.Positive(t, c.Result().CPU)
	assert.Positive(t, c.Result().Memory)
}

func TestCommandUndeclaredReadFailsWithTheLineToAdd(t *testing.T) {
	_, _, err := runCommandStage(t, &commandParams{Run: params.Command{"sh", "-c", "sort data/x.csv > o"}, Outputs: []string{"o"}})
	var e *diag.Error
	require.True(t, errors.As(err, &e))
	assert.Equal(t, `add "data/x.csv" to inputs`, e.Hint)
	assert.Contains(t, e.What, "exit code 2")
}

func TestCommandPathsStayInside(t *testing.T) {
	for _, path := range []string{"../x", "/etc/passwd", "a/../../x", ""} {
		assert.Error(t, (&commandParams{Run: params.Command{"sh", "-c", "true"}, Outputs: []string{path}}).Resolve(), path)
		assert.Error(t, (&commandParams{Run: params.Command{"sh", "-c", "true"}, Inputs: []string{path}}).Resolve(), path)
	}
	assert.Error(t, (&commandParams{}).Resolve())
}

// A list is a program with its arguments, also a list of one: it went through
// the shell.
func TestCommandIsShellOnlyAsText(t *testing.T) {
	for yaml, want := range map[string]params.Command{
		`run: echo hi > o`:     {"sh", "-e", "-c", "echo hi > o"},
		`run: [echo hi > o]`:   {"echo hi > o"},
		`run: [echo, hi]`:      {"echo", "hi"},
		`run: ["sh", "-c", x]`: {"sh", "-c", "x"},
	} {
		n, err := tree.Parse("pipeline.yaml", []byte(yaml))
		require.NoError(t, err)
		var p commandParams
		require.NoError(t, params.Decode(n, &p))
		assert.Equal(t, want, p.Run, yaml)
	}
	_, _, err := runCommandStage(t, &commandParams{Run: params.Command{"echo hi > o"}})
	assert.ErrorContains(t, err, `there is no program "echo hi > o"`)
	assert.Error(t, (&commandParams{Run: params.Command{""}}).Resolve())
}
