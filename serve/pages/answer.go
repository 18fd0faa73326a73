package pages

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"labbook/internal/base/human"
	"labbook/internal/store/requests"
)

// answer is a prediction, for people.
type answer struct {
	Name  string // what the value is called
	Value string // with its unit
	Range *span
	// Shares are the likeliest classes, and Others the rest of them.
	Shares, Others []share
	Sure           string // the probability of the class that is answered
	Threshold      string // from which probability on a class is answered, as a sentence
	Abstained      bool   // no class is answered
	Set            string // which classes it may be, as a sentence
	For, Against   []reason
	Approximate    string // how the reasons were found, where the model cannot tell
	Terms          bool   // reasons are words of a text
	Warnings       []warning
	Model, Run     string
	Version        int
	Request        string
}

// span is the interval of a prediction, drawn 0 to 100 wide.
type span struct{ Low, High, Level, At string }

type share struct {
	Class, Percent, Width string
	First                 bool
}

type reason struct{ Name, Weight, Width string }

type warning struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

// maxShares is how many classes are shown at first.
const maxShares = 5

// readAnswer reads an answer of the API, in which the prediction is called
// name. It survives any bytes: what is missing is left out.
func readAnswer(data json.RawMessage, name, unit string) *answer {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(data, &members)
	var a struct {
		Unit          string
		Interval      *struct{ Low, High, Level float64 }
		Probabilities map[string]float64
		Abstained     bool
		Set           *struct {
			Classes []string
			Level   float64
		}
		Threshold *struct {
			Positive string
			At       float64
		}
		Warnings []warning
		Why      struct {
			For, Against []rawReason
			Approximate  string
		}
		Model, Run string
		Request    string
		Version    int
	}
	_ = json.Unmarshal(data, &a)
	out := &answer{Name: name, Warnings: a.Warnings, Model: a.Model, Run: a.Run, Version: a.Version, Request: a.Request}
	if a.Unit == "" {
		a.Unit = unit
	}
	var number float64
	var label string
	switch value := members[name]; {
	case json.Unmarshal(value, &number) == nil && len(value) > 0:
		out.Value = amount(number, a.Unit)
		out.Range = newSpan(number, a.Interval, a.Unit)
	case json.Unmarshal(value, &label) == nil:
		out.Value = label
	default:
		out.Value = "–"
	}
	out.shares(a.Probabilities, label)
	if p, ok := a.Probabilities[label]; ok {
		out.Sure = percent(p)
	}
	if v := a.Set; v != nil && len(v.Classes) > 0 {
		out.Set = fmt.Sprintf("In %.0f %% of unseen cases it is one of: %s.", 100*v.Level, strings.Join(v.Classes, ", "))
		if len(v.Classes) == 1 {
			out.Set = fmt.Sprintf("In %.0f %% of unseen cases the class is in a set, which here is this one alone.", 100*v.Level)
		}
	}
	if a.Abstained {
		out.Value, out.Abstained = "no answer", true
		if a.Set != nil {
			out.Sure = fmt.Sprintf("one of %d", len(a.Set.Classes))
		}
	}
	if t := a.Threshold; t != nil {
		out.Threshold = fmt.Sprintf("%s is answered from %s on.", t.Positive, percent(t.At))
	}
	out.For, out.Against = reasons(a.Why.For, a.Why.Against)
	out.Approximate = a.Why.Approximate
	out.Terms = len(a.Why.For) > 0 && a.Why.For[0].Term != "" || len(a.Why.Against) > 0 && a.Why.Against[0].Term != ""
	return out
}

func newSpan(value float64, v *struct{ Low, High, Level float64 }, unit string) *span {
	if v == nil || !(v.High >= v.Low) {
		return nil
	}
	at := 50.0
	if v.High > v.Low {
		at = min(max((value-v.Low)/(v.High-v.Low), 0), 1) * 100
	}
	return &span{Low: amount(v.Low, unit), High: amount(v.High, unit), Level: fmt.Sprintf("%.0f %%", 100*v.Level), At: strconv.FormatFloat(2+.96*at, 'f', 1, 64)}
}

