package pages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/moment"
	"labbook/internal/data/table"
)

// maxOptions is how many levels of a category still are a list to choose from.
const maxOptions = 60

// form is what is asked of a person to predict something.
type form struct {
	Inputs []*input
	// Faults are of no field that the form has.
	Faults []string
	Wrong  int // faults in all
	Note   string
	Goal   goal
}

// goal is what would be another answer, and so what is looked for.
type goal struct {
	Numeric     bool
	Classes     []string
	Class       string
	Least, Most string
}

// input is a field of the form.
type input struct {
	ID, Name, Label, Unit, Doc string
	Control                    string // "select", "number", "date", "text" or "line"
	Value                      string
	Required                   bool
	Options                    []string // of a select; Value may be another, when somebody sent one
	Stranger                   bool     // Value is none of Options
	Hint                       string
	Fault, Help                string // what is wrong, and what would be right
	// Steers says that the field can change at all, and May that it may.
	Steers, May bool
	// Min, Max and Step are those of a slider; "" where there is none.
	Min, Max, Step string
}

// Describes lists the ids of what is said about the input.
func (i *input) Describes() string {
	var ids []string
	if i.Doc != "" || i.Hint != "" {
		ids = append(ids, i.ID+"-hint")
	}
	if i.Fault != "" {
		ids = append(ids, i.ID+"-fault")
	}
	return strings.Join(ids, " ")
}

// inputPrefix keeps the names of inputs apart from the form's own.
const inputPrefix = "in."

func newForm(p *Pipeline) *form {
	f := &form{Goal: goal{Numeric: p.Classes == nil, Classes: p.Classes}}
	for i := range p.Fields {
		in := newInput(i, &p.Fields[i])
		in.Steers = p.Fields[i].Type != table.Text
		in.May = slices.Contains(p.Change, p.Fields[i].Name)
		f.Inputs = append(f.Inputs, in)
	}
	return f
}

// newFormLike gives an empty form with the same inputs.
func newFormLike(f *form) *form {
	other := &form{}
	for _, in := range f.Inputs {
		empty := *in
		empty.Value = ""
		other.Inputs = append(other.Inputs, &empty)
	}
	return other
}

// said writes the value as people say it: with its unit.
func (i *input) said() string {
	if i.Value == "" {
		return "nothing"
	}
	if i.Control == "number" {
		return strings.TrimSpace(i.Value + " " + i.Unit)
	}
	return cut(i.Value, maxCut)
}

// Steering says whether some field can change.
func (f *form) Steering() bool {
	return slices.ContainsFunc(f.Inputs, func(in *input) bool { return in.Steers })
}

// question gives what is to be found around an answer.
func (f *form) question() Question {
	q := Question{May: []string{}, Class: f.Goal.Class}
	for _, in := range f.Inputs {
		if in.Steers && in.May {
			q.May = append(q.May, in.Label)
		}
	}
	number := func(text string) *float64 {
		if v, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			return &v
		}
		return nil
	}
	q.Least, q.Most = number(f.Goal.Least), number(f.Goal.Most)
	return q
}

func newInput(i int, field *table.Field) *input {
	in := &input{
		ID: fmt.Sprintf("field-%d", i), Name: inputPrefix + field.Name, Label: field.Name, Unit: field.Unit, Doc: field.Doc,
		Required: !field.Missing, Control: "line",
	}
	switch {
	case field.Type == table.Number:
		// Not type=number: browsers send nothing at all instead of what is no
		// number, so nobody could say what is wrong with it.
		in.Control, in.Hint = "number", numberHint(field)
		in.slider(field)
	case field.Type == table.Date && (field.Layout == "2006-01-02" || field.Layout == ""):
		in.Control = "date"
	case field.Type == table.Date:
		in.Hint = "a date like " + moment.Like(field.Layout)
	case field.Type == table.Text:
		in.Control = "text"
		if s := field.Seen; s != nil && s.Count > 0 {
			in.Hint = "about " + human.Digits(math.Round(s.Mean), 2) + " characters in training"
		}
	case len(field.Levels) <= maxOptions:
		in.Control, in.Options = "select", field.Levels
		if n := len(field.Levels); field.Ordered && n > 1 {
			in.Hint = field.Levels[0] + " is least, " + field.Levels[n-1] + " greatest"
		}
	default:
		in.Hint = fmt.Sprintf("one of %s, such as %s", human.Int(len(field.Levels)), field.Levels[0])
	}
	if in.Doc != "" {
		in.Doc, in.Hint = sentence(in.Doc), sentence(in.Hint)
	}
	return in
}

