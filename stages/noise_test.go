package stages

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/internal/testdata"
	"labbook/models/training"
)

// noise draws columns that tell nothing of an outcome, though each of them, and the
// outcome too, has something in common in rows that belong together: rows of one
// group, or neighbours in time.
type noise struct {
	name      string
	structure partition.Structure
	group     int     // so many rows have the same in common
	keep      float64 // how much the next group has of it
}

var noises = []noise{
	{"at random", partition.Structure{}, 1, 0},
	{"by group", partition.Structure{Groups: []string{"of"}}, 4, 0},
	{"by time", partition.Structure{Time: "of"}, 1, 0.6},
}

// column draws one column.
func (n *noise) column(rng *rand.Rand, rows int) []float64 {
	out, common := make([]float64, rows), rng.NormFloat64()
	for row := range out {
		if row%n.group == 0 {
			common = n.keep*common + math.Sqrt(1-n.keep*n.keep)*rng.NormFloat64()
		}
		out[row] = common + 0.5*rng.NormFloat64()
	}
	return out
}

// draw gives a table of an outcome y, of two classes or a skewed number, that four
// columns tell nothing of.
func (n *noise) draw(rng *rand.Rand, rows int, classes bool) *table.Table {
	number := func(name string, values []float64) *table.Column {
		return &table.Column{Field: table.Field{Name: name, Type: table.Number}, Num: values}
	}
	of := make([]float64, rows)
	for row := range of {
		of[row] = float64(row / n.group)
	}
	columns := []*table.Column{number("of", of)}
	for _, name := range []string{"a", "b", "c", "d", "y"} {
		columns = append(columns, number(name, n.column(rng, rows)))
	}
	if y := columns[len(columns)-1]; classes {
		y.Field = table.Field{Name: "y", Type: table.Category, Levels: []string{"low", "high"}}
		y.Codes = make([]int32, rows)
		for row, v := range y.Num {
			if v > 0 {
				y.Codes[row] = 1
			}
		}
		y.Num = nil
	} else {
		for row, v := range y.Num {
			y.Num[row] = math.Exp(v)
		}
	}
	t := table.New(columns...)
	table.Describe(t, 1)
	return t
}

// judge has a model and the dummy, as init writes it, learn from the first two thirds of a table's rows
// and judges them on the others, or by folds where these are few, and says whether
// the model is called better.
func (n *noise) judge(t *testing.T, all *table.Table, model string) (better bool, judged string) {
	t.Helper()
	train := all.Slice(0, all.Rows()*2/3)
	k := evaluation.Case{Test: all.Slice(train.Rows(), all.Rows()), Structure: &n.structure}
	f := features.Defaults()
	f.Target, f.Drop = "y", []string{"of"}
	var makers []maker
	for _, name := range []string{model, "dummy, params: {strategy: median}"} {
		o := training.Defaults()
		require.NoError(t, params.DecodeString(fmt.Sprintf("{model: %s}", name), o))
		from, err := training.NewSource(train, &n.structure, f, 1)
		require.NoError(t, err)
		made, err := o.Train(t.Context(), from, &training.Work{Cores: 1})
		require.NoError(t, err)
		makers = append(makers, maker{made.Bundle, name, from.Declared(o)})
		k.Candidates = append(k.Candidates, training.Candidate(name, made.Bundle))
	}
	learned := makers[0].Features
	k.Task, k.Target, k.Classes = learned.Task, learned.Target, learned.Classes
	require.NoError(t, outcomes(&k, learned))
	open := func() (*whole, error) { return n.whole(all, train.Rows(), learned) }
	var err error
	k.Folds, err = foldsOf(&k, open, makers, 1)
	require.NoError(t, err)

	o := evaluation.Defaults()
	o.Permutations, o.LearningCurve = 0, false
	o.Metrics = params.Strings{metrics.Primary(k.Task)}
	j, err := evaluation.Judge(t.Context(), k, o, 1, nil)
	require.NoError(t, err)
	leader := j.Leader()
	return leader.Stage == model && leader.Versus.Verdict == metrics.BetterThan, j.Judged
}

// whole gives all rows as folds are made of them.
func (n *noise) whole(all *table.Table, train int, f *features.Features) (*whole, error) {
	w := &whole{table: all, train: train, structure: &n.structure}
	for row := range all.Rows() {
		w.known = append(w.known, row)
	}
	var err error
	if w.outcome, err = f.Outcome(all); err != nil {
		return nil, err
	}
	if w.layout, err = n.structure.Layout(all); f.Classes != nil {
		w.layout = w.layout.ByClass(w.outcome)
	}
	return w, err
}

// TestNoiseIsNoBetterThanGuessing: a model that learned from noise is called better
// than the dummy no more often than the interval of their difference is beside 0 on
// one side, and three standard errors: on a test part, and by repeated folds. The
// studies are 60, or as many as LABBOOK_NIGHT says.
func TestNoiseIsNoBetterThanGuessing(t *testing.T) {
	testdata.OnlyComputes(t)
	studies := testdata.Studies(60)
	promise := (1 - evaluation.Defaults().Level) / 2
	most := promise + 3*math.Sqrt(promise*(1-promise)/float64(studies))
	for stream, n := range noises {
		for _, model := range []string{"linear, target: log", "logistic"} {
			for _, rows := range []int{300, 60} {
				want := evaluation.TestPart
				if rows == 60 && n.structure.Time == "" { // in time it is the latest rows, however few
					want = "folds 5x4"
				}
				better := 0
				for study := range studies {
					rng := rand.New(rand.NewPCG(uint64(study), uint64(stream)))
					called, judged := n.judge(t, n.draw(rng, rows, model == "logistic"), model)
					require.Equal(t, want, judged)
					if called {
						better++
					}
				}
				t.Logf("%s, %s, %d rows judged by %s: noise is called better in %d of %d studies", n.name, model, rows, want, better, studies)
				assert.LessOrEqual(t, float64(better)/float64(studies), most, "%s, %s, %d rows", n.name, model, rows)
			}
		}
	}
}