// amount writes a number as people would say it: without digits that mean
// nothing, with its unit.
func amount(v float64, unit string) string {
	digits := 4
	if math.Abs(v) >= 1000 {
		v, digits = math.Round(v), 1
	}
	return strings.TrimSpace(human.Digits(v, digits) + " " + unit)
}

func (a *answer) shares(probabilities map[string]float64, label string) {
	var all []share
	for class, p := range probabilities {
		all = append(all, share{Class: class, Percent: percent(p), Width: strconv.FormatFloat(100*min(max(p, 0), 1), 'f', 2, 64), First: class == label})
	}
	slices.SortFunc(all, func(x, y share) int {
		return cmp.Or(cmp.Compare(probabilities[y.Class], probabilities[x.Class]), cmp.Compare(x.Class, y.Class))
	})
	n := min(maxShares, len(all))
	if len(all) == maxShares+1 {
		n++
	}
	a.Shares, a.Others = all[:n], all[n:]
}

func percent(p float64) string {
	switch {
	case p > 0 && p < .001:
		return "< 0.1 %"
	case p < 1 && p > .999:
		return "> 99.9 %"
	}
	return strconv.FormatFloat(100*p, 'f', 1, 64) + " %"
}

// rawReason is what speaks for or against a prediction: a word of a text or a
// feature, with what it adds.
type rawReason struct {
	Term, Feature string
	Weight        float64
}

func reasons(pro, con []rawReason) (for_, against []reason) {
	most := 0.0
	for _, r := range slices.Concat(pro, con) {
		most = max(most, math.Abs(r.Weight))
	}
	list := func(raw []rawReason) (out []reason) {
		for _, r := range raw {
			width := 0.0
			if most > 0 {
				width = 100 * math.Abs(r.Weight) / most
			}
			out = append(out, reason{Name: cmp.Or(r.Term, r.Feature), Weight: fmt.Sprintf("%+.3g", r.Weight), Width: strconv.FormatFloat(width, 'f', 1, 64)})
		}
		return out
	}
	return list(pro), list(con)
}

// saved is a prediction that somebody saved.
type saved struct {
	*answer
	ID, Pipeline, Note, Outcome string
	Time                        time.Time
	Inputs                      []pair
	Off                         string // how far the outcome is from the prediction
	Open                        bool   // it is the one shown above
	Numeric                     bool
}

type pair struct{ Name, Value string }

// maxCut is how much of a value is shown in a line, in characters.
const maxCut = 60

func newSaved(p *requests.Prediction, of *Pipeline) *saved {
	s := &saved{answer: readAnswer(p.Answer, of.Predicts, of.Unit), ID: p.ID, Pipeline: p.Pipeline, Note: p.Note, Time: p.Time, Numeric: of.Classes == nil}
	f := newForm(of.Fields)
	f.fill(p.Input)
	for _, in := range f.Inputs {
		if in.Value != "" {
			s.Inputs = append(s.Inputs, pair{in.Label, cut(in.Value, maxCut)})
		}
	}
	var number, predicted float64
	var label string
	var members map[string]json.RawMessage
	switch {
	case len(p.Outcome) == 0:
	case json.Unmarshal(p.Outcome, &number) == nil:
		s.Outcome = amount(number, of.Unit)
		if json.Unmarshal(p.Answer, &members) == nil && json.Unmarshal(members[of.Predicts], &predicted) == nil {
			s.Off = "off by " + amount(math.Abs(predicted-number), of.Unit)
		}
	case json.Unmarshal(p.Outcome, &label) == nil:
		s.Outcome = label
		switch {
		case label == s.Value:
			s.Off = "right"
		case !s.Abstained:
			s.Off = "wrong"
		}
	}
	return s
}

// cut gives the beginning of a text on one line.
func cut(text string, n int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > n {
		return strings.TrimSpace(string(runes[:n])) + "…"
	}
	return string(runes)
}

// outcomeOf gives what a person wrote as the JSON that it is meant to be.
func outcomeOf(text string, of *Pipeline) json.RawMessage {
	text = strings.TrimSpace(text)
	if of.Classes == nil {
		if v, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
			return json.RawMessage(strconv.AppendFloat(nil, v, 'g', -1, 64))
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text)
	return bytes.TrimSpace(b.Bytes())
}
