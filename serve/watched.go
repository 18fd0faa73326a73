package serve

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"labbook/internal/data/table"
	"labbook/internal/learn/drift"
	"labbook/internal/learn/evaluation"
	"labbook/internal/store/comparison"
	"labbook/models/estimator"
)

// watch is what is known of a version besides its schema, to tell how what is asked
// differs: what it said of rows held out, what it lost on them, and what counts.
type watch struct {
	weights map[string]float64 // of fields, by importance; nil: all alike
	// training has the bins of numbers and dates as the training part fills them.
	training map[string]*bins
	answers  *known // what was said of rows held out, as if it were a field
	texts    []textField
	loss     *drift.Loss
	unit     string
	before   float64 // what was lost on those rows, on average
}

// known is a field of which the rows are at hand.
type known struct {
	field *table.Field
	bins  *bins
}

// newKnown describes a column by its rows.
func newKnown(c *table.Column) *known {
	copied := *c
	copied.Seen = table.Summarize(&copied)
	k := &known{field: &copied.Field, bins: binsOf(&copied.Field)}
	if k.bins != nil {
		k.bins.count(&copied)
	}
	return k
}

// tally begins to count.
func (k *known) tally() *tally {
	t := newTally(k.field)
	t.bins = k.bins
	return t
}

// textField is a number that is made of a text, with what rows held out showed of it.
type textField struct {
	*known
	column string
	of     func(texts []string) []float64
}

// weight says how much a field counts.
func (w *watch) weight(field string) float64 {
	if w.weights == nil {
		return 1
	}
	return w.weights[field]
}

// watchOf gives what is known of the version that answers; it is found out once.
func (s *Server) watchOf(ctx context.Context, made *Endpoint) *watch {
	made.watching.Do(func() { made.watch = newWatch(made, s.heldOut(ctx, made.Version)) })
	return made.watch
}

// newWatch finds out what is known; h may be nil.
func newWatch(made *Endpoint, h *comparison.Held) *watch {
	w, f := &watch{}, made.Features()
	if h == nil || h.Sample.Rows() == 0 {
		return w
	}
	if len(h.Importance) > 0 {
		w.weights = map[string]float64{}
		total := 0.0
		for _, i := range h.Importance {
			total += max(0, float64(i.Worse))
		}
		for _, i := range h.Importance {
			if total > 0 {
				w.weights[i.Column] = max(0, float64(i.Worse)) / total
			}
		}
		if !(total > 0) {
			w.weights = nil
		}
	}
	said, lost := saidOf(h.Sample.Predicted, h.Sample.Probabilities, len(h.Sample.Classes)), make([]float64, h.Sample.Rows())
	for i, y := range h.Sample.Actual {
		switch {
		case f.Classes == nil:
			lost[i] = math.Abs(h.Sample.Predicted[i] - y)
		case h.Sample.Predicted[i] != y:
			lost[i] = 1
		}
		w.before += lost[i] / float64(len(lost))
	}
	w.unit = f.Target.Unit
	if said != nil {
		w.loss = drift.NewLoss(said, lost)
	}
	w.answers = newKnown(answersOf(made, h.Sample.Predicted))
	if train, err := table.OpenFile(h.Left, evaluation.FileTrain); err == nil {
		w.training = trainingOf(f.Inputs, train)
	}
	if test, err := evaluation.OpenTest(h.Left); err == nil {
		for i := range f.Inputs {
			if c := test.Column(f.Inputs[i].Name); f.Inputs[i].Type == table.Text && c != nil && c.Type == table.Text {
				w.texts = append(w.texts, textFields(made, c)...)
			}
		}
	}
	return w
}

// saidOf gives by what a loss is told apart: of numbers the prediction, of classes the
// probability of the likeliest; nil where that was not kept.
func saidOf(predicted, probabilities []float64, k int) []float64 {
	if k == 0 {
		return predicted
	}
	if len(probabilities) != k*len(predicted) {
		return nil
	}
	said := make([]float64, len(predicted))
	for i := range said {
		said[i] = slices.Max(probabilities[i*k : (i+1)*k])
	}
	return said
}

// answersOf gives what a model said as if it were a column.
func answersOf(made *Endpoint, predicted []float64) *table.Column {
	f := made.Features()
	if f.Classes == nil {
		return &table.Column{Field: table.Field{Name: made.Predicts(), Type: table.Number, Unit: f.Target.Unit}, Num: predicted}
	}
	c := &table.Column{Field: table.Field{Name: made.Predicts(), Type: table.Category, Levels: f.Classes}, Codes: make([]int32, len(predicted))}
	for i, v := range predicted {
		c.Codes[i] = int32(v)
	}
	return c
}

