package evaluation

import (
	"context"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/facts"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Importance says how much worse the primary metric gets when a column's
// values are shuffled among the rows (Breiman 2001): the mean and standard
// deviation over the permutations.
type Importance struct {
	Column string       `json:"column"`
	Worse  facts.Number `json:"worse"`
	StdDev facts.Number `json:"sd"`
}

// mostPermutations bounds the permutations of all columns together: wide
// tables get fewer of each, and at least one.
const mostPermutations = 200

// permute measures the leader's importances on at most PermutedRows rows. A
// permutation depends on the seed, the column's name and its number only.
func (j *Judgement) permute(ctx context.Context, cores int) ([]Importance, error) {
	leader, sampled := j.candidates[j.Lead()], j.Samples[j.Lead()]
	test, actual, units := j.Table, sampled.Actual, j.units
	if n := j.Options.PermutedRows; test.Rows() > n {
		places := make([]int, n)
		actual = make([]float64, n)
		for i := range places {
			places[i] = int(int64(i) * int64(test.Rows()) / int64(n))
			actual[i] = sampled.Actual[places[i]]
		}
		test, units = test.Take(places), units.Take(places)
	}
	var inputs []string
	for _, name := range leader.Inputs {
		if test.Column(name) != nil {
			inputs = append(inputs, name)
		}
	}
	measure := func(t *table.Table) (float64, error) {
		said, err := leader.Predict(t)
		if err != nil {
			return 0, err
		}
		return j.Main.Prepare(sample(j.Task, actual, j.Classes, said).Decide(leader.Threshold))(metrics.Ones(len(actual))), nil
	}
	base, err := measure(test)
	if err != nil || len(inputs) == 0 {
		return nil, err
	}
	repeats := max(1, min(j.Options.Permutations, mostPermutations/len(inputs)))
	found := make([]Importance, len(inputs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(cores, 1))
	for i, name := range inputs {
		group.Go(func() error {
			drops := make([]float64, repeats)
			for r := range drops {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				value, err := measure(shuffled(test, name, units, j.Options.Seed, uint64(r)))
				if err != nil {
					return err
				}
				drops[r] = j.Main.Improvement(base, value)
			}
			mean, deviation := meanAndDeviation(drops)
			found[i] = Importance{name, facts.Number(mean), facts.Number(deviation)}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b Importance) int {
		switch {
		case a.Worse > b.Worse:
			return -1
		case a.Worse < b.Worse:
			return 1
		}
		return 0
	})
	return found, nil
}

// shuffled gives the table with the values of one column shuffled. Where units are
// not rows, whole units change places, in time blocks of them: what follows one
// another within them stays so.
func shuffled(t *table.Table, name string, units *metrics.Units, seed, repeat uint64) *table.Table {
	hash := fnv.New64a()
	hash.Write([]byte(name))
	source := rand.New(rand.NewPCG(seed, hash.Sum64()+repeat))
	var order []int // the row whose value each row gets
	if units == nil {
		order = source.Perm(t.Rows())
	} else {
		order = exchanged(units, source)
	}
	columns := slices.Clone(t.Columns)
	for i, c := range columns {
		if c.Name == name {
			columns[i] = table.New(c).Take(order).Columns[0]
		}
	}
	return table.New(columns...)
}

// exchanged lays the rows out unit by unit, and beside them the same rows with the
// blocks of units shuffled: each row gets the value of the one beside it.
func exchanged(units *metrics.Units, source *rand.Rand) []int {
	members := make([][]int, units.Count)
	for row, unit := range units.Of {
		members[unit] = append(members[unit], row)
	}
	blocks := slices.Collect(slices.Chunk(members, units.Block))
	into := slices.Concat(members...)
	source.Shuffle(len(blocks), func(a, b int) { blocks[a], blocks[b] = blocks[b], blocks[a] })
	at, order := 0, make([]int, len(into))
	for _, block := range blocks {
		for _, row := range slices.Concat(block...) {
			order[into[at]] = row
			at++
		}
	}
	return order
}

func meanAndDeviation(values []float64) (mean, deviation float64) {
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		deviation += (v - mean) * (v - mean)
	}
	if len(values) > 1 {
		return mean, math.Sqrt(deviation / float64(len(values)-1))
	}
	return mean, 0
}
