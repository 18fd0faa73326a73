package calibration

import (
	"math"
	"slices"
)

// The least and the greatest temperature, as powers of e.
const coldest, hottest = -3, 6

// fitTemperature gives the temperature at which the true classes are likeliest,
// which is unique: in its inverse the loss is convex. Truth is drawn in from 0
// and 1 by a share of 1/(rows+2), as Platt does ("Probabilistic Outputs for Support
// Vector Machines", 1999): from some rows that were all right nobody knows that
// the next will be.
func fitTemperature(p, actual []float64, k int) *Map {
	m := &Map{Method: Temperature, Floor: leastAbove0(p), Rows: len(actual)}
	logs := make([]float64, len(p))
	for i, v := range p {
		logs[i] = math.Log(max(v, m.Floor))
	}
	inward := 1 / float64(len(actual)+2)
	low, high := float64(coldest), float64(hottest)
	for range 50 { // halves the span to the last digits
		middle := (low + high) / 2
		if slope(logs, actual, k, math.Exp(-middle), inward) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	m.Temperature = math.Exp((low + high) / 2)
	return m
}

// slope gives the derivative of the loss by the power that the probabilities are
// taken to: above 0, the power is too great.
func slope(logs, actual []float64, k int, power, inward float64) float64 {
	sum, weight := 0.0, make([]float64, k)
	for i, y := range actual {
		row := logs[i*k : (i+1)*k]
		most := power * slices.Max(row)
		for c, v := range row {
			weight[c] = math.Exp(power*v - most)
		}
		scale(weight)
		for c, v := range row {
			truth := inward / float64(k-1)
			if c == int(y) {
				truth = 1 - inward
			}
			sum += (weight[c] - truth) * v
		}
	}
	return sum
}

// leastAbove0 gives the least probability above 0 that was said: what 0 stands for
// where logarithms are taken.
func leastAbove0(p []float64) float64 {
	least := 1.0
	for _, v := range p {
		if v > 0 {
			least = min(least, v)
		}
	}
	return least
}
