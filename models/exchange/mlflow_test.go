package exchange

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// A folder is loaded by mlflow.pyfunc and predicts a DataFrame as labbook does.
func TestMLflow(t *testing.T) {
	python := testdata.Python(t, "mlflow", "onnx", "onnxruntime", "pandas")
	rows, asked := shop(1, 150), strange(shop(2, 100))
	samples := []*sample{
		{name: "numbers", b: made(t, rows, "{target: price, drop: [class, two]}", "{model: boosting, target: log1p, interval: {level: 0.9}, params: {n_estimators: 20}}"), rows: asked},
		{name: "classes", b: made(t, rows, ofClass, "{model: logistic}"), rows: asked},
		{name: "texts", b: made(t, letters(1, 100), "{target: class, drop: [price, size]}", "{model: logistic}"), rows: letters(2, 100)},
	}
	script := filepath.Join(testdata.Root(), "internal", "testdata", "python", "mlflow_run.py")
	folders := []string{script}
	for _, s := range samples {
		folder := t.TempDir()
		folders = append(folders, folder)
		files, _, err := MLflow(s.b, About{Model: "it's \"one\": #1", Version: 2, Digest: "abc"}, time.Unix(0, 0))
		require.NoError(t, err)
		for name, data := range files {
			path := filepath.Join(folder, "model", name)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
			require.NoError(t, os.WriteFile(path, data, 0o666))
		}
		require.NoError(t, os.WriteFile(filepath.Join(folder, "rows.json"), given(t, s.b, s.rows), 0o666))
	}
	cmd := exec.Command(python, folders...)
	cmd.Dir = t.TempDir() // MLflow may leave a database where it stands
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	for i, s := range samples {
		t.Run(s.name, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(folders[i+1], "answers.json"))
			require.NoError(t, err)
			var a answers
			require.NoError(t, json.Unmarshal(data, &a))
			require.Empty(t, a.Error)
			s.compareFrame(t, &a)
		})
	}
}

// compareFrame is compare where each class has a column of its own.
func (s *sample) compareFrame(t *testing.T, a *answers) {
	names := outputNames(s.b)
	if s.b.Features.Classes == nil {
		s.compare(t, a)
		return
	}
	labels := a.labels(t, names[0])
	for i, one := range answered(t, s.b, s.rows) {
		for c, class := range s.b.Features.Classes {
			p := a.numbers(t, "probability of "+class)[i]
			assert.True(t, one == nil && labels[i] == "" || near(one.Probabilities[c], p) && (labels[i] == one.Label(0) || s.tied(one)), "row %d", i)
		}
	}
}

// What a folder asks to be installed is what the tests use.
func TestMLflowPins(t *testing.T) {
	list, err := os.ReadFile(filepath.Join(testdata.Root(), "internal", "testdata", "python", "requirements.txt"))
	require.NoError(t, err)
	for _, pin := range []string{"mlflow-skinny==" + mlflowVersion, "onnx==" + onnxVersion, "onnxruntime==" + onnxruntimeVersion, "pandas==" + pandasVersion} {
		assert.Contains(t, strings.Split(string(list), "\n"), pin)
	}
}
