package stages

import (
	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/explore"
	"labbook/internal/learn/partition"
	"labbook/internal/show/explored"
	"labbook/runner/stage"
)

// exploreKind describes a table.
func exploreKind() stage.Kind {
	return stage.Kind{
		Name:    "explore",
		Version: 10,
		Doc: `Describes a table before anyone models it: shape, types, missing values, statistics, distributions, how columns go together and with the target, which relations are others among rows alike (Simpson's paradox), outliers, duplicates, class balance, and what to do about it, in words.

It reads a table, or the training part of a split. What it found is kept as values in ` + "`explore.json`" + `, beside the table.`,
		Params:    func() any { o := explore.Defaults(); return &o },
		Reads:     []stage.Port{stage.One(artifact.Table, artifact.Split)},
		Makes:     []artifact.Type{artifact.Exploration},
		Anonymous: true,
		Columns: func(a *stage.Ahead) (stage.Columns, error) {
			if columns := a.Table(table.File, partition.FileTrain); columns != nil {
				return nil, a.Params.(*explore.Options).CheckColumns(columns)
			}
			return nil, nil
		},
		Parts: func(any) []params.Line { return versions(classifier()) },
		Cores: func(_ any, available int) int { return available },
		Run:   runExplore,
		Show: func(s *stage.Shown) error {
			facts, err := explore.Open(s.Out)
			if err != nil {
				return err
			}
			return explored.Show(s, facts, s.Cell, s.Cores)
		},
		ShowVersion: 6,
	}
}

// runExplore describes a table, or the training part of a split, which is what
// models will see of it. It leaves the facts (explore.json) and a link to the
// table that they are about, for figures are drawn from its rows. What cannot
// be said of a column, because it is empty or all alike, is left out and no
// error.
func runExplore(c *stage.Context) error {
	in, file := c.Inputs()[0], table.File
	if in.Is(artifact.Split) {
		file = partition.FileTrain
	}
	t, err := table.OpenFile(in, file)
	if err != nil {
		return err
	}
	facts, err := explore.Describe(c, t, *stage.Params[explore.Options](c), classify, c.Cores())
	if err != nil {
		return err
	}
	for _, f := range facts.Findings() {
		if f.Level.Warns() {
			c.Warn(f)
		}
	}
	described, err := table.BlobOf(in, file)
	if err != nil {
		return err
	}
	c.Link(described, table.File)
	return facts.Save(c.WriteFile)
}
