package stages

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/formats"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/evaluation"
	"labbook/internal/learn/partition"
	"labbook/runner/stage"
)

// predictionsParams are the parameters of the kind predictions.
type predictionsParams struct {
	Path          string              `yaml:"path" doc:"The file with the predictions, in any format that load reads: a path in the project, or STAGE:FILE of a stage in from."`
	Key           params.Strings      `yaml:"key" names:"column" doc:"The columns that tell rows apart, which the file and the split both have: an id, or several together."`
	Prediction    string              `yaml:"prediction" doc:"The column with what was predicted: a number in the target's unit, or a class. Empty: the one that is named nowhere else here; of classes there may be none besides probabilities."`
	Interval      predictionsInterval `yaml:"interval" doc:"The columns with the ranges of predicted numbers, if there are any."`
	Probabilities string              `yaml:"probabilities" doc:"How the columns with the probabilities of the classes are called, with * for the class: p_* is what labbook predict writes, \"*\" are columns called as the classes. Empty: there are none."`
}

// predictionsInterval says where ranges stand.
type predictionsInterval struct {
	Low   string  `yaml:"low" doc:"The column with the lower ends; empty: there are no ranges."`
	High  string  `yaml:"high" doc:"The column with the upper ends."`
	Level float64 `yaml:"level" doc:"The probability with which a range should hold the truth." range:"[0.5,0.999]"`
}

// Resolve implements what stage.Kind.Params asks for.
func (p *predictionsParams) Resolve() error {
	switch outside := !strings.Contains(p.Path, ":") && (path.IsAbs(p.Path) || slices.Contains(strings.Split(p.Path, "/"), "..")); {
	case p.Path == "":
		return params.Fault("path", "no file is named", "a path, or STAGE:FILE", "write path: theirs.parquet")
	case outside:
		return params.Fault("path", fmt.Sprintf("%s is outside the project", p.Path), "a path relative to the project's folder", "copy the file into the project")
	case strings.ContainsAny(p.Path, "*?["):
		return params.Fault("path", "a pattern may mean several files", "one file", "let a load stage put them together, and read its table: path: STAGE:table.arrow")
	case len(p.Key) == 0:
		return params.Fault("key", "nothing says which row a prediction is of", "columns that the file and the split have", "write key: id")
	case (p.Interval.Low == "") != (p.Interval.High == ""):
		return params.Fault("interval", "a range has two ends", "low and high", "name both columns, or neither")
	case p.Probabilities != "" && strings.Count(p.Probabilities, "*") != 1:
		return params.Fault("probabilities", "nothing says where the class stands in the name of a column", "one *", `write probabilities: p_*, or "*" where columns are called as the classes`)
	case p.Probabilities != "" && p.Interval.Low != "":
		return params.Fault("interval", "a prediction is a number with a range, or a class with probabilities", "one of them", "leave out interval, or probabilities")
	}
	return nil
}

// predictionsKind brings predictions of others to a leaderboard.
func predictionsKind() stage.Kind {
	return stage.Kind{
		Name:    "predictions",
		Version: 1,
		Doc: `Reads predictions that were made elsewhere, for evaluate to compare with those of models.

It reads the split, and finds for each row of the test part the prediction with the same key. All test rows need one. Rows of the
training part may have one too, which is ignored: only rows held out are compared. A row of the file that is in neither part, a key
that stands twice, a test row without a prediction: the error names file, column, row and key, and nothing is kept. Whether what
predicts has seen the test rows nobody can tell but who made it.

The stage takes its place on the leaderboard of the evaluate stage that names it in ` + "`from`" + `, beside at least one model: measured on the same
rows, with intervals and ties. As only predictions of test rows are known, models are then judged on the test part, whatever folds the split declares;
nothing more can be asked, and register makes a version of the best of the others.`,
		Params:  func() any { return &predictionsParams{Interval: predictionsInterval{Level: 0.9}} },
		Reads:   []stage.Port{stage.One(artifact.Split), stage.Some(0)},
		Makes:   []artifact.Type{artifact.Answers},
		Files:   func(p any) []string { return p.(*predictionsParams).files() },
		Columns: predictionsColumns,
		Cores:   func(_ any, available int) int { return available },
		Run:     runPredictions,

		Show: showPredictions, ShowVersion: 1,
	}
}

