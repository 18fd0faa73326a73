package stages

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/partition"
	"labbook/internal/testdata"
	"labbook/runner/stage"
)

// cores grants that many.
func cores(n int) func(*stage.Config) { return func(c *stage.Config) { c.Cores = n } }

// candidate trains a model under a name.
func trainAs(t *testing.T, name, with string, from *artifact.Artifact) *artifact.Artifact {
	t.Helper()
	e, err := execute(t, train(nil), with, nil, from)
	require.NoError(t, err)
	e.out.Stage = name
	return e.out
}

func TestEvaluateTheReference(t *testing.T) {
	split := diamonds(t)
	onehot, err := execute(t, featuresKind(), "{target: price, drop: [depth, table, y, z]}", nil, split)
	require.NoError(t, err)
	from := []*artifact.Artifact{split,
		trainAs(t, "train/linear", "{model: linear}", onehot.out),
		trainAs(t, "train/log-linear", "{model: linear, target: log}", onehot.out),
	}
	one, err := execute(t, evaluate(), "{}", cores(1), from...)
	require.NoError(t, err)
	two, err := execute(t, evaluate(), "{}", cores(2), from...)
	require.NoError(t, err)
	assert.Equal(t, one.out.Digest, two.out.Digest, "the output is the same whatever the cores")
	assert.Equal(t, encoded(t, show(t, evaluate(), one, 1)), encoded(t, show(t, evaluate(), two, 2)), "and so is the cell")

	data, err := one.out.ReadFile(evaluation.File)
	require.NoError(t, err)
	e, err := evaluation.Decode(data)
	require.NoError(t, err)
	leader := e.Leader()
	assert.Equal(t, "train/log-linear", leader.Stage)
	mae, _ := leader.Metric("mae")
	assert.Equal(t, "561.54", fmt.Sprintf("%.2f", mae.Value))
	r2, _ := e.Models[1].Metric("r2")
	assert.Equal(t, "0.9088", fmt.Sprintf("%.4f", r2.Value))
	assert.Equal(t, metrics.BetterThan, leader.Versus.Verdict)
	assert.Equal(t, from[2].Digest, leader.Artifact)

	assert.Equal(t, "train/log-linear", one.Metrics[0].Subject)
	var linked []string
	for _, l := range one.Links {
		linked = append(linked, l.Name)
	}
	assert.Contains(t, linked, partition.FileTest)
	assert.Contains(t, linked, "models/train/log-linear/estimator.bin")
	predictions := readTable(t, "", mustBlob(t, one.out, evaluation.FilePredictions))
	assert.Equal(t, 998, predictions.Rows())
	assert.Less(t, len(encoded(t, show(t, evaluate(), one, 2))), 1_000_000)
}

// Any table can be classified and evaluated: the penguins lack values, and
// know three species.
func TestEvaluateClasses(t *testing.T) {
	f, err := csvfile.Read(testdata.Shared(t, "generic/penguins.csv"), csvfile.Options{})
	require.NoError(t, err)
	var parts [2][]int
	for i := range f.Table.Rows() {
		parts[min(i%4, 1)] = append(parts[min(i%4, 1)], i)
	}
	split := splitOf(t, f.Table.Take(parts[1]), f.Table.Take(parts[0]))
	from, err := execute(t, featuresKind(), "{target: species, numbers: {impute: median, standardise: true}}", nil, split)
	require.NoError(t, err)
	e, err := execute(t, evaluate(), "{primary: f1_macro, metrics: [accuracy, brier]}", cores(2), split,
		trainAs(t, "train/dummy", "{model: dummy}", from.out), trainAs(t, "train/logistic", "{model: logistic}", from.out))
	require.NoError(t, err)
	var names []string
	for _, v := range e.Metrics[:3] {
		assert.Equal(t, "train/logistic", v.Subject)
		names = append(names, v.Name)
	}
	assert.Equal(t, []string{"f1_macro", "accuracy", "brier"}, names)
	assert.Greater(t, e.Metrics[0].Value, 0.95)
}

func TestEvaluateMistakes(t *testing.T) {
	split := splitOf(t, small(40), small(20))
	fitted, err := execute(t, featuresKind(), "{target: y}", nil, split)
	require.NoError(t, err)
	other, err := execute(t, featuresKind(), "{target: x}", nil, split)
	require.NoError(t, err)
	a := trainAs(t, "train/a", "{model: linear}", fitted.out)
	b := trainAs(t, "train/b", "{model: linear}", other.out)

	_, err = execute(t, evaluate(), "{}", nil, a, b)
	assert.ErrorContains(t, err, "reads 0 splits, wanted a split")
	_, err = execute(t, evaluate(), "{}", nil, split, a, b)
	assert.ErrorContains(t, err, "answer different questions")
	_, err = execute(t, evaluate(), "{primary: mea}", nil, split, a)
	assert.ErrorContains(t, err, `did you mean "mae"?`)
	_, err = execute(t, evaluate(), "{primary: accuracy}", nil, split, a)
	assert.ErrorContains(t, err, "accuracy measures classification")
	empty := splitOf(t, small(40), small(0))
	_, err = execute(t, evaluate(), "{}", nil, empty, a)
	assert.ErrorContains(t, err, "no test row has a value of the target y")
}

func TestExploreSplit(t *testing.T) {
	split := splitOf(t, small(40), small(20))
	one, err := execute(t, exploreKind(), "{target: y}", cores(1), split)
	require.NoError(t, err)
	two, err := execute(t, exploreKind(), "{target: y}", cores(2), split)
	require.NoError(t, err)
	assert.Equal(t, encoded(t, show(t, exploreKind(), one, 1)), encoded(t, show(t, exploreKind(), two, 2)))
	_, err = execute(t, exploreKind(), "{target: z}", nil, split)
	assert.ErrorContains(t, err, `target names a column that the table does not have; found "z"`)
}

// small makes a table of y ≈ 3x.
func small(rows int) *table.Table { return numbers(rows, "y") }

func encoded(t *testing.T, cell *notebook.Cell) string {
	t.Helper()
	data, err := cell.Encode()
	require.NoError(t, err)
	return string(data)
}

func mustBlob(t *testing.T, in *artifact.Artifact, name string) string {
	t.Helper()
	b, err := in.Blob(name)
	require.NoError(t, err)
	return b.Path
}
