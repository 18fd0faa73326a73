package stages

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/formats"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/partition"
)

// mostNamed is how many keys an error lists.
const mostNamed = 3

// saidColumns are the columns of a file of predictions.
type saidColumns struct {
	key                   []string
	prediction, low, high string            // "": none
	probability           map[string]string // of a column, the class
	in                    []string          // all columns of the file
}

// all gives the columns to read.
func (s *saidColumns) all() []string {
	return slices.DeleteFunc(slices.Clone(s.in), func(name string) bool {
		_, p := s.probability[name]
		return !p && !slices.Contains(s.key, name) && name != s.prediction && name != s.low && name != s.high
	})
}

// columns finds the columns in the file's head.
func (p *predictionsParams) columns(name, file string) (*saidColumns, error) {
	names, err := formats.Names(file, name)
	if err != nil {
		return nil, err
	}
	s := &saidColumns{key: p.Key, low: p.Interval.Low, high: p.Interval.High, probability: map[string]string{}, in: names}
	for _, wanted := range slices.Concat(p.Key, []string{p.Prediction, s.low, s.high}) {
		if wanted != "" && !slices.Contains(names, wanted) {
			return nil, &diag.Error{File: name, What: "there is no column " + strconv.Quote(wanted), Found: human.List(names), Hint: diag.DidYouMean(wanted, names)}
		}
	}
	named := func(column string) bool {
		return slices.Contains(p.Key, column) || column != "" && (column == p.Prediction || column == s.low || column == s.high)
	}
	before, after, _ := strings.Cut(p.Probabilities, "*")
	var rest []string
	for _, column := range names {
		class, is := strings.CutPrefix(column, before)
		if is {
			class, is = strings.CutSuffix(class, after)
		}
		switch {
		case named(column):
		case p.Probabilities != "" && is:
			s.probability[column] = class
		default:
			rest = append(rest, column)
		}
	}
	if p.Probabilities != "" && len(s.probability) == 0 {
		return nil, &diag.Error{File: name, What: "no column is called " + p.Probabilities, Found: human.List(names), Wanted: "one for each class", Hint: "say in probabilities how the columns are called"}
	}
	switch s.prediction = p.Prediction; {
	case s.prediction != "" || len(rest) == 0 && len(s.probability) > 0:
	case len(rest) == 1:
		s.prediction = rest[0]
	default:
		return nil, &diag.Error{File: name, What: "which column holds the predictions cannot be told", Found: human.List(rest), Wanted: "one column besides the key", Hint: "add prediction: and its name"}
	}
	return s, nil
}

