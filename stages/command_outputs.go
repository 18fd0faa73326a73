package stages

import (
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/runner/stage"
)

// What an output of a command can be besides a file like any other.
const (
	asTable    = string(artifact.Table)
	asSplit    = string(artifact.Split)
	asFeatures = string(artifact.Features)
)

// plain are the patterns of the outputs that are kept as they are.
func (p *commandParams) plain() (patterns []string) {
	for _, o := range p.Outputs {
		if o.Value == "" || o.Value == string(artifact.Files) {
			patterns = append(patterns, o.Key)
		}
	}
	return patterns
}

// typed gives the outputs that are read and written anew as what they are.
func (p *commandParams) typed() (outputs params.Map[string]) {
	for _, o := range p.Outputs {
		if o.Value != "" && o.Value != string(artifact.Files) {
			outputs = append(outputs, o)
		}
	}
	return outputs
}

// makes gives the types of the output.
func (p *commandParams) makes() []artifact.Type {
	typed := p.typed()
	if len(typed) == 0 {
		return []artifact.Type{artifact.Files}
	}
	switch typed[0].Value {
	case asTable:
		return []artifact.Type{artifact.Table, artifact.Files}
	case asSplit:
		return []artifact.Type{artifact.Split, artifact.Files}
	}
	types := []artifact.Type{artifact.Features, artifact.Files}
	if p.part("test") != "" {
		types = slices.Insert(types, 1, artifact.Split)
	}
	return types
}

// part gives the typed output that is a part of a split, by the name of its file
// without its extension; "" where there is none.
func (p *commandParams) part(name string) string {
	for _, o := range p.typed() {
		if base := path.Base(o.Key); strings.TrimSuffix(base, path.Ext(base)) == name {
			return o.Key
		}
	}
	return ""
}

// resolveOutputs checks what is said of the outputs.
func (p *commandParams) resolveOutputs() error {
	typed := p.typed()
	for _, o := range typed {
		at := "outputs." + o.Key
		switch {
		case strings.ContainsAny(o.Key, "*?["):
			return params.Fault(at, "a pattern cannot be a "+o.Value, "one file", "name the file")
		case o.Value != typed[0].Value:
			return params.Fault(at, fmt.Sprintf("a stage leaves one thing, and this one leaves a %s already", typed[0].Value), typed[0].Value, "let another stage make it")
		case o.Value == asTable && len(typed) > 1:
			return params.Fault(at, "a stage leaves one table", "", "let another stage make it, or leave the parts of a split")
		}
	}
	if len(typed) == 0 || typed[0].Value == asTable {
		if p.Target != "" {
			return params.Fault("target", "nothing is left as features", "", "leave target out, or say of an output that it is features")
		}
		return nil
	}
	wanted := "train and test, as in {train.arrow: split, test.arrow: split}"
	for _, o := range typed {
		if o.Key != p.part("train") && o.Key != p.part("test") {
			return params.Fault("outputs."+o.Key, "which part of the "+typed[0].Value+" it is cannot be told", "files called "+wanted, "rename it")
		}
	}
	switch features := typed[0].Value == asFeatures; {
	case p.part("train") == "" || !features && p.part("test") == "":
		return params.Fault("outputs", "a part of the "+typed[0].Value+" is lacking", "files called "+wanted, "name both files, each with its type")
	case features && p.Target == "":
		return params.Fault("target", "nothing says which column of the features is to be predicted", "the name of a column", "add target: NAME")
	case !features && p.Target != "":
		return params.Fault("target", "nothing is left as features", "", "leave target out")
	}
	return nil
}

// takeTyped reads the typed outputs where the program left them, and writes what
// they are into the output.
func takeTyped(c *stage.Context, p *commandParams, read func(name string) (*table.Table, error)) error {
	typed := p.typed()
	if len(typed) == 0 {
		return nil
	}
	known, err := knownFields(c)
	if err != nil {
		return err
	}
	if typed[0].Value == asTable {
		t, err := read(typed[0].Key)
		if err != nil {
			return err
		}
		c.Logf("%s: %s, %s", typed[0].Key, human.Count(t.Rows(), "row"), human.Count(len(t.Columns), "column"))
		return settle(t, known).WriteFile(c.Path(table.File))
	}
	train, err := read(p.part("train"))
	if err != nil {
		return err
	}
	test := train.Slice(0, 0)
	if name := p.part("test"); name != "" {
		if test, err = read(name); err != nil {
			return err
		}
		if test, err = matching(train, test, p.part("train"), name); err != nil {
			return err
		}
	}
	rows := train.Rows()
	all := settle(table.Concat(train, test), known)
	train, test = all.Slice(0, rows), all.Slice(rows, all.Rows())
	for _, part := range []*table.Table{train, test} {
		for i, column := range part.Columns {
			again := *column
			table.Observe(&again, true)
			part.Columns[i] = &again
		}
	}
	return leaveSplit(c, p, train, test)
}

// finite says which number of a table that a program left is none.
func finite(file string, t *table.Table) error {
	for _, c := range t.Columns {
		if row := slices.IndexFunc(c.Num, func(v float64) bool { return math.IsInf(v, 0) }); row >= 0 {
			return &diag.Error{What: fmt.Sprintf("%s: column %q, row %d: the number is infinite", file, c.Name, row+1), Hint: "write a finite number, or none"}
		}
	}
	return nil
}

