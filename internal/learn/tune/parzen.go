package tune

import (
	"math"
	"math/rand/v2"
	"slices"
)

// parzen is a density over a space: a weighted mixture of one kernel for each
// trial and, last, the prior, which is wide. A kernel is a product over the
// parameters of a normal truncated to the unit interval, or of the frequencies
// of choices.
type parzen struct {
	space   Space
	weights []float64 // of the kernels; sum to 1
	// means[d] and sigmas[d] are the kernels' in parameter d; of choices, the
	// mean is the kernel's choice, -1 for the prior.
	means, sigmas [][]float64
	// inside[d] is the logarithm of the mass that a kernel has in the unit
	// interval, and logs that of its weight.
	inside [][]float64
	logs   []float64
}

// recent is how many of the latest trials have full weight.
const recent = 25

func newParzen(space Space, trials []Trial, multivariate bool) *parzen {
	n := len(trials)
	p := &parzen{space: space, weights: weights(n)}
	for d := range space {
		par := &space[d]
		means := make([]float64, 0, n+1)
		for _, t := range trials {
			means = append(means, par.unit(t.Point[d]))
		}
		prior := 0.5
		if par.Scale == Choose {
			prior = -1
		}
		means = append(means, prior)
		var sigmas []float64
		switch {
		case par.Scale == Choose:
		case multivariate:
			sigmas = scottSigmas(n, len(space))
		default:
			sigmas = gapSigmas(means)
		}
		inside := make([]float64, len(sigmas))
		for k, sigma := range sigmas {
			inside[k] = math.Log(phi((1-means[k])/sigma) - phi((0-means[k])/sigma))
		}
		p.means, p.sigmas, p.inside = append(p.means, means), append(p.sigmas, sigmas), append(p.inside, inside)
	}
	p.logs = make([]float64, n+1)
	for k, w := range p.weights {
		p.logs[k] = math.Log(w)
	}
	return p
}

// weights gives the kernels' weights: 1 for recent trials and the prior, less
// for older ones, down to 1/n.
func weights(n int) []float64 {
	w := slices.Repeat([]float64{1}, n+1)
	if old := n - recent; old > 0 {
		for i := range old {
			w[i] = 1 / float64(n)
			if old > 1 {
				w[i] += float64(i) / float64(old-1) * (1 - w[i])
			}
		}
	}
	var sum float64
	for _, v := range w {
		sum += v
	}
	for i := range w {
		w[i] /= sum
	}
	return w
}

// gapSigmas gives each kernel the larger gap to its neighbours, the outermost
// the gap to the inner one; the prior has 1.
func gapSigmas(means []float64) []float64 {
	n := len(means)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case means[a] < means[b]:
			return -1
		case means[a] > means[b]:
			return 1
		}
		return 0
	})
	sigmas := make([]float64, n)
	for at, i := range order {
		left, right := means[i], 1-means[i] // to the ends of the interval
		if at > 0 {
			left = means[i] - means[order[at-1]]
		}
		if at < n-1 {
			right = means[order[at+1]] - means[i]
		}
		switch {
		case n >= 2 && at == 0:
			sigmas[i] = right
		case n >= 2 && at == n-1:
			sigmas[i] = left
		default:
			sigmas[i] = max(left, right)
		}
		sigmas[i] = clip(sigmas[i], n-1)
	}
	sigmas[n-1] = 1
	return sigmas
}

// scottSigmas gives all kernels one width, by Scott's rule for d dimensions.
func scottSigmas(n, d int) []float64 {
	sigma := clip(0.2*math.Pow(float64(max(n, 1)), -1/float64(d+4)), n)
	sigmas := slices.Repeat([]float64{sigma}, n+1)
	sigmas[n] = 1
	return sigmas
}

// clip keeps widths from collapsing while there are few of n trials.
func clip(sigma float64, n int) float64 {
	return min(max(sigma, 1/float64(min(100, n+2))), 1)
}

// draw draws a place: a number in the unit interval per parameter, or the index
// of a choice. Whole numbers are at the middle of their step.
func (p *parzen) draw(rng *rand.Rand) []float64 {
	k, left := len(p.weights)-1, rng.Float64()
	for i, w := range p.weights {
		if left -= w; left < 0 {
			k = i
			break
		}
	}
	place := make([]float64, len(p.space))
	for d := range p.space {
		par := &p.space[d]
		if par.Scale == Choose {
			place[d] = p.drawChoice(par, p.means[d][k], rng)
			continue
		}
		mu, sigma := p.means[d][k], p.sigmas[d][k]
		lo, hi := phi((0-mu)/sigma), phi((1-mu)/sigma)
		u := mu + sigma*math.Sqrt2*math.Erfinv(2*(lo+rng.Float64()*(hi-lo))-1)
		// The value is rounded before it is judged.
		place[d] = par.unit(par.Value(min(max(u, 0), 1)))
	}
	return place
}

func (p *parzen) drawChoice(par *Parameter, own float64, rng *rand.Rand) float64 {
	left := rng.Float64()
	for c := range par.Choices {
		if left -= p.frequency(par, own, c); left < 0 {
			return float64(c)
		}
	}
	return float64(len(par.Choices) - 1)
}

// frequency is a kernel's of a choice: its own counts 1, and all of them
// 1/kernels, so that none is impossible.
func (p *parzen) frequency(par *Parameter, own float64, choice int) float64 {
	smooth := 1 / float64(len(p.weights))
	total := smooth * float64(len(par.Choices))
	f := smooth
	if own >= 0 {
		total++
		if int(own) == choice {
			f++
		}
	}
	return f / total
}

// logDensity gives the logarithm of the mixture's density at a place, up to a
// constant that is the same for all places and mixtures.
//
// A kernel is not divided by its sigma: so did Optuna 3.1 (optuna#5109), and on
// Branin and Hartmann6 that converges faster than the textbook's density.
func (p *parzen) logDensity(place []float64) float64 {
	logs := slices.Clone(p.logs)
	most := math.Inf(-1)
	for k := range logs {
		for d := range p.space {
			logs[k] += p.logKernel(d, k, place[d])
		}
		most = max(most, logs[k])
	}
	var sum float64
	for _, l := range logs {
		sum += math.Exp(l - most)
	}
	return most + math.Log(sum)
}

func (p *parzen) logKernel(d, k int, u float64) float64 {
	par := &p.space[d]
	if par.Scale == Choose {
		return math.Log(p.frequency(par, p.means[d][k], int(u)))
	}
	mu, sigma := p.means[d][k], p.sigmas[d][k]
	if par.Scale == Int {
		half := 0.5 / par.width()
		mass := phi((u+half-mu)/sigma) - phi((u-half-mu)/sigma)
		return math.Log(max(mass, 1e-300)) - p.inside[d][k]
	}
	z := (u - mu) / sigma
	return -z*z/2 - p.inside[d][k]
}

// phi is the distribution function of the standard normal.
func phi(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }
