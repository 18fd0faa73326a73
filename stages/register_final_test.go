package stages

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/internal/store/offer"
	"labbook/internal/store/registry"
	"labbook/internal/testdata"
	"labbook/models/bundle"
)

// No figure, decision or finding of a register stage changes with the final fit:
// only what answers does, by what it learned of rows that the judged fit has not.
func TestNoFigureIsOfTheFinalFit(t *testing.T) {
	testdata.OnlyComputes(t)
	done := tryAll(t, 2)
	for _, evaluated := range []string{"evaluate", "evaluate fewer", "evaluate forward", "evaluate classes", "evaluate posts"} {
		in := done[evaluated].out
		registered := func(with string) (*execution, *record.Version) {
			shop := newShop(t)
			done, err := execute(t, register(shop.Registry), with, nil, in)
			require.NoError(t, err, evaluated)
			v, err := shop.Resolve(t.Context(), "m@1")
			require.NoError(t, err)
			return done, v
		}
		with, final := registered("{model: m}")
		without, alone := registered("{model: m, final: false}")
		require.NotNil(t, final.Final, evaluated)
		require.Nil(t, alone.Final, evaluated)
		assert.Equal(t, alone.Artifact, final.Artifact, evaluated)
		assert.Equal(t, alone.Metrics, final.Metrics, evaluated)
		assert.Equal(t, string(alone.Details), string(final.Details), evaluated)
		assert.Equal(t, without.Metrics, with.Metrics, evaluated)
		assert.Equal(t, without.Warnings, with.Warnings, evaluated)
		var told, plain registerTold
		require.NoError(t, json.Unmarshal(with.Told, &told))
		require.NoError(t, json.Unmarshal(without.Told, &plain))
		assert.Equal(t, final.Final, told.Final)
		told.Final = nil
		assert.Equal(t, plain, told, evaluated)
		assert.Empty(t, without.out.Sub(registry.FolderFinal).Files)
		for _, f := range without.out.Files {
			if f.Name != registry.FileRegistered {
				assert.Contains(t, with.out.Files, f, evaluated)
			}
		}
		knowsAll(t, in, with.out, final)
	}
}

// knowsAll holds the rows that each fit learned from to the parts of the split.
func knowsAll(t *testing.T, evaluated, out *artifact.Artifact, v *record.Version) {
	all, train, _, err := partition.Whole(evaluated)
	require.NoError(t, err)
	knows := func(files *artifact.Artifact) []bool {
		has, err := rowSet(files).Has(all)
		require.NoError(t, err)
		return has
	}
	judged, final := knows(out.Sub(registry.FolderBundle)), knows(registry.OpenAnswering(out))
	for row := range final {
		assert.True(t, final[row])
		if row < train {
			assert.True(t, judged[row])
		}
	}
	b, err := bundle.Open(registry.OpenAnswering(out))
	require.NoError(t, err)
	assert.Equal(t, v.Final.Rows, b.Rows)
	assert.Greater(t, v.Final.Rows, v.Final.Judged)
	assert.Empty(t, b.Validation)
	assert.Equal(t, map[string]string{"judged": v.Artifact}, b.Lineage)
}

// What a server has to reproduce is of the fit that answers.
func TestGoldenPredictionsAreOfTheFitThatAnswers(t *testing.T) {
	testdata.OnlyComputes(t)
	done := tryAll(t, 2)
	served, err := offer.Open(done["serve"].out)
	require.NoError(t, err)
	r, err := registry.OpenRegistered(done["register"].out)
	require.NoError(t, err)
	assert.Equal(t, r.Final, served.Artifact)
	b, err := bundle.Open(registry.OpenAnswering(done["register"].out))
	require.NoError(t, err)
	again, err := golden(b, mustTable(t, done["load"].out), len(served.Golden))
	require.NoError(t, err)
	require.Len(t, again, len(served.Golden))
	for i, g := range served.Golden {
		assert.Equal(t, g.Value, again[i].Value)
		assert.Equal(t, g.Probabilities, again[i].Probabilities)
	}
}

func mustTable(t *testing.T, in *artifact.Artifact) *table.Table {
	read, err := table.Open(in)
	require.NoError(t, err)
	return read
}

// A version keeps its fits: it answers by the one that was kept with it, or, where
// none was, as it did when it was registered.
func TestAKnownVersionKeepsItsFits(t *testing.T) {
	testdata.OnlyComputes(t)
	in := tryAll(t, 2)["evaluate"].out
	shop := newShop(t)
	kind := register(shop.Registry)
	run := func(with string) *registry.Registered {
		done, err := execute(t, kind, with, nil, in)
		require.NoError(t, err)
		r, err := registry.OpenRegistered(done.out)
		require.NoError(t, err)
		if final := done.out.Sub(registry.FolderFinal); r.Final != "" {
			shop.artifacts[r.Final] = final.Files
		}
		return r
	}
	assert.Empty(t, run("{model: old, final: false}").Final)
	assert.Empty(t, run("{model: old}").Final)
	first := run("{model: new}")
	assert.NotEmpty(t, first.Final)
	assert.Equal(t, first, run("{model: new, final: false}"))
	delete(shop.artifacts, first.Final)
	assert.Equal(t, first, run("{model: new}"), "what is lost is made again")
}

// Where all rows cannot be learned from, the judged fit answers, and that is said.
func TestAFitToAllRowsThatCannotBe(t *testing.T) {
	test := numbers(40, "y")
	test.Columns[1].Num[3] = -1 // has no logarithm
	parts := splitOf(t, numbers(100, "y").Slice(10, 100), test)
	trained, err := execute(t, train(nil), "{model: linear, target: log, features: {target: y}}", nil, parts)
	require.NoError(t, err)
	trained.out.Types = train(nil).Makes
	judged, err := execute(t, evaluate(), "{resamples: 200, metrics: [mae]}", nil, parts, trained.out)
	require.NoError(t, err)
	shop := newShop(t)
	done, err := execute(t, register(shop.Registry), "{model: m}", nil, judged.out)
	require.NoError(t, err)
	require.Len(t, done.Warnings, 1)
	assert.Contains(t, done.Warnings[0].Text, "the fit that was judged answers, for there is none to all rows: ")
	v, err := shop.Resolve(t.Context(), "m@1")
	require.NoError(t, err)
	assert.Nil(t, v.Final)
}
