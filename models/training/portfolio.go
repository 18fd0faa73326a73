package training

import (
	"fmt"
	"slices"

	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/models"
)

// candidate is a configuration that quality tries: an estimator with parameters,
// on a view of the features.
type candidate struct {
	name, model, view string
	params            any
}

// asked is what the portfolio depends on.
type asked struct {
	rows    int
	classes int // 0: a number is asked for
	views   []string
}

// manyClasses is from how many classes on boosting, which grows a tree for each of
// them in every round, is left to a forest, whose trees tell all classes at once.
const manyClasses = 50

// configuration is a candidate as it is written down.
type configuration struct {
	name, model, view, params string
	// from is the quality from which on it is tried, by its place in Qualities.
	from int
}

// booster is what boosted trees of the portfolio have in common.
const booster = "n_estimators: %d, learning_rate: %g, early_stopping_rounds: %d, "

// portfolio lists the candidates in the order in which they are worth their time.
// Which these are was decided on average over many tables and several divisions of
// each: docs/performance.md has the figures.
func (o *Options) portfolio(a asked) ([]candidate, error) {
	rounds, rate, patience, leaf := 2000, 0.05, 50, 10
	switch {
	case a.rows > 50_000:
		rounds, rate = 1000, 0.1
	case a.rows < 500:
		leaf = 5
	}
	if a.classes > 10 { // trees of a round are as many
		rounds, rate, patience = 500, 0.1, 20
	}
	depth, shrunk := 4, ""
	if a.classes == 2 { // whose log odds few rows tell
		depth, shrunk = 3, ", lambda: 10"
	}
	trees := func(depth, leaf int, columns float64, more string) string {
		return "{" + fmt.Sprintf(booster, rounds, rate, patience) +
			fmt.Sprintf("max_depth: %d, min_samples_leaf: %d, subsample: 0.8, colsample_bytree: %g%s}", depth, leaf, columns, more)
	}
	all := []configuration{{"guess", "dummy", "", "{}", quick}}
	if a.classes == 0 {
		all = append(all, configuration{"linear", "linear", "plane", "{ridge: 1}", quick},
			configuration{"linear on words", "elastic-net", "words", "{alpha: 0.001, l1_ratio: 0, standardise: false}", quick})
	} else {
		all = append(all, configuration{"logistic", "logistic", "plane", "{}", quick},
			configuration{"logistic on words", "logistic", "words", "{C: 10}", quick},
			configuration{"shrunk logistic", "logistic", "plane", "{C: 0.1}", good},
			configuration{"svm on words", "linear-svm", "words", "{}", good})
	}
	if a.classes > manyClasses {
		all = append(all, configuration{"forest", "random-forest", "trees", "{}", quick})
	} else {
		all = append(all, configuration{"boosting", "boosting", "trees", trees(depth, leaf, .8, shrunk), quick},
			configuration{"boosting on what a line leaves", "ensemble", "", "{method: residual, of: [{model: linear, view: plane, params: {ridge: 1}}, {model: boosting, view: trees, params: " + trees(4, leaf, .8, "") + "}]}", quick},
			configuration{"boosting on words", "boosting", "words", "{n_estimators: 500, learning_rate: 0.1, early_stopping_rounds: 20, max_depth: 4, min_samples_leaf: 10, subsample: 0.8, colsample_bytree: 0.3}", quick},
			configuration{"boosting on sets of levels", "boosting", "sets", trees(depth, leaf, .8, shrunk), good},
			configuration{"shallow boosting", "boosting", "trees", trees(2, leaf, .8, ""), good},
			configuration{"deep boosting", "boosting", "trees", trees(7, max(leaf/2, 1), .6, ", lambda: 3"), good},
			configuration{"boosting on levels", "boosting", "levels", trees(4, leaf, .5, ""), good},
			configuration{"extra trees", "extra-trees", "trees", "{n_estimators: 100, min_samples_leaf: 3}", best})
	}
	all = append(all, configuration{"neighbours", "nearest-neighbours", "plane", "{n_neighbors: 20, weights: distance}", best})
	var out []candidate
	for _, c := range all {
		lines := c.model == "ensemble" // for numbers alone, and of two views
		if c.from > place(o.Quality) || c.view != "" && !slices.Contains(a.views, c.view) || lines && (a.classes > 0 || !slices.Contains(a.views, "plane")) {
			continue
		}
		found := candidate{c.name, c.model, c.view, nil}
		if spec := models.Lookup(c.model); spec.Params != nil {
			found.params = spec.Params()
			if err := params.DecodeString(c.params, found.params); err != nil {
				return nil, err
			}
		}
		out = append(out, found)
	}
	if o.Candidates > 0 {
		out = out[:min(len(out), 1+o.Candidates)] // a guess costs nothing
	}
	return out, nil
}

