package report

import (
	"cmp"
	"math"
	"slices"
)

// A layered drawing of a DAG after Sugiyama, Tagawa and Toda (1981): vertices
// are put on layers by their longest path from a source, edges over several
// layers are given a bend on each, the order within a layer is improved by
// barycentres, and places are pulled towards neighbours without overlap.

// point is a vertex or a bend of an edge.
type point struct {
	vertex int // -1 for a bend
	layer  int
	place  float64 // along the layer, in units of one vertex; bends are thinner
	up     []int   // neighbours on the layer before
	down   []int   // and on the layer after
}

// drawing is a layered drawing: where the vertices and the edges' bends are.
type drawing struct {
	points []point // the vertices come first, by their number
	layers [][]int // points of each layer, in order
	routes [][]int // per edge, the points it passes, ends included
	width  float64 // the largest place + 1
}

// bendSize is how much room a bend takes, in units of a vertex.
const bendSize = 0.4

// layered draws n vertices and edges (from, to), which must be acyclic and go
// from smaller to larger numbers.
func layered(n int, edges [][2]int) *drawing {
	d := &drawing{points: make([]point, n)}
	for v := range n {
		d.points[v].vertex = v
	}
	byTarget := slices.Clone(edges)
	slices.SortStableFunc(byTarget, func(a, b [2]int) int { return cmp.Compare(a[1], b[1]) })
	for _, e := range byTarget {
		d.points[e[1]].layer = max(d.points[e[1]].layer, d.points[e[0]].layer+1)
	}
	for _, e := range edges {
		d.route(e[0], e[1])
	}
	for i, p := range d.points {
		for len(d.layers) <= p.layer {
			d.layers = append(d.layers, nil)
		}
		d.layers[p.layer] = append(d.layers[p.layer], i)
	}
	d.order()
	d.place()
	return d
}

// route joins two vertices through bends on the layers between them.
func (d *drawing) route(from, to int) {
	route := []int{from}
	for layer := d.points[from].layer + 1; layer < d.points[to].layer; layer++ {
		d.points = append(d.points, point{vertex: -1, layer: layer})
		route = append(route, len(d.points)-1)
	}
	route = append(route, to)
	for i := 1; i < len(route); i++ {
		a, b := route[i-1], route[i]
		d.points[a].down = append(d.points[a].down, b)
		d.points[b].up = append(d.points[b].up, a)
	}
	d.routes = append(d.routes, route)
}

// order sweeps down and up, sorting each layer by the mean position of its
// neighbours on the one before, and keeps the order with the fewest crossings.
func (d *drawing) order() {
	best, fewest := cloneLayers(d.layers), d.crossings()
	for sweep := 0; sweep < 12 && fewest > 0; sweep++ {
		down := sweep%2 == 0
		for i := range d.layers {
			layer := d.layers[i]
			if !down {
				layer = d.layers[len(d.layers)-1-i]
			}
			position := d.positions()
			slices.SortStableFunc(layer, func(a, b int) int {
				return cmp.Compare(d.barycentre(a, down, position), d.barycentre(b, down, position))
			})
		}
		if c := d.crossings(); c < fewest {
			best, fewest = cloneLayers(d.layers), c
		}
	}
	d.layers = best
}

// positions gives every point's index within its layer.
func (d *drawing) positions() []float64 {
	position := make([]float64, len(d.points))
	for _, layer := range d.layers {
		for i, p := range layer {
			position[p] = float64(i)
		}
	}
	return position
}

// barycentre is the mean of the neighbours' positions, or the point's own.
func (d *drawing) barycentre(p int, fromAbove bool, position []float64) float64 {
	neighbours := d.points[p].down
	if fromAbove {
		neighbours = d.points[p].up
	}
	if len(neighbours) == 0 {
		return position[p]
	}
	sum := 0.0
	for _, q := range neighbours {
		sum += position[q]
	}
	return sum / float64(len(neighbours))
}

// crossings counts the pairs of edges that cross between neighbouring layers.
func (d *drawing) crossings() int {
	position, count := d.positions(), 0
	for _, layer := range d.layers {
		var spans [][2]float64
		for _, p := range layer {
			for _, q := range d.points[p].down {
				spans = append(spans, [2]float64{position[p], position[q]})
			}
		}
		for i, a := range spans {
			for _, b := range spans[i+1:] {
				if (a[0]-b[0])*(a[1]-b[1]) < 0 {
					count++
				}
			}
		}
	}
	return count
}

// place pulls every point towards the mean of its neighbours, keeping the order
// and the distance within its layer, and ends with the smallest place at 0.
func (d *drawing) place() {
	for _, layer := range d.layers {
		at := 0.0
		for i, p := range layer {
			if i > 0 {
				at += d.apart(layer[i-1], p)
			}
			d.points[p].place = at
		}
	}
	for sweep := range 24 {
		for i := range d.layers {
			layer := d.layers[i]
			if sweep%2 == 1 {
				layer = d.layers[len(d.layers)-1-i]
			}
			d.settle(layer)
		}
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, p := range d.points {
		low, high = min(low, p.place), max(high, p.place)
	}
	for i := range d.points {
		d.points[i].place -= low
	}
	d.width = high - low + 1
}

// settle moves the points of a layer to where they want to be, as far as order
// and distance allow: blocks of touching points move to their common mean
// (pool adjacent violators).
func (d *drawing) settle(layer []int) {
	type block struct {
		first, count int
		sum          float64 // of wanted places, less the offsets in the block
	}
	var blocks []block
	offset := make([]float64, len(layer)) // from the first point, all touching
	for i, p := range layer {
		if i > 0 {
			offset[i] = offset[i-1] + d.apart(layer[i-1], p)
		}
		blocks = append(blocks, block{i, 1, d.wanted(p) - offset[i]})
		for len(blocks) > 1 {
			a, b := blocks[len(blocks)-2], blocks[len(blocks)-1]
			if a.sum/float64(a.count) <= b.sum/float64(b.count) {
				break
			}
			blocks = append(blocks[:len(blocks)-2], block{a.first, a.count + b.count, a.sum + b.sum})
		}
	}
	for _, b := range blocks {
		for i := b.first; i < b.first+b.count; i++ {
			d.points[layer[i]].place = b.sum/float64(b.count) + offset[i]
		}
	}
}

// wanted is the mean place of all neighbours, or the point's own.
func (d *drawing) wanted(p int) float64 {
	sum, n := 0.0, 0
	for _, side := range [][]int{d.points[p].up, d.points[p].down} {
		for _, q := range side {
			sum += d.points[q].place
			n++
		}
	}
	if n == 0 {
		return d.points[p].place
	}
	return sum / float64(n)
}

// apart is the least distance between two neighbours on a layer.
func (d *drawing) apart(a, b int) float64 {
	size := func(p int) float64 {
		if d.points[p].vertex < 0 {
			return bendSize
		}
		return 1
	}
	return (size(a) + size(b)) / 2
}

func cloneLayers(layers [][]int) [][]int {
	out := make([][]int, len(layers))
	for i, layer := range layers {
		out[i] = slices.Clone(layer)
	}
	return out
}
