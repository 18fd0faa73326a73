package stages

import (
	"fmt"

	"labbook/internal/base/artifact"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/models/bundle"
	"labbook/runner/stage"
)

// featuresKind fits what turns rows into a matrix. Only the training part is
// ever looked at; the rows of the test part are turned by what was fitted, when
// a model is asked.
func featuresKind() stage.Kind {
	return stage.Kind{
		Name:    "features",
		Version: 9,
		Doc: `Turns the table into the matrix that models learn from.

It is fitted on the training part only, and does the same to every row that is asked about later. Its options and the
training rows stand beside it, so that whoever holds rows out can fit features again to the others. Columns are derived by
expression, dropped, encoded (categories), expanded (dates), and logged, imputed and standardised (numbers, and the parts of
dates but for the logarithm), in that order. For linear models numbers can be bent into splines. Formulas are those of load. Texts become a column per term, with its count or TF-IDF weight, and then the matrix is sparse.

With ` + "`generate: auto`" + ` columns are made of two numbers each, as formulas that the cell shows. They are judged within the training part: what the
six strongest numbers leave unexplained, each smoothed by 20 bins, has to be explained better by the column than by a grid of its two
numbers, in held-out rows of three folds, by a hundredth of it and by four standard errors. It looks at 10,000 rows at most.

Statistics tell what a column is like in training rows that have values in common with a row: ` + "`usual: {take: mean, of: price, by: [brand]}`" + `, of which a
formula makes ` + "`dear: price / usual`" + `; ` + "`{take: share, by: [zip]}`" + ` is how frequent a level is. With ` + "`ago`" + `, where split divides by time, they are of the rows
before: ` + "`week_ago: {take: last, of: sold, by: [shop], ago: 7d}`" + ` is a lag, with ` + "`take: mean, over: 28d`" + ` a rolling mean, by shop and month a seasonal
baseline, and ` + "`change: day_ago - week_ago`" + ` a difference. No row knows a later one, nor, of the target, one within the gap of split.

A model carries what its training rows knew, and rows that are asked about are answered from that, each by itself: the lag of a new row is the latest
value at least so long before it that training had. So ` + "`ago`" + ` is best as long as rows are asked about ahead; beyond that the same latest values stand in,
until the model is trained again. Who knows fresher values gives them as columns of the data.

Categories of many levels can be encoded by the target (` + "`target_from`" + `). A row that is learned from never knows its own outcome, nor that of
a row that would be held out with it: the mean that it gets is one of other folds, of other groups, or, in time, of earlier rows.
Rows that are asked about get the mean of all training rows.`,
		Params: func() any {
			o := features.Defaults()
			return &o
		},
		Reads:     []stage.Port{stage.One(artifact.Split)},
		Makes:     []artifact.Type{artifact.Features},
		Anonymous: true,
		Columns: func(a *stage.Ahead) (stage.Columns, error) {
			if columns := a.Table(partition.FileTrain); columns != nil {
				return nil, a.Params.(*features.Options).CheckColumns(columns)
			}
			return nil, nil
		},
		Cores: func(_ any, available int) int { return available },
		Run:   runFeatures,

		Show: showFeatures, ShowVersion: 3,
	}
}

// runFeatures leaves what was fitted (features.json and its vocabulary), the
// matrix of the training part (train.lbm: a row for each whose outcome is
// known, a column for each name), the options that it was fitted with, and
// links to the training part and its structure: train, tune and evaluate fit
// the same again to the rows that they do not hold out. rows.bin knows the
// training rows by their digests. Rows without an outcome are left out with a
// warning.
func runFeatures(c *stage.Context) error {
	in, o := c.Inputs()[0], stage.Params[features.Options](c)
	t, err := partition.Train(in)
	if err != nil {
		return err
	}
	structure, err := partition.OpenStructure(in)
	if err != nil {
		return err
	}
	layout, err := structure.Layout(t)
	if err != nil {
		return err
	}
	learned, err := features.Prepare(t, layout, *o, nil, c.Cores())
	if err != nil {
		return err
	}
	warnOfFeatures(c, learned.Features, t.Rows()-learned.Rows())
	if err := c.Tell(featuresTold{learned.Findings}); err != nil {
		return err
	}
	c.Logf("%s rows, %d columns", human.Int(learned.Rows()), len(learned.Names()))

	if err := learned.Save(c.WriteFile); err != nil {
		return err
	}
	if err := writeFacts(c, features.FileOptions, params.Values(o)); err != nil {
		return err
	}
	for _, name := range []string{partition.FileTrain, partition.FileStructure} {
		if blob, err := in.Blob(name); err == nil {
			c.Link(blob, name)
		}
	}
	if err := writeRows(c, t); err != nil {
		return err
	}
	out, err := c.Create(features.FileMatrix)
	if err != nil {
		return err
	}
	if err := learned.Write(out, c.Cores()); err != nil {
		out.Close()
		return err
	}
	return out.Close()
}

