package output

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/data/formats"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
)

// left gives an output with a table, a matrix of the same name, a CSV file and
// others.
func left(t *testing.T) *artifact.Artifact {
	dir := t.TempDir()
	tab := table.New(&table.Column{Field: table.Field{Name: "x", Type: table.Number, Integer: true}, Num: []float64{1, 2}})
	require.NoError(t, tab.WriteFile(filepath.Join(dir, "train.arrow")))
	l := &matrix.Labelled{X: &matrix.Matrix{Rows: 1, Cols: 1, Names: []string{"f"}, Dense: []float64{3}}, Y: []float64{4}}
	var m bytes.Buffer
	require.NoError(t, l.Write(&m))
	a := &artifact.Artifact{Stage: "features"}
	for name, data := range map[string]string{"train.lbm": m.String(), "pred.csv": "id,guess\n1,2.5\n", "note.md": "hello", "run.sh": "true"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(data), 0o666))
	}
	for _, name := range []string{"note.md", "pred.csv", "run.sh", "train.arrow", "train.lbm"} {
		a.Files = append(a.Files, artifact.Blob{Name: name, Path: filepath.Join(dir, name), Exec: name == "run.sh"})
	}
	return a
}

func TestChoose(t *testing.T) {
	a := left(t)
	for _, c := range []struct {
		name, file string
		as         formats.Format
		err        string
	}{
		{name: "note.md", file: "note.md"},
		{name: "note", file: "note.md"},
		{name: "pred", file: "pred.csv"},
		{name: "pred.csv", file: "pred.csv"},
		{name: "pred.parquet", file: "pred.csv", as: formats.Parquet},
		{name: "train.arrow", file: "train.arrow"},
		{name: "train.arrow.csv", file: "train.arrow", as: formats.CSV},
		{name: "train.lbm.jsonl", file: "train.lbm", as: formats.Lines},
		{name: "train", err: `features left 2 files called "train": train.arrow, train.lbm`},
		{name: "train.csv", err: `features left 2 files called "train.csv"`},
		{name: "note.csv", err: `features left no file "note.csv"`},
		{name: "notes.md", err: `did you mean "note.md"?`},
		{name: "", err: "features left 5 files"},
	} {
		got, err := Choose(a, c.name)
		if c.err != "" {
			assert.ErrorContains(t, err, c.err, c.name)
			continue
		}
		require.NoError(t, err, c.name)
		assert.Equal(t, c.file, got.Blob.Name, c.name)
		assert.Equal(t, c.as, got.As, c.name)
	}
	assert.Equal(t, []string{"train.lbm.csv", "train.lbm.parquet", "train.lbm.jsonl", "train.lbm.arrow"}, Forms(a, "train.lbm"))
	assert.Equal(t, []string{"pred.parquet", "pred.jsonl", "pred.arrow"}, Forms(a, "pred.csv"))
	assert.Empty(t, Forms(a, "note.md"))
}

func TestWriteInAnotherForm(t *testing.T) {
	a := left(t)
	for name, want := range map[string]string{
		"train.arrow.csv": "x\n1\n2\n", "train.lbm.csv": "f,target\n3,4\n", "pred.jsonl": "{\"id\":1,\"guess\":2.5}\n", "note": "hello",
	} {
		c, err := Choose(a, name)
		require.NoError(t, err)
		var b bytes.Buffer
		require.NoError(t, c.Write(&b))
		assert.Equal(t, want, b.String(), name)
	}
	c, err := Choose(a, "train.arrow")
	require.NoError(t, err)
	require.NoError(t, c.Convert("x.csv"))
	assert.Equal(t, formats.CSV, c.As)
	c, err = Choose(a, "note.md")
	require.NoError(t, err)
	assert.ErrorContains(t, c.Convert("note.csv"), "note.md of features is not a table")
	assert.NoError(t, c.Convert("other.md"))
}

// TestWritesWholeOrNothing: what fails leaves what was there, and nothing beside.
func TestWritesWholeOrNothing(t *testing.T) {
	a, dir := left(t), t.TempDir()
	path := filepath.Join(dir, "x.csv")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o666))
	c, err := Choose(a, "train.arrow.csv")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(c.Path, []byte("damaged"), 0o666))
	require.Error(t, c.WriteFile(path))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "old", string(data))
	folder := filepath.Join(dir, "all")
	a.Files = append(a.Files, artifact.Blob{Name: "gone", Path: filepath.Join(dir, "gone")})
	require.Error(t, WriteFolder(a, folder))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 1)
	a.Files = a.Files[:len(a.Files)-1]
	require.NoError(t, WriteFolder(a, folder))
	info, err := os.Stat(filepath.Join(folder, "run.sh"))
	require.NoError(t, err)
	assert.NotZero(t, info.Mode()&0o100)
	assert.ErrorContains(t, WriteFolder(a, folder), "is not empty")
}
