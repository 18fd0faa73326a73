package models

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/testdata/testmodel"
	"labbook/models/estimator"
)

// shape is a data set that every estimator must take or refuse with an error.
type shape struct {
	name    string
	classes int // 0: a regression
	sparse  bool
	rows    int
	usable  bool // ordinary data, though changed
	change  func(*estimator.Data)
}

func shapes() []shape {
	at := func(d *estimator.Data, i, j int) *float64 { return &d.X.Dense[i*d.X.Cols+j] }
	var all []shape
	for _, classes := range []int{0, 1, 2, 3} {
		kind := map[int]string{0: "numbers", 1: "one class", 2: "two classes", 3: "three classes"}[classes]
		all = append(all,
			shape{name: kind, classes: classes, rows: 300},
			shape{name: kind + ", sparse", classes: classes, rows: 300, sparse: true},
			shape{name: kind + ", constant column", classes: classes, rows: 100, change: func(d *estimator.Data) {
				for i := range d.X.Rows {
					*at(d, i, 1) = 3.3
				}
			}},
			shape{name: kind + ", missing values", classes: classes, rows: 100, change: func(d *estimator.Data) {
				for i := range d.X.Rows {
					if i%3 == 0 {
						*at(d, i, i%d.X.Cols) = math.NaN()
					}
				}
			}},
			shape{name: kind + ", a column without values", classes: classes, rows: 50, change: func(d *estimator.Data) {
				for i := range d.X.Rows {
					*at(d, i, 2) = math.NaN()
				}
			}},
			shape{name: kind + ", constant target", classes: classes, rows: 60, change: func(d *estimator.Data) {
				for i := range d.Y {
					d.Y[i] = min(1, math.Abs(float64(classes-1)))
				}
			}},
			shape{name: kind + ", weights", classes: classes, rows: 100, change: uneven},
			shape{name: kind + ", columns that depend on each other", classes: classes, rows: 100, usable: true, change: func(d *estimator.Data) {
				for i := range d.X.Rows {
					*at(d, i, 1) = *at(d, i, 0) + *at(d, i, 2)
					*at(d, i, 4) = *at(d, i, 0)
				}
			}},
			shape{name: kind + ", more columns than rows", classes: classes, rows: 30, usable: true, change: widen},
			shape{name: kind + ", one row", classes: classes, rows: 1},
			shape{name: kind + ", no rows", classes: classes, rows: 0},
			shape{name: kind + ", infinite value", classes: classes, rows: 50, change: func(d *estimator.Data) { *at(d, 7, 0) = math.Inf(1) }},
		)
	}
	return all
}

// uneven gives rows weights.
func uneven(d *estimator.Data) {
	d.Weights = make([]float64, len(d.Y))
	for i := range d.Weights {
		d.Weights[i] = float64(i%3) + 0.5
	}
}

// widen multiplies the columns.
func widen(d *estimator.Data) {
	const times = 20
	rng := rand.New(rand.NewPCG(7, 8))
	wide := &matrix.Matrix{Rows: d.X.Rows, Cols: times * d.X.Cols, Names: make([]string, times*d.X.Cols)}
	for j := range wide.Names {
		wide.Names[j] = fmt.Sprint("c", j)
	}
	for i := range wide.Rows {
		wide.Dense = append(wide.Dense, d.X.Row(i)...)
		for range (times - 1) * d.X.Cols {
			wide.Dense = append(wide.Dense, math.Abs(rng.NormFloat64()))
		}
	}
	d.X = wide
}

// make gives the shape's data: five columns that matter, not negative where
// sparse as counts are.
func (s shape) make() *estimator.Data {
	rng := rand.New(rand.NewPCG(5, 6))
	const cols = 5
	d := &estimator.Data{X: &matrix.Matrix{Rows: s.rows, Cols: cols, Names: []string{"a", "b", "c", "d", "e"}, Dense: []float64{}}, Y: []float64{}}
	for k := range s.classes { // one class: what a filter may leave
		d.Classes = append(d.Classes, fmt.Sprint("class ", k))
	}
	for range s.rows {
		var sum float64
		for j := range cols {
			v := math.Abs(rng.NormFloat64())
			if s.sparse && rng.Float64() < 0.6 {
				v = 0
			}
			sum += float64(j-2) * v
			d.X.Dense = append(d.X.Dense, v)
		}
		if s.classes > 0 {
			sum = min(float64(s.classes-1), max(0, math.Round(sum/2+1)))
		}
		d.Y = append(d.Y, sum)
	}
	if s.change != nil {
		s.change(d)
	}
	if s.sparse {
		d.X = sparsify(d.X)
	}
	return d
}

