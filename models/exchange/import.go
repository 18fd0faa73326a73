package exchange

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"labbook/internal/base/diag"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/models/boosting"
	"labbook/models/bundle"
)

// Options say what a file of XGBoost's does not know. What they leave out
// is taken from the attributes that Export writes, where there are any.
type Options struct {
	// Like, if not nil, gives the model its features, target and transform; the
	// other options are not looked at then.
	Like *bundle.Bundle
	// Target names what is predicted; "" is "target".
	Target string
	Unit   string
	// Transform is what was done to the target before training; "": nothing.
	Transform bundle.Transform
}

// Import makes a bundle of a model that XGBoost saved as JSON, and notes
// on how to use it. Without options.Like its inputs are the columns that the
// model was trained on, as numbers. Errors are of type *diag.Error.
func Import(data []byte, o Options) (b *bundle.Bundle, notes []string, err error) {
	trees, labels, err := boosting.UnmarshalXGBoost(data)
	if err != nil {
		return nil, nil, err
	}
	spec := boosting.Spec()
	b = &bundle.Bundle{Estimator: spec.Name, Version: spec.Version, Params: map[string]string{"objective": trees.Objective()}, Model: trees}
	if o.Like != nil {
		b.Features, b.Transform = o.Like.Features, o.Like.Transform
		err = alike(b, labels)
	} else {
		err = describe(b, labels, o)
	}
	if err != nil {
		return nil, nil, err
	}
	best, err := strconv.Atoi(labels.Attributes["best_iteration"])
	if rounds := trees.Rounds(); err == nil && best+1 < rounds {
		notes = append(notes, fmt.Sprintf("the file says that round %d of %d was the best; all are used: save booster[:%d] to use the best", best+1, rounds, best+1))
	}
	return b, notes, nil
}

// describe gives the bundle features of its own: the model's columns as
// numbers.
func describe(b *bundle.Bundle, labels boosting.Labels, o Options) error {
	trees := b.Model.(*boosting.Model)
	names := labels.Names
	if len(names) == 0 { // then XGBoost calls them so
		for j := range trees.Columns() {
			names = append(names, fmt.Sprintf("f%d", j))
		}
	}
	if len(names) != trees.Columns() {
		return &diag.Error{What: "the file names fewer or more columns than its trees read", Found: strconv.Itoa(len(names)),
			Wanted: strconv.Itoa(trees.Columns()), Hint: "save the model with XGBoost again"}
	}
	target := table.Field{Name: cmp.Or(o.Target, labels.Attributes[attributeTarget], "target"), Type: table.Number,
		Unit: cmp.Or(o.Unit, labels.Attributes[attributeUnit])}
	seen := map[string]bool{target.Name: true}
	for _, name := range names {
		switch {
		case name == target.Name:
			return &diag.Error{What: "the target has the name of a column", Found: strconv.Quote(name), Hint: "name what is predicted with --target"}
		case name == "" || seen[name]:
			return &diag.Error{What: "the columns of the file cannot be told apart", Found: "twice " + strconv.Quote(name),
				Hint: "give each feature a name of its own, and train again"}
		}
		seen[name] = true
	}
	b.Transform = bundle.Transform(cmp.Or(string(o.Transform), labels.Attributes[attributeTransform], string(bundle.None)))
	var classes []string
	if trees.Outputs() > 1 {
		if b.Transform != bundle.None {
			return diag.New("classes have no logarithm", "leave out --log: the file is a classification")
		}
		classes = classesOf(labels, trees.Outputs())
		if !slices.Equal(classes, numbered(len(classes))) {
			target.Type, target.Levels = table.Category, classes
		}
		target.Unit = ""
	} else if name, undone := trees.UndoesLog(); b.Transform != bundle.None && undone {
		return diag.New("the file undoes a logarithm itself: its objective is "+name, "leave out --log")
	}
	b.Features = features.Identity(names, target, classes)
	return fits(b)
}

// classesOf gives the names of so many classes: those that the file was
// exported with, or their numbers.
func classesOf(labels boosting.Labels, count int) []string {
	var classes []string
	err := json.Unmarshal([]byte(labels.Attributes[attributeClasses]), &classes)
	if distinct := slices.Compact(slices.Sorted(slices.Values(classes))); err != nil || len(classes) != count || len(distinct) != count {
		return numbered(count)
	}
	return classes
}

func numbered(count int) []string {
	classes := make([]string, count)
	for k := range classes {
		classes[k] = strconv.Itoa(k)
	}
	return classes
}

// alike says what keeps the model from reading the matrix of the bundle's
// features, and predicting its target.
func alike(b *bundle.Bundle, labels boosting.Labels) error {
	trees, f, names := b.Model.(*boosting.Model), b.Features, labels.Names
	want := f.Names()
	if !slices.Equal(names, want) {
		want = Names(want)
	}
	outputs := max(1, len(f.Classes))
	target, exported := labels.Attributes[attributeTarget]
	transform := bundle.Transform(cmp.Or(labels.Attributes[attributeTransform], string(bundle.None)))
	switch {
	case trees.Outputs() != outputs:
		return &diag.Error{What: "the file predicts something else", Found: kindOf(trees.Outputs()), Wanted: kindOf(outputs),
			Hint: "name a version with --like that does the same, or leave --like out"}
	case exported && (target != f.Target.Name || transform != b.Transform):
		return &diag.Error{What: "the file was exported with another target", Found: quantity(target, transform),
			Wanted: quantity(f.Target.Name, b.Transform), Hint: "name a version with --like that predicts the same, or leave --like out"}
	case len(names) == 0 && trees.Columns() != len(want):
		return &diag.Error{What: "the file reads another number of columns", Found: strconv.Itoa(trees.Columns()), Wanted: strconv.Itoa(len(want)),
			Hint: hintTrain}
	case len(names) > 0 && !slices.Equal(names, want):
		return unlike(names, want)
	}
	return fits(b)
}

// fits is Bundle.Check, told to people.
func fits(b *bundle.Bundle) error {
	if err := b.Check(); err != nil {
		return &diag.Error{What: err.Error(), Err: err, Hint: "save the model with XGBoost again"}
	}
	return nil
}

// hintTrain says how to get the matrix that the columns are to be like.
const hintTrain = "train on what `labbook predict MODEL ROWS --features` writes, or leave --like out"

// unlike says how the columns of a file differ from those wanted.
func unlike(names, want []string) error {
	without := func(all, these []string) []string {
		known := make(map[string]bool, len(these))
		for _, name := range these {
			known[name] = true
		}
		var rest []string
		for _, name := range all {
			if !known[name] {
				rest = append(rest, strconv.Quote(name))
			}
		}
		return rest
	}
	e := &diag.Error{What: "the file reads other columns", Hint: hintTrain}
	if more := without(names, want); more != nil {
		e.Found = few(more) + " besides"
	}
	if less := without(want, names); less != nil {
		e.Wanted = few(less) + " too"
	}
	if e.Found == "" && e.Wanted == "" {
		e.What = "the file reads the same columns in another order"
		for j := range min(len(names), len(want)) {
			if names[j] != want[j] {
				e.Found, e.Wanted = fmt.Sprintf("%q as column %d", names[j], j+1), strconv.Quote(want[j])
				break
			}
		}
	}
	return e
}

func quantity(target string, t bundle.Transform) string {
	if t == bundle.None {
		return target
	}
	return fmt.Sprintf("%s(%s)", t, target)
}

func kindOf(outputs int) string {
	if outputs == 1 {
		return "a number"
	}
	return fmt.Sprintf("%d classes", outputs)
}
