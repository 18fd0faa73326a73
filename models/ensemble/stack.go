package ensemble

import (
	"context"
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/diag"
	"labbook/models/estimator"
)

// stack weighs the members by how they predict rows that were held out, and
// fits them to all rows.
func (f *fit) stack(ctx context.Context, data *estimator.Data) ([]part, error) {
	folds, err := data.Folds(f.params.Folds, f.opt.Seed)
	if err != nil {
		return nil, &diag.Error{What: "there are too few rows to hold some out for the weights", Found: fmt.Sprint(data.X.Rows),
			Wanted: "at least 2, or 2 groups", Hint: "use method: average"}
	}
	jobs := f.jobs(data)
	each := len(jobs)
	for _, fold := range folds {
		jobs = append(jobs, f.jobs(take(data, fold.Train))...)
	}
	f.total *= len(folds) + 1
	fitted, err := f.run(ctx, jobs)
	if err != nil {
		return nil, err
	}
	// said has, for each member, the predictions of the rows held out by models
	// that did not see them.
	width := max(1, len(data.Classes))
	said := make([][]float64, len(f.params.Of))
	var held []int
	for k, fold := range folds {
		held = append(held, fold.Test...)
		x := data.X.Take(fold.Test)
		for m := range said {
			only := make([]float64, len(said))
			only[m] = 1
			out := make([]float64, x.Rows*width)
			f.newModel(f.weigh(fitted[(k+1)*each:(k+2)*each], only, x), width, shapeOf(x)).Predict(out, x)
			said[m] = append(said[m], out...)
		}
	}
	judged := take(data, held)
	var weights []float64
	if data.Classes == nil {
		weights = leastSquares(said, judged.Y, judged.Weights)
	} else {
		weights = mixture(said, judged.Y, judged.Weights, width)
	}
	return f.weigh(fitted[:each], weights, data.X), nil
}

// take gives the rows of data without what is held out or prepared of it.
func take(data *estimator.Data, rows []int) *estimator.Data {
	part := &estimator.Data{X: data.X.Take(rows), Classes: data.Classes, Y: make([]float64, len(rows))}
	if data.Weights != nil {
		part.Weights = make([]float64, len(rows))
	}
	if data.Layout != nil {
		part.Layout = data.Layout.Take(rows)
	}
	for at, i := range rows {
		part.Y[at] = data.Y[i]
		if data.Weights != nil {
			part.Weights[at] = data.Weights[i]
		}
	}
	return part
}

// sweeps bounds the iterations for the weights, which take a few dozen.
const sweeps = 20_000

// leastSquares gives the non-negative weights whose sum of the columns is
// nearest to y: coordinate descent on the normal equations (Franc, Hlaváč,
// Navara, "Sequential coordinate-wise algorithm for the non-negative least
// squares problem", CAIP 2005). When all would be 0, they are equal.
func leastSquares(columns [][]float64, y, weights []float64) []float64 {
	k := len(columns)
	gram, moment := make([]float64, k*k), make([]float64, k)
	for i, v := range y {
		w := weight(weights, i)
		for a := range k {
			moment[a] += w * columns[a][i] * v
			for b := range k {
				gram[a*k+b] += w * columns[a][i] * columns[b][i]
			}
		}
	}
	out := equal(k)
	for range sweeps {
		moved := 0.0
		for a := range k {
			if gram[a*k+a] == 0 {
				continue
			}
			left := moment[a]
			for b := range k {
				left -= gram[a*k+b] * out[b]
			}
			now := max(0, out[a]+left/gram[a*k+a])
			moved = max(moved, math.Abs(now-out[a]))
			out[a] = now
		}
		if moved < 1e-12 {
			break
		}
	}
	if slices.Max(out) == 0 {
		return equal(k)
	}
	return out
}

// mixture gives the weights, summing to 1, of the mixture of the members'
// probabilities under which the classes are likeliest, by expectation
// maximisation (Dempster, Laird, Rubin, J. R. Stat. Soc. B 39, 1977). The
// likelihood is concave in the weights.
func mixture(said [][]float64, y, weights []float64, width int) []float64 {
	const least = 1e-9 // probability, so that no member is ruled out by one row
	out := equal(len(said))
	next := make([]float64, len(said))
	for range 1000 {
		clear(next)
		total, moved := 0.0, 0.0
		for i, class := range y {
			sum, at := 0.0, i*width+int(class)
			for m := range said {
				sum += out[m] * max(least, said[m][at])
			}
			w := weight(weights, i)
			total += w
			for m := range said {
				next[m] += w * out[m] * max(least, said[m][at]) / sum
			}
		}
		for m := range next {
			next[m] /= total
			moved = max(moved, math.Abs(next[m]-out[m]))
		}
		out, next = next, out
		if moved < 1e-9 {
			break
		}
	}
	return out
}

func weight(weights []float64, i int) float64 {
	if weights == nil {
		return 1
	}
	return weights[i]
}

func equal(k int) []float64 {
	out := make([]float64, k)
	for i := range out {
		out[i] = 1 / float64(k)
	}
	return out
}