// The views of the portfolio.
const (
	fewestLevels = 3   // of a category whose levels trees may split by sets
	manyLevels   = 30  // from so many on sets are learned by heart: then the mean of the outcome tells more
	mostLevels   = 100 // of all categories together that have a column each
	rareLevels   = 20  // from so many on, of rareRows rows each at most, linear models
	rareRows     = 10  // would learn levels by heart
)

// views gives the features of a table as the candidates read them: what base says
// of columns, each in the way that suits a family of models. What is asked about
// lies beyond what was learned in the column of time, if there is one: linear
// models go on in it in a straight line.
func views(t *table.Table, base *features.Options, time string) *features.Options {
	var texts, rare, dates []string
	levels, sets, plain, planar := 0, false, 0, 0
	for _, c := range t.Columns {
		if c.Name == base.Target || slices.Contains(base.Drop, c.Name) || len(base.Select) > 0 && !slices.Contains(base.Select, c.Name) {
			continue
		}
		switch c.Type {
		case table.Text:
			texts = append(texts, c.Name)
			continue
		case table.Date:
			dates = append(dates, c.Name)
		case table.Category:
			levels += len(c.Levels)
			sets = sets || len(c.Levels) >= fewestLevels && !c.Ordered
			if len(c.Levels) > rareLevels && t.Rows() < rareRows*len(c.Levels) {
				rare = append(rare, c.Name)
				planar--
			}
		}
		plain++
		planar++
	}
	if planar <= 0 && len(base.Derive) == 0 {
		rare = nil // they are all there is
	}
	whole := *base
	whole.Views = nil
	add := func(name string, change func(v *features.Options)) {
		v := *base
		v.Views = nil
		v.Drop = append([]string(nil), base.Drop...)
		v.Columns = map[string]features.Column{}
		for column, c := range base.Columns {
			v.Columns[column] = c
		}
		change(&v)
		usual := *base
		usual.Views = nil
		whole.Views = append(whole.Views, params.Entry[params.Open]{Key: name, Value: params.OpenOver(&v, &usual)})
	}
	linear := func(v *features.Options) {
		v.Encode.Categories, v.Numbers.Impute, v.Numbers.Standardise, v.Numbers.Spline, v.Numbers.Indicate = "onehot", "median", true, 4, true
		v.Drop = append(v.Drop, rare...)
		if c := t.Column(time); c != nil && c.Type == table.Number {
			straight := v.Columns[time]
			straight.Spline = max(straight.Spline, 1)
			v.Columns[time] = straight
		}
		for _, date := range dates {
			c := v.Columns[date]
			if c.Dates == nil {
				c.Dates = v.Dates
			}
			c.Dates = circles(c.Dates)
			v.Columns[date] = c
		}
	}
	if plain > 0 || len(base.Derive) > 0 {
		trees := func(encode string) func(v *features.Options) {
			return func(v *features.Options) {
				v.Encode.Categories = encode
				v.Drop = append(v.Drop, texts...)
			}
		}
		add("trees", trees("ordinal"))
		add("plane", func(v *features.Options) {
			linear(v)
			v.Drop = append(v.Drop, texts...)
		})
		if sets {
			add("sets", func(v *features.Options) {
				trees("native")(v)
				v.Encode.TargetFrom = manyLevels
			})
		}
		if levels > 0 && levels <= mostLevels {
			add("levels", trees("onehot"))
		}
	}
	if len(texts) > 0 {
		add("words", func(v *features.Options) {
			linear(v)
			v.Text.NGrams, v.Text.MinDF, v.Text.SublinearTF = []int{1, 2}, 2, true
		})
	}
	return &whole
}

// circles gives the parts of a date as linear models see them: a year, a week and
// a day as circles.
func circles(parts []string) []string {
	round := map[string]string{"month": "year_cycle", "weekday": "week_cycle", "hour": "day_cycle", "yearday": "", "quarter": ""}
	var out []string
	for _, part := range parts {
		as, ok := round[part]
		if !ok {
			as = part
		}
		if as != "" && !slices.Contains(out, as) {
			out = append(out, as)
		}
	}
	return out
}

// narrow gives the features with those views only that are read.
func narrow(whole *features.Options, read []string) *features.Options {
	o := *whole
	o.Views = nil
	for _, v := range whole.Views {
		if slices.Contains(read, v.Key) {
			o.Views = append(o.Views, v)
		}
	}
	if o.Views == nil { // whoever guesses reads none
		o.Views = whole.Views[:1]
	}
	return &o
}
