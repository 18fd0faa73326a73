package serve

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
	"labbook/models/estimator"
	"labbook/models/training"
)

// flats gives rows whose price is told by their size, their kind and a word.
func flats(n int) *table.Table {
	rng := rand.New(rand.NewPCG(1, 2))
	size, price := make([]float64, n), make([]float64, n)
	codes, texts := make([]int32, n), make([]string, n)
	for i := range n {
		size[i], codes[i] = 20+100*rng.Float64(), int32(rng.IntN(3))
		texts[i] = []string{"bright rooms", "dark rooms", "rooms"}[rng.IntN(3)]
		price[i] = math.Exp(size[i]/50 + float64(codes[i])/2 + 0.1*rng.NormFloat64())
		if texts[i] == "bright rooms" {
			price[i] *= 1.5
		}
	}
	field := func(name string, of table.Type) table.Field { return table.Field{Name: name, Type: of} }
	kind := field("kind", table.Category)
	kind.Levels = []string{"flat", "house", "studio"}
	return table.New(
		&table.Column{Field: field("size", table.Number), Num: size},
		&table.Column{Field: kind, Codes: codes},
		&table.Column{Field: field("about", table.Text), Texts: texts},
		&table.Column{Field: field("price", table.Number), Num: price},
	)
}

// Reasons are the columns that were asked for, whatever the views of members made
// of them, in the target's unit: what is left without them is the same for all rows.
func TestReasonsOfViews(t *testing.T) {
	o := *training.Defaults()
	require.NoError(t, params.DecodeString(`
model: ensemble
target: log
features:
  target: price
  drop: [about]
  derive: {double: 2 * size}
  views: {plane: {numbers: {standardise: true}}, trees: {encode: {categories: native}}, words: {select: [about], drop: []}}
params:
  of:
    - {model: boosting, view: trees, weight: 0.4, params: {n_estimators: 20}}
    - {model: linear, view: plane, weight: 0.4}
    - {model: elastic-net, view: words, weight: 0.2}`, &o))
	rows := flats(300)
	from, err := training.NewSource(rows, &partition.Structure{}, *o.Features, 1)
	require.NoError(t, err)
	trained, err := o.Train(t.Context(), from, &training.Work{Cores: 1})
	require.NoError(t, err)
	b := trained.Bundle

	assert.Implements(t, (*estimator.Dear)(nil), b.Model, "trees are slow to tell")

	asked := rows.Slice(0, 20)
	p, err := b.Answer(asked)
	require.NoError(t, err)
	told := b.Features.Reasons()
	e := &explainer{model: b.Model, unit: b.Transform, reasons: told, sums: make([]float64, len(told.Names)), row: make([]int, len(told.Names)), x: p.Matrix}
	names := map[string]bool{}
	for i := range asked.Rows() {
		var answer struct {
			Why struct {
				For, Against []struct {
					Feature, Term string
					Weight        float64
				}
			}
		}
		require.NoError(t, json.Unmarshal([]byte(`{"x":0`+string(e.append(nil, i, p))+`}`), &answer))
		sum := 0.0
		for _, r := range append(answer.Why.For, answer.Why.Against...) {
			sum += r.Weight
			names[r.Feature+"|"+r.Term] = true
		}
		together := 0.0
		for _, v := range e.added {
			together += v
		}
		assert.InDelta(t, p.Values[i]-math.Exp(math.Log(p.Values[i])-together), sum, 1e-4, "row %d", i)
	}
	assert.Equal(t, map[string]bool{"size|": true, "kind|": true, "|bright": true, "|dark": true}, names)
}

// BenchmarkAnswer is what a row costs: of boosted trees, and of three of them that read views.
func BenchmarkAnswer(b *testing.B) {
	for _, members := range []int{1, 3} {
		b.Run(strconv.Itoa(members), func(b *testing.B) { benchAnswer(b, members) })
	}
}

func benchAnswer(b *testing.B, members int) {
	o := *training.Defaults()
	of := ""
	for m := range members {
		of += fmt.Sprintf("{model: boosting, view: %s, params: {n_estimators: 300, max_depth: 5, subsample: 0.7}},", []string{"trees", "plane", "trees"}[m])
	}
	with := "{model: ensemble, features: {target: price, drop: [about], views: {plane: {}, trees: {encode: {categories: native}}}}, params: {of: [" + of + "]}}"
	if members == 1 {
		with = "{model: boosting, params: {n_estimators: 300, max_depth: 5, subsample: 0.7}, features: {target: price, drop: [about], encode: {categories: native}}}"
	}
	if err := params.DecodeString(with, &o); err != nil {
		b.Fatal(err)
	}
	rows := flats(2000)
	from, err := training.NewSource(rows, &partition.Structure{}, *o.Features, 2)
	if err != nil {
		b.Fatal(err)
	}
	trained, err := o.Train(b.Context(), from, &training.Work{Cores: 2})
	if err != nil {
		b.Fatal(err)
	}
	one := rows.Slice(0, 1)
	b.ResetTimer()
	for b.Loop() {
		if _, err := trained.Bundle.Answer(one); err != nil {
			b.Fatal(err)
		}
	}
}
