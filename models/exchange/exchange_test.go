package exchange

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/testdata/testtable"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/estimator"
	"labbook/models/training"
)

func TestNames(t *testing.T) {
	for _, c := range []struct{ names, want []string }{
		{[]string{"carat", "cut=Very Good", `R&D "é"\`}, []string{"carat", "cut=Very Good", `R&D "é"\`}},
		{[]string{"a[0]", "<5", "x\ny", "u\u2028v"}, []string{"a(0)", "_5", "x_y", "u_v"}},
		{[]string{"a<", "a_", "a\n", "a_2"}, []string{"a__2", "a_", "a__3", "a_2"}},
	} {
		assert.Equal(t, c.want, Names(c.names))
	}
}

// A model that went out and came back predicts as before: with the features of
// the bundle, and of the matrix alone.
func TestExportImport(t *testing.T) {
	for target, transform := range map[string]bundle.Transform{"price": bundle.Log1p, "kind": bundle.None} {
		t.Run(target, func(t *testing.T) {
			rows := testtable.Houses()
			b := trained(t, "boosting", target, transform)
			want, err := b.Predict(rows)
			require.NoError(t, err)
			data, notes, err := Export(b)
			require.NoError(t, err)
			assert.NotEmpty(t, notes)

			same, _, err := Import(data, Options{Like: b})
			require.NoError(t, err)
			got, err := same.Predict(rows)
			require.NoError(t, err)
			assert.InDeltaSlice(t, want.Values, got.Values, 1e-4)

			bare, _, err := Import(data, Options{})
			require.NoError(t, err)
			assert.Equal(t, b.Features.Target.Name, bare.Features.Target.Name)
			assert.Equal(t, b.Features.Target.Unit, bare.Features.Target.Unit)
			assert.Equal(t, b.Features.Classes, bare.Features.Classes)
			assert.Equal(t, transform, bare.Transform)
			assert.True(t, bare.Features.IsIdentity())
			assert.False(t, b.Features.IsIdentity())
			x, err := b.Features.Transform(rows)
			require.NoError(t, err)
			var columns []*table.Column
			for j, name := range x.Names {
				c := &table.Column{Field: table.Field{Name: name, Type: table.Number}}
				for i := range x.Rows {
					c.Num = append(c.Num, x.Row(i)[j])
				}
				columns = append(columns, c)
			}
			got, err = bare.Predict(table.New(columns...))
			require.NoError(t, err)
			assert.InDeltaSlice(t, want.Values, got.Values, 1e-4)

			// What was imported is kept like any bundle.
			_, err = bundle.Load(reader(files(t, bare)))
			require.NoError(t, err)
		})
	}
}

func TestImportRefuses(t *testing.T) {
	plain := trained(t, "boosting", "price", bundle.None)
	data, _, err := Export(plain)
	require.NoError(t, err)
	classes := trained(t, "boosting", "kind", bundle.None)
	sorted, _, err := Export(classes)
	require.NoError(t, err)
	narrow := &bundle.Bundle{Features: features.Identity([]string{"size"}, plain.Features.Target, nil), Transform: bundle.None}
	edit := func(old, new string) []byte {
		require.Contains(t, string(data), old)
		return []byte(strings.Replace(string(data), old, new, 1))
	}
	for name, c := range map[string]struct {
		data []byte
		o    Options
		want []string
	}{
		"no JSON":      {[]byte("a,b\n"), Options{}, []string{"not a JSON model of XGBoost", "save_model"}},
		"other JSON":   {[]byte("{}"), Options{}, []string{"it has no gradient_booster"}},
		"linear":       {edit(`"gbtree"`, `"gblinear"`), Options{}, []string{`found "gblinear"`}},
		"objective":    {edit("reg:squarederror", "rank:ndcg"), Options{}, []string{`found "rank:ndcg"`, "multi:softprob"}},
		"targets":      {edit(`"num_target":"1"`, `"num_target":"2"`), Options{}, []string{"2 targets"}},
		"base":         {edit(`"base_score":"0"`, `"base_score":"NaN"`), Options{}, []string{`base_score "NaN"`}},
		"few names":    {edit(`"size",`, ``), Options{}, []string{"found 1, wanted 2"}},
		"twice":        {edit(`"size",`, `"side=south",`), Options{}, []string{`twice "side=south"`}},
		"target":       {data, Options{Target: "size"}, []string{"the target has the name of a column"}},
		"log of class": {sorted, Options{Transform: bundle.Log}, []string{"classes have no logarithm"}},
		"log of count": {edit("reg:squarederror", "count:poisson"), Options{Transform: bundle.Log}, []string{"base_score"}},

		"unlike names":    {edit(`"size",`, `"sise",`), Options{Like: plain}, []string{`found "sise" besides, wanted "size" too`, "--features"}},
		"unlike order":    {edit(`"size","side=south"`, `"side=south","size"`), Options{Like: plain}, []string{"another order", `found "side=south" as column 1, wanted "size"`}},
		"unlike count":    {edit(`"size","side=south"`, ``), Options{Like: narrow}, []string{"another number of columns; found 2, wanted 1"}},
		"unlike task":     {data, Options{Like: classes}, []string{"found a number, wanted 2 classes"}},
		"unlike scale":    {data, Options{Like: trained(t, "boosting", "price", bundle.Log)}, []string{"found price, wanted log(price)"}},
		"unlike its name": {edit(`"labbook_target":"price"`, `"labbook_target":"rent"`), Options{Like: plain}, []string{"found rent, wanted price"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := Import(c.data, c.o)
			var told *diag.Error
			require.ErrorAs(t, err, &told)
			assert.NotEmpty(t, told.Hint)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}

	// Names that are not given are those that XGBoost gives.
	b, notes, err := Import(edit(`"size","side=south"`, ``), Options{})
	require.NoError(t, err)
	assert.Equal(t, []string{"f0", "f1"}, b.Features.Names())
	assert.Empty(t, notes)
	b, notes, err = Import(edit(`"labbook_target"`, `"best_iteration":"3","labbook_target"`), Options{Like: plain})
	require.NoError(t, err)
	assert.Contains(t, notes[0], "save booster[:4]")
	p, err := b.Predict(testtable.Houses())
	require.NoError(t, err)
	assert.False(t, slices.ContainsFunc(p.Values, math.IsNaN))
}

func TestExportRefuses(t *testing.T) {
	_, _, err := Export(trained(t, "linear", "price", bundle.None))
	assert.ErrorContains(t, err, "only trees can be written for XGBoost; found model: linear")
	assert.ErrorContains(t, err, "hint: ")
}

// trained trains a model on houses.
func trained(t testing.TB, model, target string, transform bundle.Transform) *bundle.Bundle {
	o := features.Defaults()
	o.Target, o.Select = target, []string{"size", "side"}
	fitted, err := features.Fit(testtable.Houses(), o)
	require.NoError(t, err)
	x, err := fitted.Transform(testtable.Houses())
	require.NoError(t, err)
	y, err := fitted.Outcome(testtable.Houses())
	require.NoError(t, err)
	data := &matrix.Labelled{X: x, Y: y, Classes: fitted.Classes}
	r := training.Recipe{Spec: models.Lookup(model), Params: models.Lookup(model).Params(), Transform: transform}
	require.NoError(t, r.Check(data))
	m, err := r.Fit(t.Context(), training.Holdout{Train: data}, estimator.Options{})
	require.NoError(t, err)
	return &bundle.Bundle{Estimator: model, Version: 1, Params: map[string]string{"a": "1"}, Transform: transform, Rows: x.Rows, Seed: 3,
		Validation: []metrics.Value{{Name: "mae", Value: 1}}, Lineage: map[string]string{"features": "abc"}, Features: fitted, Model: m}
}

// files saves a bundle in memory.
func files(t testing.TB, b *bundle.Bundle) map[string][]byte {
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

// FuzzImport imports any file: it is refused with a hint, or predicts.
func FuzzImport(f *testing.F) {
	plain := trained(f, "boosting", "price", bundle.None)
	for _, b := range []*bundle.Bundle{plain, trained(f, "boosting", "kind", bundle.None), trained(f, "boosting", "price", bundle.Log)} {
		data, _, err := Export(b)
		require.NoError(f, err)
		f.Add(data, "", false)
		f.Add(data, "size", true)
	}
	f.Fuzz(func(t *testing.T, data []byte, target string, like bool) {
		o := Options{Target: target}
		if like {
			o.Like = plain
		}
		b, _, err := Import(data, o)
		var told *diag.Error
		if err != nil {
			require.ErrorAs(t, err, &told)
			require.NotEmpty(t, told.Hint)
			return
		}
		require.NoError(t, b.Check())
		if like {
			_, err = b.Predict(testtable.Houses())
			require.NoError(t, err)
		}
	})
}
