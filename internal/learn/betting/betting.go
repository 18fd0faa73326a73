// Package betting tests what a mean is while outcomes come in, so that anybody may look
// after each of them and stop when it pleases: by betting against the hypothesis. Whoever
// bets against what is true gains nothing in the long run, so a capital that has grown
// twentyfold is a surprise of at most one in twenty, whenever it is looked at (Ville's
// inequality). Bets are those of Waudby-Smith and Ramdas, Estimating means of bounded
// random variables by betting (JRSS B 86, 2024), section 5: a mixture of constant ones.
package betting

import "math"

// Wealth is the capital of who bets against the hypothesis that each outcome, given those
// before it, is at most 0 in the mean. Nothing else is assumed of outcomes but that none is
// below -1: neither a distribution, nor that they are independent, nor a bound above. The
// zero value has seen nothing.
type Wealth struct {
	logs [len(bets)]float64 // of the capital of each bet
	most float64            // the log of the largest capital so far
}

// bets are the constant parts of the capital that are laid: from all but what would ruin
// to so little as only large samples reward, each half of the one before.
var bets = [...]float64{.97, .97 / 2, .97 / 4, .97 / 8, .97 / 16, .97 / 32, .97 / 64, .97 / 128}

// Add tells of an outcome; one below -1 counts as -1.
func (w *Wealth) Add(x float64) {
	x = max(x, -1)
	for i, bet := range bets {
		w.logs[i] += math.Log1p(bet * x)
	}
	w.most = max(w.most, w.log())
}

// log gives the log of the capital now: the mean of all bets.
func (w *Wealth) log() float64 {
	most := w.logs[0]
	for _, l := range w.logs[1:] {
		most = max(most, l)
	}
	sum := 0.0
	for _, l := range w.logs {
		sum += math.Exp(l - most)
	}
	return most + math.Log(sum/float64(len(w.logs)))
}

// Confidence is how sure it is that the hypothesis is wrong, from 0 to 1: if it is right,
// the chance that this is ever more than c is at most 1 - c.
func (w *Wealth) Confidence() float64 { return 1 - math.Exp(-w.most) }

// Now is Confidence by the capital of this moment: it falls again when outcomes are as the
// hypothesis says. The chance that it is ever more than c is bounded alike.
func (w *Wealth) Now() float64 { return max(0, 1-math.Exp(-w.log())) }

// Paired tells which of two, who say something of the same things, loses less. Losses of a
// known bound count as they are. Where there is none, as of errors of numbers, the first
// Aside outcomes say how far errors go and are no evidence, and what is beyond reach times
// the first one's mean loss on them counts as that: so a single outcome cannot decide, and
// the test is of the mean of losses so bounded.
type Paired struct {
	bound         float64 // 0: not known yet
	aside         int
	early         float64
	better, worse Wealth
	n             int
	first, second float64 // sums of losses as they are
}

// Aside is how many outcomes say how far losses go; reach is how many times their mean.
const (
	Aside = 20
	reach = 5
)

// NewPaired begins a test; bound is that of losses, 0 where there is none.
func NewPaired(bound float64) *Paired { return &Paired{bound: bound} }

// Add tells what both lost on one thing; neither is negative.
func (p *Paired) Add(first, second float64) {
	p.n++
	p.first, p.second = p.first+first, p.second+second
	if p.bound == 0 {
		p.aside, p.early = p.aside+1, p.early+first
		if p.aside >= Aside && p.early > 0 && !math.IsInf(p.early, 0) {
			p.bound = reach * p.early / float64(p.aside)
		}
		return
	}
	d := (min(first, p.bound) - min(second, p.bound)) / p.bound
	p.better.Add(d)
	p.worse.Add(-d)
}

// Standing is what a test says so far.
type Standing struct {
	Outcomes      int
	First, Second float64 // mean losses, as they are
	// Better is how sure it is that the second loses less, Worse that it loses more.
	Better, Worse float64
	// Bound is what larger losses count as; 0 where that is not known yet.
	Bound float64
}

// Standing tells what is known now.
func (p *Paired) Standing() Standing {
	s := Standing{Outcomes: p.n, Better: p.better.Confidence(), Worse: p.worse.Confidence(), Bound: p.bound}
	if p.n > 0 {
		s.First, s.Second = p.first/float64(p.n), p.second/float64(p.n)
	}
	return s
}

// Broken is the outcome of a promise of a level, for who bets against its being kept: that
// the truth is in what was answered as often as level says, or oftener.
func Broken(level float64, kept bool) float64 {
	if kept {
		return -1
	}
	return level / (1 - level)
}
