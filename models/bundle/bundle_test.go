package bundle

import (
	"bytes"
	"errors"
	"maps"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/testdata/testtable"
	"labbook/models"
	"labbook/models/calibration"
	"labbook/models/estimator"
)

// trained trains a model on houses.
func trained(t testing.TB, model, target string, transform Transform) *Bundle {
	o := features.Defaults()
	o.Target, o.Select = target, []string{"size", "side"}
	fitted, err := features.Fit(testtable.Houses(), o)
	require.NoError(t, err)
	x, err := fitted.Transform(testtable.Houses())
	require.NoError(t, err)
	y, err := fitted.Outcome(testtable.Houses())
	require.NoError(t, err)
	y, err = transform.Forward(y)
	require.NoError(t, err)
	spec, data := models.Lookup(model), &estimator.Data{X: x, Y: y, Classes: fitted.Classes}
	require.NoError(t, spec.Check(data))
	m, err := spec.Fit(t.Context(), spec.Params(), data, estimator.Options{})
	require.NoError(t, err)
	return &Bundle{Estimator: model, Version: 1, Params: map[string]string{"a": "1"}, Transform: transform, Rows: x.Rows, Seed: 3,
		Validation: []metrics.Value{{Name: "mae", Value: 1}}, Lineage: map[string]string{"features": "abc"}, Features: fitted, Model: m}
}

// files saves a bundle in memory.
func files(t testing.TB, b *Bundle) map[string][]byte {
	saved := map[string][]byte{}
	require.NoError(t, b.Save(func(name string, data []byte) error {
		saved[name] = bytes.Clone(data)
		return nil
	}))
	return saved
}

func reader(saved map[string][]byte) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		if data, ok := saved[name]; ok {
			return data, nil
		}
		return nil, errors.New("no file " + name)
	}
}

func TestBundleRoundTrip(t *testing.T) {
	for _, c := range []struct {
		model, target string
		transform     Transform
	}{
		{"linear", "price", None}, {"linear", "price", Log}, {"boosting", "price", Log1p},
		{"dummy", "kind", None}, {"boosting", "kind", None},
	} {
		b := trained(t, c.model, c.target, c.transform)
		saved := files(t, b)
		again, err := Load(reader(saved))
		require.NoError(t, err)
		assert.Equal(t, saved, files(t, again))
		want, err := b.Predict(testtable.Houses())
		require.NoError(t, err)
		got, err := again.Predict(testtable.Houses())
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Empty(t, got.Warnings)
		if c.model == "boosting" && c.target == "kind" {
			assert.Equal(t, "cheap", got.Label(0))
			assert.Greater(t, got.Row(0)[0], 0.5)
		}
		for name := range saved {
			damaged := maps.Clone(saved)
			delete(damaged, name)
			if name == "vocabulary.bin" {
				continue
			}
			_, err := Load(reader(damaged))
			assert.Error(t, err, name)
			damaged[name] = saved[name][:len(saved[name])/2]
			_, err = Load(reader(damaged))
			assert.Error(t, err, name)
		}
	}
}

// What is said of classes is what was calibrated, read back or not, and the format
// keeps programs away that would pass it over.
func TestCalibrated(t *testing.T) {
	plain := trained(t, "boosting", "kind", None)
	said, err := plain.Predict(testtable.Houses())
	require.NoError(t, err)
	b := *plain
	b.Calibration = &calibration.Map{Method: calibration.Temperature, Temperature: 2, Floor: 1e-9, Rows: 9}
	saved := files(t, &b)
	assert.Contains(t, string(saved["model.json"]), `"format": 2`)
	again, err := Load(reader(saved))
	require.NoError(t, err)
	got, err := again.Predict(testtable.Houses())
	require.NoError(t, err)
	for i := range said.Values {
		odds := said.Row(i)[1] / said.Row(i)[0]
		assert.InEpsilon(t, math.Sqrt(odds), got.Row(i)[1]/got.Row(i)[0], 1e-9)
		assert.Equal(t, said.Label(i), got.Label(i))
	}
	number := trained(t, "linear", "price", None)
	number.Calibration = b.Calibration
	assert.Error(t, number.Check())
	b.Calibration = &calibration.Map{Method: "platt"}
	_, err = Load(reader(files(t, &b)))
	assert.ErrorContains(t, err, "impossible calibration")
}

// Bundles of parts that do not belong together are refused, not used.
func TestBundleParts(t *testing.T) {
	number, class := files(t, trained(t, "linear", "price", None)), files(t, trained(t, "boosting", "kind", None))
	for _, name := range []string{"features.json", "estimator.bin"} {
		mixed := maps.Clone(number)
		mixed[name] = class[name]
		_, err := Load(reader(mixed))
		assert.Error(t, err, name)
	}
	unknown := maps.Clone(number)
	unknown["model.json"] = []byte(strings.Replace(string(number["model.json"]), `"linear"`, `"linaer"`, 1))
	_, err := Load(reader(unknown))
	assert.ErrorContains(t, err, `did you mean "linear"?`)
	newer := maps.Clone(number)
	newer["model.json"] = []byte(strings.Replace(string(number["model.json"]), `"format": 1`, `"format": 9`, 1))
	_, err = Load(reader(newer))
	assert.ErrorContains(t, err, "format 9")
}

func TestPredictSaysWhatIsUnlikeTraining(t *testing.T) {
	b := trained(t, "linear", "price", None)
	asked := table.New(
		&table.Column{Field: table.Field{Name: "side", Type: table.Category, Levels: []string{"west"}}, Codes: []int32{0}},
		&table.Column{Field: table.Field{Name: "size", Type: table.Number}, Num: []float64{50}},
	)
	p, err := b.Predict(asked)
	require.NoError(t, err)
	require.Len(t, p.Warnings, 2)
	assert.Equal(t, "size 50 m² is above the largest in training (20 m²)", p.Warnings[0].Text)

	asked.Columns[1].Num[0] = math.NaN()
	_, err = b.Predict(asked)
	assert.ErrorContains(t, err, "row 1: size is missing, and the linear model needs a number there")
	p, err = trained(t, "boosting", "price", None).Predict(asked)
	require.NoError(t, err)
	assert.False(t, math.IsNaN(p.Values[0]))
}

func TestTransforms(t *testing.T) {
	y := []float64{0.5, 1, 200}
	for _, transform := range []Transform{None, Log, Log1p} {
		there, err := transform.Forward(y)
		require.NoError(t, err)
		transform.Inverse(there)
		assert.InDeltaSlice(t, y, there, 1e-12)
	}
	_, err := Log.Forward([]float64{1, 0})
	assert.ErrorContains(t, err, "row 2 of the training part: the target has no log; found 0, wanted a number greater than 0")
	_, err = Log1p.Forward([]float64{-1})
	assert.Error(t, err)
}

func FuzzLoad(f *testing.F) {
	for _, model := range []string{"linear", "boosting"} {
		saved := files(f, trained(f, model, "price", Log))
		f.Add(saved["model.json"], saved["features.json"], saved["estimator.bin"])
	}
	f.Fuzz(func(t *testing.T, model, fitted, learned []byte) {
		b, err := Load(reader(map[string][]byte{"model.json": model, "features.json": fitted, "estimator.bin": learned}))
		if err == nil {
			b.Predict(testtable.Houses())
		}
	})
}