func sparsify(x *matrix.Matrix) *matrix.Matrix {
	s := &matrix.CSR{Indptr: []int{0}}
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			if v != 0 {
				s.Indices, s.Data = append(s.Indices, int32(j)), append(s.Data, v)
			}
		}
		s.Indptr = append(s.Indptr, len(s.Data))
	}
	return &matrix.Matrix{Rows: x.Rows, Cols: x.Cols, Names: x.Names, Sparse: s}
}

// twoViews shows a matrix as it is and another with some of its columns.
func twoViews(x *matrix.Matrix) *matrix.Matrix {
	n := min(2, x.Cols)
	few := &matrix.Matrix{Rows: x.Rows, Cols: n, Names: x.Names[:n], Dense: []float64{}}
	for i := range x.Rows {
		row := make([]float64, x.Cols)
		for k := range x.Entries(i) {
			row[x.Entry(i, k)] = x.Value(i, k)
		}
		few.Dense = append(few.Dense, row[:n]...)
	}
	return matrix.Join([]matrix.View{{Name: "codes", Matrix: x}, {Name: "plane", Matrix: few}})
}

// bytesOf is the data as bytes, to see whether it was changed.
func bytesOf(d *estimator.Data) string {
	text := fmt.Sprint(d.X.Dense, d.X.Sparse, d.X.Names, d.Y, d.Classes, d.Weights)
	for _, v := range d.X.Views {
		text += fmt.Sprint(v.Name, v.Dense, v.Sparse)
	}
	return text
}

// TestConformance holds every estimator to the contract of package estimator.
func TestConformance(t *testing.T) {
	withPrograms(t)
	specs := runnable(t)
	if !testing.Short() { // of variants only the numbers differ
		specs = append(specs, variants(t)...)
	}
	for _, spec := range specs {
		t.Run(spec.Name, func(t *testing.T) {
			describes(t, &spec)
			for _, s := range shapes() {
				data := s.make()
				if strings.HasSuffix(spec.Name, "views") {
					data.X = twoViews(data.X)
				}
				odd := strings.Contains(s.name, ",") && !s.sparse // of which only the numbers differ: raced by the even one
				if !slices.Contains(spec.Tasks, data.Task()) || s.sparse && !spec.Sparse || odd && testing.Short() {
					continue
				}
				t.Run(s.name, func(t *testing.T) { conforms(t, &spec, s, data) })
			}
		})
	}
}

// runnable gives all estimators, with programs for the one that runs some.
func runnable(t testing.TB) []estimator.Spec {
	all := slices.Clone(All)
	for i := range all {
		if all[i].Name == "command" {
			all[i].Params = func() any {
				p := Lookup("command").Params()
				require.NoError(t, params.DecodeString(testmodel.Params, p))
				return p
			}
		}
	}
	return all
}

// TestMain has the tests find the programs of that estimator.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){testmodel.Name: testmodel.Main})
}

// withPrograms puts them into PATH.
func withPrograms(t testing.TB) {
	dir := t.TempDir()
	self, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(self, filepath.Join(dir, testmodel.Name)))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

