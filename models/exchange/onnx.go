package exchange

import (
	"encoding/json"
	"fmt"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
	"labbook/models/bundle"
	"labbook/models/exchange/onnx"
)

// About is what a file says of the version that it was made of.
type About struct {
	Model   string
	Version int
	Digest  string // of its artifact
	Metrics []metrics.Value
}

// The names of a graph's outputs, unless an input is called so.
const (
	OutputPrediction    = "prediction"    // N x 1, in the target's own unit
	OutputLow           = "low"           // N x 1, NaN where there is no range
	OutputHigh          = "high"          // N x 1
	OutputLabel         = "label"         // N, the class that is predicted
	OutputProbabilities = "probabilities" // N x classes, in the order of the metadata
)

// ONNX gives the whole bundle as a file in ONNX, and notes for whoever uses it. Its
// inputs are the columns that the model asks for, each N x 1 under its own name: of
// numbers, and of dates as seconds since 1970 in UTC, doubles, where NaN is missing;
// of categories and texts strings, where "" is missing. A row that predict would
// refuse comes out as NaN, with the label "". What has no form in ONNX is a
// *diag.Error that names it. The same bundle gives the same bytes.
func ONNX(b *bundle.Bundle, about About) (data []byte, notes []string, err error) {
	if len(b.Features.Inputs) == 0 {
		return nil, nil, diag.New("the model reads no column, and a file in ONNX has rows only by its inputs", "export a version with features of columns")
	}
	outputs := outputNames(b)
	t := newTranslation(b.Features.Inputs, outputs)
	x, err := t.features(b.Features)
	if err != nil {
		return nil, nil, err
	}
	score, err := t.said(b, x)
	if err != nil {
		return nil, nil, err
	}
	if classes := b.Features.Classes; classes != nil {
		label, p := t.classes(b, score, x)
		t.g.Output(outputs[0], "the class that is predicted", onnx.Labels(), label)
		t.g.Output(outputs[1], "a probability for each class, in the order of labbook.classes", onnx.NumberColumns(len(classes)), p)
	} else if err := t.regress(b, score, x, outputs); err != nil {
		return nil, nil, err
	}
	data, ok := t.g.Encode(describeFile(b, about, outputs))
	if !ok {
		return nil, nil, &diag.Error{What: "the model is too large for a file in ONNX", Wanted: "less than 2 GB",
			Hint: "train fewer or smaller trees, or set max_features for texts"}
	}
	return data, onnxNotes(b), nil
}

func (t *translation) regress(b *bundle.Bundle, score onnx.Value, x *block, outputs []string) error {
	prediction, low, high, err := t.numbers(b, score, x)
	if err != nil {
		return err
	}
	target := described(b.Features.Target)
	t.g.Output(outputs[0], target, onnx.NumberColumns(1), prediction)
	if low != "" {
		t.g.Output(outputs[1], fmt.Sprintf("below it with a probability of %g", (1-b.Interval.Level)/2), onnx.NumberColumns(1), low)
		t.g.Output(outputs[2], fmt.Sprintf("above it with a probability of %g", (1-b.Interval.Level)/2), onnx.NumberColumns(1), high)
	}
	return nil
}

// outputNames gives the names of the outputs in their order.
func outputNames(b *bundle.Bundle) []string {
	names := []string{OutputPrediction}
	switch {
	case b.Features.Classes != nil:
		names = []string{OutputLabel, OutputProbabilities}
	case b.Interval != nil:
		names = append(names, OutputLow, OutputHigh)
	}
	taken := map[string]bool{}
	for _, f := range b.Features.Inputs {
		taken[f.Name] = true
	}
	for i, name := range names {
		for taken[name] {
			name += "_"
		}
		names[i], taken[name] = name, true
	}
	return names
}

// inputDoc says how a column is given.
func inputDoc(f table.Field) string {
	text := described(f)
	switch f.Type {
	case table.Number:
		return text + "; NaN is missing"
	case table.Date:
		return text + "; seconds since 1970-01-01 in UTC, NaN is missing"
	case table.Category:
		if len(f.Levels) <= 50 {
			text += "; one of " + strings.Join(f.Levels, ", ")
		}
	}
	return text + `; "" is missing`
}

func described(f table.Field) string {
	text := f.Name
	if f.Unit != "" {
		text += " in " + f.Unit
	}
	if f.Doc != "" {
		text += ": " + f.Doc
	}
	return text
}

// column is a column in the metadata.
type column struct {
	Name   string     `json:"name"`
	Type   table.Type `json:"type"`
	Unit   string     `json:"unit,omitempty"`
	Doc    string     `json:"doc,omitempty"`
	Levels []string   `json:"levels,omitempty"`
}

func columnOf(f table.Field) column { return column{f.Name, f.Type, f.Unit, f.Doc, f.Levels} }

// describeFile gives what the file says of itself.
func describeFile(b *bundle.Bundle, about About, outputs []string) onnx.About {
	f := b.Features
	say := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err) // strings and finite numbers
		}
		return string(text)
	}
	measured := make(map[string]float64, len(about.Metrics))
	for _, m := range about.Metrics {
		if m.Value-m.Value == 0 { // JSON has no others
			measured[m.Name] = m.Value
		}
	}
	columns := make([]column, len(f.Inputs))
	for i := range f.Inputs {
		columns[i] = columnOf(f.Inputs[i])
	}
	file := onnx.About{Name: about.Model, Version: int64(about.Version),
		Doc: fmt.Sprintf("%s, version %d of the model %s, by labbook: predicts %s.", b.Estimator, about.Version, about.Model, described(f.Target))}
	add := func(key, value string) {
		if value != "" && value != "null" && value != "{}" {
			file.Properties = append(file.Properties, onnx.Property{Key: "labbook." + key, Value: value})
		}
	}
	add("model", about.Model)
	add("version", fmt.Sprint(about.Version))
	add("artifact", about.Digest)
	add("estimator", b.Estimator)
	add("task", string(f.Task))
	add("target", say(columnOf(f.Target)))
	add("classes", say(f.Classes))
	add("columns", say(columns))
	add("outputs", say(outputs))
	add("metrics", say(measured))
	add("opsets", fmt.Sprintf("ai.onnx %d, %s %d", onnx.Opset, onnx.ML, onnx.OpsetML))
	return file
}

// onnxNotes says what the file leaves out.
func onnxNotes(b *bundle.Bundle) []string {
	var notes []string
	if b.Interval != nil && b.Features.Classes != nil {
		notes = append(notes, "the sets of classes that hold the truth have no place in the file")
	}
	if hasTexts(b) {
		notes = append(notes, fmt.Sprintf("words are found by an operator of onnxruntime's own, %s.Tokenizer: other runtimes do not know it", onnx.Microsoft))
	}
	return notes
}

func hasTexts(b *bundle.Bundle) bool {
	for _, f := range b.Features.Inputs {
		if f.Type == table.Text {
			return true
		}
	}
	return false
}
