package exchange

import (
	"fmt"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/expression"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/text"
	"labbook/models/exchange/portable"
)

// portableFeatures are features: columns that are looked up, then those that are
// computed, then what becomes of each, in several views or in one.
type portableFeatures struct {
	Statistics []portableStatistic `json:"statistics,omitempty"`
	Derived    []portableDerived   `json:"derived,omitempty"`
	Views      []portableView      `json:"views"`
	Main       int                 `json:"main"` // the view that is read where none is named
	TextsOnly  bool                `json:"texts_only,omitempty"`
}

type portableView struct {
	Name   string          `json:"name"`
	Sparse bool            `json:"sparse,omitempty"` // zeros are left out
	Parts  []portablePiece `json:"parts"`
}

type portableStatistic struct {
	Name   string     `json:"name"`
	By     string     `json:"by"`
	Levels []string   `json:"levels"`
	Values []*float64 `json:"values"` // null: missing
	Other  *float64   `json:"other"`
}

// portableDerived is a formula: its operations in an order in which each comes after
// those that it reads, [op, kind, places of arguments, number or text, levels].
type portableDerived struct {
	Name string          `json:"name"`
	Kind expression.Kind `json:"kind"`
	Ops  [][]any         `json:"ops"`
}

// portablePiece is one of features.Part, k says which; Asked are the columns that what
// it adds is the reason of.
type portablePiece struct {
	Kind    string         `json:"k"`
	Column  string         `json:"column"`
	Width   int            `json:"width"`
	Asked   []string       `json:"asked,omitempty"`
	Names   []string       `json:"names,omitempty"` // of the columns of the matrix; of terms they are terms
	Log     bool           `json:"log,omitempty"`
	Impute  *float64       `json:"impute,omitempty"`
	Mean    float64        `json:"mean,omitempty"`
	Scale   float64        `json:"scale,omitempty"`
	Knots   []float64      `json:"knots,omitempty"`
	Means   []float64      `json:"means,omitempty"`
	Scales  []float64      `json:"scales,omitempty"`
	Values  []float64      `json:"values,omitempty"`
	Scores  []float64      `json:"scores,omitempty"`
	Levels  []string       `json:"levels,omitempty"`
	Lacking int            `json:"lacking,omitempty"` // the code of a missing value
	Unknown int            `json:"unknown,omitempty"`
	First   int            `json:"first,omitempty"`
	Parts   []string       `json:"parts,omitempty"`
	Terms   *portableTerms `json:"terms,omitempty"`
}

// portableTerms is a vectorizer. Ends are where the terms end in Letters, UTF-8; the
// document frequencies are in IDF.
type portableTerms struct {
	Options  text.Options  `json:"options"`
	Shortest int           `json:"shortest,omitempty"`
	Letters  portable.Ref  `json:"letters"`
	Ends     portable.Ref  `json:"ends"`
	IDF      *portable.Ref `json:"idf,omitempty"`
	Prefix   string        `json:"prefix,omitempty"` // of the names of columns
	Stop     []string      `json:"stop,omitempty"`
}

func (w *porter) features(f *features.Features) (*portableFeatures, error) {
	out := &portableFeatures{TextsOnly: f.TextsOnly()}
	fields := slices.Clone(f.Inputs)
	for _, s := range f.Statistics() {
		if s.How != "" {
			return nil, noForm(fmt.Sprintf("the statistic %q", s.Field.Name), s.How, "statistics by one category", "give the column in the data, or leave it out")
		}
		one := portableStatistic{Name: s.Field.Name, By: s.By, Levels: s.Levels, Other: finite(s.Other)}
		for _, v := range s.Values {
			one.Values = append(one.Values, finite(v))
		}
		out.Statistics = append(out.Statistics, one)
		fields = append(fields, s.Field)
	}
	for _, d := range f.Derived() {
		one, err := derivedOps(d, fields)
		if err != nil {
			return nil, err
		}
		out.Derived = append(out.Derived, *one)
		fields = append(fields, d.Field)
	}
	names := f.Views()
	if names == nil {
		names = []string{""}
	}
	reasons, column := f.Reasons(), 0
	for i, name := range names {
		own, first := f, column
		if f.Views() != nil {
			own = f.View(name)
		}
		if own == f.Main() {
			out.Main = i
		}
		v := portableView{Name: name, Sparse: own.Sparse()}
		for _, part := range own.Parts() {
			piece, err := w.piece(part)
			if err != nil {
				return nil, err
			}
			if piece.Terms == nil && piece.Width > 0 {
				for _, reason := range reasons.Of(column) {
					piece.Asked = append(piece.Asked, reasons.Names[reason])
				}
				piece.Names = own.Names()[column-first:][:piece.Width]
			}
			column += piece.Width
			v.Parts = append(v.Parts, *piece)
		}
		out.Views = append(out.Views, v)
	}
	return out, nil
}

