// Package bayes has the naive Bayes classifiers for counts: the multinomial
// and the complement variant.
package bayes

import (
	"context"
	"fmt"
	"math"

	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/models/estimator"
	"labbook/models/internal/affine"
)

// Params are the parameters of both variants.
type Params struct {
	Alpha    float64 `yaml:"alpha" range:"(0,)" doc:"Added to every count (Lidstone smoothing; 1 is Laplace's)."`
	FitPrior bool    `yaml:"fit_prior" doc:"Learn how frequent each class is; otherwise all count the same (multinomial)."`
	Norm     bool    `yaml:"norm" doc:"Scale every class's weights to length 1 in the L1 norm (complement)."`
}

// Multinomial is the baseline of text classification.
func Multinomial() estimator.Spec {
	return spec("naive-bayes", `Multinomial naive Bayes, the baseline of text classification.
Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", chapter 13; the smoothing and defaults are scikit-learn's MultinomialNB.`, multinomial)
}

// Complement does better where classes are unbalanced.
func Complement() estimator.Spec {
	return spec("complement-bayes", `Complement naive Bayes, which learns each class from all the others and so does better where classes are unbalanced.
Source: Rennie, Shih, Teevan and Karger, "Tackling the poor assumptions of naive Bayes text classifiers", ICML 2003; the defaults are scikit-learn's ComplementNB.`, complement)
}

func spec(name, doc string, weigh func(*Params, *counts) *affine.Map) estimator.Spec {
	return estimator.Spec{
		Name: name, Version: 1, Doc: doc, Sparse: true,
		Tasks:  []metrics.Task{metrics.Classification},
		Params: func() any { return &Params{Alpha: 1, FitPrior: true} },
		Fit: func(ctx context.Context, params any, data *estimator.Data, _ estimator.Options) (estimator.Model, error) {
			c, err := count(data)
			if err != nil {
				return nil, err
			}
			return &model{weigh(params.(*Params), c)}, ctx.Err()
		},
		Decode: func(data []byte) (estimator.Model, error) {
			m, rest, err := affine.Decode(data)
			if err == nil && len(rest) > 0 {
				err = affine.ErrDamaged
			}
			if err != nil {
				return nil, err
			}
			return &model{m}, nil
		},
	}
}

// counts are the sums of each column over the rows of each class.
type counts struct {
	sums    *affine.Map // W; Bias holds the weight of the rows of each class
	columns []float64   // per column: the sum over all classes
}

func count(data *estimator.Data) (*counts, error) {
	x, classes := data.X, len(data.Classes)
	c := &counts{sums: affine.New(x.Cols, classes), columns: make([]float64, x.Cols)}
	for i := range x.Rows {
		class, weight := int(data.Y[i]), 1.0
		if data.Weights != nil {
			weight = data.Weights[i]
		}
		c.sums.Bias[class] += weight
		var err error
		each(x, i, func(j int, v float64) {
			if !(v >= 0) {
				err = fmt.Errorf("naive Bayes learns from counts, but column %s has %v in row %d: use weight: count or tfidf for text, one-hot for categories, and another model for other numbers", columnName(x, j), v, i+1)
			}
			c.sums.W[j*classes+class] += weight * v
			c.columns[j] += weight * v
		})
		if err != nil {
			return nil, err
		}
	}
	return c, nil
}

// multinomial: log P(column|class) = log(count + alpha) - log(all counts + alpha * columns).
func multinomial(p *Params, c *counts) *affine.Map {
	m := affine.New(c.sums.Cols, c.sums.Classes)
	totals, rows := make([]float64, m.Classes), 0.0
	for i, v := range c.sums.W {
		totals[i%m.Classes] += v + p.Alpha
	}
	for class, t := range totals {
		totals[class] = math.Log(t)
	}
	unseen := math.Log(p.Alpha) // what most entries are
	for i, v := range c.sums.W {
		w := unseen
		if v != 0 {
			w = math.Log(v + p.Alpha)
		}
		m.W[i] = w - totals[i%m.Classes]
	}
	for _, n := range c.sums.Bias {
		rows += n
	}
	for class, n := range c.sums.Bias {
		switch {
		case !p.FitPrior:
			m.Bias[class] = -math.Log(float64(m.Classes))
		case n == 0:
			m.Bias[class] = -math.MaxFloat64 // never seen: probability 0, and still a number
		default:
			m.Bias[class] = math.Log(n) - math.Log(rows)
		}
	}
	return m
}

// complement: the negative of the multinomial weights of all other classes.
func complement(p *Params, c *counts) *affine.Map {
	m := affine.New(c.sums.Cols, c.sums.Classes)
	totals := make([]float64, m.Classes)
	for i, v := range c.sums.W {
		m.W[i] = c.columns[i/m.Classes] + p.Alpha - v
		totals[i%m.Classes] += m.W[i]
	}
	lengths := make([]float64, m.Classes)
	for i, v := range m.W {
		m.W[i] = -math.Log(v / totals[i%m.Classes])
		lengths[i%m.Classes] += m.W[i]
	}
	if p.Norm {
		for i := range m.W {
			m.W[i] /= lengths[i%m.Classes]
		}
	}
	return m
}

// each calls fn with the columns of row i that are not zero.
func each(x *matrix.Matrix, i int, fn func(j int, v float64)) {
	if x.Sparse != nil {
		columns, values := x.SparseRow(i)
		for k, j := range columns {
			fn(int(j), values[k])
		}
		return
	}
	for j, v := range x.Row(i) {
		if v != 0 {
			fn(j, v)
		}
	}
}

func columnName(x *matrix.Matrix, j int) string {
	if j < len(x.Names) {
		return fmt.Sprintf("%q", x.Names[j])
	}
	return fmt.Sprint(j + 1)
}

// model is a fitted classifier of either variant.
type model struct{ m *affine.Map }

func (m *model) Outputs() int { return m.m.Classes }
func (m *model) Columns() int { return m.m.Cols }

func (m *model) Predict(dst []float64, x *matrix.Matrix) {
	m.m.Scores(dst, x)
	affine.Softmax(dst[:x.Rows*m.m.Classes], m.m.Classes)
}

// Explain implements estimator.Explainer.
func (m *model) Explain(dst []float64, x *matrix.Matrix, i, class int) { m.m.Explain(dst, x, i, class) }

func (m *model) MarshalBinary() ([]byte, error) { return m.m.Append(nil), nil }
