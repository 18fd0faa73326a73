package question

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
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

// Target is what is predicted.
type Target struct {
	Name    string
	Task    metrics.Task
	Classes []Class      // the most frequent first; nil of a number
	Recode  bool         // its numbers have to be read as a category
	Missing int          // rows without it
	Why     string       // "it holds 2 values, 0 and 1"
	Else    metrics.Task // what --task would say, where that may be meant
}

// Class is a value of the target.
type Class struct {
	Name string
	Rows int
}

// Positive gives the class of two that is meant by yes: by the word, else the
// rarer one; "" where there are not two.
func (t *Target) Positive() string {
	if len(t.Classes) != 2 {
		return ""
	}
	for _, c := range t.Classes {
		if affirms(c.Name) {
			return c.Name
		}
	}
	return t.Classes[1].Name
}

// affirms says that a word of two means that something is so.
func affirms(word string) bool {
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "yes", "y", "true", "t", "1", "on", "positive", "pos", "ja", "si", "sí", "oui":
		return true
	}
	return false
}

// String says what is predicted.
func (t *Target) String() string {
	if t.Task == metrics.Regression {
		return "a number"
	}
	return "a class"
}

// say says which classes there are, and which is rare.
func (t *Target) say() {
	const most = 6
	var names []string
	all := 0
	for _, c := range t.Classes {
		names, all = append(names, c.Name), all+c.Rows
	}
	last := t.Classes[len(t.Classes)-1]
	switch {
	case t.Why != "": // the numbers are said
	case len(names) <= most:
		t.Why = "it says " + strings.Join(names[:len(names)-1], ", ") + " or " + last.Name
	default:
		t.Why = fmt.Sprintf("it has %d levels, such as %s", len(names), strings.Join(names[:most], ", "))
	}
	if len(names) == 2 && 3*last.Rows < t.Classes[0].Rows {
		t.Why += fmt.Sprintf("; %s is the rare one (%s)", last.Name, human.Percent(last.Rows, all))
	}
}

// targetOf says what the target is predicted as: task, if given, else what its
// values look like.
func targetOf(c *table.Column, task metrics.Task) (Target, error) {
	out := Target{Name: c.Name, Task: task}
	for i := range c.Len() {
		if c.IsMissing(i) {
			out.Missing++
		}
	}
	cannot := func(as, found, wanted, hint string) (Target, error) {
		return out, &diag.Error{What: fmt.Sprintf("the target %q cannot be predicted%s", c.Name, as), Found: found, Wanted: wanted, Hint: hint}
	}
	switch c.Type {
	case table.Text:
		return cannot("", "a text of its own in most rows", "a number, or a category whose values repeat", "choose another --target")
	case table.Date:
		return cannot("", "a date", "a number or a category", "choose another --target")
	}
	if out.Missing == c.Len() {
		return cannot("", "no value in any row", "", "choose another --target, or mend the file")
	}
	if c.Type == table.Category {
		out.Classes, out.Task = classesOf(c), metrics.Classification
		switch {
		case task == metrics.Regression:
			return cannot(" as a number", strconv.Quote(firstValue(c)), "numbers",
				fmt.Sprintf("leave --task out to predict %d classes, or say under missing: in a load stage what stands for no value", len(out.Classes)))
		case len(out.Classes) == 1:
			return cannot("", fmt.Sprintf("%q in every row", out.Classes[0].Name), "values that differ", "choose another --target")
		}
		out.say()
		return out, nil
	}
	v := valuesOf(c)
	out.Recode = task == metrics.Classification || task == "" && v.labels()
	switch {
	case v.distinct == 1:
		return cannot("", strconv.FormatFloat(v.least, 'f', -1, 64)+" in every row", "values that differ", "choose another --target")
	case out.Recode && 2*v.distinct > v.rows && v.distinct > 2:
		return cannot(" as a class", "a number of its own in most rows", "values that repeat", "leave --task out to predict a number")
	}
	out.Task, out.Why = metrics.Regression, "it holds "+v.String()
	otherwise := metrics.Classification
	if out.Recode {
		out.Task, out.Classes, otherwise = metrics.Classification, v.classes(), metrics.Regression
	}
	if out.Recode {
		out.say()
	}
	switch {
	case task != "":
		out.Why = "as --task says"
	case out.Recode || 2*v.distinct <= v.rows && v.whole && v.distinct <= 10*mostLabels:
		out.Else = otherwise
	}
	return out, nil
}

// values is what a column of numbers holds.
type values struct {
	distinct, rows, rarest int
	whole                  bool
	least, most            float64
	counts                 map[float64]int
}

// mostCounted is of how many different numbers it is counted how often each
// stands.
const mostCounted = 100_000

func valuesOf(c *table.Column) values {
	v := values{whole: true, least: math.Inf(1), most: math.Inf(-1), counts: map[float64]int{}}
	for _, x := range c.Num {
		if math.IsNaN(x) {
			continue
		}
		v.rows++
		v.whole = v.whole && x == math.Trunc(x)
		v.least, v.most = min(v.least, x), max(v.most, x)
		if len(v.counts) < mostCounted {
			v.counts[x]++
		}
	}
	v.distinct, v.rarest = len(v.counts), v.rows
	for _, n := range v.counts {
		v.rarest = min(v.rarest, n)
	}
	return v
}

// labels says that the numbers name classes.
func (v values) labels() bool {
	return v.distinct == 2 ||
		v.whole && v.distinct <= mostLabels && v.rows >= labelRows*v.distinct && v.rarest >= rarestLabels
}

func (v values) classes() []Class {
	var all []Class
	for _, x := range slices.Sorted(maps.Keys(v.counts)) {
		all = append(all, Class{strconv.FormatFloat(x, 'f', -1, 64), v.counts[x]})
	}
	return byRows(all)
}

func (v values) String() string {
	span := strconv.FormatFloat(v.least, 'f', -1, 64) + map[bool]string{true: " and ", false: " to "}[v.distinct == 2] + strconv.FormatFloat(v.most, 'f', -1, 64)
	if v.whole && v.distinct > 2 {
		return fmt.Sprintf("%d whole numbers, %s", v.distinct, span)
	}
	return fmt.Sprintf("%d values, %s", v.distinct, span)
}

// classesOf gives the levels that stand in any row.
func classesOf(c *table.Column) []Class {
	counts := make([]int, len(c.Levels))
	for _, code := range c.Codes {
		if code >= 0 {
			counts[code]++
		}
	}
	var all []Class
	for code, n := range counts {
		if n > 0 {
			all = append(all, Class{c.Levels[code], n})
		}
	}
	return byRows(all)
}

// byRows puts the most frequent first.
func byRows(all []Class) []Class {
	slices.SortStableFunc(all, func(a, b Class) int { return cmp.Compare(b.Rows, a.Rows) })
	return all
}

// firstValue gives the first value that is not missing, as it is written.
func firstValue(c *table.Column) string {
	for i := range c.Len() {
		if !c.IsMissing(i) {
			return c.String(i)
		}
	}
	return ""
}
