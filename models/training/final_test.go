package training

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/models/bundle"
)

// towns are rows of which the last part has a town that the first has not.
func towns(rows, known int) *table.Table {
	codes, x, y := make([]int32, rows), make([]float64, rows), make([]float64, rows)
	for i := range rows {
		codes[i], x[i] = int32(i*31%3), float64(i*7919%101)
		if i >= known && i%2 == 0 {
			codes[i] = 3
		}
		y[i] = 3*x[i] + 40*float64(codes[i]) + x[i]*float64(i*104729%13)/10
	}
	return table.New(
		&table.Column{Field: table.Field{Name: "town", Type: table.Category, Levels: []string{"Bonn", "Kiel", "Ulm", "Wien"}}, Codes: codes},
		&table.Column{Field: table.Field{Name: "x", Type: table.Number}, Num: x},
		&table.Column{Field: table.Field{Name: "y", Type: table.Number}, Num: y})
}

// The final fit is what training on all rows by hand gives, with the rounds and the
// ranges that rows held out said: these come back as they were saved, also of a row
// that the judged fit refuses.
func TestFinalIsAFitToAllRows(t *testing.T) {
	const rows, known = 300, 220
	all := towns(rows, known)
	first := make([]int, known)
	for i := range first {
		first[i] = i
	}
	options := features.Defaults()
	options.Target, options.Encode.Categories, options.Encode.Unknown = "y", "onehot", "error"
	o := Defaults()
	require.NoError(t, params.DecodeString("{model: boosting, params: {n_estimators: 300, early_stopping_rounds: 5}, validation: {share: 0.3}, interval: {level: 0.8}}", o))
	independent := &partition.Structure{}
	from, err := NewSource(all.Take(first), independent, options, 1)
	require.NoError(t, err)
	trained, err := o.Train(t.Context(), from, &Work{Cores: 1})
	require.NoError(t, err)
	judged := trained.Bundle
	require.Equal(t, known, judged.Rows)

	var saved []string
	for cores := range 3 {
		final, err := from.Declared(o).Final(t.Context(), all, independent, judged, &Work{Cores: 1 + cores})
		require.NoError(t, err)
		assert.Equal(t, rows, final.Rows)
		assert.Empty(t, final.Validation)
		files := map[string][]byte{}
		require.NoError(t, final.Save(func(name string, data []byte) error { files[name] = data; return nil }))
		saved = append(saved, fmt.Sprint(files))

		hand := *o
		hand.Interval, hand.Validation, hand.Params = nil, ValidationOptions{}, params.OpenOf(mustParams(t, judged))
		whole, err := NewSource(all, independent, options, 1)
		require.NoError(t, err)
		byHand, err := hand.Train(t.Context(), whole, &Work{Cores: 1})
		require.NoError(t, err)
		want, err := byHand.Bundle.Predict(all)
		require.NoError(t, err)
		again, err := bundle.Load(func(name string) ([]byte, error) {
			if data, ok := files[name]; ok {
				return data, nil
			}
			return nil, fmt.Errorf("no file %s", name)
		})
		require.NoError(t, err)
		got, err := again.Predict(all)
		require.NoError(t, err)
		assert.Equal(t, want.Values, got.Values)

		before, err := judged.Predict(all.Take(first))
		require.NoError(t, err)
		for i := range first {
			assert.InDelta(t, before.High[i]-before.Low[i], got.High[i]-got.Low[i], 1e-9, "a range is as wide as it was")
		}
		_, err = judged.Predict(all)
		assert.ErrorContains(t, err, "a level that training did not show")
	}
	assert.Equal(t, saved[0], saved[1])
	assert.Equal(t, saved[0], saved[2])
}

func mustParams(t *testing.T, b *bundle.Bundle) any {
	found, err := settledParams(b)
	require.NoError(t, err)
	return found
}

// A model that is the one that held-out rows stopped is fitted again for as many
// rounds as it had.
func TestFinalOfAModelThatWasStopped(t *testing.T) {
	all := towns(300, 300)
	options := features.Defaults()
	options.Target = "y"
	o := Defaults()
	require.NoError(t, params.DecodeString("{model: boosting, refit: false, params: {n_estimators: 300, early_stopping_rounds: 5}, validation: {share: 0.3}}", o))
	from, err := NewSource(all, &partition.Structure{}, options, 1)
	require.NoError(t, err)
	trained, err := o.Train(t.Context(), from, &Work{Cores: 1})
	require.NoError(t, err)
	final, err := from.Declared(o).Final(t.Context(), all, &partition.Structure{}, trained.Bundle, &Work{Cores: 1})
	require.NoError(t, err)
	rounds := func(b *bundle.Bundle) int { return b.Model.(interface{ Rounds() int }).Rounds() }
	assert.Less(t, rounds(trained.Bundle), 300)
	assert.Equal(t, rounds(trained.Bundle), rounds(final))
}
