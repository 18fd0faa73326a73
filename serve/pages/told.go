package pages

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/data/record"
	"labbook/internal/store/comparison"
	"labbook/internal/store/registry"
)

// told says what a model is worth in sentences that need no term of the trade: how
// far off it is, how far off somebody is who knows nothing, how it stands to the
// model before. What is said comes from rows that were held out, and is no more
// exact than so few rows allow.
type told struct {
	Name    string // of what is predicted: "price"
	Unit    string
	Version *record.Version
	// Held is how it did on rows held out; nil where that is not known.
	Held *comparison.Held
	// Level is how often the truth is promised to lie in the range or set that is
	// answered; 0 where none is.
	Level float64
}

// quality says how good the answers are: the one sentence to remember, and what
// else there is to say. Both are empty where nobody measured it.
func (m *told) quality() (lead string, more []string) {
	if m.Held == nil || m.Held.Sample.Rows() == 0 {
		return "", nil
	}
	if m.Held.Classes == nil {
		lead, more = m.numbers()
	} else {
		lead, more = m.classes()
	}
	if promise := m.promise(); promise != "" {
		lead = strings.TrimSuffix(lead, ".") + "; " + promise + "."
	}
	return lead, append(more, m.rows())
}

// numbers says how far off predictions of numbers are.
func (m *told) numbers() (string, []string) {
	s := m.Held.Sample
	off, share, ok := m.off(s)
	lead := "Off by " + m.amount(off) + " on average."
	if ok {
		lead = fmt.Sprintf("Off by %s %% on average.", human.Digits(100*share, 2))
	}
	errors := make([]float64, s.Rows())
	for i, y := range s.Actual {
		errors[i] = math.Abs(s.Predicted[i] - y)
	}
	slices.Sort(errors)
	half, nine := errors[(len(errors)-1)/2], errors[(9*len(errors)-1)/10]
	spread := fmt.Sprintf("Half of the answers were off by less than %s, nine of ten by less than %s.", m.amount(half), m.amount(nine))
	if ok {
		spread = fmt.Sprintf("That is %s on average. ", m.amount(off)) + spread
	}
	return lead, []string{spread}
}

// off gives the mean error of numbers, and what share of the truth it is; ok is false
// where shares say nothing, as of numbers around 0.
func (m *told) off(s *metrics.Sample) (off, share float64, ok bool) {
	ok = true
	for i, y := range s.Actual {
		e := math.Abs(s.Predicted[i] - y)
		off += e
		share += e / math.Abs(y)
		ok = ok && y > 0
	}
	n := float64(s.Rows())
	off, share = off/n, share/n
	return off, share, ok && share < 0.5
}

// weak is below which share of a class that is found it is named.
const weak = 0.8

// classes says how often predictions of classes are right, and where they are not.
func (m *told) classes() (string, []string) {
	s := m.Held.Sample
	right, rows := right(s)
	lead := fmt.Sprintf("Right in %s.", ofHundred(right, rows))
	per := metrics.NewConfusion(s).PerClass()
	if len(per) == 2 {
		rare := per[0]
		if per[1].Support < per[0].Support {
			rare = per[1]
		}
		if rare.Predicted == 0 {
			return lead, []string{fmt.Sprintf("It never says “%s”.", rare.Class)}
		}
		hits := rare.Recall * rare.Support
		return lead, []string{fmt.Sprintf("When it says “%s”, it is right in %s; of those that are “%[1]s” it finds %[3]s.",
			rare.Class, ofHundred(hits, rare.Predicted), ofHundred(hits, rare.Support))}
	}
	slices.SortStableFunc(per, func(a, b metrics.PerClass) int {
		switch {
		case a.Recall < b.Recall:
			return -1
		case a.Recall > b.Recall:
			return 1
		}
		return 0
	})
	var worst []string
	for _, p := range per {
		if p.Support > 0 && p.Recall < weak && len(worst) < 3 {
			worst = append(worst, fmt.Sprintf("“%s” (%s)", p.Class, outOf(p.Recall*p.Support, p.Support)))
		}
	}
	if len(worst) == 0 {
		return lead, []string{"No class is missed much more often than the others."}
	}
	return lead, []string{"It finds least well: " + human.And(worst) + "."}
}

func right(s *metrics.Sample) (right, rows float64) {
	for i, y := range s.Actual {
		if s.Predicted[i] == y {
			right++
		}
	}
	return right, float64(s.Rows())
}

// ofHundred writes a share: of a hundred, or, of fewer rows, as they were counted.
func ofHundred(part, whole float64) string {
	if whole < 100 {
		return outOf(part, whole)
	}
	n := 100 * part / whole
	switch {
	case part < whole && n > 99.5:
		return "more than 99 of 100"
	case part > 0 && n < .5:
		return "less than 1 of 100"
	}
	return fmt.Sprintf("%.0f of 100", n)
}

func outOf(part, whole float64) string {
	return human.Int(int(math.Round(part))) + " of " + human.Int(int(math.Round(whole)))
}

