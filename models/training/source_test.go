package training

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/models"
	"labbook/models/estimator"
)

// sales is a table of n days of shops, a few days each. What is true of a day
// only stands in that row: a level, a word, a number far off.
func sales(n int) *table.Table {
	shop := &table.Column{Field: table.Field{Name: "shop", Type: table.Category}}
	note := &table.Column{Field: table.Field{Name: "note", Type: table.Text}}
	size := &table.Column{Field: table.Field{Name: "size", Type: table.Number}}
	at := &table.Column{Field: table.Field{Name: "day", Type: table.Number}}
	sold := &table.Column{Field: table.Field{Name: "sold", Type: table.Number}}
	for i := range n {
		if i%5 == 0 {
			shop.Levels = append(shop.Levels, fmt.Sprintf("shop %03d", i/5))
		}
		shop.Codes = append(shop.Codes, int32(i/5))
		note.Texts = append(note.Texts, fmt.Sprintf("it was day%d of week%d in the shop", i, i/7))
		size.Num, at.Num = append(size.Num, float64(1000*i)), append(at.Num, float64(i))
		sold.Num = append(sold.Num, float64(i%11))
	}
	return table.New(shop, note, size, at, sold)
}

// What is held out is unknown to the features of a division, whatever the
// structure: no level of a category, no word, no outcome, no mean or median that
// would be another without it.
func TestFeaturesOfAFoldKnowNothingOfTheRest(t *testing.T) {
	tab := sales(60)
	o := features.Defaults()
	o.Target, o.Drop = "sold", []string{"day"}
	o.Numbers.Standardise, o.Numbers.Impute, o.Encode.TargetFrom = true, "median", 12
	o.Numbers.Spline, o.Numbers.Indicate, o.Generate, o.Encode.Rare = 4, true, "auto", 3
	usual := params.Map[features.Statistic]{{Key: "usual", Value: features.Statistic{Take: "q75", Of: "size", By: []string{"shop"}}},
		{Key: "share", Value: features.Statistic{Take: "share", By: []string{"shop"}}}}
	past := append(usual, params.Entry[features.Statistic]{Key: "past", Value: features.Statistic{Take: "mean", Of: "sold", Ago: "4", Over: "9"}})
	for name, s := range map[string]partition.Structure{
		"independent": {}, "groups": {Groups: []string{"shop"}}, "time": {Time: "day", Gap: 3}, "time, groups": {Time: "day", Groups: []string{"shop"}},
	} {
		for _, v := range []Validation{{Share: 0.25, Seed: 1}, {Folds: 4, Seed: 1}} {
			if o.Statistics = usual; s.Time != "" && s.Groups == nil {
				o.Statistics = past
			}
			from, err := NewSource(tab, &s, o, 2)
			require.NoError(t, err)
			divisions, err := from.Divide(v, 2)
			require.NoError(t, err, name)
			_, layout, err := from.Rows()
			require.NoError(t, err)
			parts, err := layout.Folds(4, 1, v.Seed)
			if v.Folds == 0 {
				parts = make([]*partition.Parts, 1)
				parts[0], err = layout.Share(v.Share, v.Seed)
			}
			require.NoError(t, err)
			require.Len(t, divisions, len(parts))
			for i, d := range divisions {
				learned := parts[i].Train
				require.Equal(t, parts[i].Test, d.Held)
				alone, err := features.Learn(tab.Take(learned), layout.Take(learned), o, nil, 1)
				require.NoError(t, err)
				require.Equal(t, alone.Names(), d.Features.Names(), name)
				assert.NotContains(t, d.Features.Names(), fmt.Sprintf("day%d", d.Held[0]))
				assert.Equal(t, alone.Data.X, d.Train.X, name)
				want, err := alone.Transform(tab.Take(d.Held))
				require.NoError(t, err)
				assert.Equal(t, want, d.Test.X, name)
			}
		}
	}
}

// Where a division's features come to the same as those of all rows, the matrix
// there is serves for it; a level that only rows held out have is no error there.
func TestFeaturesOfAFold(t *testing.T) {
	tab := sales(60).Without("note")
	o := features.Defaults()
	o.Target, o.Drop = "sold", []string{"shop"}
	from, err := NewSource(tab, new(partition.Structure), o, 1)
	require.NoError(t, err)
	divisions, err := from.Divide(Validation{Share: 0.25}, 1)
	require.NoError(t, err)
	assert.Same(t, from.Features, divisions[0].Features)

	o.Drop, o.Encode.Unknown = nil, "error"
	from, err = NewSource(tab, &partition.Structure{Groups: []string{"shop"}}, o, 1)
	require.NoError(t, err)
	divisions, err = from.Divide(Validation{Share: 0.25}, 1)
	require.NoError(t, err)
	assert.NotSame(t, from.Features, divisions[0].Features)
}

