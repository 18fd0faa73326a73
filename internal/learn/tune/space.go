package tune

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"labbook/internal/base/diag"
)

// Scale says how the values of a parameter lie between its bounds.
type Scale string

// The scales.
const (
	Float  Scale = "float"  // evenly
	Log    Scale = "log"    // their logarithms evenly
	Int    Scale = "int"    // whole numbers, both bounds included
	Choose Scale = "choose" // one of a list without an order
)

// Parameter is one dimension of a space.
type Parameter struct {
	Name    string   `json:"name"`
	Scale   Scale    `json:"scale"`
	Low     float64  `json:"low,omitempty"` // of Float, Log and Int
	High    float64  `json:"high,omitempty"`
	Choices []string `json:"choices,omitempty"` // of Choose
	// Steps is how many values a grid takes of Float, Log and Int; 0 means 5,
	// and every one of Int.
	Steps int `json:"steps,omitempty"`
}

// Check says what is wrong with the parameter, as a *diag.Error, or nil.
func (p *Parameter) Check() error {
	wrong := func(hint, format string, args ...any) error {
		return diag.New(fmt.Sprintf(format, args...), hint)
	}
	whole := p.Low == math.Trunc(p.Low) && p.High == math.Trunc(p.High)
	switch {
	case p.Scale == Choose && len(p.Choices) == 0:
		return wrong("list some values", "there is nothing to choose from")
	case p.Scale == Choose:
		for i, c := range p.Choices {
			if slices.Contains(p.Choices[:i], c) {
				return wrong("list every value once", "the choice %s is there twice", c)
			}
		}
	case !(p.Low < p.High) || math.IsInf(p.Low, 0) || math.IsInf(p.High, 0):
		return wrong("write the smaller bound first, and both as numbers", "the bounds %g and %g do not ascend", p.Low, p.High)
	case p.Scale == Log && p.Low <= 0:
		return wrong("begin above 0, or use float", "the lower bound %g has no logarithm", p.Low)
	case p.Scale == Int && !whole:
		return wrong("round them, or use float", "the bounds %g and %g are not whole", p.Low, p.High)
	}
	return nil
}

// Space is the parameters that are searched, in the order of their names.
type Space []Parameter

// Point is a place in a space: the text of a value per parameter, canonical,
// with numbers rounded to six digits so that people can read and repeat them.
type Point []string

// unit places a value in the unit interval; a choice at its index.
func (p *Parameter) unit(text string) float64 {
	if p.Scale == Choose {
		return float64(slices.Index(p.Choices, text))
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return math.NaN()
	}
	switch p.Scale {
	case Log:
		return math.Log(v/p.Low) / math.Log(p.High/p.Low)
	case Int:
		return (v - p.Low + 0.5) / p.width()
	}
	return (v - p.Low) / p.width()
}

// Edge says at which edge of its bounds a value lies, "lower" or "upper"; "" for
// neither, and where there are too few values for an edge to mean anything.
func (p *Parameter) Edge(text string) string {
	const near, fewest = 0.02, 6 // of the width, and values
	if p.Scale == Choose || p.Scale == Int && p.width() < fewest {
		return ""
	}
	unit := p.unit(text)
	if p.Scale == Int {
		unit = (unit*p.width() - 0.5) / (p.width() - 1)
	}
	switch {
	case unit <= near:
		return "lower"
	case unit >= 1-near:
		return "upper"
	}
	return ""
}

// Value gives the value at a place in the unit interval, rounded; of choices,
// the place is an index.
func (p *Parameter) Value(unit float64) string {
	switch p.Scale {
	case Choose:
		return p.Choices[int(unit)]
	case Int:
		v := math.Floor(p.Low + unit*p.width())
		return strconv.FormatInt(int64(min(max(v, p.Low), p.High)), 10)
	case Log:
		return p.round(p.Low * math.Exp(unit*math.Log(p.High/p.Low)))
	}
	return p.round(p.Low + unit*p.width())
}

func (p *Parameter) round(v float64) string {
	six, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
	return strconv.FormatFloat(min(max(six, p.Low), p.High), 'g', -1, 64)
}

// width is the length of the unit interval in values: a whole number stands for
// half a step on either side.
func (p *Parameter) width() float64 {
	if p.Scale == Int {
		return p.High - p.Low + 1
	}
	return p.High - p.Low
}

// random gives a value that is evenly distributed on the scale.
func (p *Parameter) random(rng *rand.Rand) string {
	if p.Scale == Choose {
		return p.Choices[rng.IntN(len(p.Choices))]
	}
	return p.Value(rng.Float64())
}

func (s Space) random(rng *rand.Rand) Point {
	point := make(Point, len(s))
	for i := range s {
		point[i] = s[i].random(rng)
	}
	return point
}