// promise says what the range or the set that is answered is worth.
func (m *told) promise() string {
	if !(m.Level > 0) {
		return ""
	}
	promised := human.Digits(100*m.Level, 3) + " of 100"
	for tenths, words := range map[float64]string{.9: "nine of ten", .8: "eight of ten"} {
		if math.Abs(m.Level-tenths) < 1e-9 {
			promised = words
		}
	}
	text := promised + " lie in the range shown"
	if m.Held.Classes != nil {
		text = promised + " are among the classes named"
	}
	if c := m.Held.Model.Coverage; c != nil && math.Abs(c.Level-m.Level) < 1e-9 && c.High < c.Level {
		text = fmt.Sprintf("%s are promised to lie in the range shown, and only %s did", promised, ofHundred(c.Share*float64(c.Rows), float64(c.Rows)))
	}
	return text
}

// rows says on which rows it was measured.
func (m *told) rows() string {
	h := m.Held
	text := "Measured on " + human.Count(h.Sample.Rows(), "row") + " that it had not seen"
	if h.ByFolds() {
		text = "Measured on " + human.Count(h.Rows, "row") + ", each by a model that was made without it"
	}
	switch s := h.Structure; {
	case s == nil:
	case s.Time != "":
		text += ", all of them later than those it learned from"
	case len(s.Groups) > 0:
		text += fmt.Sprintf(", of other values of %s than those it learned from", human.And(s.Groups))
	}
	return text + "."
}

// guessing says how the model stands to somebody who knows nothing; "" where that
// is not known.
func (m *told) guessing() string {
	h := m.Held
	if h == nil || h.Guess == nil || h.Guess.Rows() == 0 {
		return ""
	}
	who := "Guessing"
	if !math.IsNaN(h.Always) {
		what := m.amount(h.Always) + ", the middle of all it learned from,"
		if h.Classes != nil {
			what = "“" + h.Classes[int(h.Always)] + "”, the most frequent,"
		}
		who = "Who knows nothing and always says " + what
	}
	if h.Classes != nil {
		mine, rows := right(h.Sample)
		guess, _ := right(h.Guess)
		text := fmt.Sprintf("%s is right in %s", who, ofHundred(guess, rows))
		switch {
		case mine <= guess:
			return text + ": the model is no better."
		case rows-mine == 0:
			return text + ": the model made no mistake."
		}
		return text + fmt.Sprintf(": the model makes %s of those mistakes.", fraction((rows-mine)/(rows-guess)))
	}
	mine, _, _ := m.off(h.Sample)
	guess, _, _ := m.off(h.Guess)
	text := fmt.Sprintf("%s is off by %s on average", who, m.amount(guess))
	if mine >= guess {
		return text + ": the model is no better."
	}
	return text + fmt.Sprintf(": the model is off by %s of that.", fraction(mine/guess))
}

// fraction writes a share below 1 in words: "a third", "9 %".
func fraction(v float64) string {
	for _, f := range []struct {
		at    float64
		words string
	}{{1. / 2, "half"}, {1. / 3, "a third"}, {1. / 4, "a quarter"}, {1. / 5, "a fifth"}, {1. / 10, "a tenth"}} {
		if math.Abs(v-f.at) < .04*f.at {
			return "about " + f.words
		}
	}
	return human.Digits(100*v, 2) + " %"
}

// before says how the version stands to the champion before it.
func (m *told) before() string {
	d, err := registry.DecodeDecision(m.Version.Details)
	if err != nil {
		return ""
	}
	c := d.Comparison
	switch {
	case d.Champion == 0:
		return "There was no champion before it."
	case c == nil && d.Promoted:
		return fmt.Sprintf("It was not compared with version %d before it: %s.", d.Champion, d.Words)
	case c == nil:
		return fmt.Sprintf("It did not win against version %d: somebody chose it by hand.", d.Champion)
	}
	by := metricTitle(c.Metric)
	switch c.Verdict {
	case metrics.BetterThan:
		text := fmt.Sprintf("Better than version %d before it, by more than chance explains: %s is better by %s.", d.Champion, by, m.difference(c))
		if !d.Promoted {
			text += " That is less than was asked for; somebody chose it by hand."
		}
		return text
	case metrics.WorseThan:
		return fmt.Sprintf("Worse than version %d before it: %s by %s. Somebody chose it by hand.", d.Champion, by, m.difference(c))
	}
	return fmt.Sprintf("As good as version %d before it, as far as so few rows can tell. Somebody chose it by hand.", d.Champion)
}

func (m *told) difference(c *metrics.Comparison) string {
	known, ok := metrics.Lookup(c.Metric)
	if !ok {
		return human.Digits(math.Abs(c.Better), 3)
	}
	return known.Format(math.Abs(c.Better), m.Unit)
}

// amount writes a number of what is predicted.
func (m *told) amount(v float64) string {
	return amount(v, m.Unit)
}

// heldFindings gives what was found about a model that was judged.
func heldFindings(h *comparison.Held) []notebook.Finding {
	if h == nil {
		return nil
	}
	return h.Findings
}
