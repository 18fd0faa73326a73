package stages

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/internal/testdata"
	"labbook/runner/stage"
)

// sample is a kind that nobody has heard of: it makes a table of every other row
// of a table, as a new file of this folder would.
func sample() stage.Kind {
	return stage.Kind{
		Name: "sample", Version: 1, Doc: "Takes every other row.",
		Reads: []stage.Port{stage.One(artifact.Table)},
		Makes: []artifact.Type{artifact.Table},
		Run: func(c *stage.Context) error {
			t, err := table.Open(c.Inputs()[0])
			if err != nil {
				return err
			}
			var rows []int
			for i := 0; i < t.Rows(); i += 2 {
				rows = append(rows, i)
			}
			return t.Take(rows).WriteFile(c.Path(table.File))
		},
	}
}

// A kind that makes a table is read by all that read tables, without an edit.
func TestANewKindIsReadByTheOld(t *testing.T) {
	testdata.OnlyComputes(t)
	made := tryAll(t, 2)
	few, err := execute(t, sample(), "{}", nil, made["load"].out)
	require.NoError(t, err)
	few.out.Types = sample().Makes

	explored, err := execute(t, exploreKind(), "{target: price}", nil, few.out)
	require.NoError(t, err)
	assert.NotEmpty(t, show(t, exploreKind(), explored, 2).Blocks)

	parted, err := execute(t, split(), "{}", nil, few.out)
	require.NoError(t, err)
	train, err := partition.Train(parted.out)
	require.NoError(t, err)
	test, err := partition.Test(parted.out)
	require.NoError(t, err)
	all, err := table.Open(few.out)
	require.NoError(t, err)
	assert.Equal(t, all.Rows(), train.Rows()+test.Rows())

	judged, err := execute(t, evaluate(), "{resamples: 200}", nil, parted.out, made["linear"].out)
	require.NoError(t, err)
	assert.NotEmpty(t, judged.Metrics)

	for _, kind := range All(Deps{}) {
		for _, p := range kind.Reads {
			if p.Takes([]artifact.Type{artifact.Table}) {
				assert.GreaterOrEqual(t, kind.Port(sample().Makes), 0, kind.Name)
			}
		}
	}
}
