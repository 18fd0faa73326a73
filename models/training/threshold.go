package training

import (
	"context"
	"fmt"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/base/facts"
	"labbook/internal/base/human"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
)

// ThresholdOptions ask for a threshold of two classes, by one of costs, precision
// and recall.
type ThresholdOptions struct {
	Positive  string         `yaml:"positive" doc:"The class that is looked for; precision and recall are of it."`
	Costs     *metrics.Costs `yaml:"costs" doc:"What mistakes cost, in any unit: the threshold costs least. It is fp / (fp + fn), which is best where probabilities come true as often as they say, unless another is cheaper on the rows held out, beyond noise."`
	Precision float64        `yaml:"precision" range:"[0,1]" doc:"Share of the rows called positive that have to be: the threshold of the highest recall that has it. 0: not asked for."`
	Recall    float64        `yaml:"recall" range:"[0,1]" doc:"Share of the positives that has to be found: the threshold of the highest precision that finds it. 0: not asked for."`
}

// Resolve implements what package params asks for.
func (o *ThresholdOptions) Resolve() error {
	asked := 0
	for _, is := range []bool{o.Costs != nil, o.Precision > 0, o.Recall > 0} {
		if is {
			asked++
		}
	}
	switch {
	case o.Positive == "":
		return diag.New("a threshold is of a class, and none is named", "add positive: with the name of the class that is looked for, which often is the rare one")
	case asked != 1:
		return &diag.Error{What: "a threshold is chosen by one thing", Wanted: "one of costs, precision, recall", Hint: "for example costs: {fn: 5, fp: 1}, where a miss is five times as bad as a false alarm"}
	}
	return nil
}

// aim gives what the threshold is chosen for.
func (o *ThresholdOptions) aim() metrics.Aim {
	return metrics.Aim{Costs: o.Costs, Precision: o.Precision, Recall: o.Recall}
}

// suits says, as a *diag.Error, why the classes, nil of numbers, can have no such
// threshold.
func (o *ThresholdOptions) suits(classes []string) error {
	switch {
	case o == nil:
		return nil
	case len(classes) != 2:
		return &diag.Error{What: "a threshold is between two classes", Found: human.Count(len(classes), "class"), Hint: "leave threshold out"}
	case !slices.Contains(classes, o.Positive):
		return noClass("threshold.positive", o.Positive, classes)
	}
	return nil
}

// The resamples behind the interval of a threshold, and the most points of its
// curve.
const (
	thresholdResamples = 200
	thresholdPoints    = 40
)

// choose gives the threshold for what was said of rows held out, and what was seen
// of it. The bootstrap draws units, which may be nil.
func (o *ThresholdOptions) choose(ctx context.Context, s *metrics.Sample, units *metrics.Units, seed uint64, cores int) (*metrics.Threshold, *ThresholdFacts, error) {
	positive := slices.Index(s.Classes, o.Positive)
	chooser := o.aim().Chooser(s, positive)
	t := &metrics.Threshold{Positive: positive, At: chooser.Value(), Costs: o.Costs}
	f := &ThresholdFacts{Positive: o.Positive, At: facts.Number(t.At), Costs: o.Costs, Precision: o.Precision, Recall: o.Recall, Rows: s.Rows(), Level: 0.95}
	f.Curves = []ThresholdCurve{{Name: "precision"}, {Name: "recall"}}
	curves := []func(*metrics.Sample, int) metrics.Figure{metrics.Precision, metrics.Recall}
	if o.Costs != nil {
		f.Curves = []ThresholdCurve{{Name: "costs"}}
		curves = []func(*metrics.Sample, int) metrics.Figure{o.Costs.PerRow}
	}
	at := thresholds(s, t)
	figures := []metrics.Figure{chooser}
	for _, of := range curves {
		for _, v := range at {
			figures = append(figures, of(s.Decide(&metrics.Threshold{Positive: positive, At: v}), positive))
		}
	}
	boot := metrics.Bootstrap{Resamples: thresholdResamples, Seed: seed, Cores: cores, Level: f.Level, Units: units}
	values, replicates, err := boot.Replicates(ctx, figures)
	if err != nil {
		return nil, nil, err
	}
	ends := func(i int) (low, high facts.Number) {
		l, h, ok := boot.Interval(replicates[i])
		if !ok {
			l = values[i]
			h = l
		}
		return facts.Number(l), facts.Number(h)
	}
	f.Low, f.High = ends(0)
	for c := range f.Curves {
		for i, v := range at {
			low, high := ends(1 + c*len(at) + i)
			f.Curves[c].Points = append(f.Curves[c].Points, ThresholdPoint{At: facts.Number(v), Value: facts.Number(values[1+c*len(at)+i]), Low: low, High: high})
		}
	}
	if p := metrics.Precision(s.Decide(t), positive).Value(); p < o.Precision {
		finding := checks.PrecisionOutOfReach.Finding("", s.Rows(), "a precision of %g is out of reach: of %s held out, at best %.3f is had, with a threshold of %s",
			o.Precision, human.Count(s.Rows(), "row"), p, human.Digits(t.At, 3))
		f.Finding = &finding
	}
	return t, f, nil
}

// thresholds gives those that the curve is drawn at, ascending: the one that was
// chosen, and such as rows lie between evenly.
func thresholds(s *metrics.Sample, chosen *metrics.Threshold) []float64 {
	said := make([]float64, s.Rows())
	for i := range said {
		said[i] = s.Probabilities[2*i+chosen.Positive]
	}
	slices.Sort(said)
	at := []float64{chosen.At}
	for i := range thresholdPoints {
		at = append(at, said[i*(len(said)-1)/(thresholdPoints-1)])
	}
	slices.Sort(at)
	return slices.Compact(at)
}

// Words says for what a threshold was chosen.
func (f *ThresholdFacts) Words() string {
	switch {
	case f.Costs != nil:
		return fmt.Sprintf("a miss costs %g, a false alarm %g", f.Costs.FN, f.Costs.FP)
	case f.Precision > 0:
		return fmt.Sprintf("a precision of %g is wanted", f.Precision)
	}
	return fmt.Sprintf("a recall of %g is wanted", f.Recall)
}