// derivedOps lists the operations of a formula.
func derivedOps(d features.DerivedPart, fields []table.Field) (*portableDerived, error) {
	said, err := expression.Say(d.Expr, fields)
	if err != nil {
		return nil, fmt.Errorf("derived column %q: %w", d.Field.Name, err)
	}
	out := &portableDerived{Name: d.Field.Name, Kind: said.Kind}
	places := map[*expression.Said]int{}
	var write func(s *expression.Said) int
	write = func(s *expression.Said) int {
		if at, known := places[s]; known {
			return at
		}
		args := []int{}
		for _, a := range s.Args {
			args = append(args, write(a))
		}
		if s.Op == "matches" && err == nil {
			err = &diag.Error{What: fmt.Sprintf("the derived column %q has no form in a page: patterns are read otherwise there", d.Field.Name), Found: d.Expr,
				Wanted: "contains, startsWith or endsWith", Hint: "derive it otherwise, or give the column in the data, and train again"}
		}
		op := []any{s.Op, s.Kind, args}
		switch {
		case s.Op == "text" || s.Op == "column":
			op = append(op, s.Text)
		case s.Levels != nil:
			op = append(op, s.Levels)
		case len(args) == 0:
			op = append(op, s.Number)
		}
		out.Ops = append(out.Ops, op)
		places[s] = len(out.Ops) - 1
		return places[s]
	}
	write(said)
	return out, err
}

func (w *porter) piece(part features.Part) (*portablePiece, error) {
	straight := func(kind string, p *features.NumberPart) *portablePiece {
		return &portablePiece{Kind: kind, Column: p.Column, Width: 1, Log: p.Log, Impute: p.Impute, Mean: p.Mean, Scale: p.Scale}
	}
	levels := func(kind string, p *features.LevelsPart, width int) *portablePiece {
		return &portablePiece{Kind: kind, Column: p.Column, Width: width, Levels: p.Levels, Lacking: p.Missing, Unknown: p.Unknown}
	}
	switch p := part.(type) {
	case *features.NumberPart:
		return straight("number", p), nil
	case *features.CurvePart:
		out := straight("curve", &p.Straight)
		out.Width, out.Knots, out.Means, out.Scales = len(p.Knots)-1, p.Knots, p.Means, p.Scales
		return out, nil
	case *features.RanksPart:
		out := straight("ranks", &p.Straight)
		out.Values, out.Scores = p.Values, p.Scores
		return out, nil
	case *features.MissingPart:
		return &portablePiece{Kind: "missing", Column: p.Column, Width: 1}, nil
	case *features.OnehotPart:
		out := levels("onehot", &p.LevelsPart, p.End-p.First)
		out.First = p.First
		return out, nil
	case *features.PlacePart:
		return levels("place", &p.LevelsPart, 1), nil
	case *features.MeansPart:
		out := levels("means", &p.LevelsPart, p.Width)
		out.Values = p.Values
		return out, nil
	case *features.DatePart:
		return &portablePiece{Kind: "date", Column: p.Column, Width: len(p.Parts), Parts: p.Parts, Impute: p.Impute, Means: p.Means, Scales: p.Scales}, nil
	case *features.TermsPart:
		return w.terms(p)
	case *features.OtherPart:
		return nil, noForm(fmt.Sprintf("what is made of the column %q", p.Column), p.How, "numbers, levels, parts of dates, and words", "leave the column out, or encode it otherwise")
	}
	panic(fmt.Sprintf("exchange: a part of type %T", part))
}

func (w *porter) terms(p *features.TermsPart) (*portablePiece, error) {
	v := p.Vectorizer
	o := v.Options()
	shortest := o.ShortestWord()
	switch {
	case o.Stem != "":
		return nil, noForm(fmt.Sprintf("stems of the text %q", p.Column), "stem: "+o.Stem, "no stem", "leave stem out")
	case o.Hash > 0:
		return nil, noForm(fmt.Sprintf("hashed terms of the text %q", p.Column), fmt.Sprintf("hash: %d", o.Hash), "a vocabulary", "take max_features instead of hash")
	case o.Analyzer == "word" && shortest == 0:
		return nil, noForm(fmt.Sprintf("the words of the text %q", p.Column), "token_pattern: "+o.Pattern, `\b\w\w+\b or \b\w+\b`, "take one of these patterns")
	}
	names := v.Names()
	letters, ends, idf := []byte{}, make([]uint32, len(names)), make([]float64, 0, len(names))
	for column, name := range names {
		letters = append(letters, name...)
		ends[column] = uint32(len(letters))
		if o.Weight == "tfidf" && o.UseIDF {
			idf = append(idf, v.IDF(column))
		}
	}
	t := &portableTerms{Options: o, Shortest: shortest, Letters: w.lists.Bytes(letters), Ends: w.lists.Words(ends), Prefix: p.Prefix}
	if len(idf) > 0 {
		ref := w.lists.Doubles(idf)
		t.IDF = &ref
	}
	if o.Stop != "" {
		t.Stop = text.StopWords()
	}
	return &portablePiece{Kind: "terms", Column: p.Column, Width: len(names), Terms: t}, nil
}
