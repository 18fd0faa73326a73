package evaluation

import (
	"fmt"
	"slices"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Predictions gives the table of FilePredictions: the rows judged on, by their
// 0-based place in FileTest (of folds, in FileTrain and then FileTest, and which
// time each was held out), what was true, the unit that the bootstrap draws
// where it is no row, and what each model said. Of classes it has the
// likeliest, and then the probability of each, in the order of Classes: names of
// classes can be anything, so columns are called by their number. With them a
// later model can be compared by any metric.
func (j *Judgement) Predictions() *table.Table {
	g := j.whole
	columns := []*table.Column{Numbers("row", g.Places), Outcomes("actual", g.Samples[0].Actual, j.classes(), j.Unit)}
	if g.repeat != nil {
		columns = append(columns, Numbers("repeat", g.repeat))
	}
	if g.units != nil {
		columns = append(columns, Numbers("unit", g.units.Of))
	}
	for i, s := range g.Samples {
		columns = append(columns, Said("/"+j.Models[i].Stage, s, j.classes(), j.Unit)...)
	}
	return table.New(columns...)
}

// classes are those of the task; nil of a regression.
func (j *Judgement) classes() []string {
	if j.Task != metrics.Classification {
		return nil
	}
	return j.Classes
}

// Said gives columns of what a model said: predicted, and of classes the
// probability of each by its number, with of behind the names.
func Said(of string, s *metrics.Sample, classes []string, unit string) []*table.Column {
	columns := []*table.Column{Outcomes("predicted"+of, s.Predicted, classes, unit)}
	if s.Probabilities == nil {
		return columns // of numbers, or made elsewhere, which gave classes alone
	}
	for class, k := 0, len(classes); class < k; class++ {
		values := make([]float64, s.Rows())
		for row := range values {
			values[row] = s.Probabilities[row*k+class]
		}
		columns = append(columns, &table.Column{Field: table.Field{Name: probability(class) + of, Type: table.Number}, Num: values})
	}
	return columns
}

func probability(class int) string { return fmt.Sprintf("probability/%d", class) }

// Numbers gives a column of whole numbers.
func Numbers(name string, values []int) *table.Column {
	c := &table.Column{Field: table.Field{Name: name, Type: table.Number, Integer: true}, Num: make([]float64, len(values))}
	for i, v := range values {
		c.Num[i] = float64(v)
	}
	return c
}

// Outcomes gives a column of outcomes: numbers in a unit, or numbers of classes.
func Outcomes(name string, values []float64, classes []string, unit string) *table.Column {
	if classes == nil {
		return &table.Column{Field: table.Field{Name: name, Type: table.Number, Unit: unit}, Num: values}
	}
	c := &table.Column{Field: table.Field{Name: name, Type: table.Category, Levels: classes}, Codes: make([]int32, len(values))}
	for i, v := range values {
		c.Codes[i] = int32(v)
	}
	return c
}

// SampleOf gives back from that table what a model said; nil when it does
// not hold that. Probabilities are nil where a program kept none: those before
// them did.
func (e *Evaluation) SampleOf(t *table.Table, stage string) *metrics.Sample {
	actual, predicted := e.values(t.Column("actual")), e.values(t.Column("predicted/"+stage))
	if actual == nil || predicted == nil {
		return nil
	}
	s := &metrics.Sample{Actual: actual, Predicted: predicted}
	if e.Task != metrics.Classification {
		return s
	}
	k := len(e.Classes)
	s.Classes, s.Probabilities = e.Classes, make([]float64, k*len(actual))
	for class := range k {
		c := t.Column(probability(class) + "/" + stage)
		if c == nil || c.Type != table.Number {
			s.Probabilities = nil
			break
		}
		for row, v := range c.Num {
			s.Probabilities[row*k+class] = v
		}
	}
	return s
}

// UnitsOf gives back from that table what the bootstrap drew; nil for rows.
func (e *Evaluation) UnitsOf(t *table.Table) *metrics.Units {
	c := t.Column("unit")
	if e.Drawn == nil || c == nil || c.Type != table.Number {
		return nil
	}
	of := make([]int, c.Len())
	for row, v := range c.Num {
		if of[row] = int(v); !(v >= 0 && v < float64(e.Drawn.Units)) {
			return nil
		}
	}
	return metrics.NewUnits(of, e.Drawn.Units, e.Drawn.Block > 1)
}

// values is the inverse of Outcomes.
func (e *Evaluation) values(c *table.Column) []float64 {
	switch {
	case c == nil:
		return nil
	case e.Task != metrics.Classification:
		return c.Num
	case !slices.Equal(c.Levels, e.Classes):
		return nil
	}
	values := make([]float64, len(c.Codes))
	for i, code := range c.Codes {
		values[i] = float64(code)
	}
	return values
}
