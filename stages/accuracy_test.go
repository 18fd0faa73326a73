package stages

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/csvfile"
	"labbook/internal/table"
	"labbook/internal/testdata"
	"labbook/runner/stage"
)

// shapes are the features of the shipped pipeline's ensemble.
const shapes = `
target: price
drop: [x, y, z]
derive:
  length: "x > 0 ? x : 6.4 * cbrt(carat)"
  width: "y > 0.8 * length && y < 1.2 * length ? y : length"
  height: "z > 0.5 * length && z < 0.75 * length ? z : 0.617 * length"
  volume: length * width * height
  density: volume / carat
  roundness: length / width
  flatness: height / (length + width)
  bend: log(carat) * log(carat)
numbers:
  log: [carat, length, width, height, volume, density, roundness, flatness]
encode: {categories: ordinal}
`

// recipes are what one would try on a few thousand stones.
var recipes = map[string]string{
	"boosting": `
model: boosting
target: log
params: {n_estimators: 500, learning_rate: 0.04, max_depth: 5, colsample_bytree: 0.7, subsample: 0.8, min_child_weight: 5}
validation: {folds: 5}
`,
	"residual": `
model: ensemble
target: log
params:
  method: residual
  of:
    - {model: linear, params: {ridge: 0.01}}
    - model: ensemble
      params:
        of:
          - {model: boosting, repeat: 2, params: {n_estimators: 500, learning_rate: 0.04, max_depth: 5, colsample_bytree: 0.7, subsample: 0.8, min_child_weight: 5}}
          - {model: extra-trees}
validation: {folds: 5}
`,
	"stack": `
model: ensemble
target: log
params:
  method: stack
  folds: 4
  of:
    - {model: boosting, repeat: 2, params: {n_estimators: 500, learning_rate: 0.04, max_depth: 5, colsample_bytree: 0.7, subsample: 0.8, min_child_weight: 5}}
    - {model: extra-trees}
    - model: ensemble
      params:
        method: residual
        of:
          - {model: linear, params: {ridge: 0.01}}
          - {model: boosting, repeat: 2, params: {n_estimators: 500, learning_rate: 0.04, max_depth: 5, colsample_bytree: 0.7, subsample: 0.8, min_child_weight: 5}}
validation: {folds: 5}
`,
}

// TestNotebookAccuracy chooses among recipes by cross-validation inside the
// training part of the reference assignment's split, and asks of the chosen one
// what the assignment's own best, MAE 346.75 and R2 0.9655, is far from.
func TestNotebookAccuracy(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute on busy cores")
	}
	split := diamonds(t)
	data, err := execute(t, featuresKind(), shapes, nil, split)
	require.NoError(t, err)
	var chosen *execution
	var name string
	for _, candidate := range sorted(recipes) {
		trained, err := execute(t, train(nil), recipes[candidate], func(c *stage.Config) { c.Cores = 2 }, data.out)
		require.NoError(t, err)
		t.Logf("%s: MAE %.1f, R2 %.4f in cross-validation", candidate, measured(trained, "mae"), measured(trained, "r2"))
		if chosen == nil || measured(trained, "mae") < measured(chosen, "mae") {
			chosen, name = trained, candidate
		}
	}
	scores := score(t, split, chosen.out)
	t.Logf("%s is chosen: MAE %.1f, R2 %.4f on the test part", name, scores["mae"], scores["r2"])
	assert.LessOrEqual(t, scores["mae"], 300.0)
	assert.GreaterOrEqual(t, scores["r2"], 0.9725)
}

// measured gives a metric that a stage took.
func measured(e *execution, name string) float64 {
	for _, m := range e.Metrics {
		if m.Name == name {
			return m.Value
		}
	}
	panic("stages: no metric " + name)
}

// fullRecipe is the shipped ensemble.
const fullRecipe = `
model: ensemble
target: log
weights: target
params:
  method: residual
  of:
    - {model: linear, params: {ridge: 0.01}}
    - model: ensemble
      params:
        of:
          - model: boosting
            weight: 2
            repeat: 2
            params: {n_estimators: 700, learning_rate: 0.03, max_depth: 8, min_child_weight: 3, subsample: 0.7, colsample_bytree: 0.7}
          - {model: extra-trees, params: {n_estimators: 40, min_samples_leaf: 2}}
validation: {folds: 5}
`

// TestFullAccuracy cross-validates the shipped ensemble on all 53,940 stones of
// ggplot2. It takes a minute or two, and runs when LABBOOK_FULL is set.
func TestFullAccuracy(t *testing.T) {
	if os.Getenv("LABBOOK_FULL") == "" {
		t.Skip("set LABBOOK_FULL to run it")
	}
	packed, err := os.Open(testdata.Shared(t, "diamonds/diamonds_ggplot2_full.csv.gz"))
	require.NoError(t, err)
	defer packed.Close()
	unpacked, err := gzip.NewReader(packed)
	require.NoError(t, err)
	text, err := io.ReadAll(unpacked)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "diamonds.csv")
	require.NoError(t, os.WriteFile(path, text, 0o666))
	all := readDiamonds(t, path)
	require.Equal(t, 53_940, all.Rows())
	data, err := execute(t, featuresKind(), shapes, nil, splitOf(t, all, all.Take([]int{0})))
	require.NoError(t, err)
	trained, err := execute(t, train(nil), fullRecipe, func(c *stage.Config) { c.Cores = 2 }, data.out)
	require.NoError(t, err)
	t.Logf("5 folds of 53,940 rows: MAE %.1f, R2 %.4f", measured(trained, "mae"), measured(trained, "r2"))
	assert.LessOrEqual(t, measured(trained, "mae"), 245.0)
	assert.GreaterOrEqual(t, measured(trained, "r2"), 0.984)
}

// readDiamonds reads a file of stones, the grades in their order.
func readDiamonds(t *testing.T, path string) *table.Table {
	ordered := func(name string, levels ...string) csvfile.Column {
		return csvfile.Column{Field: table.Field{Name: name, Type: table.Category, Levels: levels, Ordered: true}}
	}
	f, err := csvfile.Read(path, csvfile.Options{Columns: []csvfile.Column{
		ordered("cut", "Fair", "Good", "Very Good", "Premium", "Ideal"),
		ordered("color", "J", "I", "H", "G", "F", "E", "D"),
		ordered("clarity", "I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"),
	}})
	require.NoError(t, err)
	return f.Table
}
