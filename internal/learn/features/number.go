package features

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"labbook/internal/base/ascending"
	"labbook/internal/base/diag"
	"labbook/internal/data/table"
)

// number passes a number on: its logarithm if asked for, with missing values
// replaced, standardised.
type number struct {
	Column string   `json:"column"`
	Log    bool     `json:"log,omitempty"`
	Impute *float64 `json:"impute,omitempty"` // stands in for missing values, after the logarithm; nil keeps them
	Mean   float64  `json:"mean,omitempty"`   // with Scale: what is subtracted
	Scale  float64  `json:"scale,omitempty"`  // what is divided by; 0 leaves the value as it is
}

// fitNumber learns what to impute and how to standardise.
func fitNumber(c *table.Column, o Column) (*number, error) {
	e := &number{Column: c.Name, Log: o.Log}
	values := c.Num
	if e.Log {
		values = make([]float64, len(c.Num))
		for i, v := range c.Num {
			values[i] = logarithm(v)
		}
	}
	e.Impute = typical(values, o.Impute)
	if o.Scale == "standardise" {
		e.Mean, e.Scale = momentsOf(values, e.Impute)
	}
	impute := 0.0
	if e.Impute != nil {
		impute = *e.Impute
	}
	for _, learned := range []float64{impute, e.Mean, e.Scale} {
		if math.IsInf(learned, 0) || math.IsNaN(learned) {
			return nil, tooLarge(c)
		}
	}
	return e, nil
}

// tooLarge says that the mean or the deviation of a column has no float64.
func tooLarge(c *table.Column) error {
	row := 0
	for i, v := range c.Num {
		if math.Abs(v) > math.Abs(c.Num[row]) || math.IsNaN(c.Num[row]) {
			row = i
		}
	}
	return &diag.Error{What: fmt.Sprintf("the values of %s are too large to impute or standardise", c.Name), Found: strconv.FormatFloat(c.Num[row], 'g', -1, 64),
		Wanted: "values whose squares add up to a number",
		Hint:   fmt.Sprintf("bound it at load, as in columns: {%s: {max: 1e6}} with bad_rows: drop, or take its log", c.Name)}
}

func (e *number) kind() string      { return "number" }
func (e *number) source() string    { return e.Column }
func (e *number) reads() table.Type { return table.Number }

func (e *number) names() []string {
	if e.Log {
		return []string{"log(" + e.Column + ")"}
	}
	return []string{e.Column}
}

func (e *number) valid() error {
	if e.Scale < 0 {
		return errors.New("a negative scale")
	}
	return nil
}

func (e *number) bind(c *table.Column) fill {
	return func(dst []float64, stride, lo, hi int) error {
		for i, at := lo, 0; i < hi; i, at = i+1, at+stride {
			v := c.Num[i]
			if e.Log {
				v = logarithm(v)
			}
			if e.Impute != nil && math.IsNaN(v) {
				v = *e.Impute
			}
			if e.Scale != 0 {
				v = (v - e.Mean) / e.Scale
			}
			dst[at] = v
		}
		return nil
	}
}

// logarithm is the natural logarithm, or missing where there is none.
func logarithm(v float64) float64 {
	if v > 0 {
		return math.Log(v)
	}
	return math.NaN()
}

// typical gives what imputation by that method puts in: nil for none, and for a
// column without values.
func typical(values []float64, method string) *float64 {
	if method == "none" {
		return nil
	}
	present := make([]float64, 0, len(values))
	for _, v := range values {
		if !math.IsNaN(v) {
			present = append(present, v)
		}
	}
	if len(present) == 0 {
		return nil
	}
	var v float64
	switch method {
	case "mean":
		v = mean(present)
	case "median":
		ascending.Floats(present)
		v = (present[(len(present)-1)/2] + present[len(present)/2]) / 2
	case "most_frequent":
		ascending.Floats(present)
		v = longestRun(present)
	default:
		panic("features: impute method " + method)
	}
	return &v
}

// longestRun gives the value that stands most often in a sorted slice, the
// smallest of several.
func longestRun(sorted []float64) float64 {
	best, most := sorted[0], 0
	for i := 0; i < len(sorted); {
		j := i
		for j < len(sorted) && sorted[j] == sorted[i] {
			j++
		}
		if j-i > most {
			best, most = sorted[i], j-i
		}
		i = j
	}
	return best
}

// momentsOf gives the mean and the population's standard deviation of the
// values, with impute for the missing ones; the deviation of a constant is 1.
func momentsOf(values []float64, impute *float64) (centre, scale float64) {
	known := make([]float64, 0, len(values))
	for _, v := range values {
		if math.IsNaN(v) {
			if impute == nil {
				continue
			}
			v = *impute
		}
		known = append(known, v)
	}
	if len(known) == 0 {
		return 0, 1
	}
	centre = mean(known)
	var sum float64
	for _, v := range known {
		sum += (v - centre) * (v - centre)
	}
	scale = math.Sqrt(sum / float64(len(known)))
	if scale <= 1e-12*math.Abs(centre) || scale == 0 {
		scale = 1
	}
	return centre, scale
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
