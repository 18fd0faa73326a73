package stages

import (
	"fmt"
	"math"

	"labbook/internal/base/artifact"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/models/bundle"
	"labbook/runner/stage"
)

func featuresKind() stage.Kind {
	return stage.Kind{
		Name:    "features",
		Version: 5,
		Doc: `Turns the table into the matrix that models learn from.

It is fitted on the training part only, and does the same to every row that is asked about later. Columns are derived by
expression, dropped, encoded (categories), expanded (dates), and logged, imputed and standardised (numbers, and the parts of
dates but for the logarithm), in that order. Formulas are those of load. Texts become a column per term, with its count or TF-IDF weight, and then the matrix is sparse.`,
		Params: func() any {
			o := features.Defaults()
			return &o
		},
		Reads: []stage.Port{stage.One(artifact.Split)},
		Makes: []artifact.Type{artifact.Features},
		Columns: func(a *stage.Ahead) (stage.Columns, error) {
			if columns := a.Table(partition.FileTrain); columns != nil {
				return nil, a.Params.(*features.Options).CheckColumns(columns)
			}
			return nil, nil
		},
		Cores: func(_ any, available int) int { return available },
		Run:   runFeatures,

		Show: showFeatures, ShowVersion: 2,
	}
}

func runFeatures(c *stage.Context) error {
	t, err := partition.Train(c.Inputs()[0])
	if err != nil {
		return err
	}
	fitted, err := features.FitWith(t, *stage.Params[features.Options](c), c.Cores())
	if err != nil {
		return err
	}
	learned, err := learn(c, fitted, t)
	if err != nil {
		return err
	}
	for _, f := range fitted.Findings {
		if f.Level.Warns() {
			c.Warn(f)
		}
	}
	if err := c.Tell(featuresTold{fitted.Findings}); err != nil {
		return err
	}
	c.Logf("%s rows, %d columns", human.Int(learned.X.Rows), learned.X.Cols)

	if err := fitted.Save(c.WriteFile); err != nil {
		return err
	}
	rows, err := table.NewRowSet(t).MarshalBinary()
	if err != nil {
		return err
	}
	if err := c.WriteFile(bundle.FileRows, rows); err != nil {
		return err
	}
	out, err := c.Create(features.FileMatrix)
	if err != nil {
		return err
	}
	if err := learned.Write(out); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// learn gives the matrix and target of the rows whose target is known.
func learn(c *stage.Context, f *features.Features, t *table.Table) (*matrix.Labelled, error) {
	y, err := f.Outcome(t)
	if err != nil {
		return nil, err
	}
	var known []int
	for i, v := range y {
		if !math.IsNaN(v) {
			known = append(known, i)
		}
	}
	if missing := len(y) - len(known); missing > 0 {
		c.Warn(checks.MissingTarget.Finding(f.Target.Name, missing, "%s %s no %s and %s left out",
			human.Count(missing, "training row"), human.Verb(missing, "has", "have"), f.Target.Name, human.Verb(missing, "is", "are")))
		t = t.Take(known)
		if y, err = f.Outcome(t); err != nil {
			return nil, err
		}
	}
	x, err := f.TransformWith(t, c.Cores())
	if err != nil {
		return nil, err
	}
	return &matrix.Labelled{X: x, Y: y, Classes: f.Classes}, nil
}

// featuresTold is what was noticed while features were fitted, of whatever level.
type featuresTold struct {
	Findings []notebook.Finding `json:"findings,omitempty"`
}

// showFeatures shows what each column of the table became, and the first rows.
func showFeatures(s *stage.Shown) error {
	f, learned, err := features.Open(s.Out)
	if err != nil {
		return err
	}
	var told featuresTold
	if err := s.Facts(&told); err != nil {
		return err
	}
	cell := s.Cell
	cell.Findings(told.Findings...)
	becomes := notebook.Table{
		Caption: fmt.Sprintf("%s training rows, %s columns for the %s of %s",
			human.Int(learned.X.Rows), human.Int(learned.X.Cols), f.Task, f.Target.Name),
		Columns: notebook.Columns("column", "becomes", "columns", "named"),
	}
	for _, d := range f.Describe() {
		becomes.Row(notebook.Text(d.Source), notebook.Text(d.How), notebook.Count(len(d.Names)), notebook.Texts(d.Names, 8))
	}
	cell.Table(becomes)
	if learned.X.Sparse != nil || learned.X.Rows == 0 || learned.X.Cols > 60 {
		return nil
	}
	cell.Fold("The first rows as models see them", func(cell *notebook.Cell) {
		head := notebook.Table{Columns: notebook.Columns(append([]string{f.Target.Name}, learned.X.Names...)...)}
		for i := range min(5, learned.X.Rows) {
			row := []notebook.Value{notebook.Numeral(learned.Y[i], 5)}
			if learned.Classes != nil {
				row[0] = notebook.Text(learned.Classes[int(learned.Y[i])])
			}
			for _, v := range learned.X.Row(i) {
				row = append(row, notebook.Numeral(v, 5))
			}
			head.Row(row...)
		}
		cell.Table(head)
	})
	return nil
}