// writeRows notes which rows are learned from, for nothing to be judged on them.
func writeRows(c *stage.Context, t *table.Table) error {
	rows, err := table.NewRowSet(t, c.Cores()).MarshalBinary()
	if err != nil {
		return err
	}
	return c.WriteFile(bundle.FileRows, rows)
}

// warnOfFeatures warns of what fitting features noticed, and of rows that have no
// outcome.
func warnOfFeatures(c *stage.Context, f *features.Features, missing int) {
	if missing > 0 {
		c.Warn(checks.MissingTarget.Finding(f.Target.Name, missing, "%s %s no %s and %s left out",
			human.Count(missing, "training row"), human.Verb(missing, "has", "have"), f.Target.Name, human.Verb(missing, "is", "are")))
	}
	for _, found := range f.Findings {
		if found.Level == "warning" {
			c.Warn(found)
		}
	}
}

// featuresTold is what was noticed while features were fitted, of whatever level.
type featuresTold struct {
	Findings []notebook.Finding `json:"findings,omitempty"`
}

// showFeatures shows what each column of the table became, and the first rows.
func showFeatures(s *stage.Shown) error {
	f, head, err := features.OpenHead(s.Out, 5)
	if err != nil {
		return err
	}
	var told featuresTold
	if err := s.Facts(&told); err != nil {
		return err
	}
	cell := s.Cell
	cell.Findings(told.Findings...)
	cell.Table(becomes(f, head.Rows))
	if made := f.Generated(); made != nil {
		cell.Markdown("Generated, because it tells more of the target than its columns do apart, in training rows that were held out. To keep it as it is, declare:")
		cell.Code(params.YAML(&features.Options{Derive: made}, &features.Options{}, ""))
	}
	learned := head.First
	if learned == nil || head.Cols > 60 {
		return nil
	}
	cell.Fold("The first rows as models see them", func(cell *notebook.Cell) {
		rows := notebook.Table{Columns: notebook.Columns(append([]string{f.Target.Name}, learned.X.Names...)...)}
		for i := range learned.X.Rows {
			row := []notebook.Value{notebook.Numeral(learned.Y[i], 5)}
			if learned.Classes != nil {
				row[0] = notebook.Text(learned.Classes[int(learned.Y[i])])
			}
			for _, v := range learned.X.Row(i) {
				row = append(row, notebook.Numeral(v, 5))
			}
			rows.Row(row...)
		}
		cell.Table(rows)
	})
	return nil
}

// becomes says what features make of each column of the table.
func becomes(f *features.Features, rows int) notebook.Table {
	t := notebook.Table{
		Caption: fmt.Sprintf("%s training rows, %s columns for the %s of %s",
			human.Int(rows), human.Int(len(f.Names())), f.Task, f.Target.Name),
		Columns: notebook.Columns("column", "becomes", "columns", "named"),
	}
	views := f.Views() != nil
	if views {
		t.Columns = append(notebook.Columns("view"), t.Columns...)
	}
	for _, d := range f.Describe() {
		row := []notebook.Value{notebook.Text(d.Source), notebook.Text(d.How), notebook.Count(len(d.Names)), notebook.Texts(d.Names, 8)}
		if views {
			row = append([]notebook.Value{notebook.Text(d.View)}, row...)
		}
		t.Row(row...)
	}
	return t
}
