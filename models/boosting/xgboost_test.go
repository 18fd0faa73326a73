package boosting

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// exchange is run by a Python that has XGBoost: it predicts with our model,
// and trains and saves one of its own on the same rows.
const exchange = `
import json, sys
import numpy as np, xgboost
d = json.load(open("data.json"))
x = np.array([[np.nan if v is None else v for v in r] for r in d["x"]])
y = np.array(d["y"])
ours = xgboost.Booster(model_file="ours.json")
model = (xgboost.XGBClassifier if d["classes"] else xgboost.XGBRegressor)(
    tree_method="hist", n_estimators=50, n_jobs=1, **d["params"]).fit(x, y)
model.get_booster().save_model("theirs.json")
margin = model.get_booster().predict(xgboost.DMatrix(x))
json.dump({"ours": ours.predict(xgboost.DMatrix(x)).astype(float).ravel().tolist(),
           "theirs": margin.astype(float).ravel().tolist()}, open("out.json", "w"))
`

// TestXGBoost exchanges models with XGBoost, both ways, on 10,000 rows.
func TestXGBoost(t *testing.T) {
	python := testdata.Python(t, "numpy", "xgboost")
	for _, c := range []struct {
		name    string
		classes int
		params  map[string]any
	}{
		{"squared_error", 0, map[string]any{}},
		{"absolute_error", 0, map[string]any{"objective": "reg:absoluteerror"}},
		{"pseudo_huber", 0, map[string]any{"objective": "reg:pseudohubererror"}},
		{"quantile", 0, map[string]any{}},
		{"poisson", 0, map[string]any{"objective": "count:poisson"}},
		{"gamma", 0, map[string]any{"objective": "reg:gamma"}},
		{"tweedie", 0, map[string]any{"objective": "reg:tweedie", "tweedie_variance_power": 1.3}},
		{"logistic", 2, map[string]any{}},
		{"softmax", 3, map[string]any{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := noise(41, 10_000, 5, 0.1)
			for i, y := range d.Y {
				switch {
				case c.classes > 0:
					d.Y[i] = min(max(math.Floor(y/3+1), 0), float64(c.classes-1))
				case c.name == "poisson" || c.name == "tweedie":
					d.Y[i] = math.Floor(math.Exp(min(y/4, 3)))
				case c.name == "gamma":
					d.Y[i] = math.Exp(min(y/4, 3))
				}
			}
			p := defaults()
			p.Trees = 50
			if c.classes > 0 {
				d.Classes = []string{"a", "b", "c"}[:c.classes]
			} else {
				p.Objective = c.name
			}
			m := fitted(t, p, d, 1)
			folder := t.TempDir()
			ours, err := m.MarshalXGBoost(Labels{})
			require.NoError(t, err)
			rows := make([][]any, d.X.Rows)
			for i := range rows {
				for _, v := range d.X.Row(i) {
					if math.IsNaN(v) {
						rows[i] = append(rows[i], nil)
					} else {
						rows[i] = append(rows[i], v)
					}
				}
			}
			data, err := json.Marshal(map[string]any{"x": rows, "y": d.Y, "classes": c.classes, "params": c.params})
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, "ours.json"), ours, 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "data.json"), data, 0o600))
			run := exec.Command(python, "-c", exchange)
			run.Dir, run.Env = folder, append(os.Environ(), "OMP_NUM_THREADS=1")
			log, err := run.CombinedOutput()
			require.NoError(t, err, string(log))

			var out struct{ Ours, Theirs []float64 }
			data, err = os.ReadFile(filepath.Join(folder, "out.json"))
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(data, &out))
			agree(t, out.Ours, m, d.X.Rows, predictions(m, d.X))

			data, err = os.ReadFile(filepath.Join(folder, "theirs.json"))
			require.NoError(t, err)
			theirs, _, err := UnmarshalXGBoost(data)
			require.NoError(t, err)
			agree(t, out.Theirs, theirs, d.X.Rows, predictions(theirs, d.X))

			again, _, err := UnmarshalXGBoost(ours)
			require.NoError(t, err)
			require.InDeltaSlice(t, predictions(m, d.X), predictions(again, d.X), 1e-4)
		})
	}
}

// agree compares with XGBoost's predictions, which of two classes give the
// second's probability only.
func agree(t *testing.T, want []float64, m *Model, rows int, got []float64) {
	t.Helper()
	if m.objective == "logistic" {
		for i := range rows {
			got[i] = got[2*i+1]
		}
		got = got[:rows]
	}
	require.Len(t, got, len(want))
	worst := 0.0
	for i, v := range want {
		// Sums of float32 near zero are good in absolute terms only.
		worst = max(worst, math.Abs(v-got[i])/max(math.Abs(v), 1))
	}
	t.Logf("largest relative difference %.2g", worst)
	require.Less(t, worst, 1e-5)
}

func FuzzUnmarshalXGBoost(f *testing.F) {
	d := noise(42, 60, 3, 0.1)
	p := defaults()
	p.Trees, p.MaxDepth = 2, 2
	b, err := fitted(f, p, d, 1).MarshalXGBoost(Labels{Names: []string{"a", "b", "c"}, Attributes: map[string]string{"k": "v"}})
	require.NoError(f, err)
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		if m, _, err := UnmarshalXGBoost(data); err == nil && m.columns < 1000 && m.Outputs() < 1000 {
			predictions(m, noise(1, 3, m.columns, 0.5).X)
		}
	})
}
