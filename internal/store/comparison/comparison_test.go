package comparison

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/store/registry"
)

// judgedOn writes what an evaluation leaves of a test part.
func judgedOn(t *testing.T, digest string, columns ...*table.Column) *evaluated {
	t.Helper()
	dir := t.TempDir()
	test := table.New(columns...)
	rows := make([]float64, test.Rows())
	for i := range rows {
		rows[i] = float64(i)
	}
	e := &evaluated{Evaluation: &evaluation.Evaluation{Test: digest, Target: "y", Rows: test.Rows()}, left: &artifact.Artifact{}}
	for name, made := range map[string]*table.Table{evaluation.FileTest: test,
		evaluation.FilePredictions: table.New(&table.Column{Field: table.Field{Name: "row", Type: table.Number}, Num: rows})} {
		e.left.Files = append(e.left.Files, artifact.Blob{Name: name, Path: filepath.Join(dir, name)})
		require.NoError(t, made.WriteFile(filepath.Join(dir, name)))
	}
	return e
}

func numbers(name string, values ...float64) *table.Column {
	return &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: values}
}

func TestSameRows(t *testing.T) {
	y, x, all := numbers("y", 1, 1, 1, 2, 2, 2), numbers("x", .1, .2, .3, .4, .5, .6), numbers("constant", 5, 5, 5, 5, 5, 5)
	plain := judgedOn(t, "a", y, x, all)
	for _, tt := range []struct {
		name  string
		other *evaluated
		same  bool
	}{
		{"the same test part", judgedOn(t, "a", y), true},
		{"a column more", judgedOn(t, "b", y, x, all, numbers("z", 9, 8, 7, 6, 5, 4)), true},
		{"a column that is computed otherwise", judgedOn(t, "b", numbers("constant", 1, 2, 3, 4, 5, 6), y, x), true},
		{"other rows with the labels in the same order", judgedOn(t, "b", y, numbers("x", .7, .8, .9, 1, 2, 3), all), false},
		{"another order", judgedOn(t, "b", y, numbers("x", .2, .1, .3, .4, .5, .6), all), false},
		{"other labels", judgedOn(t, "b", numbers("y", 1, 1, 2, 2, 2, 2), x, all), false},
		{"a row more", judgedOn(t, "b", numbers("y", 1, 1, 1, 2, 2, 2, 2), numbers("x", .1, .2, .3, .4, .5, .6, .7)), false},
	} {
		err := sameRows(plain, tt.other)
		assert.Equal(t, tt.same, err == nil, tt.name)
		if !tt.same {
			assert.ErrorIs(t, err, errRows, tt.name)
		}
	}
}

// What register found stands, whichever side it is asked from; by other metrics
// nobody can tell once the predictions are gone.
func TestRecordedDecisions(t *testing.T) {
	value := func(v float64) []metrics.Value {
		return []metrics.Value{{Name: "mae", Value: v, Better: metrics.Lower, Unit: "USD"}, {Name: "r2", Value: v / 1000, Better: metrics.Higher}, {Name: "odd", Value: v}}
	}
	decision := registry.Decision{Champion: 1, Comparison: &metrics.Comparison{Metric: "mae", Verdict: metrics.BetterThan, Better: 20, Low: 10, High: 30, Level: .95}}
	details, err := decision.Encode()
	require.NoError(t, err)
	one, two := &record.Version{Version: 1, Metrics: value(250)}, &record.Version{Version: 2, Metrics: value(260), Details: details}
	c := &Comparer{Registry: registry.New(nil, nil)}

	all, err := c.Versions(t.Context(), one, two)
	require.NoError(t, err)
	assert.Equal(t, metrics.BetterThan, all[0].Verdict, "though its number is higher, on rows of its own")
	assert.Equal(t, "the test rows of version 2", all[0].On)
	assert.Equal(t, "-20 USD [-30, -10]", all[0].Signed())
	assert.Equal(t, NotComparable, all[1].Verdict)
	assert.Equal(t, "+0.0100", all[1].Signed())
	assert.Empty(t, all[2].Verdict, "neither direction is better")

	decision.Test = "a"
	two.Details, err = decision.Encode()
	require.NoError(t, err)
	one.Details, err = (&registry.Decision{Test: "a"}).Encode()
	require.NoError(t, err)
	all, err = c.Versions(t.Context(), one, two)
	require.NoError(t, err)
	assert.Empty(t, all[0].On, "both were judged on these rows")

	back, err := c.Versions(t.Context(), two, one)
	require.NoError(t, err)
	assert.Equal(t, metrics.WorseThan, back[0].Verdict)
	assert.Equal(t, "+20 USD [10, 30]", back[0].Signed())
}

// A damaged disk is a reason too, and none is remembered.
func TestGoneOrUnreadable(t *testing.T) {
	var answer error
	c := &Comparer{Registry: registry.New(nil, registry.StoreFunc(func(string) ([]artifact.Blob, error) { return nil, answer }))}
	value := func(v float64) *metrics.Value { return &metrics.Value{Name: "mae", Value: v, Better: metrics.Lower} }
	changes := []record.MetricChange{{Stage: "evaluate", Subject: "train", Name: "mae", A: value(1), B: value(2)}}
	stages := func(output string) []*record.Stage {
		return []*record.Stage{{Name: "evaluate", Kind: "evaluate", Makes: []artifact.Type{artifact.Evaluation}, Output: output}}
	}
	for _, tt := range []struct {
		err    error
		reason string
	}{{registry.ErrLost, "the predictions are no longer kept"}, {errors.New("input/output error"), "the predictions cannot be read: input/output error"},
		{os.ErrPermission, "the predictions cannot be read: permission denied"}} {
		answer = tt.err
		all, err := c.Runs(t.Context(), changes, stages("a"), stages("b"))
		require.NoError(t, err)
		assert.Equal(t, NotComparable, all[0].Verdict)
		assert.Equal(t, tt.reason, all[0].Reason)
		assert.Equal(t, 1.0, all[0].Difference.Value)
	}
	all, err := c.Runs(t.Context(), changes, stages("a"), stages("a"))
	require.NoError(t, err)
	assert.Equal(t, metrics.Tie, all[0].Verdict, "the same output is the same, be it kept or not")
}
