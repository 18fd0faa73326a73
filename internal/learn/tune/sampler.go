package tune

import (
	"cmp"
	"math"
	"math/rand/v2"
)

// Random draws every point evenly from the space.
type Random struct{}

// Sample implements Sampler.
func (Random) Sample(space Space, _ int, _ []Trial, rng *rand.Rand) Point {
	return space.random(rng)
}

// Grid takes the points of a grid in turn; the last parameter changes fastest.
// Trials should be GridSize of the space, or fewer for its beginning.
type Grid struct{}

// Sample implements Sampler.
func (Grid) Sample(space Space, n int, _ []Trial, _ *rand.Rand) Point {
	point := make(Point, len(space))
	for d := len(space) - 1; d >= 0; d-- {
		steps := space[d].steps()
		point[d] = space[d].step(n % steps)
		n /= steps
	}
	return point
}

// maxGrid bounds GridSize.
const maxGrid = 1 << 30

// GridSize gives how many points a grid over the space has.
func GridSize(space Space) int {
	size := 1
	for i := range space {
		if size *= space[i].steps(); size > maxGrid {
			return maxGrid
		}
	}
	return size
}

// steps is how many values of the parameter are on the grid.
func (p *Parameter) steps() int {
	switch p.Scale {
	case Choose:
		return len(p.Choices)
	case Int:
		all := int(min(p.width(), maxGrid))
		return min(cmp.Or(p.Steps, all), all)
	}
	return cmp.Or(p.Steps, 5)
}

// step gives the i-th value on the grid, which begins at Low and ends at High.
func (p *Parameter) step(i int) string {
	switch n := p.steps(); {
	case p.Scale == Choose:
		return p.Choices[i]
	case n == 1:
		return p.Value(0.5)
	case p.Scale == Int:
		return p.Value((math.Round(float64(i)/float64(n-1)*(p.High-p.Low)) + 0.5) / p.width())
	default:
		return p.Value(float64(i) / float64(n-1))
	}
}
