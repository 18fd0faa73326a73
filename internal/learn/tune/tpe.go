package tune

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// TPE is the Tree-structured Parzen estimator: the point that is likeliest
// among good trials against the others.
//
// Bergstra, Bardenet, Bengio, Kégl, "Algorithms for Hyper-Parameter
// Optimization", NIPS 2011. The kernels' widths and weights follow Optuna 3.1
// (Akiba et al., KDD 2019), whose convergence it has; see Watanabe,
// "Tree-Structured Parzen Estimator: Understanding Its Algorithm Components and
// Their Roles", arXiv:2304.11127, for what they do.
type TPE struct {
	// Multivariate models the parameters jointly, which finds interactions
	// (Falkner, Klein, Hutter, "BOHB", ICML 2018); else each by itself.
	Multivariate bool
	// Startup is how many trials are random first; 0 means 10.
	Startup int
	// Candidates is how many points are drawn to choose from; 0 means 24.
	Candidates int
}

// Sample implements Sampler.
func (t TPE) Sample(space Space, n int, history []Trial, rng *rand.Rand) Point {
	known := ranked(history)
	if len(known) == 0 || len(known) < cmp.Or(t.Startup, 10) {
		return space.random(rng)
	}
	good := min((len(known)+9)/10, 25)
	byNumber := func(a, b Trial) int { return cmp.Compare(a.Number, b.Number) }
	below, above := known[:good], known[good:]
	slices.SortFunc(below, byNumber)
	slices.SortFunc(above, byNumber)
	if t.Multivariate {
		return t.best(space, below, above, rng)
	}
	point := make(Point, 0, len(space))
	for i := range space {
		one := space[i : i+1]
		point = append(point, t.best(one, project(below, i), project(above, i), rng)...)
	}
	return point
}

// best draws candidates from the density of the good trials, and gives the one
// where it exceeds that of the others most.
func (t TPE) best(space Space, below, above []Trial, rng *rand.Rand) Point {
	good, bad := newParzen(space, below, t.Multivariate), newParzen(space, above, t.Multivariate)
	var best []float64
	most := math.Inf(-1)
	for range cmp.Or(t.Candidates, 24) {
		c := good.draw(rng)
		if gain := good.logDensity(c) - bad.logDensity(c); gain > most || best == nil {
			best, most = c, gain
		}
	}
	point := make(Point, len(space))
	for i := range space {
		point[i] = space[i].Value(best[i])
	}
	return point
}

// project gives the trials with parameter i only.
func project(trials []Trial, i int) []Trial {
	out := slices.Clone(trials)
	for k := range out {
		out[k].Point = out[k].Point[i : i+1]
	}
	return out
}