// answers gives the answers for the test rows; at[i] is the row of the file that
// holds that of test row i. What holds no number where one is wanted is an error.
func (s *saidColumns) answers(read *formats.Result, file string, at []int) (*table.Table, error) {
	t := read.Table.Take(at)
	lacks := func(column, found, wanted string, row int) error {
		return &diag.Error{What: fmt.Sprintf("%s: column %q has no %s", read.Place(at[row]), column, wanted), Found: found, Wanted: "one for each test row", Hint: "predict this row too"}
	}
	rows := &table.Column{Field: table.Field{Name: evaluation.AnswerRow, Type: table.Number, Integer: true}, Num: make([]float64, len(at))}
	for i, row := range at {
		rows.Num[i] = float64(row + 1)
	}
	out := []*table.Column{rows}
	take := func(column, name string, numbers bool, check func(v float64) string) error {
		c := *t.Column(column)
		if numbers && c.Type != table.Number {
			return &diag.Error{What: fmt.Sprintf("%s: column %q holds no numbers", file, column), Found: "a " + string(c.Type), Wanted: "a number", Hint: "name another column"}
		}
		if c.Type == table.Date {
			return &diag.Error{What: fmt.Sprintf("%s: column %q holds dates", file, column), Wanted: "numbers or classes", Hint: "name another column"}
		}
		for row := range at {
			switch {
			case c.Type != table.Number:
				if text(&c, row) == "" {
					return lacks(column, "nothing", "class", row)
				}
			case math.IsNaN(c.Num[row]) || math.IsInf(c.Num[row], 0):
				return lacks(column, "nothing, or infinity", "number", row)
			case check != nil:
				if wanted := check(c.Num[row]); wanted != "" {
					return &diag.Error{What: fmt.Sprintf("%s: column %q holds an impossible number", read.Place(at[row]), column), Found: human.Exact(c.Num[row]), Wanted: wanted}
				}
			}
		}
		c.Name = name
		out = append(out, &c)
		return nil
	}
	if s.prediction != "" {
		if err := take(s.prediction, evaluation.AnswerPrediction, s.low != "", nil); err != nil {
			return nil, err
		}
	}
	if s.low != "" {
		if err := take(s.low, evaluation.AnswerLow, true, nil); err != nil {
			return nil, err
		}
		if err := take(s.high, evaluation.AnswerHigh, true, nil); err != nil {
			return nil, err
		}
		low, high := t.Column(s.low).Num, t.Column(s.high).Num
		for row := range at {
			if low[row] > high[row] {
				return nil, &diag.Error{What: read.Place(at[row]) + ": a range ends before it begins", Found: human.Exact(low[row]) + " to " + human.Exact(high[row]),
					Wanted: s.low + " no greater than " + s.high}
			}
		}
	}
	for _, column := range s.in {
		class, is := s.probability[column]
		if !is {
			continue
		}
		err := take(column, evaluation.AnswerProbability+class, true, func(v float64) string {
			if v < 0 || v > 1 {
				return "a probability from 0 to 1"
			}
			return ""
		})
		if err != nil {
			return nil, err
		}
	}
	return table.New(out...), nil
}

// keys lead from a key to a row of a split.
type keys struct {
	names  []string
	split  string       // the stage
	fields []table.Type // of the split's columns
	place  map[string]int
	test   *table.Table
}

// inTraining is the place of a row of the training part.
const inTraining = -1

// newKeys reads the keys of both parts. A key of a test row that stands twice tells
// nothing, and is an error.
func newKeys(split *artifact.Artifact, names []string) (*keys, error) {
	train, err := partition.Train(split)
	if err != nil {
		return nil, err
	}
	k := &keys{names: names, split: split.Stage, place: make(map[string]int, train.Rows())}
	if k.test, err = partition.Test(split); err != nil {
		return nil, err
	}
	for _, name := range names {
		c := k.test.Column(name)
		if c == nil || train.Column(name) == nil {
			return nil, &diag.Error{What: fmt.Sprintf("%s has no column %q", split.Stage, name), Hint: diag.DidYouMean(name, k.test.Names())}
		}
		k.fields = append(k.fields, c.Type)
	}
	of := keyOf(train, names)
	for row := range train.Rows() {
		if key, ok := of(row); ok {
			k.place[key] = inTraining
		}
	}
	of = keyOf(k.test, names)
	for row := range k.test.Rows() {
		key, ok := of(row)
		if !ok {
			return nil, &diag.Error{What: fmt.Sprintf("row %s of the test part of %s has no %s", human.Int(row+1), split.Stage, human.And(names)), Wanted: "a key for each test row",
				Hint: "name other columns as key"}
		}
		before, twice := k.place[key]
		if !twice {
			k.place[key] = row
			continue
		}
		where := "a row of the training part"
		if before != inTraining {
			where = fmt.Sprintf("row %s of it", human.Int(before+1))
		}
		return nil, &diag.Error{What: fmt.Sprintf("%s does not tell rows apart: row %s of the test part of %s has the same as %s", human.And(names), human.Int(row+1), split.Stage, where),
			Found: k.words(k.test, row), Wanted: "a key that stands once", Hint: "name more columns in key"}
	}
	return k, nil
}