// Every fit is told how its rows belong together, where they do.
func TestFitsAreToldTheLayout(t *testing.T) {
	tab := sales(60).Without("note", "shop")
	tab = table.New(append(tab.Columns, sales(60).Column("shop"))...)
	o := features.Defaults()
	o.Target, o.Drop = "sold", []string{"shop"}
	dummy := models.Lookup("dummy")
	for _, structure := range []*partition.Structure{{}, {Groups: []string{"shop"}}, {Time: "day"}} {
		var told []*partition.Layout
		spec := *dummy
		spec.Fit = func(ctx context.Context, p any, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
			told = append(told, data.Layout)
			return dummy.Fit(ctx, p, data, opt)
		}
		from, err := NewSource(tab, structure, o, 1)
		require.NoError(t, err)
		divisions, err := from.Divide(Validation{Folds: 3}, 1)
		require.NoError(t, err)
		r := Recipe{Spec: &spec, Params: spec.Params()}
		_, _, err = r.Validate(t.Context(), divisions, 1)
		require.NoError(t, err)
		all, err := from.all()
		require.NoError(t, err)
		_, err = r.Fit(t.Context(), all, estimator.Options{})
		require.NoError(t, err)
		require.Len(t, told, 4)
		for i, layout := range told {
			if structure.Independent() {
				assert.Nil(t, layout)
				continue
			}
			rows := 60
			if i < 3 {
				rows = divisions[i].Train.X.Rows
			}
			assert.Equal(t, rows, layout.Rows())
			assert.Equal(t, structure.Time != "", layout.Forward())
		}
	}
}

// A model can be made again of what its declaration keeps.
func TestDeclared(t *testing.T) {
	o := Defaults()
	require.NoError(t, params.DecodeString(`{model: boosting, params: {n_estimators: 30, early_stopping_rounds: 3}, target: log1p, validation: {share: 0.25},
		interval: {level: 0.8}, tune: {trials: 2, minimize: mae, space: {max_depth: {int: [1, 3]}}}}`, o))
	f := features.Defaults()
	require.NoError(t, params.DecodeString(`{target: sold, drop: [note], derive: {half: size / 2, b: half - 1}}`, &f))
	from, err := NewSource(sales(60), &partition.Structure{Time: "day"}, f, 1)
	require.NoError(t, err)
	trained, err := o.Train(t.Context(), from, &Work{Cores: 1})
	require.NoError(t, err)

	data, err := from.Declared(o).Encode()
	require.NoError(t, err)
	kept, err := decodeDeclared(data)
	require.NoError(t, err)
	again, err := kept.Fit(t.Context(), sales(60), &partition.Structure{Time: "day"}, nil, &Work{Cores: 2})
	require.NoError(t, err)
	assert.Equal(t, learnedBy(t, trained.Bundle.Model), learnedBy(t, again.Model))
	assert.Equal(t, trained.Bundle.Interval.Reach, again.Interval.Reach)

	settled, err := kept.Settled(trained.Bundle)
	require.NoError(t, err)
	bare, err := settled.Fit(t.Context(), sales(60), &partition.Structure{Time: "day"}, nil, &Work{Cores: 2})
	require.NoError(t, err)
	assert.Equal(t, learnedBy(t, trained.Bundle.Model), learnedBy(t, bare.Model))
	assert.Nil(t, bare.Interval)
}

// FuzzDeclared reads any declaration: what is read is written so that it is read again.
func FuzzDeclared(f *testing.F) {
	d := &Declared{Features: features.Defaults(), Train: *Defaults()}
	for _, text := range []string{`{model: boosting, params: {n_estimators: 30}, target: log1p, validation: {share: 0.25}}`,
		`{models: {a: {model: linear}, b: {model: extra-trees}}, model: ensemble}`, `{quality: good, budget: 10m}`} {
		d.Train = *Defaults()
		if err := params.DecodeString(text, &d.Train); err != nil {
			continue
		}
		data, err := d.Encode()
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := decodeDeclared(data)
		if err != nil {
			return
		}
		first, err := d.Encode()
		require.NoError(t, err)
		again, err := decodeDeclared(first)
		require.NoError(t, err, "%s", first)
		second, err := again.Encode()
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
	})
}

func learnedBy(t *testing.T, m estimator.Model) []byte {
	data, err := m.MarshalBinary()
	require.NoError(t, err)
	return data
}
