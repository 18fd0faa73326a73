package cli

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exchangeScript predicts with our models, and trains on what `labbook predict
// --features` wrote, by the column names of that file.
const exchangeScript = `
import csv, json, sys
import numpy as np, xgboost
def read(name):
    with open(name, newline="", encoding="utf-8") as f:
        rows = list(csv.reader(f))
    return rows[0], np.array(rows[1:], dtype=float)
def write(name, values):
    np.savetxt(name, np.asarray(values, dtype=float).reshape(len(values), -1), fmt="%.9g", delimiter=",")
names, x = read("encoded.csv")
data = xgboost.DMatrix(x, feature_names=names)
for name in ["plain", "logarithmic", "classes"]:
    ours = xgboost.Booster(model_file=name + ".json")
    assert ours.feature_names == names, (ours.feature_names, names)
    write(name + ".out", ours.predict(data))
    ours.save_model(name + "-again.json")
_, y = read("targets.csv")
for name, label, params in [
    ("plain", y[:, 0], {}),
    ("logarithmic", np.log(y[:, 0]), {"objective": "reg:absoluteerror"}),
    ("classes", y[:, 1], {"objective": "multi:softprob", "num_class": 3}),
    ("binary", y[:, 1] > 0, {"objective": "binary:logistic"}),
]:
    train = xgboost.DMatrix(x, label=label, feature_names=names)
    model = xgboost.train({"tree_method": "hist", "nthread": 1, **params}, train, 40)
    model.save_model("theirs-" + name + ".json")
    write("theirs-" + name + ".out", model.predict(data))
`

const exchangePipeline = `
name: demo
stages:
  load:
    uses: load
    with:
      path: rows.csv
      columns:
        grade: {type: category, order: [low, mid, high]}
        class: {type: category}
  split: {uses: split, from: load}
  numbers:
    uses: features
    from: split
    with: {target: y, drop: [class], derive: {ratio: "a / (1 + b)"}, columns: {grade: {encode: ordinal}}}
  classes:
    uses: features
    from: split
    with: {target: class, drop: [y], derive: {ratio: "a / (1 + b)"}, columns: {grade: {encode: ordinal}}}
  plain: {uses: train, from: numbers, with: {model: boosting, params: {n_estimators: 40}}}
  logarithmic: {uses: train, from: numbers, with: {model: boosting, target: log, params: {n_estimators: 40}}}
  sorted: {uses: train, from: classes, with: {model: boosting, params: {n_estimators: 40}}}
  judge-plain: {uses: evaluate, from: [split, plain]}
  judge-logarithmic: {uses: evaluate, from: [split, logarithmic]}
  judge-classes: {uses: evaluate, from: [split, sorted]}
  register-plain: {uses: register, from: judge-plain, with: {model: plain}}
  register-logarithmic: {uses: register, from: judge-logarithmic, with: {model: logarithmic}}
  register-classes: {uses: register, from: judge-classes, with: {model: classes}}
`

// TestExchangeWithXGBoost sends models to XGBoost and takes some of its own in,
// all by the command line, and compares the predictions of 10,000 rows.
func TestExchangeWithXGBoost(t *testing.T) {
	const python = "/usr/bin/python3"
	if err := exec.Command(python, "-c", "import xgboost").Run(); err != nil {
		t.Skip("needs " + python + " with xgboost, which is not here")
	}
	const n = 10_000
	p := newExchange(t, n)
	p.labbook("run", "-q")
	for _, model := range []string{"plain", "logarithmic", "classes"} {
		p.labbook("export", model, "-o", model+".json")
	}
	p.write("encoded.csv", p.labbook("predict", "plain", "rows.csv", "--features"))
	p.write("exchange.py", exchangeScript)
	script := exec.Command(python, "exchange.py")
	script.Dir = p.dir
	log, err := script.CombinedOutput()
	require.NoError(t, err, string(log))

	exp := func(v []float64) []float64 { return []float64{math.Exp(v[0])} }
	second := func(v []float64) []float64 { return []float64{1 - v[0], v[0]} }
	p.agree("plain", "rows.csv", "plain.out", nil)
	p.agree("logarithmic", "rows.csv", "logarithmic.out", exp)
	p.agree("classes", "rows.csv", "classes.out", nil)

	// What XGBoost saved of an exported model is known again by its attributes.
	p.labbook("import", "logarithmic-again.json", "--as", "again", "--like", "logarithmic")
	p.agree("again", "rows.csv", "logarithmic.out", exp)
	p.labbook("import", "logarithmic-again.json", "--as", "bare")
	p.agree("bare", "encoded.csv", "logarithmic.out", exp)
	assert.Contains(t, p.labbook("predict", "bare", "encoded.csv"), "predicted_y\n")
	p.labbook("import", "classes-again.json", "--as", "bare-classes")
	assert.Contains(t, p.labbook("predict", "bare-classes", "encoded.csv"), "predicted_class,p_<b,p_a,p_c\n")

	p.labbook("import", "theirs-plain.json", "--as", "plain", "--like", "plain")
	p.agree("plain@2", "rows.csv", "theirs-plain.out", nil)
	p.labbook("import", "theirs-logarithmic.json", "--as", "logarithmic", "--like", "logarithmic@1", "--promote")
	p.agree("logarithmic", "rows.csv", "theirs-logarithmic.out", exp)
	p.labbook("import", "theirs-logarithmic.json", "--as", "own", "--target", "worth", "--unit", "USD", "--log")
	p.agree("own", "encoded.csv", "theirs-logarithmic.out", exp)
	p.labbook("import", "theirs-classes.json", "--as", "classes", "--like", "classes")
	p.agree("classes@2", "rows.csv", "theirs-classes.out", nil)
	p.labbook("import", "theirs-binary.json", "--as", "binary", "--target", "rare")
	p.agree("binary", "encoded.csv", "theirs-binary.out", second)
}