// numberHint says which numbers training showed.
func numberHint(f *table.Field) string {
	s := f.Seen
	if s == nil || s.Count == 0 {
		return ""
	}
	hint := human.Trimmed(s.Min, 3) + " to " + human.Trimmed(s.Max, 3) + " in training"
	if q := s.Quantiles; len(q) == 11 && q[1] < q[9] {
		hint += ", mostly " + human.Trimmed(q[1], 3) + " to " + human.Trimmed(q[9], 3)
	}
	return hint
}

// fill takes values from a JSON object, as a sample or a saved prediction has
// them. What is no member of the form is left out.
func (f *form) fill(object json.RawMessage) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	decoder.UseNumber()
	var values map[string]any
	if decoder.Decode(&values) != nil {
		return
	}
	for _, in := range f.Inputs {
		switch v := values[strings.TrimPrefix(in.Name, inputPrefix)].(type) {
		case nil:
		case string:
			in.set(v)
		default:
			in.set(fmt.Sprint(v))
		}
	}
}

// read takes what a person sent.
func (f *form) read(values url.Values) {
	for _, in := range f.Inputs {
		in.set(values.Get(in.Name))
	}
	f.Note = strings.TrimSpace(values.Get("note"))
	if !values.Has("goal") { // sent by who does not know what may change
		return
	}
	f.Goal.Class, f.Goal.Least, f.Goal.Most = values.Get("class"), values.Get("least"), values.Get("most")
	if !slices.Contains(f.Goal.Classes, f.Goal.Class) {
		f.Goal.Class = ""
	}
	for _, in := range f.Inputs {
		in.May = slices.Contains(values["may"], in.Label)
	}
}

// slider says from where to where a number can be drawn, and in which steps: those of
// training.
func (i *input) slider(f *table.Field) {
	s := f.Seen
	if s == nil || s.Count == 0 || !(s.Max > s.Min) {
		return
	}
	step := math.Pow(10, math.Floor(math.Log10((s.Max-s.Min)/100)))
	if f.Integer {
		step = max(1, step)
	}
	short := func(v float64) string { return strconv.FormatFloat(v, 'g', 12, 64) }
	i.Min, i.Max, i.Step = short(math.Floor(s.Min/step)*step), short(math.Ceil(s.Max/step)*step), short(step)
}

func (i *input) set(value string) {
	if i.Control != "text" {
		value = strings.TrimSpace(value)
	}
	i.Value = value
	i.Stranger = i.Control == "select" && value != "" && !slices.Contains(i.Options, value)
}

// object gives the values as the API takes them: those left empty are missing,
// numbers are numbers, and what was to be one and is not stays a string, for
// the decoder to say so.
func (f *form) object() json.RawMessage {
	b := []byte{'{'}
	for _, in := range f.Inputs {
		if in.Value == "" {
			continue
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(jsonrow.AppendString(b, strings.TrimPrefix(in.Name, inputPrefix)), ':')
		if v, err := strconv.ParseFloat(in.Value, 64); in.Control == "number" && err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			b = jsonrow.AppendNumber(b, v)
		} else {
			b = jsonrow.AppendString(b, in.Value)
		}
	}
	return append(b, '}')
}

// blame puts each fault beside the field that it is of.
func (f *form) blame(faults *jsonrow.Faults) {
	f.Wrong = len(faults.List) + faults.More
	for _, fault := range faults.List {
		name := strings.TrimPrefix(fault.Location, "body.")
		at := slices.IndexFunc(f.Inputs, func(in *input) bool { return in.Name == inputPrefix+name })
		help := strings.TrimSpace(wanted(fault.Allowed) + " " + sentence(fault.Hint))
		if at < 0 || f.Inputs[at].Fault != "" {
			f.Faults = append(f.Faults, strings.TrimSpace(sentence(fault.Message)+" "+help))
			continue
		}
		in := f.Inputs[at]
		in.Fault, in.Help = sentence(fault.Message), help
		if point := strings.Replace(in.Value, ",", ".", 1); in.Control == "number" && point != in.Value {
			if _, err := strconv.ParseFloat(point, 64); err == nil {
				in.Help = "Did you mean " + point + "?"
			}
		}
	}
}

// wanted says what is allowed, if that is in words: levels are in the list
// already.
func wanted(allowed any) string {
	if words, ok := allowed.(string); ok && words != "" {
		return sentence("it takes " + words)
	}
	return ""
}
