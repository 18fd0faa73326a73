package models

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
)

func TestXGBoostNames(t *testing.T) {
	for _, c := range []struct{ names, want []string }{
		{[]string{"carat", "cut=Very Good", `R&D "é"\`}, []string{"carat", "cut=Very Good", `R&D "é"\`}},
		{[]string{"a[0]", "<5", "x\ny", "u\u2028v"}, []string{"a(0)", "_5", "x_y", "u_v"}},
		{[]string{"a<", "a_", "a\n", "a_2"}, []string{"a__2", "a_", "a__3", "a_2"}},
	} {
		assert.Equal(t, c.want, XGBoostNames(c.names))
	}
}

// A model that went out and came back predicts as before: with the features of
// the bundle, and of the matrix alone.
func TestExportImport(t *testing.T) {
	for target, transform := range map[string]Transform{"price": Log1p, "kind": None} {
		t.Run(target, func(t *testing.T) {
			rows := houses()
			b := bundle(t, "boosting", target, transform)
			want, err := b.Predict(rows)
			require.NoError(t, err)
			data, notes, err := b.ExportXGBoost()
			require.NoError(t, err)
			assert.NotEmpty(t, notes)

			same, _, err := ImportXGBoost(data, ImportOptions{Like: b})
			require.NoError(t, err)
			got, err := same.Predict(rows)
			require.NoError(t, err)
			assert.InDeltaSlice(t, want.Values, got.Values, 1e-4)

			bare, _, err := ImportXGBoost(data, ImportOptions{})
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
			_, err = Load(reader(files(t, bare)))
			require.NoError(t, err)
		})
	}
}

func TestImportRefuses(t *testing.T) {
	plain := bundle(t, "boosting", "price", None)
	data, _, err := plain.ExportXGBoost()
	require.NoError(t, err)
	classes := bundle(t, "boosting", "kind", None)
	sorted, _, err := classes.ExportXGBoost()
	require.NoError(t, err)
	narrow := &Bundle{Features: features.Identity([]string{"size"}, plain.Features.Target, nil), Transform: None}
	edit := func(old, new string) []byte {
		require.Contains(t, string(data), old)
		return []byte(strings.Replace(string(data), old, new, 1))
	}
	for name, c := range map[string]struct {
		data []byte
		o    ImportOptions
		want []string
	}{
		"no JSON":      {[]byte("a,b\n"), ImportOptions{}, []string{"not a JSON model of XGBoost", "save_model"}},
		"other JSON":   {[]byte("{}"), ImportOptions{}, []string{"it has no gradient_booster"}},
		"linear":       {edit(`"gbtree"`, `"gblinear"`), ImportOptions{}, []string{`found "gblinear"`}},
		"objective":    {edit("reg:squarederror", "rank:ndcg"), ImportOptions{}, []string{`found "rank:ndcg"`, "multi:softprob"}},
		"targets":      {edit(`"num_target":"1"`, `"num_target":"2"`), ImportOptions{}, []string{"2 targets"}},
		"base":         {edit(`"base_score":"0"`, `"base_score":"NaN"`), ImportOptions{}, []string{`base_score "NaN"`}},
		"few names":    {edit(`"size",`, ``), ImportOptions{}, []string{"found 1, wanted 2"}},
		"twice":        {edit(`"size",`, `"side=south",`), ImportOptions{}, []string{`twice "side=south"`}},
		"target":       {data, ImportOptions{Target: "size"}, []string{"the target has the name of a column"}},
		"log of class": {sorted, ImportOptions{Transform: Log}, []string{"classes have no logarithm"}},
		"log of count": {edit("reg:squarederror", "count:poisson"), ImportOptions{Transform: Log}, []string{"base_score"}},

		"unlike names":    {edit(`"size",`, `"sise",`), ImportOptions{Like: plain}, []string{`found "sise" besides, wanted "size" too`, "--features"}},
		"unlike order":    {edit(`"size","side=south"`, `"side=south","size"`), ImportOptions{Like: plain}, []string{"another order", `found "side=south" as column 1, wanted "size"`}},
		"unlike count":    {edit(`"size","side=south"`, ``), ImportOptions{Like: narrow}, []string{"another number of columns; found 2, wanted 1"}},
		"unlike task":     {data, ImportOptions{Like: classes}, []string{"found a number, wanted 2 classes"}},
		"unlike scale":    {data, ImportOptions{Like: bundle(t, "boosting", "price", Log)}, []string{"found price, wanted log(price)"}},
		"unlike its name": {edit(`"labbook_target":"price"`, `"labbook_target":"rent"`), ImportOptions{Like: plain}, []string{"found rent, wanted price"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := ImportXGBoost(c.data, c.o)
			var told *diag.Error
			require.ErrorAs(t, err, &told)
			assert.NotEmpty(t, told.Hint)
			for _, want := range c.want {
				assert.ErrorContains(t, err, want)
			}
		})
	}

	// Names that are not given are those that XGBoost gives.
	b, notes, err := ImportXGBoost(edit(`"size","side=south"`, ``), ImportOptions{})
	require.NoError(t, err)
	assert.Equal(t, []string{"f0", "f1"}, b.Features.Names())
	assert.Empty(t, notes)
	b, notes, err = ImportXGBoost(edit(`"labbook_target"`, `"best_iteration":"3","labbook_target"`), ImportOptions{Like: plain})
	require.NoError(t, err)
	assert.Contains(t, notes[0], "save booster[:4]")
	p, err := b.Predict(houses())
	require.NoError(t, err)
	assert.False(t, slices.ContainsFunc(p.Values, math.IsNaN))
}

func TestExportRefuses(t *testing.T) {
	_, _, err := bundle(t, "linear", "price", None).ExportXGBoost()
	assert.ErrorContains(t, err, "only trees can be written for XGBoost; found model: linear")
	assert.ErrorContains(t, err, "hint: ")
}
