package svm

import (
	"context"
	"math"

	"labbook/models/estimator"
)

// sigmoid turns a margin into the probability 1/(1+exp(slope*margin+offset)).
type sigmoid struct{ slope, offset float64 }

func (s sigmoid) at(margin float64) float64 { return 1 / (1 + math.Exp(s.slope*margin+s.offset)) }

// calibrate fits a sigmoid per class to margins of rows that the machines which
// gave them had not seen: the rows in folds, each scored by machines fitted on
// others. It gives nil where the rows, or the groups that they stand in, are too
// few to hold some out.
func (f *fitting) calibrate(ctx context.Context, data *estimator.Data) ([]sigmoid, error) {
	folds, err := data.Folds(f.p.Calibrate, f.opt.Seed)
	if err != nil {
		return nil, nil
	}
	margins, classes := make([][]float64, f.machines()), []float64(nil)
	for _, fold := range folds {
		at := len(classes)
		for _, i := range fold.Test {
			classes = append(classes, f.y[i])
		}
		for class := range margins {
			margins[class] = append(margins[class], make([]float64, len(fold.Test))...)
		}
		err := f.each(ctx, fold.Train, func(class int, w weights, _ int) {
			for k, i := range fold.Test {
				margins[class][at+k] = w.margin(i)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	out, positive := make([]sigmoid, f.classes), make([]bool, len(classes))
	for class, column := range f.opposed(margins) {
		for i, y := range classes {
			positive[i] = int(y) == class
		}
		out[class] = platt(column, positive)
	}
	return out, nil
}

// platt fits a sigmoid by Newton's method with backtracking to targets drawn in
// from 0 and 1. Source: Lin, Lin and Weng, "A note on Platt's probabilistic
// outputs for support vector machines", Machine Learning 68, 2007.
func platt(margins []float64, positive []bool) sigmoid {
	pos, neg := 0.0, 0.0
	for _, p := range positive {
		if p {
			pos++
		} else {
			neg++
		}
	}
	high, low := (pos+1)/(pos+2), 1/(neg+2)
	target := func(i int) float64 {
		if positive[i] {
			return high
		}
		return low
	}
	loss := func(s sigmoid) (sum float64) {
		for i, m := range margins {
			z := s.slope*m + s.offset
			if z >= 0 {
				sum += target(i)*z + math.Log1p(math.Exp(-z))
			} else {
				sum += (target(i)-1)*z + math.Log1p(math.Exp(z))
			}
		}
		return sum
	}
	s := sigmoid{0, math.Log((neg + 1) / (pos + 1))}
	current := loss(s)
	for range 100 {
		// Gradient and Hessian, with a small ridge.
		h11, h22, h21, g1, g2 := 1e-12, 1e-12, 0.0, 0.0, 0.0
		for i, m := range margins {
			p := s.at(m)
			d2, d1 := p*(1-p), target(i)-p
			h11, h22, h21 = h11+m*m*d2, h22+d2, h21+m*d2
			g1, g2 = g1+m*d1, g2+d1
		}
		if math.Abs(g1) < 1e-5 && math.Abs(g2) < 1e-5 {
			break
		}
		det := h11*h22 - h21*h21
		da, db := -(h22*g1-h21*g2)/det, -(-h21*g1+h11*g2)/det
		slope := g1*da + g2*db
		step := 1.0
		for ; step >= 1e-10; step /= 2 {
			next := sigmoid{s.slope + step*da, s.offset + step*db}
			if l := loss(next); l < current+1e-4*step*slope {
				s, current = next, l
				break
			}
		}
		if step < 1e-10 {
			break
		}
	}
	return s
}
