package bundle

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/features"
	"labbook/models"
	"labbook/models/estimator"
)

// Ranges gives, around the predictions of a regression, ranges that hold the
// truth with probability Level: conformal prediction. How far the predictions
// of held-out rows were off, on the scale that the model learns, says how far
// the next one may be.
//
// The one assumption is that the rows asked for are exchangeable with those of
// training: drawn alike, in no order that means something. Prices that drift
// break it, which is why evaluate counts how many test rows the ranges hold.
// With one share held out and the model that it judged, they hold at least
// Level of the rows on average (Papadopoulos et al., "Inductive Confidence
// Machines for Regression", ECML 2002; Lei et al., "Distribution-Free
// Predictive Inference for Regression", JASA 113, 2018). With folds
// (cross-conformal: Vovk, Ann. Math. Artif. Intell. 74, 2015), or a model
// fitted again to all rows, nothing is proved without a further assumption,
// that the fit is stable: a row more or less hardly moves it (Barber et al.,
// "Predictive inference with the jackknife+", Ann. Stat. 49, 2021).
//
// Of a classification it gives the set of the classes that are no less likely than
// the true one seldom is: whose probability is at least 1 - Reach. The likeliest
// is always one of them.
type Ranges struct {
	Level float64 `json:"level"`
	// Abstain says that no label is given where the set has not one class alone.
	Abstain bool `json:"abstain,omitempty"`
	// Reach is how far a range goes to either side on the scale that is
	// learned; with Local, in multiples of what is expected of the row.
	Reach float64 `json:"reach"`
	// Rows were held out to find it, in so many Folds; 0 is a share of them. Units
	// is how many groups or moments they are of; 0 where rows are independent.
	Rows  int  `json:"rows"`
	Folds int  `json:"folds,omitempty"`
	Units int  `json:"units,omitempty"`
	Local bool `json:"local"`
	// Spread gives the logarithm of the error to expect of a row: a model of
	// models.Widths; nil unless Local.
	Spread estimator.Model `json:"-"`
	// Apart says that Spread reads the columns that Features make, which are others
	// than the model's: they were fitted to the rows that it was found by.
	Apart    bool               `json:"apart,omitempty"`
	Features *features.Features `json:"-"`
}

// fileSpread is the file of a bundle that holds Ranges.Spread; the files of
// Ranges.Features have prefixSpread before their names.
const (
	fileSpread   = "spread.bin"
	prefixSpread = "spread-"
)

// Reading gives the same ranges for another model of such rows, whose features need
// not be those that Spread reads.
func (v *Ranges) Reading(spread *features.Features) *Ranges {
	other := *v
	if other.Local && !other.Apart {
		other.Apart, other.Features = true, spread.Main()
	}
	return &other
}

// around gives the ends of the ranges around centres on the scale that is
// learned.
func (v *Ranges) around(centre []float64, x *matrix.Matrix) (low, high []float64) {
	reach := make([]float64, len(centre))
	if v.Spread != nil {
		v.Spread.Predict(reach, x)
		for i, e := range reach {
			reach[i] = v.Reach * math.Exp(e)
		}
	} else {
		for i := range reach {
			reach[i] = v.Reach
		}
	}
	low, high = slices.Clone(centre), reach
	for i, c := range centre {
		low[i] -= reach[i]
		high[i] += c
	}
	return low, high
}

// sets says which classes are in the set of each row of k probabilities.
func (v *Ranges) sets(p []float64, k int) []bool {
	in := make([]bool, len(p))
	for at := 0; at < len(p); at += k {
		row := p[at : at+k]
		best := (*metrics.Threshold)(nil).Label(row)
		for c, share := range row {
			in[at+c] = c == best || 1-share <= v.Reach
		}
	}
	return in
}

// read gives an interval its spread, when it has one.
func (v *Ranges) read(read func(name string) ([]byte, error), want int) error {
	if !(v.Level > 0 && v.Level < 1) || !(v.Reach >= 0) || math.IsInf(v.Reach, 0) {
		return errors.New("bundle: an impossible interval")
	}
	if !v.Local {
		return nil
	}
	if v.Apart {
		apart, err := features.Load(func(name string) ([]byte, error) { return read(prefixSpread + name) })
		if err != nil {
			return err
		}
		v.Features, want = apart, len(apart.Names())
	}
	data, err := read(fileSpread)
	if err != nil {
		return err
	}
	spec, _ := models.Widths()
	if v.Spread, err = spec.Decode(data); err != nil {
		return fmt.Errorf("bundle: %s: %w", fileSpread, err)
	}
	if n, ok := columns(v.Spread); v.Spread.Outputs() != 1 || ok && n != want {
		return fmt.Errorf("bundle: %s reads other columns than the features make", fileSpread)
	}
	return nil
}