// variants gives estimators with other parameters than the defaults, where
// those lead through other code.
func variants(t *testing.T) []estimator.Spec {
	with := func(name, title, text string) estimator.Spec {
		spec := *Lookup(name)
		spec.Name += ", " + title
		spec.Params = func() any {
			p := Lookup(name).Params()
			require.NoError(t, params.DecodeString(text, p))
			return p
		}
		return spec
	}
	return []estimator.Spec{
		with("ensemble", "average", "{of: [{model: boosting, params: {subsample: 0.5, n_estimators: 10}}, {model: dummy, weight: 0.5}], repeat: 2}"),
		with("ensemble", "stack", "{method: stack, of: [{model: boosting, params: {n_estimators: 10}}, {model: dummy, params: {strategy: median}}], folds: 3}"),
		with("ensemble", "views", `{of: [{model: boosting, view: codes, params: {n_estimators: 10}}, {model: boosting, view: plane, weight: 2, params: {n_estimators: 5, max_depth: 2}},
			{model: ensemble, params: {of: [{model: boosting, view: plane, params: {n_estimators: 5}}, {model: dummy}]}}]}`),
		with("ensemble", "nested", `{method: stack, of: [
			{model: ensemble, params: {method: average, of: [{model: boosting, params: {n_estimators: 10}}, {model: dummy}]}}, {model: dummy}]}`),
		numeric(with("ensemble", "residual", "{method: residual, of: [{model: linear}, {model: boosting, params: {subsample: 0.5, n_estimators: 10}, repeat: 3}]}")),
		numeric(with("ensemble", "cascade", `{method: cascade, of: [{model: linear}, {model: boosting, params: {n_estimators: 5}},
			{model: ensemble, params: {of: [{model: boosting, params: {n_estimators: 10}}, {model: extra-trees, params: {n_estimators: 5}}]}}]}`)),
	}
}

// numeric gives the estimator without its gift for classes.
func numeric(spec estimator.Spec) estimator.Spec {
	spec.Tasks, spec.Sparse = []metrics.Task{metrics.Regression}, false
	return spec
}

func describes(t *testing.T, spec *estimator.Spec) {
	assert.NotEmpty(t, spec.Doc)
	assert.Positive(t, spec.Version)
	assert.NotEmpty(t, spec.Tasks)
	if spec.Params != nil {
		assert.NotSame(t, spec.Params(), spec.Params())
		assert.NotEmpty(t, params.Describe(spec.Params()))
		assert.NoError(t, params.DecodeString("{}", spec.Params()), "the defaults are within their own ranges")
	}
}

func fitted(spec *estimator.Spec, data *estimator.Data, cores int) (estimator.Model, error) {
	var p any
	if spec.Params != nil {
		p = spec.Params()
	}
	if err := spec.Check(data); err != nil {
		return nil, err
	}
	return spec.Fit(context.Background(), p, data, estimator.Options{Seed: 1, Cores: cores})
}

func conforms(t *testing.T, spec *estimator.Spec, s shape, data *estimator.Data) {
	before := bytesOf(data)
	model, err := fitted(spec, data, 1)
	assert.Equal(t, before, bytesOf(data), "the data was changed")
	if s.rows == 0 {
		require.Error(t, err, "there is nothing to learn from")
	}
	if err != nil {
		require.Nil(t, model, "a model besides an error")
		usable := s.usable || s.change == nil && s.rows > 1
		require.False(t, usable, "ordinary data is refused: %v", err)
		return
	}
	bytes, err := model.MarshalBinary()
	require.NoError(t, err)
	for _, cores := range []int{1, 2, 3} {
		again, err := fitted(spec, data, cores)
		require.NoError(t, err)
		other, err := again.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, bytes, other, "another fit, with %d cores, is another model", cores)
	}
	if spec.Prepare != nil {
		prepared := *data
		prepared.Prepared = spec.Prepare(spec.Params(), data.X)
		again, err := fitted(spec, &prepared, 1)
		require.NoError(t, err)
		other, _ := again.MarshalBinary()
		require.Equal(t, bytes, other, "preparing changes the model")
	}

	outputs := 1
	if s.classes > 0 {
		outputs = s.classes
	}
	require.Equal(t, outputs, model.Outputs())
	want := make([]float64, s.rows*outputs)
	model.Predict(want, data.X)
	sane(t, want, outputs, s.classes > 0)
	decoded, err := spec.Decode(bytes)
	require.NoError(t, err)
	got := make([]float64, len(want))
	decoded.Predict(got, data.X)
	require.Equal(t, want, got, "the decoded model predicts otherwise")
	rewritten, err := decoded.MarshalBinary()
	require.NoError(t, err)
	require.Equal(t, bytes, rewritten, "the encoding does not round trip")

	var group sync.WaitGroup
	for k := range 4 {
		group.Go(func() {
			rows := make([]int, 0, s.rows)
			for i := k; i < s.rows; i += 4 {
				rows = append(rows, i)
			}
			part := make([]float64, len(rows)*outputs)
			model.Predict(part, data.X.Take(rows))
			for at, i := range rows {
				assert.Equal(t, want[i*outputs:(i+1)*outputs], part[at*outputs:(at+1)*outputs], "row %d depends on others", i)
			}
		})
	}
	group.Wait()
	model.Predict(nil, data.X.Take(nil))
	assert.Equal(t, before, bytesOf(data), "predicting changed the data")
	explains(t, model, data)
}

