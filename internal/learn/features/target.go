package features

import (
	"fmt"
	"math"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// maxClasses bounds the classes that a number may stand for; more are surely a
// quantity.
const maxClasses = 1000

// targetOf gives the target, which t has, decides on the task, and gives the classes.
func targetOf(t *table.Table, o Options) (c *table.Column, task metrics.Task, classes []string, err error) {
	c = t.Column(o.Target)
	if task = metrics.Task(o.Task); task == "auto" {
		task = metrics.Regression
		if c.Type == table.Category {
			task = metrics.Classification
		}
	}
	switch {
	case c.Type == table.Text || c.Type == table.Date:
		return nil, "", nil, params.FaultOf("target", &diag.Error{What: fmt.Sprintf("the target %q cannot be predicted", c.Name),
			Found: "a " + string(c.Type), Wanted: "a number or a category", Hint: "declare its type at load"})
	case task == metrics.Regression && c.Type != table.Number:
		return nil, "", nil, params.FaultOf("target", &diag.Error{What: fmt.Sprintf("the target %q is no number", c.Name),
			Found: "a " + string(c.Type), Wanted: "a number, for task: regression", Hint: "use task: classification"})
	case task == metrics.Classification:
		if classes, err = classesOf(c); err != nil {
			return nil, "", nil, err
		}
	}
	return c, task, classes, nil
}

// classesOf gives the levels of a category, or the distinct numbers in
// ascending order.
func classesOf(c *table.Column) ([]string, error) {
	if c.Type == table.Category {
		return slices.Clone(c.Levels), nil
	}
	var distinct []float64
	for _, v := range c.Num {
		if math.IsNaN(v) {
			continue
		}
		i, found := slices.BinarySearch(distinct, v)
		if found {
			continue
		}
		if len(distinct) == maxClasses {
			return nil, &diag.Error{What: fmt.Sprintf("the target %q has too many distinct numbers for a classification", c.Name),
				Wanted: fmt.Sprintf("at most %d classes", maxClasses), Hint: "use task: regression"}
		}
		distinct = slices.Insert(distinct, i, v)
	}
	classes := make([]string, len(distinct))
	for i, v := range distinct {
		classes[i] = formatClass(v)
	}
	return classes, nil
}

// outcome gives the number or class index of each value of c.
func outcome(c *table.Column, task metrics.Task, classes []string) []float64 {
	if task == metrics.Regression {
		return c.Num
	}
	index := make(map[string]float64, len(classes))
	for i, name := range classes {
		index[name] = float64(i)
	}
	lookup := func(name string) float64 {
		if i, ok := index[name]; ok {
			return i
		}
		return math.NaN()
	}
	y := make([]float64, c.Len())
	if c.Type == table.Number {
		for i, v := range c.Num {
			y[i] = lookup(formatClass(v))
		}
		return y
	}
	known := make([]float64, len(c.Levels))
	for code, level := range c.Levels {
		known[code] = lookup(level)
	}
	for i, code := range c.Codes {
		if code < 0 {
			y[i] = math.NaN()
		} else {
			y[i] = known[code]
		}
	}
	return y
}
