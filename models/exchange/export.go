// Package exchange writes bundles in the forms of other programs: whole ones in ONNX
// and as folders for MLflow, trees over a matrix as XGBoost's JSON, of which it makes
// bundles too. What a form has no place for is noted or refused, not hidden.
package exchange

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/models/boosting"
	"labbook/models/bundle"
)

// What XGBoost has no place for is among the attributes of its file, which it
// keeps and pays no heed, under these names.
const (
	attributeTarget    = "labbook_target"
	attributeUnit      = "labbook_unit"
	attributeTransform = "labbook_target_transform"
	attributeClasses   = "labbook_classes" // a JSON list
)

// Export gives the trees of the bundle as XGBoost's JSON, and notes for
// whoever uses it: what the file leaves out or says otherwise. The trees read
// the matrix of Features, with its columns named by Names.
func Export(b *bundle.Bundle) (data []byte, notes []string, err error) {
	trees, ok := b.Model.(*boosting.Model)
	if !ok {
		return nil, nil, &diag.Error{What: "only trees can be written for XGBoost", Found: "model: " + b.Estimator, Wanted: "model: boosting",
			Hint: "export a version that boosting trained; `labbook models show MODEL` lists them with their estimators"}
	}
	f := b.Features
	labels := boosting.Labels{Names: Names(f.Names()), Attributes: map[string]string{attributeTarget: f.Target.Name}}
	if f.Target.Unit != "" {
		labels.Attributes[attributeUnit] = f.Target.Unit
	}
	if b.Transform != bundle.None && b.Transform != "" {
		labels.Attributes[attributeTransform] = string(b.Transform)
	}
	if f.Classes != nil {
		list, err := json.Marshal(f.Classes)
		if err != nil {
			return nil, nil, fmt.Errorf("export: %w", err)
		}
		labels.Attributes[attributeClasses] = string(list)
	}
	data, err = trees.MarshalXGBoost(labels)
	return data, notesOn(b, trees, labels.Names), err
}

// notesOn says what is lost or differs in XGBoost's file.
func notesOn(b *bundle.Bundle, trees *boosting.Model, names []string) []string {
	var notes []string
	f := b.Features
	switch b.Transform {
	case bundle.Log:
		notes = append(notes, fmt.Sprintf("the file predicts the natural logarithm of %s: take exp of its predictions", f.Target.Name))
	case bundle.Log1p:
		notes = append(notes, fmt.Sprintf("the file predicts log(1 + %s): take expm1 of its predictions", f.Target.Name))
	}
	if f.Task == metrics.Classification {
		var numbered []string
		for i, class := range f.Classes {
			numbered = append(numbered, fmt.Sprintf("%d is %s", i, class))
		}
		notes = append(notes, "classes are numbers in the file: "+few(numbered))
	}
	if trees.Objective() == "quantile" {
		notes = append(notes, "XGBoost 1.7 has no quantiles: the file names the squared error, which predicts alike; do not train on with it")
	}
	if b.Bounds != nil {
		notes = append(notes, fmt.Sprintf("the bounds of predictions, %g and %g, have no place in the file", b.Bounds.Low, b.Bounds.High))
	}
	if b.Interval != nil {
		notes = append(notes, "the ranges of predictions have no place in the file")
	}
	if b.Calibration != nil {
		notes = append(notes, "the file gives probabilities as the trees say them: their calibration has no place in it")
	}
	if t := b.Threshold; t != nil {
		notes = append(notes, fmt.Sprintf("the threshold has no place in the file: here %s is predicted from a probability of %g on", f.Classes[t.Positive], t.At))
	}
	if f.Sparse() {
		notes = append(notes, "zeros are values to the trees, and XGBoost takes what a sparse matrix leaves out for missing: give it a dense one")
	}
	var renamed []string
	for i, name := range f.Names() {
		if names[i] != name {
			renamed = append(renamed, fmt.Sprintf("%q is %q", name, names[i]))
		}
	}
	if renamed != nil {
		notes = append(notes, "XGBoost does not take some names of columns; in the file "+few(renamed))
	}
	return notes
}

// Names gives the names of columns as XGBoost takes them: without [, ],
// < and what is not printed, each once. Names that it takes stay as they are.
func Names(names []string) []string {
	taken := make(map[string]bool, len(names))
	for _, name := range names {
		taken[name] = true
	}
	out := make([]string, len(names))
	for i, name := range names {
		if out[i] = plainName(name); out[i] == name {
			continue
		}
		for n := 2; taken[out[i]]; n++ {
			out[i] = fmt.Sprintf("%s_%d", plainName(name), n)
		}
		taken[out[i]] = true
	}
	return out
}

func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '[':
			return '('
		case r == ']':
			return ')'
		case r == '<', !unicode.IsGraphic(r):
			return '_'
		}
		return r
	}, name)
}

// few joins texts, the first eight of many.
func few(texts []string) string {
	const most = 8
	if len(texts) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(texts[:most], ", "), len(texts)-most)
	}
	return strings.Join(texts, ", ")
}