// files gives the file, where it is one of the project.
func (p *predictionsParams) files() []string {
	if strings.Contains(p.Path, ":") {
		return nil
	}
	return []string{p.Path}
}

// predictionsColumns implements stage.Kind.Columns: the key is of the split.
func predictionsColumns(a *stage.Ahead) (stage.Columns, error) {
	p := a.Params.(*predictionsParams)
	if of, _, ok := strings.Cut(p.Path, ":"); ok && !slices.ContainsFunc(a.From, func(up stage.Upstream) bool { return up.Stage == of }) {
		return nil, params.FaultOf("path", &diag.Error{What: "path names a stage that is not in from", Found: fmt.Sprintf("%q", p.Path), Wanted: "STAGE:FILE of a stage in from, or a path in the project",
			Hint: "add " + of + " to from"})
	}
	columns := a.Table(partition.FileTest)
	if columns == nil {
		return nil, nil
	}
	for i, name := range p.Key {
		if err := params.NoColumn(fmt.Sprintf("key[%d]", i), name, columns); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// predictionsTold is what the cell shows.
type predictionsTold struct {
	File    string   `json:"file"`
	Key     []string `json:"key"`
	Test    int      `json:"test"`
	Ignored int      `json:"ignored"` // rows of the training part
}

// runPredictions leaves what the file says of each test row, in the order of the test
// part (answers.arrow), and of which test part (answers.json).
func runPredictions(c *stage.Context) error {
	p := stage.Params[predictionsParams](c)
	split, err := c.The(artifact.Split)
	if err != nil {
		return err
	}
	name, file, err := predictionsFile(c, p)
	if err != nil {
		return err
	}
	columns, err := p.columns(name, file)
	if err != nil {
		return err
	}
	read, err := formats.Read(file, formats.Options{Name: name, Columns: columns.all(), Cores: c.Cores(), Context: c})
	if err != nil {
		return err
	}
	digest, err := table.BlobOf(split, partition.FileTest)
	if err != nil {
		return err
	}
	m, err := newKeys(split, p.Key)
	if err != nil {
		return err
	}
	at, ignored, err := m.match(read, name)
	if err != nil {
		return err
	}
	said, err := columns.answers(read, name, at)
	if err != nil {
		return err
	}
	if err := said.WriteFile(c.Path(evaluation.FileAnswers)); err != nil {
		return err
	}
	info := evaluation.Answers{Test: digest.Digest, Column: columns.prediction}
	if columns.low != "" {
		info.Level = p.Interval.Level
	}
	c.Metric(metrics.Value{Name: "rows", Value: float64(said.Rows()), Unit: "rows"})
	if err := writeFacts(c, evaluation.FileAnswersInfo, info); err != nil {
		return err
	}
	return c.Tell(predictionsTold{name, p.Key, said.Rows(), ignored})
}

// predictionsFile gives the name of the file, for people, and where it is.
func predictionsFile(c *stage.Context, p *predictionsParams) (name, file string, err error) {
	if of, wanted, ok := strings.Cut(p.Path, ":"); ok {
		for _, in := range c.Inputs() {
			if in.Stage != of {
				continue
			}
			blob, err := in.Blob(wanted)
			if err != nil {
				return "", "", params.FaultOf("path", err)
			}
			return p.Path, blob.Path, nil
		}
		return "", "", params.Fault("path", of+" is not in from", "STAGE:FILE of a stage in from", "add "+of+" to from")
	}
	for _, f := range c.Files() {
		if f.Path == path.Clean(p.Path) {
			return f.Path, f.Abs, nil
		}
	}
	return "", "", params.Fault("path", "there is no file "+p.Path, "a file of the project", "check the path; it is relative to the project")
}

// showPredictions says what was matched.
func showPredictions(s *stage.Shown) error {
	var told predictionsTold
	if err := s.Facts(&told); err != nil {
		return err
	}
	t := notebook.Table{Caption: "Predictions made elsewhere", Columns: notebook.Columns("file", "key", "test rows", "ignored, of the training part")}
	t.Row(notebook.Text(told.File), notebook.Text(human.And(told.Key)), notebook.Count(told.Test), notebook.Count(told.Ignored))
	s.Cell.Table(t)
	return nil
}
