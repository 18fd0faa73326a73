package stages

import (
	"errors"
	"fmt"
	"slices"

	"labbook/internal/base/artifact"
	"labbook/internal/base/human"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/checks"
	"labbook/internal/learn/neardup"
	"labbook/internal/learn/partition"
	"labbook/runner/stage"
)

// splitParams are the parameters of the kind split.
type splitParams struct {
	By     string         `yaml:"by" names:"column" doc:"How rows are assigned: hash, stratified, time, or the name of a column that says train or test for each row and is dropped afterwards (by: column with column: NAME says the same)."`
	Column string         `yaml:"column" names:"column" doc:"Column of the strata or of the time."`
	Test   float64        `yaml:"test" doc:"Share of the rows that goes into the test part." range:"(0,1)"`
	Seed   uint64         `yaml:"seed" doc:"Seed of the hash."`
	Alike  string         `yaml:"alike" names:"column" doc:"Column of texts of which near-duplicates are kept on one side, by hash or stratified."`
	Group  params.Strings `yaml:"group" names:"column" doc:"Columns whose equal values are kept on one side: the rows of a patient, a school, a machine. By time the test part has the groups that begin after the cut; later rows of those before it are in neither part."`
	Gap    params.Scalar  `yaml:"gap" doc:"By time, how long before the test part training ends: a duration such as 7d or 12h where the column is a date, else a number. Rows within it are in neither part."`

	Folds   int `yaml:"folds" range:"[0,100]" doc:"Parts of all rows that evaluate holds out in turn, with every model fitted again, where the test part is too small to tell models apart; 0 leaves it to evaluate. By time they are windows, one after another."`
	Repeats int `yaml:"repeats" range:"[0,100]" doc:"How often the folds are dealt anew; 0 is once."`
}

// splitFacts is split.json.
type splitFacts struct {
	By     string  `json:"by"`
	Column string  `json:"column,omitempty"`
	Share  float64 `json:"share"` // asked for
	Seed   uint64  `json:"seed"`
	Train  int     `json:"train"` // rows
	Test   int     `json:"test"`
	// Close and Known count the rows in neither part: within the gap, and of
	// groups that begin before the test part.
	Close int `json:"close,omitempty"`
	Known int `json:"known,omitempty"`
	// Together lists rows of the test part, by number, that nearly repeat one
	// another; those of the training part are in structure.json.
	Together [][]int `json:"together,omitempty"`
	// Balances say how far the parts differ in each column.
	Balances []partition.Balance `json:"balances,omitempty"`
}

// split divides a table into a training and a test part.
func split() stage.Kind {
	return stage.Kind{
		Name:    "split",
		Version: 5,
		Doc: `Divides the rows into a training and a test part, the same for all models that follow.

By **hash**, the default, a row goes by its own content and the seed: it never changes sides when fresh rows join, and
equal rows, or those of one group, stay together. **stratified** makes the parts alike in a category, or in the deciles
of a number. By **time** the latest rows are the test. The name of a column goes by what it says: train or test.

What is said here of groups, time and strata is the structure of the data. It is kept as ` + "`structure.json`" + `, and whatever
holds rows out inside the training part obeys it: no group is on both sides, and what is held out is later than what is
learned from, by the gap.`,
		Params:    func() any { return &splitParams{By: partition.Hash, Test: 0.2, Seed: 42} },
		Reads:     []stage.Port{stage.One(artifact.Table)},
		Makes:     []artifact.Type{artifact.Split},
		Anonymous: true,
		Columns:   splitColumns,
		Cores:     func(_ any, available int) int { return available },
		Run:       runSplit,

		Show: showSplit, ShowVersion: 3,
	}
}

// Resolve implements what stage.Kind.Params asks for.
func (p *splitParams) Resolve() error {
	needs := p.By == partition.Stratified || p.By == partition.Time || p.By == partition.Given
	switch {
	case p.By == "":
		return params.Fault("by", "nothing says how to split", "hash, stratified, time or a column", "leave by out to split by hash")
	case needs && p.Column == "":
		return params.Fault("column", fmt.Sprintf("by: %s needs a column", p.By), "the name of a column", "add column: NAME")
	case !needs && p.Column != "":
		return params.Fault("column", fmt.Sprintf("by: %s uses no column", p.By), "", "say by: stratified, by: time or by: column, or leave column out")
	case p.Alike != "" && p.By != partition.Hash && p.By != partition.Stratified:
		return params.Fault("alike", "near-duplicates are kept together by hash or stratified only", "by: hash or by: stratified", "leave out by, or alike")
	case len(p.Group) > 0 && p.By != partition.Hash && !needs || len(p.Group) > 0 && p.By == partition.Given:
		return params.Fault("group", "a column that says train or test leaves no choice of groups", "by: hash, stratified or time", "leave out by, or group")
	case p.Gap != "" && p.By != partition.Time:
		return params.Fault("gap", "there is a gap only in time", "by: time", "say by: time, or leave gap out")
	case p.Folds == 1:
		return params.Fault("folds", "one fold leaves nothing to learn from", "0 or at least 2", "write folds: 5")
	case p.Repeats > 0 && p.Folds == 0:
		return params.Fault("repeats", "there are no folds to repeat", "", "add folds: 5")
	case p.Repeats > 1 && p.By == partition.Time:
		return params.Fault("repeats", "windows of time are the same each time", "", "leave repeats out")
	}
	return partition.CheckGap(string(p.Gap))
}

