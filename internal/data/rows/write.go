package rows

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"strings"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Answers are the predictions for rows.
type Answers struct {
	Model  string // "diamonds@3"
	Target table.Field
	// Values has a prediction per row: the number, or the index of the class.
	Values []float64
	// Low and High are the ends of the ranges that hold a number's truth with
	// probability Level; nil when there are none, NaN for a row that has none.
	Low, High []float64
	Level     float64
	// Classes and Probabilities are of a classification: a probability per
	// class and row, row by row.
	Classes       []string
	Probabilities []float64
	// Threshold is that of the labels; nil where they are the likeliest.
	Threshold *metrics.Threshold
	// Sets says of each class and row whether it is in the set that holds the truth
	// with probability Level; Abstained which rows have no label. Either may be nil.
	Sets      []bool
	Abstained []bool
}

// Write writes the answers in the format that the rows came in. JSON answers
// are objects with the target's name, its unit and range or the probabilities,
// and the model; CSV is the rows with columns added, named predicted_…, low_…
// and high_…, of classes set_…, whose members stand between |, and, per class, p_….
// The label of a row whose model abstains is left out, or empty.
func (r *Rows) Write(w io.Writer, a *Answers) error {
	if r.Format == CSV {
		return r.csv.write(w, a.titles(), a.texts)
	}
	out := bufio.NewWriter(w)
	n := r.Table.Rows()
	for i := range n {
		switch {
		case r.Format == List && i == 0:
			out.WriteString("[\n  ")
		case r.Format == List:
			out.WriteString(",\n  ")
		}
		out.Write(a.object(i))
		if r.Format != List {
			out.WriteByte('\n')
		}
	}
	if r.Format == List {
		out.WriteString("\n]\n")
	}
	return out.Flush()
}

// object writes the answer to a row, its members in a fixed order.
func (a *Answers) object(i int) []byte {
	var b bytes.Buffer
	member := func(name string, value any) {
		if b.Len() > 1 {
			b.WriteString(", ")
		}
		b.Write(quoted(name))
		b.WriteString(": ")
		b.Write(quoted(value))
	}
	b.WriteByte('{')
	if a.Classes == nil {
		member(a.Target.Name, a.Values[i])
		if a.Target.Unit != "" {
			member("unit", a.Target.Unit)
		}
		if a.Low != nil && !math.IsNaN(a.Low[i]) {
			member("low", a.Low[i])
			member("high", a.High[i])
			member("level", a.Level)
		}
	} else {
		if !a.abstains(i) {
			member(a.Target.Name, a.Classes[int(a.Values[i])])
		}
		if a.Abstained != nil {
			member("abstained", a.Abstained[i])
		}
		b.WriteString(`, "probabilities": {`)
		for k, class := range a.Classes {
			if k > 0 {
				b.WriteString(", ")
			}
			b.Write(quoted(class))
			b.WriteString(": ")
			b.Write(quoted(a.Probabilities[i*len(a.Classes)+k]))
		}
		b.WriteByte('}')
		if t := a.Threshold; t != nil {
			b.WriteString(`, "threshold": {"positive": `)
			b.Write(quoted(a.Classes[t.Positive]))
			b.WriteString(`, "at": `)
			b.Write(quoted(t.At))
			b.WriteByte('}')
		}
		if a.Sets != nil {
			b.WriteString(`, "set": {"classes": [`)
			for k, class := range a.set(i) {
				if k > 0 {
					b.WriteString(", ")
				}
				b.Write(quoted(class))
			}
			b.WriteString(`], "level": `)
			b.Write(quoted(a.Level))
			b.WriteByte('}')
		}
	}
	member("model", a.Model)
	b.WriteByte('}')
	return b.Bytes()
}

// abstains says whether row i has no label.
func (a *Answers) abstains(i int) bool { return a.Abstained != nil && a.Abstained[i] }

// set names the classes in the set of row i.
func (a *Answers) set(i int) []string {
	names, k := []string{}, len(a.Classes)
	for c, is := range a.Sets[i*k : (i+1)*k] {
		if is {
			names = append(names, a.Classes[c])
		}
	}
	return names
}

// quoted writes a value as JSON, without escapes that only HTML needs.
func quoted(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return []byte("null") // not a finite number
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

func (a *Answers) titles() []string {
	titles := []string{"predicted_" + a.Target.Name}
	if a.Low != nil {
		titles = append(titles, "low_"+a.Target.Name, "high_"+a.Target.Name)
	}
	if a.Sets != nil {
		titles = append(titles, "set_"+a.Target.Name)
	}
	for _, class := range a.Classes {
		titles = append(titles, "p_"+class)
	}
	return titles
}

func (a *Answers) texts(i int) []string {
	if a.Low != nil {
		return []string{number(a.Values[i]), number(a.Low[i]), number(a.High[i])}
	}
	if a.Classes == nil {
		return []string{number(a.Values[i])}
	}
	texts := []string{""}
	if !a.abstains(i) {
		texts[0] = a.Classes[int(a.Values[i])]
	}
	if a.Sets != nil {
		texts = append(texts, strings.Join(a.set(i), "|"))
	}
	for k := range a.Classes {
		texts = append(texts, number(a.Probabilities[i*len(a.Classes)+k]))
	}
	return texts
}

// number writes a number as JSON has it; nothing for NaN.
func number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return string(jsonrow.AppendNumber(nil, v))
}
