package evaluation

import (
	"math"
	"slices"

	"labbook/internal/base/human"
	"labbook/internal/base/notebook"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/checks"
)

// rowsOfClass is from how many test rows of a class it is a matter that none of
// them is recognised.
const rowsOfClass = 10

// neverTold says which classes the leader does not recognise in any test row.
func (j *Judgement) neverTold() {
	hopeless := slices.ContainsFunc(j.Findings, func(f notebook.Finding) bool { return f.Code == checks.NoBetterThanGuessing.Code })
	if j.Task != metrics.Classification || j.guesses[j.Lead()] || hopeless {
		return
	}
	s := j.Samples[j.Lead()]
	rows, found := make([]int, len(s.Classes)), make([]int, len(s.Classes))
	for i, y := range s.Actual {
		rows[int(y)]++
		found[int(y)] += bit(s.Predicted[i] == y)
	}
	var names []string
	total := 0
	for class, n := range rows {
		if n >= rowsOfClass && found[class] == 0 {
			names = append(names, s.Classes[class])
			total += n
		}
	}
	if len(names) > 0 {
		j.find(checks.NeverTold, "", total, "%s never recognises %s: none of %s of the test part", j.Models[j.Lead()].Stage, human.And(names), human.Count(total, "row"))
	}
}

// What makes probabilities not come true: how far beyond chance, in standard
// deviations, and how far on average.
const (
	beyondChance = 3.3 // one in a thousand
	farFromTrue  = 0.05
)

// calibrated compares how sure the leader is with how often it is right.
func (j *Judgement) calibrated() {
	if j.Task != metrics.Classification || j.guesses[j.Lead()] || j.Samples[j.Lead()].Probabilities == nil {
		return
	}
	mean, shape, sure, right := surety(j.Samples[j.Lead()])
	off, _ := metrics.Lookup("calibration_error")
	if max(math.Abs(mean), math.Abs(shape)) > beyondChance && off.On(j.Samples[j.Lead()], "").Value >= farFromTrue {
		j.find(checks.Uncalibrated, "", 0, "%s is %.0f %% sure of its answers on average and right in %.0f %%: its probabilities do not come true", j.Models[j.Lead()].Stage, 100*sure, 100*right)
	}
}

// surety tests whether answers are right as often as their probabilities say: by
// their mean, and by Spiegelhalter's statistic (1986), which sees that the sure
// ones are too sure. Both are standard normal where they are.
func surety(s *metrics.Sample) (mean, shape, sure, right float64) {
	var excess, variance, tilt, tilted float64
	k, n := len(s.Classes), float64(len(s.Actual))
	for i, y := range s.Actual {
		p := min(max(s.Probabilities[i*k+int(s.Predicted[i])], 1e-6), 1-1e-6)
		c := float64(bit(s.Predicted[i] == y))
		sure += p / n
		right += c / n
		excess += c - p
		variance += p * (1 - p)
		tilt += (c - p) * (1 - 2*p)
		tilted += (1 - 2*p) * (1 - 2*p) * p * (1 - p)
	}
	return excess / math.Sqrt(variance), tilt / math.Sqrt(tilted), sure, right
}

// useless names the columns whose shuffling makes the leader no worse.
func (j *Judgement) useless() {
	if len(j.Importance) < 3 || j.guesses[j.Lead()] {
		return
	}
	repeats := max(1, min(j.Options.Permutations, mostPermutations/len(j.Importance)))
	if repeats < 2 {
		j.skip(checks.UselessColumns, "too many columns to shuffle each several times")
		return
	}
	var names []string
	for _, one := range j.Importance {
		if float64(one.Worse) <= 2*float64(one.StdDev)/math.Sqrt(float64(repeats)) {
			names = append(names, one.Column)
		}
	}
	if len(names) > 0 && len(names) < len(j.Importance) {
		j.find(checks.UselessColumns, "", 0, "%s does as well with %s shuffled: try without", j.Models[j.Lead()].Stage, human.And(names))
	}
}
