package training

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/internal/testdata"
)

// world draws what a study learns from and what it is asked: rows that are
// independent, rows of groups and of groups never seen, or rows in time and those
// that come next. Rows of one group, and neighbours in time, have something in
// common that no column tells.
type world struct {
	name      string
	structure partition.Structure
	shared    func(rng *rand.Rand, rows int) (of []float64, common []float64)
}

var worlds = []world{
	{"at random", partition.Structure{}, func(_ *rand.Rand, n int) (of, common []float64) {
		return make([]float64, n), make([]float64, n)
	}},
	{"by group", partition.Structure{Groups: []string{"of"}}, func(rng *rand.Rand, n int) (of, common []float64) {
		for g := 0.0; len(of) < n; g++ {
			effect := 1.5 * rng.NormFloat64()
			for range 1 + rng.IntN(12) {
				of, common = append(of, g), append(common, effect)
			}
		}
		return of[:n], common[:n]
	}},
	{"by time", partition.Structure{Time: "of"}, func(rng *rand.Rand, n int) (of, common []float64) {
		state := rng.NormFloat64()
		for i := range n {
			state = 0.6*state + 0.8*rng.NormFloat64()
			of, common = append(of, float64(i)), append(common, state)
		}
		return of, common
	}},
}

// draw gives n rows to learn from and the rows asked for: a row of each of 30
// groups never seen, or the next 30.
func (w *world) draw(rng *rand.Rand, n int, classes bool) (train, asked *table.Table) {
	const more = 30
	of, common := w.shared(rng, n+13*more)
	a, y, level := make([]float64, len(of)), make([]float64, len(of)), make([]int32, len(of))
	for i := range of {
		a[i] = rng.NormFloat64()
		y[i] = 2*a[i] + common[i] + 0.5*rng.NormFloat64()
		for c, least := range []float64{-1, 1.5} {
			if y[i] > least {
				level[i] = int32(c + 1)
			}
		}
	}
	outcome := &table.Column{Field: table.Field{Name: "y", Type: table.Number}, Num: y}
	if classes {
		outcome = &table.Column{Field: table.Field{Name: "y", Type: table.Category, Levels: []string{"low", "mid", "high"}}, Codes: level}
	}
	all := table.New(&table.Column{Field: table.Field{Name: "of", Type: table.Number}, Num: of},
		&table.Column{Field: table.Field{Name: "a", Type: table.Number}, Num: a}, outcome)
	learn, ask := []int{}, []int{}
	for i := range of {
		switch {
		case i < n:
			learn = append(learn, i)
		case len(ask) < more && (len(w.structure.Groups) == 0 || of[i] != of[i-1]):
			ask = append(ask, i)
		}
	}
	train = all.Take(learn)
	table.Describe(train, 1)
	return train, all.Take(ask)
}

// TestPromises: over many studies, intervals and sets hold as many of the rows asked
// for as they promise: at random, of groups never seen, and of what comes next in
// time. They miss no more than was promised, and three standard errors. The studies
// are 200, or as many as LABBOOK_NIGHT says.
func TestPromises(t *testing.T) {
	testdata.OnlyComputes(t)
	studies := testdata.Studies(200)
	for _, w := range worlds {
		for _, c := range []struct {
			with    string
			classes bool
		}{
			{"{model: linear, interval: {level: 0.9, width: even}, validation: {share: 0.3}}", false},
			{"{model: linear, interval: {level: 0.9, width: even}, validation: {folds: 5}}", false},
			{"{model: logistic, interval: {level: 0.9}, calibrate: temperature, validation: {share: 0.3}}", true},
		} {
			o := Defaults()
			require.NoError(t, params.DecodeString(c.with, o))
			var sum, squares, width float64
			for study := range studies {
				train, asked := w.draw(rand.New(rand.NewPCG(uint64(study), 7)), 300, c.classes)
				share, wide := promised(t, o, &w, train, asked)
				sum, squares, width = sum+share, squares+share*share, width+wide
			}
			n := float64(studies)
			mean := sum / n
			noise := math.Sqrt((squares/n - mean*mean) / (n - 1))
			t.Logf("%s, %s: %.4f held (standard error %.4f), %.3f wide", w.name, c.with, mean, noise, width/n)
			assert.LessOrEqual(t, 1-mean, 0.1+3*noise, "%s, %s", w.name, c.with)
		}
	}
}

// promised trains on a table and gives the share of the rows asked for that its
// intervals or sets hold, and how wide they are.
func promised(t *testing.T, o *Options, w *world, train, asked *table.Table) (share, width float64) {
	f := features.Defaults()
	f.Target, f.Drop = "y", []string{"of"}
	from, err := NewSource(train, &w.structure, f, 1)
	require.NoError(t, err)
	done, err := o.Train(t.Context(), from, &Work{Cores: 1})
	require.NoError(t, err)
	p, err := done.Bundle.Predict(asked)
	require.NoError(t, err)
	actual, err := done.Bundle.Features.Outcome(asked)
	require.NoError(t, err)
	for i, y := range actual {
		if p.Sets != nil {
			if p.Set(i)[int(y)] {
				share++
			}
			width += float64(len(p.Named(i)))
			continue
		}
		if p.Low[i] <= y && y <= p.High[i] {
			share++
		}
		width += p.High[i] - p.Low[i]
	}
	n := float64(len(actual))
	return share / n, width / n
}

// TestCalibrateAuto: probabilities are calibrated where rows are held out anyway,
// are enough, and are what a model learned to say.
func TestCalibrateAuto(t *testing.T) {
	for _, c := range []struct {
		with    string
		classes bool
		want    string
	}{
		{"{model: logistic}", true, ""},
		{"{model: logistic, validation: {share: 0.3}}", true, "temperature"},
		{"{model: logistic, interval: {level: 0.8}}", true, "temperature"},
		{"{model: logistic, validation: {share: 0.3}, calibrate: none}", true, ""},
		{"{model: logistic, calibrate: isotonic}", true, "temperature"},
		{"{model: logistic, validation: {share: 0.1}}", true, ""},
		{"{model: dummy, validation: {share: 0.3}}", true, ""},
		{"{model: linear, validation: {share: 0.3}}", false, ""},
	} {
		o := Defaults()
		require.NoError(t, params.DecodeString(c.with, o))
		train, _ := worlds[0].draw(rand.New(rand.NewPCG(1, 7)), 300, c.classes)
		f := features.Defaults()
		f.Target, f.Drop = "y", []string{"of"}
		from, err := NewSource(train, &worlds[0].structure, f, 1)
		require.NoError(t, err)
		done, err := o.Train(t.Context(), from, &Work{Cores: 1})
		require.NoError(t, err, c.with)
		got := ""
		if m := done.Bundle.Calibration; m != nil {
			got = string(m.Method)
		}
		assert.Equal(t, c.want, got, c.with)
		assert.Equal(t, got != "", done.Facts.Calibration != nil, c.with)
	}
}