// exchanging is a project in a folder of its own.
type exchanging struct {
	*testing.T
	dir string
}

// newExchange makes a project of that many rows, with names and levels that
// XGBoost and JSON do not take as they are.
func newExchange(t *testing.T, n int) exchanging {
	p := exchanging{t, t.TempDir()}
	random := rand.New(rand.NewPCG(1, 2))
	var rows, targets strings.Builder
	data := csv.NewWriter(&rows)
	data.Write([]string{"a", "b", `kind "of" R&D\é`, "grade", "class", "y"})
	targets.WriteString("y,class\n")
	kinds, grades, classes := []string{"size<50", "[open]", "a > b", "", "ü\u2028x"}, []string{"low", "mid", "high"}, []string{"<b", "a", "c"}
	for range n {
		a, b, k, g := random.NormFloat64(), random.Float64(), random.IntN(len(kinds)), random.IntN(3)
		y := 100 + 40*a + 30*b*float64(k) + 25*float64(g*g) + 5*random.NormFloat64()
		y = max(y, 1)
		class := min(int(y/100), 2)
		first := strconv.FormatFloat(a, 'g', -1, 64)
		if random.IntN(10) == 0 {
			first = ""
		}
		data.Write([]string{first, strconv.FormatFloat(b, 'g', -1, 64), kinds[k], grades[g], classes[class], strconv.FormatFloat(y, 'g', -1, 64)})
		fmt.Fprintf(&targets, "%g,%d\n", y, class)
	}
	data.Flush()
	p.write("rows.csv", rows.String())
	p.write("targets.csv", targets.String())
	p.write("pipeline.yaml", exchangePipeline)
	return p
}

func (p exchanging) write(name, text string) {
	require.NoError(p, os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o666))
}

// labbook runs a command and gives what it prints.
func (p exchanging) labbook(args ...string) string {
	p.Helper()
	var out, errs bytes.Buffer
	code := Run(p.Context(), append([]string{"-C", p.dir}, args...), strings.NewReader(""), &out, &errs)
	require.Zero(p, code, "labbook %v\n%s", args, errs.String())
	return out.String()
}

// agree compares a model's predictions with those in a file of XGBoost's, after
// a change of scale, if one is given: the last columns of what predict writes.
func (p exchanging) agree(model, rows, file string, scale func([]float64) []float64) {
	p.Helper()
	ours, err := csv.NewReader(strings.NewReader(p.labbook("predict", model, rows))).ReadAll()
	require.NoError(p, err)
	text, err := os.ReadFile(filepath.Join(p.dir, file))
	require.NoError(p, err)
	theirs, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(p, err)
	require.Len(p, theirs, len(ours)-1)
	worst := 0.0
	for i, record := range theirs {
		want := numbersOf(p, record)
		if scale != nil {
			want = scale(want)
		}
		got := numbersOf(p, ours[i+1][len(ours[i+1])-len(want):])
		for k, v := range want {
			// Probabilities near 0 are float32 beside 1: good in absolute terms.
			worst = max(worst, math.Abs(v-got[k])/max(math.Abs(v), 1))
		}
	}
	p.Logf("%s on %s against %s: largest relative difference %.2g", model, rows, file, worst)
	assert.Less(p, worst, 1e-5, model)
}

func numbersOf(t testing.TB, record []string) []float64 {
	values := make([]float64, len(record))
	for i, text := range record {
		v, err := strconv.ParseFloat(text, 64)
		require.NoError(t, err)
		values[i] = v
	}
	return values
}