// match gives the row of the file for each test row, and how many rows were of the
// training part.
func (k *keys) match(read *formats.Result, file string) (at []int, ignored int, err error) {
	t := read.Table
	for i, name := range k.names {
		if c := t.Column(name); kin(c.Type) != kin(k.fields[i]) && !c.Empty() {
			return nil, 0, &diag.Error{What: fmt.Sprintf("%s: column %q is of another type than in %s", file, name, k.split), Found: "a " + string(c.Type), Wanted: "a " + string(k.fields[i]),
				Hint: "write both alike, or let a load stage read the file: path: STAGE:table.arrow"}
		}
	}
	at = slices.Repeat([]int{-1}, k.test.Rows())
	strangers, first := 0, []string{}
	of := keyOf(t, k.names)
	for row := range t.Rows() {
		key, ok := of(row)
		if !ok {
			return nil, 0, &diag.Error{What: fmt.Sprintf("%s has no %s", read.Place(row), human.And(k.names)), Wanted: "the key of a row", Hint: "leave the row out, or give it its key"}
		}
		place, known := k.place[key]
		switch {
		case !known:
			if strangers++; len(first) < mostNamed {
				first = append(first, fmt.Sprintf("%s (%s)", k.words(t, row), read.Place(row)))
			}
		case place == inTraining:
			ignored++
		case at[place] >= 0:
			return nil, 0, &diag.Error{What: fmt.Sprintf("%s predicts a row again, that %s predicts", read.Place(row), read.Place(at[place])), Found: k.words(t, row), Wanted: "one prediction a row",
				Hint: "leave one of them out"}
		default:
			at[place] = row
		}
	}
	if strangers > 0 {
		return nil, 0, &diag.Error{What: fmt.Sprintf("%s: %s %s no row of %s", file, human.Count(strangers, "row"), human.Verb(strangers, "matches", "match"), k.split),
			Found: listed(first, strangers), Wanted: human.And(k.names) + " of a row of the test or the training part", Hint: "leave these rows out, or name another key"}
	}
	missing, first := 0, nil
	for row, from := range at {
		if from < 0 {
			if missing++; len(first) < mostNamed {
				first = append(first, k.words(k.test, row))
			}
		}
	}
	if missing > 0 {
		return nil, 0, &diag.Error{What: fmt.Sprintf("%s says nothing of %s", file, human.Count(missing, "test row")), Found: "none with " + listed(first, missing),
			Wanted: fmt.Sprintf("a prediction for each of the %s", human.Count(len(at), "test row")), Hint: "predict all rows of the test part: labbook get " + k.split + ":" + partition.FileTest + " -o test.csv"}
	}
	return at, ignored, nil
}

// listed gives the first of so many.
func listed(first []string, n int) string {
	if n > len(first) {
		return strings.Join(first, ", ") + fmt.Sprintf(" and %s more", human.Int(n-len(first)))
	}
	return strings.Join(first, ", ")
}

// words gives the key of a row, for people.
func (k *keys) words(t *table.Table, row int) string {
	parts := make([]string, len(k.names))
	for i, name := range k.names {
		parts[i] = name + " " + human.Clip(t.Column(name).String(row), 40)
	}
	return strings.Join(parts, ", ")
}

// keyOf gives the function that writes the key of a row; ok is false where a part of
// it is missing.
func keyOf(t *table.Table, names []string) func(row int) (key string, ok bool) {
	columns := t.Select(names...).Columns
	return func(row int) (string, bool) {
		var b strings.Builder
		for _, c := range columns {
			word := text(c, row)
			if word == "" {
				return "", false
			}
			fmt.Fprintf(&b, "%d:%s", len(word), word)
		}
		return b.String(), true
	}
}

// kin says which types can hold the same keys.
func kin(t table.Type) table.Type {
	if t == table.Category {
		return table.Text
	}
	return t
}

// text writes a value so that equal ones are written alike; "" is none.
func text(c *table.Column, row int) string {
	if c.Type != table.Date || c.IsMissing(row) {
		return c.String(row)
	}
	return strconv.FormatFloat(c.Num[row], 'f', -1, 64) // layouts may differ
}