// trainingOf counts numbers and dates of the training part.
func trainingOf(fields []table.Field, train *table.Table) map[string]*bins {
	all := map[string]*bins{}
	for i := range fields {
		f := &fields[i]
		c := train.Column(f.Name)
		if b := binsOf(f); b != nil && c != nil && c.Type == f.Type && f.Type != table.Category {
			b.count(c)
			all[f.Name] = b
		}
	}
	return all
}

// textFields gives the numbers that are made of a text: how long it is, and which share of
// its words the model knows nothing of.
func textFields(made *Endpoint, c *table.Column) []textField {
	name, f := c.Name, made.Features()
	var all []textField
	for _, one := range []struct {
		what, unit string
		of         func(texts []string) []float64
	}{{"length", "characters", lengths}, {"unknown words", "", func(texts []string) []float64 { return f.Unknown(name, texts) }}} {
		if values := one.of(c.Texts); values != nil {
			field := table.Field{Name: name + ": " + one.what, Type: table.Number, Unit: one.unit}
			all = append(all, textField{newKnown(&table.Column{Field: field, Num: values}), name, one.of})
		}
	}
	return all
}

func lengths(texts []string) []float64 {
	n := make([]float64, len(texts))
	for i, text := range texts {
		n[i] = float64(utf8.RuneCountInString(text))
	}
	return n
}

// mostWatched is how many rows of texts are looked into, and mostAnswered how many rows
// are predicted once more.
const mostWatched, mostAnswered = 300, 2000

// more adds to a drift what is not a field: texts, answers, and what is lost.
func (w *watch) more(made *Endpoint, parts []*table.Table, d *Drift) {
	texts := map[string][]string{}
	for _, f := range w.texts {
		if texts[f.column] == nil {
			for _, t := range parts {
				texts[f.column] = append(texts[f.column], t.Column(f.column).Texts...)
			}
		}
		some := texts[f.column]
		some = some[:min(len(some), mostWatched)]
		t := f.tally()
		t.add(&table.Column{Field: *f.field, Num: f.of(some)})
		one := t.drift()
		one.Kind, one.Weight = "text", w.weight(f.column)/2
		d.Fields = append(d.Fields, one)
	}
	if w.answers == nil {
		return
	}
	if _, asked := made.model.bundle.Model.(estimator.Asked); asked {
		return // somebody else would be asked all of it again
	}
	answers, said := w.answers.tally(), []float64(nil)
	left := mostAnswered
	for i, t := range parts {
		if t.Rows() >= left {
			parts = append(slices.Clone(parts[:i]), t.Slice(0, left))
			break
		}
		left -= t.Rows()
	}
	add := func(t *table.Table) error {
		p, err := made.model.bundle.Answer(t)
		if err == nil {
			answers.add(answersOf(made, p.Values))
			said = append(said, saidOf(p.Values, p.Probabilities, len(p.Classes))...)
		}
		return err
	}
	for _, alike := range alikes(parts) {
		if add(table.Concat(alike...)) != nil { // one of them cannot be answered
			for _, t := range alike {
				add(t)
			}
		}
	}
	one := answers.drift()
	one.Kind, one.Weight = "answer", 0 // as much as all fields together
	for _, f := range d.Fields {
		one.Weight += f.Weight
	}
	d.Fields = append(d.Fields, one)
	if w.loss == nil || len(said) < fewestEstimated {
		return
	}
	mean, low, high := w.loss.Estimate(said)
	d.Estimate = &Estimate{Rows: len(said), Metric: "mae", Unit: w.unit, Value: mean, Low: low, High: high, Before: w.before}
	if made.Features().Classes != nil {
		d.Estimate = &Estimate{Rows: len(said), Metric: "accuracy", Value: 1 - mean, Low: max(0, 1-high), High: min(1, 1-low), Before: 1 - w.before}
	}
}

// alikes groups tables that can be put below one another, for all rows at once are
// predicted sooner than each by itself.
func alikes(parts []*table.Table) (all [][]*table.Table) {
	places := map[string]int{}
	for _, t := range parts {
		var form strings.Builder
		for _, c := range t.Columns {
			fmt.Fprintf(&form, "%q %v ", c.Name, c.Type)
			if c.Ordered {
				fmt.Fprintf(&form, "%q ", c.Levels)
			}
		}
		place, known := places[form.String()]
		if !known {
			place = len(all)
			places[form.String()], all = place, append(all, nil)
		}
		all[place] = append(all[place], t)
	}
	return all
}

// fewestEstimated is how many rows an estimate needs.
const fewestEstimated = 30
