package features

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"labbook/internal/data/table"
)

// curve gives a number, as number makes it, and columns by which a linear model
// bends its line: the basis of natural cubic splines, smooth curves that are
// straight beyond the outer knots. Knots stand at quantiles (Harrell, "Regression
// Modeling Strategies", 2nd edition, 2015, section 2.4.5 and table 2.3: restricted
// cubic splines).
type curve struct {
	number
	Knots []float64 `json:"knots"` // ascending, at least 3
	// Means and Scales have, for each column, what is subtracted and what is
	// divided by; nil leaves the columns as they are.
	Means  []float64 `json:"means,omitempty"`
	Scales []float64 `json:"scales,omitempty"`
}

// leastKnots is the fewest that a curve has: two make a straight line.
const leastKnots = 3

// knotShares gives the quantiles at which so many knots stand.
func knotShares(k int) []float64 {
	edge := 0.025
	switch {
	case k == 3:
		edge = 0.1
	case k < 7:
		edge = 0.05
	}
	shares := make([]float64, k)
	for i := range shares {
		shares[i] = edge + (1-2*edge)*float64(i)/float64(k-1)
	}
	return shares
}

// fitCurve fits a curve to what a number becomes; nil where it has too few
// different values, or ones too large to be bent.
func fitCurve(c *table.Column, straight *number, o Column) *curve {
	e := &curve{number: number{Column: straight.Column, Log: straight.Log, Impute: straight.Impute}}
	rows := c.Len()
	values := make([]float64, rows)
	e.number.bind(c)(values, 1, 0, rows)
	present := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	slices.Sort(present)
	for _, share := range knotShares(o.Spline) {
		if len(present) == 0 {
			return nil
		}
		at := share * float64(len(present)-1)
		low := int(at)
		high := min(low+1, len(present)-1)
		e.Knots = append(e.Knots, present[low]+(at-float64(low))*(present[high]-present[low]))
	}
	e.Knots = slices.Compact(e.Knots)
	if e.valid() != nil {
		return nil
	}
	if o.Scale != "standardise" {
		return e
	}
	width := len(e.Knots) - 1
	bent, column := make([]float64, width), make([][]float64, width)
	for _, v := range values {
		e.bend(bent, v)
		for j, b := range bent {
			column[j] = append(column[j], b)
		}
	}
	e.Means, e.Scales = make([]float64, width), make([]float64, width)
	for j := range column {
		e.Means[j], e.Scales[j] = momentsOf(column[j], nil)
	}
	if e.valid() != nil {
		return nil
	}
	return e
}

func (e *curve) kind() string { return "curve" }

func (e *curve) names() []string {
	names := e.number.names()
	for i := range len(e.Knots) - 2 {
		names = append(names, names[0]+" curve "+strconv.Itoa(i+1))
	}
	return names
}

func (e *curve) describe() string {
	how := fmt.Sprintf("a curve with knots at %.4g", e.Knots[0])
	for _, k := range e.Knots[1:] {
		how += fmt.Sprintf(", %.4g", k)
	}
	if e.Log || e.Impute != nil {
		how = e.number.describe() + ", " + how
	}
	if e.Scales != nil {
		how += ", standardised"
	}
	return how
}

func (e *curve) valid() error {
	if len(e.Knots) < leastKnots || e.Scale != 0 || e.Mean != 0 {
		return errors.New("fewer than three knots, or a scale of a straight line")
	}
	for i, k := range e.Knots {
		span := e.Knots[len(e.Knots)-1] - e.Knots[0]
		if math.IsNaN(k) || math.IsInf(span*span*span, 0) || i > 0 && !(k-e.Knots[i-1] > 1e-9*span) {
			return errors.New("knots that do not ascend")
		}
	}
	for i := range e.Scales {
		if v := e.Means[i%max(1, len(e.Means))]; math.IsNaN(v) || math.IsInf(v, 0) || math.IsInf(e.Scales[i], 0) {
			return errors.New("a mean or a scale that is no number")
		}
	}
	return validScales(e.Means, e.Scales, len(e.Knots)-1)
}

func (e *curve) bind(c *table.Column) fill {
	straight := e.number.bind(c)
	width := len(e.Knots) - 1
	return func(dst []float64, stride, lo, hi int) error {
		if err := straight(dst, stride, lo, hi); err != nil {
			return err
		}
		for i, at := lo, 0; i < hi; i, at = i+1, at+stride {
			row := dst[at : at+width]
			e.bend(row, row[0])
			for j := range e.Scales {
				row[j] = (row[j] - e.Means[j]) / e.Scales[j]
			}
		}
		return nil
	}
}

// bend writes v and the curves at it, each in v's unit: beyond the outer knots
// they are straight.
func (e *curve) bend(dst []float64, v float64) {
	dst[0] = v
	first, last := e.Knots[0], e.Knots[len(e.Knots)-1]
	before := e.Knots[len(e.Knots)-2]
	span := last - first
	inside := min(v, last)
	for j := range dst[1:] {
		k := e.Knots[j]
		// The cubes from k and from the last knot but one on, which end in a straight line.
		tail := (last - k) / (last - before)
		u, w := max(0, inside-k), max(0, inside-before)
		dst[j+1] = (u*u*u - tail*w*w*w) / (span * span)
		if v > last {
			dst[j+1] += 3 * (u*u - tail*w*w) / (span * span) * (v - last)
		}
		if math.IsNaN(v) {
			dst[j+1] = v
		}
	}
}
