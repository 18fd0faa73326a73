package features

import (
	"slices"
	"strings"

	"labbook/internal/data/table"
	"labbook/internal/learn/text"
)

// Part says what becomes of one column, as values: for whoever writes features in
// the form of another program. It is one of *NumberPart, *CurvePart, *RanksPart, *MissingPart, *OnehotPart, *PlacePart,
// *MeansPart, *DatePart, *TermsPart and *OtherPart.
type Part interface{ part() }

// NumberPart passes a number on: first Log, which of 0 and less is missing, then
// Impute, if not nil, for what is missing, then, unless Scale is 0, less Mean and
// divided by Scale.
type NumberPart struct {
	Column      string
	Log         bool
	Impute      *float64
	Mean, Scale float64
}

// CurvePart has what Straight makes of a number, and beside it a column for each of
// Knots but the last two, as bend of curve makes them; each column is less its mean
// and divided by its scale where there are any.
type CurvePart struct {
	Straight      NumberPart
	Knots         []float64
	Means, Scales []float64
}

// RanksPart is the place of what Straight makes of a number on a line through points:
// Values, ascending, and their Scores. It is level beyond its ends.
type RanksPart struct {
	Straight       NumberPart
	Values, Scores []float64
}

// MissingPart is 1 where a number is missing, else 0.
type MissingPart struct{ Column string }

// LevelsPart is what the parts of categories share. Missing and Unknown are the
// codes that a missing value and any other level count as, NoLevel or Refused.
type LevelsPart struct {
	Column           string
	Levels           []string
	Missing, Unknown int
}

// The codes that are no level: of what has none, and of what is an error.
const (
	NoLevel = -1
	Refused = -2
)

// OnehotPart has a 0/1 column for each code from First until End.
type OnehotPart struct {
	LevelsPart
	First, End int
}

// PlacePart is the code, NaN of no level.
type PlacePart struct{ LevelsPart }

// MeansPart has Width numbers for each code, the last of them those of no level:
// a code's are Values[code*Width:].
type MeansPart struct {
	LevelsPart
	Width  int
	Values []float64
}

// DatePart has the parts of a date, seconds since 1970, each less its mean and
// divided by its scale where there are any.
type DatePart struct {
	Column        string
	Parts         []string
	Impute        *float64
	Means, Scales []float64
}

// TermsPart has a column for each term of a text, whose name is the term after
// Prefix.
type TermsPart struct {
	Column     string
	Vectorizer *text.Vectorizer
	Prefix     string
}

// OtherPart is what has no other form; How describes it.
type OtherPart struct{ Column, How string }

func (*NumberPart) part()  {}
func (*RanksPart) part()   {}
func (*CurvePart) part()   {}
func (*MissingPart) part() {}
func (*OnehotPart) part()  {}
func (*PlacePart) part()   {}
func (*MeansPart) part()   {}
func (*DatePart) part()    {}
func (*TermsPart) part()   {}
func (*OtherPart) part()   {}

// Parts gives what becomes of each column, in the matrix's order, of features
// without views.
func (f *Features) Parts() []Part {
	parts := make([]Part, len(f.encoders))
	for i, e := range f.encoders {
		switch e := e.(type) {
		case *number:
			parts[i] = e.said()
		case *curve:
			parts[i] = &CurvePart{*e.number.said(), e.Knots, e.Means, e.Scales}
		case *ranks:
			parts[i] = &RanksPart{*e.number.said(), e.Values, e.Scores}
		case *missing:
			parts[i] = &MissingPart{e.Column}
		case *onehot:
			p := &OnehotPart{e.levels.part(), e.first(), e.first() + len(e.names())}
			if e.Missed && p.Missing == NoLevel {
				p.Missing = len(e.Levels)
			}
			parts[i] = p
		case *ordinal:
			parts[i] = &PlacePart{e.levels.part()}
		case *targetMean:
			parts[i] = e.said()
		case *date:
			parts[i] = &DatePart{e.Column, e.Parts, e.Impute, e.Means, e.Scales}
		case *terms:
			p := &TermsPart{Column: e.Column, Vectorizer: e.vectorizer}
			if e.Prefix {
				p.Prefix = e.Column + ": "
			}
			parts[i] = p
		default:
			parts[i] = &OtherPart{e.source(), e.describe()}
		}
	}
	return parts
}

func (e *number) said() *NumberPart { return &NumberPart{e.Column, e.Log, e.Impute, e.Mean, e.Scale} }

// said gives the means as they come out, standardised or not.
func (e *targetMean) said() *MeansPart {
	p := &MeansPart{LevelsPart: e.levels.part(), Width: len(e.Of), Values: slices.Concat(e.Values, e.Prior)}
	if e.Missed && p.Missing == NoLevel {
		p.Missing = len(e.Levels)
	}
	for at := 0; at < len(p.Values); at += p.Width {
		e.scale(p.Values[at:][:p.Width])
	}
	return p
}

func (l *levels) part() LevelsPart {
	code := func(none int) int {
		as, refused := l.standIn(none)
		switch {
		case refused:
			return Refused
		case as < 0:
			return NoLevel
		}
		return as
	}
	return LevelsPart{l.Column, l.Levels, code(codeMissing), code(codeUnknown)}
}

// DerivedPart is a column that is computed from others.
type DerivedPart struct {
	Field table.Field
	Expr  string
}

// Derived gives the columns that are computed, in their order: each sees the
// inputs and those before it.
func (f *Features) Derived() []DerivedPart {
	parts := make([]DerivedPart, len(f.derived))
	for i, d := range f.derived {
		parts[i] = DerivedPart{d.Field, d.Expr}
	}
	return parts
}

// StatisticPart is a column that is looked up by others. It is a table of Values by
// the levels of one category, with Other for any other level, or, with How, something else.
type StatisticPart struct {
	Field  table.Field
	By     string
	Levels []string // "" is missing
	Values []float64
	Other  float64
	How    string
}

// Statistics gives the columns that are looked up; derived ones may read them.
func (f *Features) Statistics() []StatisticPart {
	parts := make([]StatisticPart, len(f.statistics))
	for i, s := range f.statistics {
		parts[i] = StatisticPart{Field: s.Field, How: s.Said.words()}
		if s.Clock != "" || len(s.Said.By) != 1 {
			continue
		}
		by := s.Said.By[0]
		at := slices.IndexFunc(f.Inputs, func(in table.Field) bool { return in.Name == by })
		if f.Inputs[at].Type != table.Category {
			continue
		}
		parts[i] = StatisticPart{Field: s.Field, By: by, Other: float64(s.Other)}
		for k, key := range s.Keys {
			parts[i].Levels, parts[i].Values = append(parts[i].Levels, strings.TrimPrefix(key, "=")), append(parts[i].Values, float64(s.Values[k]))
		}
		if !slices.Contains(s.Keys, "") { // missing in no row of training
			parts[i].Levels, parts[i].Values = append(parts[i].Levels, ""), append(parts[i].Values, float64(s.Other))
		}
	}
	return parts
}