// options translates the parameters.
func (p *splitParams) options() partition.Options {
	return partition.Options{By: p.By, Column: p.Column, Test: p.Test, Seed: p.Seed, Group: p.Group,
		Gap: string(p.Gap), Folds: p.Folds, Repeats: p.Repeats}
}

// splitColumns implements stage.Kind.Columns.
func splitColumns(a *stage.Ahead) (stage.Columns, error) {
	columns := a.Table(table.File)
	if columns == nil {
		return nil, nil
	}
	p := a.Params.(*splitParams)
	err := errors.Join(p.options().CheckColumns(columns), params.NoColumn("alike", p.Alike, columns))
	used := p.options().Consumes()
	columns = slices.DeleteFunc(slices.Clone(columns), func(name string) bool { return name == used })
	return stage.Columns{partition.FileTrain: columns, partition.FileTest: columns}, err
}

// runSplit leaves both parts as tables with the same columns and levels, whose
// fields say what training showed of each column; the facts (split.json); and
// the structure of the training part (structure.json), which whatever holds
// rows out obeys. The column that says train or test is dropped, and no row is
// in both parts; in time, rows within the gap or of groups that began before
// are in neither. How many texts are torn apart, and how far the parts differ,
// is warned of, not mended.
func runSplit(c *stage.Context) error {
	p := stage.Params[splitParams](c)
	t, err := table.Open(c.Inputs()[0])
	if err != nil {
		return err
	}
	o := p.options()
	o.Cores = c.Cores()
	texts, err := longTexts(t, p.Alike)
	if err != nil {
		return err
	}
	near := make(map[string][]neardup.Pair, len(texts))
	for _, column := range texts {
		near[column.Name] = neardup.Find(column.Texts, nearlyAlike, c.Cores())
	}
	if p.Alike != "" {
		o.Together = neardup.Groups(near[p.Alike])
	}
	parts, err := partition.Divide(t, o)
	if err != nil {
		return err
	}
	structure, err := o.Structure(t)
	if err != nil {
		return err
	}
	if used := o.Consumes(); used != "" {
		t = t.Without(used)
	}
	train, test := t.Deal(parts.Train, parts.Test)
	table.Describe(train, c.Cores())
	table.Adopt(test, train.Fields())
	if err := train.WriteFile(c.Path(partition.FileTrain)); err != nil {
		return err
	}
	if err := test.WriteFile(c.Path(partition.FileTest)); err != nil {
		return err
	}
	found := splitFacts{By: p.By, Column: p.Column, Share: p.Test, Seed: p.Seed, Train: train.Rows(), Test: test.Rows(),
		Close: parts.Close, Known: parts.Known, Together: structure.Of(parts.Test).Together, Balances: partition.Balances(train, test)}
	if err := writeFacts(c, partition.FileFacts, found); err != nil {
		return err
	}
	if err := writeFacts(c, partition.FileStructure, structure.Of(parts.Train)); err != nil {
		return err
	}
	c.Metric(metrics.Value{Name: "train_rows", Value: float64(train.Rows()), Unit: "rows"})
	c.Metric(metrics.Value{Name: "test_rows", Value: float64(test.Rows()), Unit: "rows"})
	warnOfSplit(c, p, parts, train, test, found.Balances)
	for _, column := range texts {
		if n := torn(near[column.Name], parts); n > 0 {
			c.Warn(checks.SharedTexts.Finding(column.Name, n,
				"%s of the test part nearly %s one of the training part: the test is easier than it looks; alike: %s keeps them together",
				human.Count(n, "row"), human.Verb(n, "repeats", "repeat"), column.Name))
		}
	}
	return nil
}

// warnOfSplit warns of what makes a test less honest than it looks.
func warnOfSplit(c *stage.Context, p *splitParams, parts *partition.Parts, train, test *table.Table, balances []partition.Balance) {
	if p.By != partition.Hash || len(p.Group) > 0 { // by hash, equal rows are on one side
		if n := partition.Shared(train, test); n > 0 {
			c.Warn(checks.SharedRows.Finding("", n, "%s of the test part found in the training part too: the test is easier than it looks; by: hash keeps equal rows together",
				human.Count(n, "row")))
		}
	}
	if parts.Close > 0 {
		c.Logf("%s within the gap of %s before the test part %s in neither part", human.Count(parts.Close, "row"), p.Gap, human.Verb(parts.Close, "is", "are"))
	}
	if parts.Known > 0 {
		c.Warn(checks.KnownGroups.Finding("", parts.Known, "%s after the cut %s to a group with rows before it, and %s in neither part",
			human.Count(parts.Known, "row"), human.Verb(parts.Known, "belongs", "belong"), human.Verb(parts.Known, "is", "are")))
	}
	if parts.Undated > 0 {
		c.Warn(checks.Undated.Finding(p.Column, parts.Undated, "%s without %s %s in the training part",
			human.Count(parts.Undated, "row"), p.Column, human.Verb(parts.Undated, "is", "are")))
	}
	for _, b := range balances {
		if b.Unseen > 0 && !slices.Contains(p.Group, b.Column) { // of groups it is what was asked for
			c.Warn(checks.UnseenLevels.Finding(b.Column, b.Unseen, "%s of the test part %s a level of %s that no training row has",
				human.Count(b.Unseen, "row"), human.Verb(b.Unseen, "has", "have"), b.Column))
		}
	}
}
