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
	"labbook/internal/base/look"
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
	Reasons        []reason
	Typical        string // what is said of a typical row, where reasons are against that
	Rest           string // what those that are not listed add
	Approximate    string // how the reasons were found, where not exactly
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

// reason is what adds to an answer, drawn from the middle of 100 wide.
type reason struct {
	Name    string
	Own     string // the value that was asked about, and Usual the typical one
	Usual   string
	Weight  string
	X       string
	Width   string
	Against bool
}

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
			For, Against  []rawReason
			Approximate   string
			Typical, Rest *float64
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
	say := func(v float64) string { return points(v) }
	if a.Probabilities == nil {
		say = func(v float64) string { return signed(v, a.Unit) }
	}
	out.Approximate = a.Why.Approximate
	out.Terms = len(a.Why.For) > 0 && a.Why.For[0].Term != "" || len(a.Why.Against) > 0 && a.Why.Against[0].Term != ""
	switch typical := a.Why.Typical; {
	case typical == nil && a.Probabilities != nil:
		say = nil // of no unit: the share of what is listed
	case typical == nil:
	case a.Probabilities != nil:
		out.Typical = percent(*typical)
	default:
		out.Typical = amount(*typical, a.Unit)
	}
	if rest := a.Why.Rest; rest != nil && say != nil {
		out.Rest = say(*rest)
	}
	out.Reasons = reasons(slices.Concat(a.Why.For, a.Why.Against), say)
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

// reasons lists them, the strongest first. say writes what one adds; nil: as a share
// of all that are listed.
func reasons(raw []rawReason, say func(float64) string) []reason {
	most, together := 0.0, 0.0
	for _, r := range raw {
		most, together = max(most, math.Abs(r.Weight)), together+math.Abs(r.Weight)
	}
	if !(most > 0) {
		return nil
	}
	if say == nil {
		say = func(v float64) string {
			side := "for"
			if v < 0 {
				side = "against"
			}
			return fmt.Sprintf("%.0f %% %s", 100*math.Abs(v)/together, side)
		}
	}
	slices.SortStableFunc(raw, func(a, b rawReason) int { return cmp.Compare(math.Abs(b.Weight), math.Abs(a.Weight)) })
	all := make([]reason, len(raw))
	for i, r := range raw {
		width, x := 50*math.Abs(r.Weight)/most, 50.0
		if r.Weight < 0 {
			x -= width
		}
		all[i] = reason{Name: cmp.Or(r.Term, r.Feature), Weight: say(r.Weight), X: look.Px(x), Width: look.Px(width), Against: r.Weight < 0}
	}
	return all
}

// signed writes a number with its sign and unit.
func signed(v float64, unit string) string {
	text := strings.Replace(amount(v, unit), "-", "−", 1)
	if math.Abs(v) < 1000 {
		text = strings.TrimSpace(strings.Replace(human.Digits(v, 3), "-", "−", 1) + " " + unit)
	}
	if v > 0 {
		text = "+" + text
	}
	return text
}

// points writes a difference of probabilities.
func points(v float64) string {
	text := fmt.Sprintf("%+.1f points", 100*v)
	return strings.Replace(text, "-", "−", 1)
}

// beside puts to each reason what was asked about and what is typical.
func (a *answer) beside(f *form, typical json.RawMessage) {
	usual := newFormLike(f)
	usual.fill(typical)
	for i := range a.Reasons {
		at := slices.IndexFunc(f.Inputs, func(in *input) bool { return in.Label == a.Reasons[i].Name })
		if at < 0 || a.Terms {
			continue
		}
		a.Reasons[i].Own, a.Reasons[i].Usual = f.Inputs[at].said(), usual.Inputs[at].said()
	}
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
	Classes                     []string // that can come true; nil where they are too many to choose from
}

type pair struct{ Name, Value string }

// maxCut is how much of a value is shown in a line, in characters.
const maxCut = 60

func newSaved(p *requests.Prediction, of *Pipeline) *saved {
	s := &saved{answer: readAnswer(p.Answer, of.Predicts, of.Unit), ID: p.ID, Pipeline: p.Pipeline, Note: p.Note, Time: p.Time, Numeric: of.Classes == nil}
	if len(of.Classes) <= maxOptions {
		s.Classes = of.Classes
	}
	f := newForm(of)
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

// cut gives the beginning of a text on one line. Of a long one only a part is looked at.
func cut(text string, n int) string {
	const spaces = 32 // how much of it may be blank
	if len(text) > spaces*n {
		text = strings.ToValidUTF8(text[:spaces*n], "") + "…"
	}
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
