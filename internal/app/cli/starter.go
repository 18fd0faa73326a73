package cli

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/internal/learn/question"
)

//go:embed starter.yaml.tmpl
var starterYAML string

// starter is what the first pipeline is written from, and what is told of it.
type starter struct {
	*question.Question
	Name, Title string
	Data        string // the file, slash-separated, relative to the project
	Pattern     string // of the files, as load has it
	Quality     string // of the model that is worth most
	Candidates  int    // that it tries; 0 is what quality tries by itself
	// CandidatesWhy says where their number comes from.
	CandidatesWhy string
	Width         int      // columns of the file
	Load          []string // lines of load's parameters besides the path
	Read          []line   // columns that are read in a form of their own
	Remarks       []string // what a person ought to look at before the first run

	table *table.Table
}

// line is what is told of a column: as what it is read, why, and what says
// otherwise.
type line struct{ column, as, why, otherwise string }

// Regression says that a number is predicted.
func (s *starter) Regression() bool { return s.Target.Task == metrics.Regression }

// Texts lists the columns that are learned from word by word.
func (s *starter) Texts() []string { return s.Of(question.Words) }

// Drop lists the columns that no feature is made of.
func (s *starter) Drop() []string { return s.Of(question.Dropped) }

// Unread lists the columns that features of no words are not made of.
func (s *starter) Unread() []string { return append(s.Drop(), s.Texts()...) }

// UnreadByLinear lists those that features for linear models are not made of.
func (s *starter) UnreadByLinear() []string { return append(s.Unread(), s.Of(question.Trees)...) }

// LeftOut gives the decisions about columns that some features are not made of.
func (s *starter) LeftOut() []question.Decision {
	return slices.DeleteFunc(slices.Clone(s.Question.Columns), func(d question.Decision) bool { return d.Role == question.Words })
}

// Some names a stage of features that there is.
func (s *starter) Some() string {
	if s.Plain {
		return "onehot"
	}
	return "words"
}

// OnlyTexts says that there is nothing else to learn from.
func (s *starter) OnlyTexts() bool { return len(s.Texts()) > 0 && !s.Plain }

// SplitOptions writes the parameters of split.
func (s *starter) SplitOptions() string {
	var parts []string
	switch {
	case s.Split.Time != "":
		parts = append(parts, "by: time, column: "+scalar(s.Split.Time))
	case s.Split.Stratified:
		parts = append(parts, "by: stratified, column: "+scalar(s.Target.Name))
	}
	if len(s.Split.Group) > 0 {
		parts = append(parts, "group: "+flowList(s.Split.Group))
	}
	if s.Split.Gap != "" {
		parts = append(parts, "gap: "+s.Split.Gap)
	}
	if s.Split.Folds > 0 {
		parts = append(parts, fmt.Sprintf("folds: %d", s.Split.Folds))
	}
	if s.Split.Repeats > 1 {
		parts = append(parts, fmt.Sprintf("repeats: %d", s.Split.Repeats))
	}
	return "{" + strings.Join(append(parts, `test: 0.2, seed: "${params.seed}"`), ", ") + "}"
}

// ClassLines lists the classes and their rows, for a comment.
func (s *starter) ClassLines() string {
	const most = 20
	var parts []string
	for _, c := range s.Target.Classes[:min(len(s.Target.Classes), most)] {
		parts = append(parts, fmt.Sprintf("%s (%s)", oneLine(c.Name), human.Count(c.Rows, "row")))
	}
	if n := len(s.Target.Classes) - most; n > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(parts, ", ")
}
