package features

import (
	"errors"
	"fmt"
	"math"

	"labbook/internal/data/table"
	"labbook/internal/learn/partition"
)

// targetMean gives a category what the outcome was on average where it has that
// level: the mean of a number, the share of each class but the first. Means of
// few rows are shrunk towards that of all (see tally).
//
// What it gives rows that it was fitted to is another matter: their own outcomes
// are in these means. They get means of other rows, as outOfFold makes them.
type targetMean struct {
	levels
	// Of says what each column is of: "mean price", "share of yes".
	Of []string `json:"of"`
	// Missed says that missing values are a level of their own, the last.
	Missed bool `json:"missed,omitempty"`
	// Values has for each level, in order, a number for each column, and Prior
	// that of all rows: for levels that training did not show.
	Values []float64 `json:"values"`
	Prior  []float64 `json:"prior"`
	// Means and Scales have, for each column, what is subtracted and what is
	// divided by; nil leaves the means as they are.
	Means  []float64 `json:"means,omitempty"`
	Scales []float64 `json:"scales,omitempty"`
}

// outcomes is what is known of the rows that features are fitted to.
type outcomes struct {
	of     []string          // what each column of values is called
	known  []int             // the rows with an outcome, ascending
	values []float64         // for each of these, a number for each column, less centre
	centre float64           // the earliest row's, so that sums of squares keep their digits
	layout *partition.Layout // of these
}

// outcomesOf gives the outcomes of the rows of t, that belong together as layout
// says; nil: they are independent.
func (f *Features) outcomesOf(t *table.Table, layout *partition.Layout) (*outcomes, error) {
	y, err := f.Outcome(t)
	if err != nil {
		return nil, err
	}
	o := &outcomes{}
	for row, v := range y {
		if !math.IsNaN(v) {
			o.known = append(o.known, row)
		}
	}
	if layout == nil {
		layout = partition.Independent(t.Rows())
	}
	o.layout = layout.Take(o.known)
	if f.Classes == nil {
		o.ofNumbers(y, f.Target.Name)
	} else {
		o.ofClasses(y, f.Classes)
	}
	return o, nil
}

func (o *outcomes) ofNumbers(y []float64, target string) {
	o.of = []string{"mean " + target}
	if len(o.known) > 0 {
		o.centre = y[o.known[o.layout.Sorted()[0]]]
	}
	for _, row := range o.known {
		o.values = append(o.values, y[row]-o.centre)
	}
}

// ofClasses leaves out the first class, whose share is what the others leave.
func (o *outcomes) ofClasses(y []float64, classes []string) {
	for _, class := range classes[min(1, len(classes)):] {
		o.of = append(o.of, "share of "+class)
	}
	o.values = make([]float64, len(o.known)*len(o.of))
	known := make([]float64, len(o.known))
	for at, row := range o.known {
		known[at] = y[row]
		if class := int(y[row]); class > 0 {
			o.values[at*len(o.of)+class-1] = 1
		}
	}
	o.layout = o.layout.ByClass(known)
}

// row gives the numbers of the known row at that place.
func (o *outcomes) row(at int) []float64 { return o.values[at*len(o.of):][:len(o.of)] }

