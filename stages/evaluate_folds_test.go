package stages

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/partition"
	"labbook/internal/testdata"
	"labbook/models/bundle"
	"labbook/models/training"
)

// Folds take the test part's place where they are declared, or where it is small,
// rows have no order in time, and the models are made again quickly.
func TestWhenFoldsAreJudgedBy(t *testing.T) {
	x := &table.Column{Field: table.Field{Name: "x", Type: table.Number}}
	for i := range 200 {
		x.Num = append(x.Num, float64(i))
	}
	open := func() (*whole, error) {
		w := &whole{table: table.New(x), train: 160, structure: new(partition.Structure), layout: partition.Independent(200), outcome: x.Num}
		for row := range 200 {
			w.known = append(w.known, row)
		}
		return w, nil
	}
	made := func(options string) maker {
		d := &training.Declared{Train: *training.Defaults()}
		require.NoError(t, params.DecodeString(options, &d.Train))
		return maker{new(bundle.Bundle), "train", d}
	}
	quick, unknown := made("{model: linear}"), maker{new(bundle.Bundle), "foreign", nil}
	slow := made("{model: boosting, validation: {folds: 5}, tune: {trials: 100, minimize: mae, space: {max_depth: {int: [2, 9]}}}}")
	assert.Equal(t, 1, quick.declared.Fits())
	assert.Equal(t, 606, slow.declared.Fits())
	for name, c := range map[string]struct {
		structure partition.Structure
		rows      int
		makers    []maker
		judged    string // "" for the test part
		wrong     string
	}{
		"small":                    {partition.Structure{}, 40, []maker{quick}, "5x4", ""},
		"large enough":             {partition.Structure{}, 100, []maker{quick}, "", ""},
		"small, in time":           {partition.Structure{Time: "x"}, 40, []maker{quick}, "", ""},
		"small, slow":              {partition.Structure{}, 40, []maker{quick, slow}, "", ""},
		"small, of unknown making": {partition.Structure{}, 40, []maker{quick, unknown}, "", ""},
		"declared":                 {partition.Structure{Folds: 3}, 40_000, []maker{quick, slow}, "3x1", ""},
		"declared, in time":        {partition.Structure{Folds: 3, Repeats: 1, Time: "x"}, 40, []maker{quick}, "3x1", ""},
		"declared, unknown":        {partition.Structure{Folds: 3}, 40, []maker{unknown}, "", "foreign cannot be made again in folds"},
	} {
		f, err := foldsOf(&evaluation.Case{Rows: make([]int, c.rows), Structure: &c.structure}, open, c.makers, 1)
		if c.wrong != "" {
			assert.ErrorContains(t, err, c.wrong, name)
			continue
		}
		require.NoError(t, err, name)
		if c.judged == "" {
			assert.Nil(t, f, name)
			continue
		}
		require.NotNil(t, f, name)
		assert.Equal(t, c.judged, map[int]string{5: "5x4", 3: "3x1"}[f.K], name)
		assert.Len(t, f.Rows, 200*f.Repeats, name)
		assert.Equal(t, 200, f.Units.Count, name)
	}
}

// The folds of a run: every row of both parts stands once a repeat, with what it
// belongs to.
func TestFoldsOfARun(t *testing.T) {
	testdata.OnlyComputes(t)
	made := tryAll(t, 2)
	e, err := evaluation.Open(made["evaluate classes"].out)
	require.NoError(t, err)
	assert.Equal(t, "folds 2x2", e.Judged)
	said, err := evaluation.OpenPredictions(made["evaluate classes"].out)
	require.NoError(t, err)
	assert.Equal(t, 2*e.Rows, said.Rows())
	seen := map[[2]float64]bool{}
	for i, row := range said.Column("row").Num {
		seen[[2]float64{row, said.Column("repeat").Num[i]}] = true
	}
	assert.Len(t, seen, said.Rows())
	assert.Equal(t, e.Rows, e.UnitsOf(said).Count)
	j, err := evaluation.OpenJudgement(made["evaluate classes"].out)
	require.NoError(t, err)
	assert.Equal(t, e.Rows, j.Table.Rows())
}
