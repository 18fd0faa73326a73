package serve

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/models/training"
)

// notices gives texts of two kinds, told apart by two words each.
func notices(n int) *table.Table {
	texts, codes := make([]string, n), make([]int32, n)
	for i := range n {
		codes[i] = int32(i % 2)
		texts[i] = fmt.Sprintf("%s in the house number %d of the street", []string{"Sunny rooms with gardens", "Damp cellars and mould"}[i%2], i%7)
	}
	return table.New(&table.Column{Field: table.Field{Name: "about", Type: table.Text}, Texts: texts},
		&table.Column{Field: table.Field{Name: "kind", Type: table.Category, Levels: []string{"home", "store"}}, Codes: codes})
}

func wordsEndpoint(t *testing.T) *Endpoint { return wordsEndpointOf(t, "logistic") }

// wordsEndpointOf gives what answers for a model of notices.
func wordsEndpointOf(t *testing.T, name string) *Endpoint {
	o := *training.Defaults()
	require.NoError(t, params.DecodeString("{model: "+name+", features: {target: kind}}", &o))
	from, err := training.NewSource(notices(120), &partition.Structure{}, *o.Features, 1)
	require.NoError(t, err)
	trained, err := o.Train(t.Context(), from, &training.Work{Cores: 1})
	require.NoError(t, err)
	s := &Endpoint{model: &model{bundle: trained.Bundle}}
	s.told = sync.OnceValue(s.Features().Reasons)
	return s
}

// Whatever the model, the words are named without which a text would be another, and
// without them it is; none of them can be spared.
func TestWordsThatDecide(t *testing.T) {
	for _, name := range []string{"logistic", "linear-svm", "naive-bayes", "boosting"} {
		s := wordsEndpointOf(t, name)
		asked := notices(2).Slice(1, 2)
		asked.Columns[0].Texts = []string{"Cellars: mould, and gardens. The house is of the street."}
		p, err := s.model.bundle.Answer(asked)
		require.NoError(t, err)
		assert.Equal(t, "store", p.Label(0), name)
		words, class, err := s.without(asked, p)
		require.NoError(t, err)
		require.NotEmpty(t, words, name)
		assert.Equal(t, 0, class)
		for _, word := range words {
			assert.Contains(t, asked.Columns[0].Texts[0], word)
		}
		label := func(left []string) string {
			p, err := s.model.bundle.Predict(leaveOut(asked, left))
			require.NoError(t, err)
			return p.Label(0)
		}
		var stems []string
		for _, word := range words {
			stems = append(stems, strings.ToLower(word))
		}
		assert.Equal(t, "home", label(stems), name)
		for i := range stems {
			fewer := append(append([]string{}, stems[:i]...), stems[i+1:]...)
			assert.Equal(t, "store", label(fewer), "%s needs %s", name, stems[i])
		}
	}
}

func TestLeaveOut(t *testing.T) {
	row := table.New(&table.Column{Field: table.Field{Name: "about", Type: table.Text}, Texts: []string{"C# and ASP.NET, net_work; Straße née"}})
	assert.Equal(t, "C# and ASP., _work;  née", leaveOut(row, []string{"net", "straß"}).Columns[0].Texts[0])
	assert.Equal(t, "C# and ASP.NET, net_work; Straße née", row.Columns[0].Texts[0], "the row stays as it is")
	assert.Equal(t, []string{"NET", "gone"}, spelled(row, []string{"net", "gone"}))
}
