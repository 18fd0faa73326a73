package serve

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/metrics"
	"labbook/internal/data/moment"
	"labbook/internal/data/table"
	"labbook/models/bundle"
)

// inputSchema describes an object with these fields.
func inputSchema(fields []table.Field, required func(*table.Field) bool) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: false}
	for i := range fields {
		f := &fields[i]
		s.Properties[f.Name] = fieldSchema(f, f.Ordered)
		if required(f) {
			s.Required = append(s.Required, f.Name)
		}
	}
	return s
}

// fieldSchema describes a field: what is declared is binding, what training
// showed is said in words. A closed category has no levels but those of training.
func fieldSchema(f *table.Field, closed bool) *huma.Schema {
	s := &huma.Schema{Minimum: f.Min, Maximum: f.Max}
	var words []string
	if f.Doc != "" {
		words = append(words, strings.TrimSuffix(f.Doc, "."))
	}
	if f.Unit != "" {
		words = append(words, "in "+f.Unit)
	}
	switch f.Type {
	case table.Number:
		s.Type = huma.TypeNumber
		if f.Seen != nil && f.Seen.Count > 0 {
			words = append(words, fmt.Sprintf("training showed %.6g to %.6g", f.Seen.Min, f.Seen.Max))
		}
	case table.Date:
		s.Type = huma.TypeString
		words = append(words, "a date like "+moment.Like(f.Layout))
	case table.Category:
		s.Type = huma.TypeString
		if f.Ordered {
			words = append(words, "from least to greatest")
		}
		if f.Ordered || closed && len(f.Levels) <= 50 {
			for _, level := range f.Levels {
				s.Enum = append(s.Enum, level)
			}
		} else if n := len(f.Levels); n > 0 && n <= 20 && !closed { // others may be sent: the model decides
			words = append(words, "training showed "+strings.Join(f.Levels, ", "))
		}
	default:
		s.Type = huma.TypeString
	}
	if numbers, truths := jsonrow.Unquoted(f.Levels); f.Type == table.Category && (numbers || truths) {
		s.AnyOf = []*huma.Schema{{Type: huma.TypeString, Enum: s.Enum}}
		if numbers {
			s.AnyOf = append(s.AnyOf, &huma.Schema{Type: huma.TypeNumber, Enum: unquotedLevels(s.Enum)})
		}
		if truths {
			s.AnyOf = append(s.AnyOf, &huma.Schema{Type: huma.TypeBoolean})
		}
		if f.Missing {
			s.AnyOf = append(s.AnyOf, &huma.Schema{Type: "null"})
		}
		s.Type, s.Enum = "", nil
	}
	if f.Missing {
		words = append(words, "may be left out")
		s.Nullable = s.Type != ""
		if s.Enum != nil {
			s.Enum = append(s.Enum, nil)
		}
	}
	if example := typicalOf(f); example != nil {
		s.Examples = []any{example}
	}
	s.Description = strings.Join(words, "; ")
	return s
}

// unquotedLevels gives the numbers among levels; nil where others may be sent.
func unquotedLevels(levels []any) (numbers []any) {
	for _, level := range levels {
		if text, ok := level.(string); ok && json.Valid([]byte(text)) {
			var v float64
			if json.Unmarshal([]byte(text), &v) == nil {
				numbers = append(numbers, v)
			}
		}
	}
	return numbers
}

// typicalOf gives a value that training showed often, as bundle.Typical has it, or
// nil. Of a category whose values nobody counted it is the first.
func typicalOf(f *table.Field) any {
	c := bundle.TypicalOf(f)
	switch {
	case f.Type == table.Text:
		return "…"
	case c.IsMissing(0) && len(f.Levels) > 0:
		return f.Levels[0]
	case c.IsMissing(0):
		return nil
	case f.Type == table.Number:
		return c.Num[0]
	}
	return c.String(0)
}

// example is an input to begin with: the first sample, or typical values.
func (s *Endpoint) example() any {
	if samples := s.Samples(); len(samples) > 0 {
		return json.RawMessage(samples[0].Input)
	}
	values := map[string]any{}
	for i := range s.Features().Inputs {
		f := &s.Features().Inputs[i]
		if v := typicalOf(f); v != nil {
			values[f.Name] = v
		}
	}
	return values
}

// always names the members that every prediction has: one that may abstain has a
// label only where it does not.
func (s *Endpoint) always() []string {
	if v := s.model.bundle.Interval; v != nil && v.Abstain {
		return []string{"abstained"}
	}
	return []string{s.Predicts()}
}

