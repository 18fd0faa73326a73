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
	leader, asked := j.candidates[j.Lead()], j.asked(j.Options.PermutedRows)
	test, actual, units := asked.Table, asked.Samples[0].Actual, asked.units
	var inputs []string
	for _, name := range leader.Inputs {
		if test.Column(name) != nil {
			inputs = append(inputs, name)
		}
	}
	said, err := leader.Predict(test)
	if err != nil || len(inputs) == 0 {
		return nil, err
	}
	measure := func(said []float64) float64 {
		return j.Main.Prepare(sample(j.Task, actual, j.Classes, said).Decide(leader.Threshold))(metrics.Ones(len(actual)))
	}
	base := measure(said)
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
				again, err := resaid(leader.Predict, said, test, name, shuffled(test.Rows(), name, units, j.Options.Seed, uint64(r)))
				if err != nil {
					return err
				}
				drops[r] = j.Main.Improvement(base, measure(again))
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

// shuffled gives the row whose value each row gets. Where units are not rows, whole
// units change places, in time blocks of them: what follows one another within them
// stays so.
func shuffled(rows int, name string, units *metrics.Units, seed, repeat uint64) []int {
	hash := fnv.New64a()
	hash.Write([]byte(name))
	source := rand.New(rand.NewPCG(seed, hash.Sum64()+repeat))
	if units == nil {
		return source.Perm(rows)
	}
	return exchanged(units, source)
}

// resaid gives what is said of a table in which each row has the value of another in
// one column. Only rows whose value is another one are asked about: of the others
// the same is said as before, which of a column of few values are many.
func resaid(predict Predict, said []float64, t *table.Table, name string, order []int) ([]float64, error) {
	var moved, from []int
	at := slices.IndexFunc(t.Columns, func(c *table.Column) bool { return c.Name == name })
	for row, other := range order {
		if !t.Columns[at].Same(row, other) {
			moved, from = append(moved, row), append(from, other)
		}
	}
	again := slices.Clone(said)
	if moved == nil {
		return again, nil
	}
	asked := t
	if len(moved) < t.Rows() {
		asked = t.Take(moved)
	}
	columns := slices.Clone(asked.Columns)
	columns[at] = table.New(t.Columns[at]).Take(from).Columns[0]
	anew, err := predict(table.New(columns...))
	if err != nil {
		return nil, err
	}
	k := len(said) / t.Rows() // values a row
	for i, row := range moved {
		copy(again[row*k:(row+1)*k], anew[i*k:(i+1)*k])
	}
	return again, nil
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
