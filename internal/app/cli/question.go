package cli

import (
	"fmt"
	"math"
	"strconv"

	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Numbers are taken for labels when they are whole, few, and each stands often
// enough that a class can be learned from its rows. Counts have a tail of rare
// values, which fails one or the other.
const (
	mostLabels   = 10 // different values
	labelRows    = 10 // rows a value, on average
	rarestLabels = 3  // rows of the rarest
)

// values is what a target of numbers holds.
type values struct {
	distinct, rows, rarest int
	whole                  bool
	least, most            float64
}

func valuesOf(c *table.Column) values {
	v := values{whole: true, least: math.Inf(1), most: math.Inf(-1)}
	counts := map[float64]int{}
	for _, x := range c.Num {
		if math.IsNaN(x) {
			continue
		}
		v.rows++
		v.whole = v.whole && x == math.Trunc(x)
		v.least, v.most = min(v.least, x), max(v.most, x)
		counts[x]++
	}
	v.distinct, v.rarest = len(counts), v.rows
	for _, n := range counts {
		v.rarest = min(v.rarest, n)
	}
	return v
}

// labels says that the numbers name classes.
func (v values) labels() bool {
	return v.distinct == 2 ||
		v.whole && v.distinct <= mostLabels && v.rows >= labelRows*v.distinct && v.rarest >= rarestLabels
}

func (v values) String() string {
	span := strconv.FormatFloat(v.least, 'f', -1, 64) + map[bool]string{true: " and ", false: " to "}[v.distinct == 2] + strconv.FormatFloat(v.most, 'f', -1, 64)
	if v.whole && v.distinct > 2 {
		return fmt.Sprintf("%d whole numbers, %s", v.distinct, span)
	}
	return fmt.Sprintf("%d values, %s", v.distinct, span)
}

// checkTask refuses a task that there is not.
func checkTask(task metrics.Task) error {
	switch task {
	case "", metrics.Regression, metrics.Classification:
		return nil
	}
	all := []string{string(metrics.Regression), string(metrics.Classification)}
	return &diag.Error{What: "there is no such --task", Found: strconv.Quote(string(task)), Wanted: "regression, which predicts a number, or classification",
		Hint: diag.DidYouMean(string(task), all)}
}

// decide says what the target is predicted as, and gives what load must declare
// for that: task, if given, else what its values look like.
func (s *starter) decide(target *table.Column, task metrics.Task) (declared string, err error) {
	cannot := func(as, found, wanted, hint string) error {
		return &diag.Error{What: fmt.Sprintf("the target %q cannot be predicted%s", target.Name, as), Found: found, Wanted: wanted, Hint: hint}
	}
	if target.Type != table.Number {
		classes := fmt.Sprintf("%d classes", len(target.Levels))
		switch {
		case task == metrics.Regression:
			return "", cannot(" as a number", strconv.Quote(firstValue(target)), "numbers",
				"leave --task out to predict "+classes+", or say under missing: in a load stage what stands for no value")
		case len(target.Levels) == 1:
			return "", cannot("", fmt.Sprintf("%q in every row", target.Levels[0]), "values that differ", "choose another --target")
		}
		s.Decision = fmt.Sprintf("%s is predicted as one of %s", target.Name, classes)
		return "", nil
	}
	v := valuesOf(target)
	classify := task == metrics.Classification || task == "" && v.labels()
	switch {
	case v.distinct == 1:
		return "", cannot("", strconv.FormatFloat(v.least, 'f', -1, 64)+" in every row", "values that differ", "choose another --target")
	case classify && 2*v.distinct > v.rows && v.distinct > 2:
		return "", cannot(" as a class", "a number of its own in most rows", "values that repeat", "leave --task out to predict a number")
	}
	as, otherwise := "a number", metrics.Classification
	if classify {
		as, otherwise = "a class", metrics.Regression
		declared = mappingKey(target.Name) + ": {type: category}"
	}
	s.Regression = !classify
	s.Decision = fmt.Sprintf("%s is predicted as %s: it holds %s", target.Name, as, v)
	switch {
	case task != "":
		s.Decision = fmt.Sprintf("%s is predicted as %s, as --task says", target.Name, as)
	case classify || 2*v.distinct <= v.rows && v.whole && v.distinct <= 10*mostLabels:
		s.Decision += fmt.Sprintf("; say --task %s if it is not", otherwise)
	}
	return declared, nil
}