// predictionProperties describes the prediction for a row.
func predictionProperties(s *Endpoint) map[string]*huma.Schema {
	f := s.Features()
	properties := map[string]*huma.Schema{}
	if f.Task == metrics.Regression {
		properties[s.Predicts()] = &huma.Schema{Type: huma.TypeNumber, Description: strings.TrimSpace(f.Target.Doc + " " + f.Target.Unit)}
		if f.Target.Unit != "" {
			properties["unit"] = &huma.Schema{Type: huma.TypeString, Enum: []any{f.Target.Unit}}
		}
		if s.Interval() != nil || s.model.bundle.Interval != nil {
			number := &huma.Schema{Type: huma.TypeNumber}
			properties["interval"] = &huma.Schema{Type: huma.TypeObject,
				Description: "The truth lies between low and high as often as level says; taken from errors on rows that the model did not learn from.",
				Properties:  map[string]*huma.Schema{"low": number, "high": number, "level": number}}
		}
	} else {
		enum := make([]any, len(f.Classes))
		for i, class := range f.Classes {
			enum[i] = class
		}
		properties[s.Predicts()] = &huma.Schema{Type: huma.TypeString, Enum: enum, Description: "The likeliest."}
		if t := s.model.bundle.Threshold; t != nil {
			properties[s.Predicts()].Description = fmt.Sprintf("%s from a probability of %.4g on, the threshold; else %s.", f.Classes[t.Positive], t.At, f.Classes[1-t.Positive])
			properties["threshold"] = &huma.Schema{Type: huma.TypeObject, Description: "From which probability on the positive class is predicted.",
				Properties: map[string]*huma.Schema{"positive": {Type: huma.TypeString, Enum: enum}, "at": {Type: huma.TypeNumber}}}
		}
		if v := s.model.bundle.Interval; v != nil {
			properties["set"] = &huma.Schema{Type: huma.TypeObject, Description: "The classes that it may be: the truth is one of them as often as level says; taken from rows that the model did not learn from.",
				Properties: map[string]*huma.Schema{"classes": {Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString, Enum: enum}}, "level": {Type: huma.TypeNumber}}}
			if v.Abstain {
				properties["abstained"] = &huma.Schema{Type: huma.TypeBoolean, Description: "Whether the model gives no label, for the set is not one class alone."}
			}
		}
		properties["probabilities"] = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: &huma.Schema{Type: huma.TypeNumber}, Description: "Of each class; they sum to 1."}
	}
	if s.explains() {
		reason := &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}}
		about := "What each field adds to the prediction against that of a typical row, which GET of this pipeline shows: what speaks for it and what against, strongest first. " +
			"Of a number in its own unit, of classes as probability of the class that is likeliest; with typical and rest, which is what is not listed, all of them sum to the prediction. Shapley's values, of at most 100 rows."
		how := "How they were found, where not exactly: sampling takes some of the orders in which fields can join, as where more than ten are not typical."
		if s.hasText() {
			about = "What spoke for and against it, in the columns that were asked for and the terms of texts, strongest first. Of a number, the weights are in its own unit."
			how = "How the weights were found where the model cannot tell: occlusion is by how much the prediction changes when a column has a typical value instead."
		}
		number := &huma.Schema{Type: huma.TypeNumber}
		properties["why"] = &huma.Schema{Type: huma.TypeObject, Description: about + " With explain=true.",
			Properties: map[string]*huma.Schema{"for": reason, "against": reason, "typical": number, "rest": number, "approximate": {Type: huma.TypeString, Description: how}}}
	}
	return properties
}

// origin are the members that every answer has.
var origin = []string{"model", "version", "run", "request"}

// originHeaders describes where an answer in CSV says what it comes from.
func originHeaders() map[string]*huma.Param {
	header := func(doc string) *huma.Param {
		return &huma.Param{Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	return map[string]*huma.Param{
		"X-Request-Id":      header("Id of this request: /v1/requests/{request}. Every answer has it."),
		"X-Labbook-Model":   header("Name and version of the model, as diamonds@3. With CSV only."),
		"X-Labbook-Run":     header("The run that made it. With CSV only."),
		"X-Labbook-Warning": header("In what a row is unlike everything in training; may stand several times. With CSV only."),
	}
}

// originProperties describes what every answer comes from.
func originProperties() map[string]*huma.Schema {
	text := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	return map[string]*huma.Schema{
		"model":   text("Name of the model."),
		"version": {Type: huma.TypeInteger, Description: "Its version, which never changes."},
		"run":     text("The run that made it: /v1/runs/{run}."),
		"request": text("Id of this request: /v1/requests/{request}."),
		"warnings": {Type: huma.TypeArray, Description: "In what the input is unlike everything in training.",
			Items: &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"field": text(""), "message": text("")}}},
	}
}
