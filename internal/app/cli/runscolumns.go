package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/lazy"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
)

// Columns of a list of runs: a metric, as "mae", which is the best that any stage
// of the run measured; a parameter of the pipeline, as "seed"; and either of one
// stage, as "train/boosting.mae" and "train/boosting.max_depth". Where the names
// of a parameter of the pipeline and of a metric are one, it is the parameter.

// runValue is what a run has in a column.
type runValue struct {
	text   string
	number float64
	isText bool
	better metrics.Better
}

// JSON gives the number, or the text.
func (v *runValue) json() any {
	switch {
	case v == nil:
		return nil
	case v.isText:
		return v.text
	}
	return v.number
}

func textValue(text string) *runValue {
	number, err := strconv.ParseFloat(text, 64)
	return &runValue{text: text, number: number, isText: err != nil}
}

func metricValue(m *metrics.Value) *runValue {
	return &runValue{text: m.Format(), number: m.Value, better: m.Better}
}

// valueOf gives what a run has in a column, nil where it has none.
func (r *run) valueOf(column string) *runValue {
	if value, ok := r.Params[column]; ok {
		return textValue(value)
	}
	stage, field, within := strings.Cut(column, ".")
	if !within {
		stage, field = "", column
	}
	var best *metrics.Value
	for _, s := range r.Stages {
		for i := range s.Metrics {
			m := &s.Metrics[i]
			if m.Name != field || within && m.Subject != stage && (s.Name != stage || m.Subject != "") || m.Value != m.Value {
				continue
			}
			if best == nil || m.Better == metrics.Higher && m.Value > best.Value || m.Better == metrics.Lower && m.Value < best.Value {
				best = m
			}
		}
	}
	if best != nil {
		return metricValue(best)
	}
	for _, s := range r.Stages {
		if !within || s.Name != stage {
			continue
		}
		for name, value := range parametersOf(s) {
			if name == field || strings.HasSuffix(name, "."+field) {
				return textValue(value)
			}
		}
	}
	return nil
}

// parametersOf gives the parameters that a stage was asked with, by their paths.
func parametersOf(s *record.Stage) map[string]string {
	all := map[string]string{}
	for line, value := range keyLines(s) {
		if name, ok := strings.CutPrefix(line, "param "); ok {
			all[name] = value
		}
	}
	return all
}

// columnsOf lists the columns that a run has a value in, for messages.
func (r *run) columnsOf() []string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for name := range r.Params {
		add(name)
	}
	for _, s := range r.Stages {
		for _, m := range s.Metrics {
			add(m.Name)
			add(cmp.Or(m.Subject, s.Name) + "." + m.Name)
		}
		for name := range parametersOf(s) {
			add(s.Name + "." + name)
		}
	}
	slices.Sort(names)
	return names
}

// condition is what a run must have in a column.
type condition struct {
	column, operator string
	value            *runValue
}

var conditionForm = lazy.Regexp(`^\s*([^<>=!\s]+)\s*(<=|>=|!=|==?|<|>)\s*(.*?)\s*$`)

func parseConditions(texts []string) ([]condition, error) {
	var all []condition
	for _, text := range texts {
		found := conditionForm().FindStringSubmatch(text)
		if found == nil {
			return nil, usagef("write it as 'mae < 300' or 'seed = 42', and --where again for more", "--where %q is no condition", text)
		}
		all = append(all, condition{found[1], found[2], textValue(strings.Trim(found[3], `"'`))})
	}
	return all, nil
}

// holds says whether a run meets the condition; one without a value does not.
func (c *condition) holds(r *run) bool {
	v := r.valueOf(c.column)
	if v == nil {
		return false
	}
	order := v.compare(c.value)
	switch c.operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	case "!=":
		return order != 0
	}
	return order == 0
}

// compare orders numbers by their size, and texts by their letters.
func (v *runValue) compare(w *runValue) int {
	if v.isText || w.isText {
		return strings.Compare(v.text, w.text)
	}
	return cmp.Compare(v.number, w.number)
}

// sortRuns puts the best first: the least, or the greatest where greater is
// better; with "-" before the column the other way. Runs without a value are last.
func sortRuns(runs []run, by string) {
	column, reverse := strings.CutPrefix(by, "-")
	slices.SortStableFunc(runs, func(x, y run) int {
		a, b := x.valueOf(column), y.valueOf(column)
		switch {
		case a == nil && b == nil:
			return 0
		case a == nil:
			return 1
		case b == nil:
			return -1
		}
		order := a.compare(b)
		if (a.better == metrics.Higher) != reverse {
			order = -order
		}
		return order
	})
}

// runsView is how runs are listed.
type runsView struct {
	columns []string
	sort    string
	where   []string
}

// usesValues says whether it takes more than the rows of the runs.
func (v *runsView) usesValues() bool { return len(v.columns)+len(v.where) > 0 || v.sort != "" }

// choose gives the runs that are listed, in their order. A column that no run has
// is an error.
func (v *runsView) choose(runs []run, limit int) ([]run, error) {
	conditions, err := parseConditions(v.where)
	if err != nil {
		return nil, err
	}
	asked := slices.Clone(v.columns)
	if v.sort != "" {
		asked = append(asked, strings.TrimPrefix(v.sort, "-"))
	}
	for _, c := range conditions {
		asked = append(asked, c.column)
	}
	for _, column := range asked {
		if len(runs) > 0 && !slices.ContainsFunc(runs, func(r run) bool { return r.valueOf(column) != nil }) {
			var known []string
			for _, r := range runs[:min(len(runs), 20)] {
				known = append(known, r.columnsOf()...)
			}
			slices.Sort(known)
			return nil, usagef(diag.DidYouMean(column, slices.Compact(known)), "no run has a metric or parameter %q", column)
		}
	}
	runs = slices.DeleteFunc(runs, func(r run) bool {
		return slices.ContainsFunc(conditions, func(c condition) bool { return !c.holds(&r) })
	})
	if v.sort != "" {
		sortRuns(runs, v.sort)
	}
	if limit > 0 {
		runs = runs[:min(limit, len(runs))]
	}
	return runs, nil
}

// listedRun is a run as `runs list --json --columns` prints it.
type listedRun struct {
	*record.Run
	Columns map[string]any `json:"columns"`
}

// printRuns prints runs with the chosen columns.
func (a *app) printRuns(runs []run, columns []string) error {
	if a.json {
		list := []listedRun{}
		for _, r := range runs {
			values := map[string]any{}
			for _, column := range columns {
				values[column] = r.valueOf(column).json()
			}
			list = append(list, listedRun{r.Run, values})
		}
		return a.printJSON(list)
	}
	l := listing{titles: []string{"run", "pipeline", "status", "started"}}
	for _, column := range columns {
		l.titles = append(l.titles, ">"+column)
	}
	for _, r := range runs {
		cells := []string{r.ID, r.Pipeline, string(r.Status), moment(r.Started)}
		for _, column := range columns {
			if v := r.valueOf(column); v != nil {
				cells = append(cells, v.text)
			} else {
				cells = append(cells, "–")
			}
		}
		l.add(cells...)
	}
	l.print(a.out, a.colours(a.out))
	if len(runs) == 0 {
		fmt.Fprintln(a.err, "no run is so")
	}
	return nil
}