// fitTargetMean fits the encoder, and gives what the rows of c become that it is
// fitted to.
func fitTargetMean(c *table.Column, o Column, y *outcomes) (*targetMean, []float64) {
	e := &targetMean{levels: fitLevels(c, o, false), Of: y.of}
	if o.Missing == "level" {
		for _, code := range c.Codes {
			e.Missed = e.Missed || code < 0
		}
	}
	rows, width := e.places(c), len(y.of)
	known := make([]int, len(y.known))
	for at, row := range y.known {
		known[at] = rows[row]
	}
	all := newTally(e.known(), width)
	for at, level := range known {
		if level >= 0 {
			all.add(level, y.row(at))
		}
	}
	weights := all.weights()
	e.Prior, e.Values = make([]float64, width), make([]float64, e.known()*width)
	y.give(e.Prior, all, -1, nil, weights, nil)
	for level := range all.count {
		y.give(e.Values[level*width:][:width], all, level, nil, weights, nil)
	}
	out := make([]float64, c.Len()*width)
	for row, level := range rows {
		copy(out[row*width:], e.of(level))
	}
	apart := y.outOfFold(known, e.known(), e.Prior)
	for at, row := range y.known {
		copy(out[row*width:(row+1)*width], apart[at*width:])
	}
	if o.Scale == "standardise" {
		e.Means, e.Scales = make([]float64, width), make([]float64, width)
		values := make([]float64, len(known))
		for j := range width {
			for at := range values {
				values[at] = apart[at*width+j]
			}
			e.Means[j], e.Scales[j] = momentsOf(values, nil)
		}
		for row := range c.Len() {
			e.scale(out[row*width:][:width])
		}
	}
	return e, out
}

// scale standardises what is given for a row.
func (e *targetMean) scale(row []float64) {
	for j := range e.Scales {
		row[j] = (row[j] - e.Means[j]) / e.Scales[j]
	}
}

// options are those that it was fitted by.
func (e *targetMean) options() Column {
	o := Column{Unknown: e.Unknown, Missing: e.Missing, Rare: e.Rare}
	if e.Scales != nil {
		o.Scale = "standardise"
	}
	return o
}

// known is how many levels have numbers of their own.
func (e *targetMean) known() int {
	if e.Missed {
		return len(e.Levels) + 1
	}
	return len(e.Levels)
}

// places gives the level of each row that the encoder was fitted to, negative
// where it has the prior.
func (e *targetMean) places(c *table.Column) []int {
	codes, rows := e.codes(c), make([]int, c.Len())
	for row, code := range c.Codes {
		rows[row], _ = e.place(codes(code), c, row)
	}
	return rows
}

// place is resolve with missing values as the last level.
func (e *targetMean) place(code int, c *table.Column, row int) (int, error) {
	code, err := e.resolve(code, c, row)
	if code == codeMissing && e.Missed {
		code = len(e.Levels)
	}
	return code, err
}

func (e *targetMean) of(level int) []float64 {
	if level < 0 {
		return e.Prior
	}
	return e.Values[level*len(e.Of):][:len(e.Of)]
}

func (e *targetMean) kind() string { return "target" }

func (e *targetMean) names() []string {
	names := make([]string, len(e.Of))
	for j, of := range e.Of {
		names[j] = of + " by " + e.Column
	}
	return names
}

func (e *targetMean) describe() string {
	of := e.Of[0]
	if more := len(e.Of) - 1; more > 0 {
		of += fmt.Sprintf(" and %d more", more)
	}
	how := fmt.Sprintf("%s of its level, of other rows than the row's own; %.4g of a new level", of, e.Prior[0])
	if e.Scales != nil {
		how += ", standardised"
	}
	return how
}

func (e *targetMean) valid() error {
	if len(e.Of) == 0 || len(e.Prior) != len(e.Of) || len(e.Values) != e.known()*len(e.Of) {
		return errors.New("not as many numbers as levels and columns")
	}
	if err := validScales(e.Means, e.Scales, len(e.Of)); err != nil {
		return err
	}
	return e.levels.valid()
}

func (e *targetMean) bind(c *table.Column) fill {
	codes := e.codes(c)
	return func(dst []float64, stride, lo, hi int) error {
		for i, at := lo, 0; i < hi; i, at = i+1, at+stride {
			level := codes(c.Codes[i])
			if level < 0 {
				var err error
				if level, err = e.place(level, c, i); err != nil {
					return err
				}
			}
			copy(dst[at:], e.of(level))
			e.scale(dst[at : at+len(e.Of)])
		}
		return nil
	}
}
