package stages

import (
	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/explore"
	"labbook/internal/learn/partition"
	"labbook/runner/stage"
)

// exploreKind describes a table; its output is its cell.
func exploreKind() stage.Kind {
	return stage.Kind{
		Name:    "explore",
		Version: 6,
		Doc: `Describes a table before anyone models it: shape, types, missing values, statistics, distributions, how columns go together and with the target, outliers, duplicates, class balance, and what to do about it, in words.

It reads a table, or the training part of a split.`,
		Params: func() any { o := explore.Defaults(); return &o },
		Reads:  []stage.Port{stage.One(artifact.Table, artifact.Split)},
		Columns: func(a *stage.Ahead) (stage.Columns, error) {
			if columns := a.Table(table.File, partition.FileTrain); columns != nil {
				return nil, a.Params.(*explore.Options).CheckColumns(columns)
			}
			return nil, nil
		},
		Parts: func(any) []params.Line { return versions(classifier()) },
		Cores: func(_ any, available int) int { return available },
		Run:   runExplore,
	}
}

func runExplore(c *stage.Context) error {
	in := c.Inputs()[0]
	open := table.Open
	if in.Is(artifact.Split) {
		open = partition.Train
	}
	t, err := open(in)
	if err != nil {
		return err
	}
	facts, err := explore.Describe(c, t, *stage.Params[explore.Options](c), classify, c.Cores())
	if err != nil {
		return err
	}
	for _, f := range facts.Findings() {
		if f.Level == "warning" {
			c.Warn(f)
		}
	}
	return facts.Page(c, c.Cell(), c.Cores())
}
