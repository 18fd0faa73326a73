package evaluation

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// The files of an artifact of the type answers: a row for each row of the test
// part, in its order, and what is to be known of them.
const (
	FileAnswers     = "answers.arrow"
	FileAnswersInfo = "answers.json"
)

// The columns of FileAnswers: the row of the file that an answer was read from,
// from 1, what was predicted, the ends of its range, and, with the class behind
// it, a probability.
const (
	AnswerRow         = "row"
	AnswerPrediction  = "prediction"
	AnswerLow         = "low"
	AnswerHigh        = "high"
	AnswerProbability = "probability/"
)

// Answers are predictions made elsewhere, of a whole test part.
type Answers struct {
	Test   string  `json:"test"`             // digest of the test part
	Level  float64 `json:"level,omitempty"`  // what the ranges should hold; 0: there are none
	Column string  `json:"column,omitempty"` // what the file called the predictions; "": probabilities alone were given

	Table *table.Table `json:"-"`
}

// OpenAnswers reads an artifact of the type answers.
func OpenAnswers(a *artifact.Artifact) (*Answers, error) {
	data, err := a.ReadFile(FileAnswersInfo)
	if err != nil {
		return nil, err
	}
	said := &Answers{}
	if err := json.Unmarshal(data, said); err != nil {
		return nil, fmt.Errorf("%s: %w", FileAnswersInfo, err)
	}
	if said.Table, err = table.OpenFile(a, FileAnswers); err != nil {
		return nil, err
	}
	return said, said.check()
}

// check says whether the columns hold what they are there for.
func (a *Answers) check() error {
	if a.Table.Column(AnswerRow) == nil {
		return fmt.Errorf("%s: there is no column %q", FileAnswers, AnswerRow)
	}
	for _, c := range a.Table.Columns {
		number := c.Name == AnswerRow || c.Name == AnswerLow || c.Name == AnswerHigh || strings.HasPrefix(c.Name, AnswerProbability)
		if number && c.Type != table.Number {
			return fmt.Errorf("%s: column %q is a %s, and no number", FileAnswers, c.Name, c.Type)
		}
	}
	return nil
}

// Candidate gives the answers as a candidate of a case. Those of another test part,
// and what is no number or class of the target, are errors.
func (a *Answers) Candidate(c *Case, stage, digest string) (Candidate, error) {
	out := Candidate{Stage: stage, Artifact: digest, Estimator: "predictions"}
	if a.Test != c.Digest || a.Table.Rows() != c.Test.Rows() {
		return out, &diag.Error{What: stage + " has predictions of another test part than is judged on",
			Hint: "let it read the split that this stage reads"}
	}
	if c.Task == metrics.Regression {
		err := a.numbers(c, &out)
		return out, err
	}
	err := a.classes(c, &out)
	return out, err
}

// numbers fills in the predictions of a number.
func (a *Answers) numbers(c *Case, out *Candidate) error {
	said := a.Table.Column(AnswerPrediction)
	if said == nil || said.Type != table.Number {
		return a.unlike(c, out.Stage, said)
	}
	out.Given = metrics.NewRegression(c.Actual, pick(said.Num, c.Rows))
	if low, high := a.Table.Column(AnswerLow), a.Table.Column(AnswerHigh); low != nil && high != nil {
		out.Level = a.Level
		out.Interval = func(*table.Table) ([]float64, []float64, error) {
			return pick(low.Num, c.Rows), pick(high.Num, c.Rows), nil
		}
	}
	return nil
}

// unlike says that predictions are none of such a target.
func (a *Answers) unlike(c *Case, stage string, said *table.Column) error {
	found, wanted := "probabilities", "a number in each row"
	if said != nil {
		found = fmt.Sprintf("a %s in column %q", said.Type, a.Column)
	}
	if c.Task == metrics.Classification {
		wanted = "a class in each row"
	}
	return &diag.Error{What: fmt.Sprintf("%s predicts something else than %s", stage, c.Target.Name), Found: found, Wanted: wanted, Hint: "name another column as prediction in that stage"}
}

// classes fills in the predictions of classes.
func (a *Answers) classes(c *Case, out *Candidate) error {
	k := len(c.Classes)
	s := &metrics.Sample{Actual: c.Actual, Classes: c.Classes}
	given := 0
	for class, name := range c.Classes {
		p := a.Table.Column(AnswerProbability + name)
		if p == nil {
			continue
		}
		if given++; s.Probabilities == nil {
			s.Probabilities = make([]float64, k*len(c.Rows))
		}
		for i, row := range c.Rows {
			s.Probabilities[i*k+class] = p.Num[row]
		}
	}
	var unknown []string
	for _, column := range a.Table.Names() {
		if name, is := strings.CutPrefix(column, AnswerProbability); is && !slices.Contains(c.Classes, name) {
			unknown = append(unknown, name)
		}
	}
	if s.Probabilities != nil && given < k || len(unknown) > 0 {
		return &diag.Error{What: fmt.Sprintf("%s gives probabilities of other classes than %s has", out.Stage, c.Target.Name),
			Found: fmt.Sprintf("%s of %d classes", human.Int(given), k) + also(unknown), Wanted: human.List(c.Classes),
			Hint: "name the columns as the classes are called, with what stands around the class in probabilities"}
	}
	if a.Table.Column(AnswerPrediction) == nil {
		out.Given = metrics.NewClassification(c.Actual, c.Classes, s.Probabilities)
		return nil
	}
	var err error
	s.Predicted, err = a.labels(c, out.Stage)
	out.Given = s
	return err
}

// also lists names of classes that nobody knows.
func also(unknown []string) string {
	if len(unknown) == 0 {
		return ""
	}
	return ", and " + human.List(unknown)
}

// labels gives the predicted classes by their index.
func (a *Answers) labels(c *Case, stage string) ([]float64, error) {
	said := a.Table.Column(AnswerPrediction)
	index := make(map[string]int, len(c.Classes))
	for i, name := range c.Classes {
		index[name] = i
	}
	predicted := make([]float64, len(c.Rows))
	for i, row := range c.Rows {
		name, ok := label(said, row)
		if !ok {
			return nil, a.unlike(c, stage, said)
		}
		class, known := index[name]
		if !known {
			return nil, &diag.Error{What: fmt.Sprintf("%s: column %q, row %s of its file: that is no class of %s", stage, a.Column, human.Int(int(a.Table.Column(AnswerRow).Num[row])), c.Target.Name),
				Found: strconv.Quote(human.Clip(name, 40)), Wanted: human.List(c.Classes), Hint: diag.DidYouMean(name, c.Classes)}
		}
		predicted[i] = float64(class)
	}
	return predicted, nil
}

// label gives the name of a class that stands in a row.
func label(c *table.Column, row int) (string, bool) {
	switch c.Type {
	case table.Category:
		if code := c.Codes[row]; code >= 0 {
			return c.Levels[code], true
		}
	case table.Text:
		return c.Texts[row], true
	case table.Number:
		return strconv.FormatFloat(c.Num[row], 'g', -1, 64), !math.IsNaN(c.Num[row])
	}
	return "", false
}

// pick gives the values of some rows.
func pick(values []float64, rows []int) []float64 {
	out := make([]float64, len(rows))
	for i, row := range rows {
		out[i] = values[row]
	}
	return out
}
