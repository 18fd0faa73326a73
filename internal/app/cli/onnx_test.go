package cli

import (
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/learn/corpus"
	"labbook/internal/testdata"
)

// TestPipelinesInONNX compares what onnxruntime and labbook say of 10,000 rows of
// each shipped pipeline, by their champions: in the project that LABBOOK_PIPELINES
// names, where they ran. Stones are those of the data, resumes are new ones.
func TestPipelinesInONNX(t *testing.T) {
	root := os.Getenv("LABBOOK_PIPELINES")
	if root == "" {
		t.Skip("needs a project in which the shipped pipelines ran, named by LABBOOK_PIPELINES")
	}
	python := testdata.Python(t, "onnx", "onnxruntime")
	const n = 10_000
	p := exchanging{t, root}
	for _, model := range []string{"diamonds", "resumes"} {
		t.Run(model, func(t *testing.T) {
			dir := t.TempDir()
			file, rows, predicted := filepath.Join(dir, "model.onnx"), filepath.Join(dir, "rows.csv"), filepath.Join(dir, "predicted.csv")
			if model == "diamonds" {
				stones, err := os.ReadFile(filepath.Join(root, "data", "diamonds.csv"))
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(rows, []byte(strings.Join(strings.SplitAfterN(string(stones), "\n", n+2)[:n+1], "")), 0o666))
			} else {
				writeResumes(t, root, rows, n)
			}
			p.labbook("export", model, "-o", file, "-q")
			require.NoError(t, os.WriteFile(predicted, []byte(p.labbook("predict", model, rows, "-q")), 0o666))
			script := filepath.Join(testdata.Root(), "internal", "testdata", "python", "onnx_compare.py")
			out, err := exec.Command(python, script, file, rows, predicted).CombinedOutput()
			require.NoError(t, err, "%s", out)
			t.Logf("%s: %s", model, out)
		})
	}
}

// writeResumes writes documents that the pipeline has not.
func writeResumes(t *testing.T, root, file string, n int) {
	source := filepath.Join(root, "data", "resumes.yaml")
	text, err := os.ReadFile(source)
	require.NoError(t, err)
	v, err := corpus.Parse(source, text)
	require.NoError(t, err)
	o := corpus.Defaults()
	o.Documents, o.Typos, o.Seed = n, 0.003, 7
	docs, err := corpus.Write(v, o, 2)
	require.NoError(t, err)
	f, err := os.Create(file)
	require.NoError(t, err)
	w := csv.NewWriter(f)
	require.NoError(t, w.Write([]string{"resume"}))
	for i := range docs {
		require.NoError(t, w.Write([]string{docs[i].Text}))
	}
	w.Flush()
	require.NoError(t, w.Error())
	require.NoError(t, f.Close())
}
