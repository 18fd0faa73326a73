package stages

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/data/table"
	"labbook/models/bundle"
)

// Similar rows are those that the model was trained on; of a model that does not say
// which, or of other columns, they are all.
func TestSimilarRowsAreThoseOfTraining(t *testing.T) {
	all := table.New(&table.Column{Field: table.Field{Name: "a", Type: table.Number}, Num: []float64{1, 2, 3, 4}})
	made := func(rows *table.Table) *artifact.Artifact {
		if rows == nil {
			return &artifact.Artifact{}
		}
		data, err := table.NewRowSet(rows, 1).MarshalBinary()
		require.NoError(t, err)
		file := filepath.Join(t.TempDir(), bundle.FileRows)
		require.NoError(t, os.WriteFile(file, data, 0o600))
		return outputOf(t, "model", filepath.Dir(file))
	}
	kept, trained := trainedOn(all, made(all.Take([]int{3, 1})))
	assert.True(t, trained)
	assert.Equal(t, []float64{2, 4}, kept.Columns[0].Num)
	other := table.New(&table.Column{Field: table.Field{Name: "b", Type: table.Number}, Num: []float64{1, 2}})
	for _, rows := range []*table.Table{nil, other, table.New(&table.Column{Field: table.Field{Name: "a", Type: table.Number}, Num: []float64{9}})} {
		kept, trained = trainedOn(all, made(rows))
		assert.False(t, trained)
		assert.Equal(t, all, kept)
	}
}