// matching gives the test part with its columns in the order of the training part,
// and refuses what does not match.
func matching(train, test *table.Table, trainFile, testFile string) (*table.Table, error) {
	for _, a := range train.Columns {
		b := test.Column(a.Name)
		switch {
		case b == nil:
			return nil, &diag.Error{What: fmt.Sprintf("%s has no column %q", testFile, a.Name), Wanted: "the columns of " + trainFile, Hint: diag.DidYouMean(a.Name, test.Names())}
		case a.Type != b.Type && !a.Empty() && !b.Empty():
			return nil, &diag.Error{What: fmt.Sprintf("%s: column %q is of another type than in %s", testFile, a.Name, trainFile),
				Found: string(b.Type), Wanted: string(a.Type), Hint: "write both parts with the same types"}
		case a.Ordered != b.Ordered || a.Ordered && !slices.Equal(a.Levels, b.Levels):
			return nil, &diag.Error{What: fmt.Sprintf("%s: the levels of column %q stand in another order than in %s", testFile, a.Name, trainFile),
				Found: human.List(b.Levels), Wanted: human.List(a.Levels), Hint: "write both parts with the same categories"}
		}
	}
	for _, b := range test.Columns {
		if train.Column(b.Name) == nil {
			return nil, &diag.Error{What: fmt.Sprintf("%s has a column %q, and %s has none", testFile, b.Name, trainFile), Hint: "write both parts with the same columns"}
		}
	}
	return test.Select(train.Names()...), nil
}

// leaveSplit leaves both parts as a split, and the training part as features where
// that is declared.
func leaveSplit(c *stage.Context, p *commandParams, train, test *table.Table) error {
	table.Describe(train, c.Cores())
	table.Adopt(test, train.Fields())
	structure, together, err := keptStructure(c, train, test)
	if err != nil {
		return err
	}
	if err := train.WriteFile(c.Path(partition.FileTrain)); err != nil {
		return err
	}
	if err := writeFacts(c, partition.FileStructure, structure); err != nil {
		return err
	}
	c.Metric(metrics.Value{Name: "train_rows", Value: float64(train.Rows()), Unit: "rows"})
	if p.part("test") != "" {
		if err := test.WriteFile(c.Path(partition.FileTest)); err != nil {
			return err
		}
		facts := splitFacts{By: partition.Given, Train: train.Rows(), Test: test.Rows(), Together: together, Balances: partition.Balances(train, test)}
		if err := writeFacts(c, partition.FileFacts, facts); err != nil {
			return err
		}
		c.Metric(metrics.Value{Name: "test_rows", Value: float64(test.Rows()), Unit: "rows"})
	}
	if p.typed()[0].Value == asFeatures {
		return leaveFeatures(c, p, train, structure)
	}
	return nil
}

// keptStructure gives how the rows of the parts belong together: as in the split
// that the command read, where that is one and its columns are still there; and
// which rows nearly repeat one another, where there are as many rows as before.
func keptStructure(c *stage.Context, train, test *table.Table) (*partition.Structure, [][]int, error) {
	of := c.Of(artifact.Split, artifact.Features)
	if len(of) != 1 {
		return &partition.Structure{}, nil, nil
	}
	s, err := partition.OpenStructure(of[0])
	if err != nil {
		return nil, nil, err
	}
	for _, column := range append(slices.Clone(s.Groups), s.Strata, s.Time) {
		if column != "" && train.Column(column) == nil {
			c.Warn(notebook.Finding{Column: column, Text: fmt.Sprintf(
				"%s says which rows of %s belong together, and the output does not have it: its rows count as independent", column, of[0].Stage)})
			return &partition.Structure{}, nil, nil
		}
	}
	before, err := partition.Train(of[0])
	if err != nil {
		return nil, nil, err
	}
	tested, err := partition.OpenTestStructure(of[0])
	if err != nil {
		return nil, nil, err
	}
	if before.Rows() != train.Rows() {
		s.Together = nil
	}
	if test.Rows() <= last(tested.Together) {
		tested.Together = nil
	}
	return s, tested.Together, nil
}

// last gives the greatest number of some lists, -1 of none.
func last(lists [][]int) int {
	most := -1
	for _, list := range lists {
		most = max(most, slices.Max(list))
	}
	return most
}

// leaveFeatures leaves what the kind features would leave of a table of numbers:
// each becomes a column of the matrix as it is.
func leaveFeatures(c *stage.Context, p *commandParams, train *table.Table, structure *partition.Structure) error {
	file := p.part("train")
	for _, column := range train.Columns {
		if column.Name == p.Target {
			continue
		}
		if column.Type != table.Number {
			return &diag.Error{What: fmt.Sprintf("%s: column %q is no number", file, column.Name), Found: "a " + string(column.Type), Wanted: "numbers, in every column but the target",
				Hint: "encode it, or leave a split, of which the kind features makes numbers"}
		}
	}
	o := features.Defaults()
	o.Target = p.Target
	if train.Column(p.Target) == nil {
		return &diag.Error{What: fmt.Sprintf("%s has no column %q, the target", file, p.Target), Hint: diag.DidYouMean(p.Target, train.Names())}
	}
	layout, err := structure.Layout(train)
	if err != nil {
		return err
	}
	learned, err := features.Learn(train, layout, o, nil, c.Cores())
	if err != nil {
		return err
	}
	warnOfFeatures(c, learned.Features, train.Rows()-learned.Data.X.Rows)
	if err := errors.Join(learned.Save(c.WriteFile), writeFacts(c, features.FileOptions, params.Values(&o)), writeRows(c, train)); err != nil {
		return err
	}
	out, err := c.Create(features.FileMatrix)
	if err != nil {
		return err
	}
	return errors.Join(learned.Data.Write(out), out.Close())
}