// sane checks that predictions are finite, and probabilities are some.
func sane(t *testing.T, values []float64, outputs int, probabilities bool) {
	for at, v := range values {
		require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "prediction %d is %g", at/outputs, v)
	}
	for at := 0; probabilities && at < len(values); at += outputs {
		var sum float64
		for _, v := range values[at : at+outputs] {
			require.True(t, v >= 0 && v <= 1, "probability %g", v)
			sum += v
		}
		require.InDelta(t, 1, sum, 1e-9)
	}
}

// explains checks the optional interfaces.
func explains(t *testing.T, model estimator.Model, data *estimator.Data) {
	if m, ok := model.(estimator.Importances); ok {
		for name, values := range m.Importances() {
			assert.Len(t, values, data.X.Cols, name)
		}
	}
	if m, ok := model.(estimator.Explainer); ok {
		dst := make([]float64, data.X.Entries(0))
		for class := range model.Outputs() {
			m.Explain(dst, data.X, 0, class)
			for _, v := range dst {
				assert.False(t, math.IsNaN(v) || math.IsInf(v, 0), "an explanation of %g", v)
			}
		}
	}
	if m, ok := model.(estimator.Summarizer); ok {
		assert.NotEmpty(t, m.Summary())
	}
	if m, ok := model.(estimator.Contributions); ok && data.X.Dense != nil && data.Classes == nil {
		row := data.X.Row(0)
		dst := make([]float64, model.Outputs()*(len(row)+1))
		m.Contributions(dst, row)
		var sum float64
		for _, v := range dst {
			sum += v
		}
		want := make([]float64, 1)
		model.Predict(want, data.X.Take([]int{0}))
		assert.InDelta(t, want[0], sum, 1e-6*(1+math.Abs(want[0])), "the contributions do not add up")
	}
}

func TestCancelledFit(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	all := runnable(t)
	for i := range all {
		spec := &all[i]
		s := shape{rows: 200, sparse: spec.Sparse}
		if spec.Tasks[0] == metrics.Classification {
			s.classes = 2
		}
		var p any
		if spec.Params != nil {
			p = spec.Params()
		}
		_, err := spec.Fit(ctx, p, s.make(), estimator.Options{Cores: 2})
		assert.ErrorIs(t, err, context.Canceled, spec.Name)
	}
}

// FuzzDecode holds Decode of every estimator to surviving any bytes, and what
// it takes to predicting.
func FuzzDecode(f *testing.F) {
	withPrograms(f)
	all := runnable(f)
	for i := range all {
		for _, classes := range []int{0, 3} {
			data := shape{rows: 40, classes: classes}.make()
			if model, err := fitted(&all[i], data, 1); slices.Contains(all[i].Tasks, data.Task()) && err == nil {
				bytes, _ := model.MarshalBinary()
				f.Add(uint8(i), bytes)
				f.Add(uint8(i), bytes[:len(bytes)/2])
			}
		}
	}
	f.Fuzz(func(t *testing.T, i uint8, data []byte) {
		model, err := All[int(i)%len(All)].Decode(data)
		if err != nil {
			return
		}
		if _, err := model.MarshalBinary(); err != nil {
			t.Skip()
		}
		columns, ok := model.(interface{ Columns() int })
		// No program that a fuzzer thinks of is run.
		if _, asked := model.(estimator.Asked); asked || !ok || columns.Columns() > 1000 || model.Outputs() > 1000 {
			return
		}
		x := &matrix.Matrix{Rows: 1, Cols: columns.Columns(), Dense: make([]float64, columns.Columns())}
		model.Predict(make([]float64, model.Outputs()), x)
	})
}

func TestListIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range Names() {
		assert.False(t, seen[name], "%s stands twice", name)
		seen[name] = true
		assert.Equal(t, name, Lookup(name).Name)
	}
	assert.Nil(t, Lookup("nothing"))
}
