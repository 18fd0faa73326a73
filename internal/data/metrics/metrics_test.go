package metrics

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// The numbers are scikit-learn's 1.2.1; testdata/expected.py made them.
func TestAgainstScikitLearn(t *testing.T) {
	data, err := os.ReadFile("testdata/expected.json")
	require.NoError(t, err)
	var expected struct {
		Cases []struct {
			Name                             string
			Actual, Predicted, Probabilities []float64
			Weights                          []float64
			Classes                          []string
			Want                             map[string]float64
			Confusion                        [][]float64
			PerClass                         [][]float64 `json:"per_class"`
		}
		McNemar [][3]float64
	}
	require.NoError(t, json.Unmarshal(data, &expected))
	for _, c := range expected.Cases {
		t.Run(c.Name, func(t *testing.T) {
			s := &Sample{Actual: c.Actual, Predicted: c.Predicted}
			if c.Classes != nil {
				s = NewClassification(c.Actual, c.Classes, c.Probabilities)
			}
			for name, want := range c.Want {
				m, ok := Lookup(name)
				require.True(t, ok, name)
				got := m.Prepare(s)(c.Weights)
				assert.InDelta(t, want, got, 1e-12*max(1, math.Abs(want)), name)
			}
			if c.Confusion == nil {
				return
			}
			plain := slices.Equal(c.Weights, Ones(len(c.Weights)))
			if confusion := NewConfusion(s); plain {
				assert.Equal(t, c.Confusion, confusion.Counts)
				for i, p := range confusion.PerClass() {
					assert.InDeltaSlice(t, c.PerClass[i], []float64{p.Precision, p.Recall, p.F1}, 1e-12)
				}
			}
		})
	}
	for _, m := range expected.McNemar {
		assert.InDelta(t, m[2], McNemar(int(m[0]), int(m[1])), 1e-10)
	}
}

// Weights are how often a row counts: every metric of a sample with whole
// weights is that of the sample with its rows repeated.
func TestWeightsRepeatRows(t *testing.T) {
	for _, s := range []*Sample{numbers(60, 1), classes(60, 4, 1), classes(60, 2, 1)} {
		weights := make([]float64, s.Rows())
		resample(weights, 5, 6)
		var rows []int
		for i, w := range weights {
			for range int(w) {
				rows = append(rows, i)
			}
		}
		repeated := take(s, rows)
		for _, m := range Catalog {
			if m.Task == s.Task() {
				assert.InDelta(t, m.Prepare(repeated)(Ones(repeated.Rows())), m.Prepare(s)(weights), 1e-9, m.Name)
			}
		}
	}
}

// A metric does not depend on the order of rows.
func TestOrderOfRows(t *testing.T) {
	for _, s := range []*Sample{numbers(80, 2), classes(80, 3, 2)} {
		shuffled := take(s, rand.New(rand.NewPCG(1, 1)).Perm(80))
		for _, m := range Catalog {
			if m.Task == s.Task() {
				assert.InDelta(t, m.On(s, "").Value, m.On(shuffled, "").Value, 1e-10, m.Name)
			}
		}
	}
}

// A perfect prediction has the best value, and no metric panics or hangs on
// samples that nobody should measure.
func TestEnds(t *testing.T) {
	y := []float64{1, 2, 3}
	for name, want := range map[string]float64{"mae": 0, "rmse": 0, "median_ae": 0, "mape": 0, "r2": 1} {
		m, _ := Lookup(name)
		assert.Equal(t, want, m.On(NewRegression(y, y), "").Value, name)
	}
	perfect := NewClassification([]float64{0, 1}, []string{"a", "b"}, []float64{1, 0, 0, 1})
	for _, name := range []string{"accuracy", "f1_macro", "f1_weighted", "roc_auc", "pr_auc", "balanced_accuracy"} {
		m, _ := Lookup(name)
		assert.Equal(t, 1.0, m.On(perfect, "").Value, name)
	}
	odd := []*Sample{
		NewRegression(nil, nil), NewRegression([]float64{0}, []float64{1}), NewRegression(y, []float64{math.NaN(), 1, math.Inf(1)}),
		NewClassification(nil, []string{"a", "b"}, nil), NewClassification([]float64{0}, []string{"a"}, []float64{1}),
		NewClassification([]float64{1, 1}, []string{"a", "b"}, []float64{math.NaN(), math.NaN(), 0, 0}),
	}
	for _, s := range odd {
		for _, m := range Catalog {
			if m.Task == s.Task() {
				m.On(s, "")
				m.Prepare(s)(make([]float64, s.Rows()))
			}
		}
	}
}

func TestCatalog(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Catalog {
		assert.False(t, seen[m.Name], m.Name)
		seen[m.Name] = true
		assert.NotEmpty(t, m.Title, m.Name)
		assert.Regexp(t, `^[A-Z].*\.$`, m.Doc, m.Name)
		assert.Contains(t, []Better{Lower, Higher}, m.Better, m.Name)
		assert.Contains(t, []Task{Regression, Classification}, m.Task, m.Name)
		assert.Contains(t, []Scale{OfTarget, Share, Plain}, m.Scale, m.Name)
	}
	for _, task := range []Task{Regression, Classification} {
		for _, name := range Defaults(task) {
			_, err := Find(name, task)
			assert.NoError(t, err)
		}
	}
	_, err := Find("f1_weigted", Classification)
	assert.ErrorContains(t, err, `did you mean "f1_weighted"?`)
	_, err = Find("accuracy", Regression)
	assert.ErrorContains(t, err, "accuracy measures classification, and this is regression")
}

func TestBootstrapIsTheSameWhateverTheCores(t *testing.T) {
	s := numbers(501, 3)
	figures := []Figure{{s, mae}, {s, r2}, {s, medianAE}}
	_, one, err := Bootstrap{Resamples: 200, Seed: 1, Cores: 1}.Replicates(t.Context(), figures)
	require.NoError(t, err)
	_, four, err := Bootstrap{Resamples: 200, Seed: 1, Cores: 4}.Replicates(t.Context(), figures)
	require.NoError(t, err)
	assert.Equal(t, one, four)
	_, other, err := Bootstrap{Resamples: 200, Seed: 2, Cores: 4}.Replicates(t.Context(), figures)
	require.NoError(t, err)
	assert.NotEqual(t, one, other)
}

// A resample draws as many rows as there are, each equally likely: over many,
// counts have mean 1 and variance 1 - 1/n.
func TestResample(t *testing.T) {
	const n, times = 101, 4000
	weights, sums := make([]float64, n), make([]float64, n)
	var squares float64
	for b := range times {
		resample(weights, 9, uint64(b))
		var total float64
		for i, w := range weights {
			total += w
			sums[i] += w
			squares += (w - 1) * (w - 1)
		}
		require.Equal(t, float64(n), total)
	}
	for _, s := range sums {
		assert.InDelta(t, 1, s/times, 0.1)
	}
	assert.InDelta(t, 1-1.0/n, squares/(n*times), 0.02)
}

// The interval of a mean covers the truth about as often as it says.
func TestCoverage(t *testing.T) {
	testdata.OnlyComputes(t)
	r := rand.New(rand.NewPCG(4, 4))
	const trials = 400
	covered := 0
	for trial := range trials {
		y := make([]float64, 80)
		for i := range y {
			y[i] = r.ExpFloat64()
		}
		boot := Bootstrap{Resamples: 400, Seed: uint64(trial)}
		_, replicates, err := boot.Replicates(t.Context(), []Figure{average(y)})
		require.NoError(t, err)
		if low, high, ok := boot.Interval(replicates[0]); ok && low <= 1 && 1 <= high {
			covered++
		}
	}
	assert.InDelta(t, 0.93, float64(covered)/trials, 0.04) // a little under .95, as percentiles of skewed samples are
}

func TestCompare(t *testing.T) {
	m, _ := Lookup("mae")
	boot := Bootstrap{Resamples: 500, Seed: 1}
	s := numbers(400, 5)
	worse := &Sample{Actual: s.Actual, Predicted: slices.Clone(s.Predicted)}
	for i := range worse.Predicted {
		worse.Predicted[i] += 30 * math.Copysign(1, worse.Predicted[i]-worse.Actual[i])
	}
	_, replicates, err := boot.Replicates(t.Context(), []Figure{{s, mae}, {worse, mae}})
	require.NoError(t, err)
	a, b := m.On(s, "USD").Value, m.On(worse, "USD").Value
	better := boot.Compare(m, "USD", "train/b", 400, a, b, replicates[0], replicates[1])
	assert.Equal(t, BetterThan, better.Verdict)
	assert.InDelta(t, 30, better.Better, 1e-9)
	assert.Regexp(t, `^better by 30\S* USD \[30\S*, 30\S*\]$`, better.Words)
	other := boot.Compare(m, "USD", "train/a", 400, b, a, replicates[1], replicates[0])
	assert.Equal(t, WorseThan, other.Verdict)
	assert.Equal(t, -better.Better, other.Better)
	same := boot.Compare(m, "USD", "train/a", 400, a, a, replicates[0], replicates[0])
	assert.Equal(t, Tie, same.Verdict)
	assert.Equal(t, "tie: they do not differ", same.Words)
	assert.Equal(t, Tie, boot.Compare(m, "", "x", 400, a, b, nil, nil).Verdict, "nothing shows a difference without resamples")
}

func TestFewRowsAreATie(t *testing.T) {
	m, _ := Lookup("mae")
	boot := Bootstrap{Resamples: 100, Seed: 1}
	even, uneven := slices.Repeat([]float64{1}, 100), slices.Repeat([]float64{1, 1.5}, 50)
	none := make([]float64, 100)
	for _, tt := range []struct {
		rows       int
		replicates []float64
		want       Verdict
	}{{1, even, Tie}, {9, uneven, Tie}, {10, uneven, WorseThan}, {10, even, Tie}, {29, even, Tie}, {30, even, WorseThan}} {
		c := boot.Compare(m, "USD", "x", tt.rows, 1, 0, tt.replicates, none)
		assert.Equal(t, tt.want, c.Verdict, "%d rows", tt.rows)
		if tt.want == Tie {
			assert.Equal(t, "tie: a difference of -1 USD, but too few rows to tell", c.Words)
		}
	}
}

func TestCurves(t *testing.T) {
	s := classes(300, 3, 7)
	for c := range 3 {
		roc, pr := ROC(s, c), PrecisionRecall(s, c)
		var area float64
		for i := 1; i < len(roc); i++ {
			area += (roc[i].X - roc[i-1].X) * (roc[i].Y + roc[i-1].Y) / 2
		}
		assert.InDelta(t, rank(s, c).rocAUC(Ones(300)), area, 1e-12)
		assert.Equal(t, Point{1, 1}, roc[len(roc)-1])
		assert.Equal(t, 1.0, pr[len(pr)-1].X)
	}
	// A constant finds all or nothing: whatever the recall, a level line.
	constant := NewClassification([]float64{1, 0, 0, 0, 0}, []string{"a", "b"}, []float64{.8, .2, .8, .2, .8, .2, .8, .2, .8, .2})
	assert.Equal(t, []Point{{0, .2}, {1, .2}}, PrecisionRecall(constant, 1))
	assert.Nil(t, ROC(NewClassification([]float64{0}, []string{"a", "b"}, []float64{.5, .5}), 0))
}

func TestCalibration(t *testing.T) {
	s := NewClassification([]float64{0, 1, 0, 1}, []string{"a", "b"}, []float64{1, 0, .3, .7, .35, .65, .05, .95})
	assert.Equal(t, []Bin{
		{Low: .6, High: .7, Confidence: .675, Accuracy: .5, Rows: 2},
		{Low: .9, High: 1, Confidence: .975, Accuracy: 1, Rows: 2},
	}, Calibration(s, 10))
	assert.InDelta(t, (2*.175+2*.025)/4, calibrationError(s)(Ones(4)), 1e-12)
}

func TestFormat(t *testing.T) {
	low, high := 258.94, 268.06
	for _, c := range []struct {
		v    Value
		want string
	}{
		{Value{Name: "mae", Value: 263.4312, Unit: "USD"}, "263.4 USD"},
		{Value{Name: "mae", Value: 263.4312, Unit: "USD", Low: &low, High: &high}, "263.4 USD [258.9, 268.1]"},
		{Value{Name: "mae", Value: 12345.678}, "12,346"},
		{Value{Name: "mape", Value: 0.07843}, "7.84 %"},
		{Value{Name: "r2", Value: 0.98561}, "0.9856"},
		{Value{Name: "rows", Value: 53940}, "53,940"},
	} {
		assert.Equal(t, c.want, c.v.Format())
	}
}

func BenchmarkBootstrap(b *testing.B) {
	for _, rows := range []int{10_788, 200_000} {
		s := numbers(rows, 1)
		var figures []Figure
		for range 4 {
			for _, name := range Defaults(Regression) {
				m, _ := Lookup(name)
				figures = append(figures, m.Of(s))
			}
		}
		b.Run(fmt.Sprintf("%drows,%dmetrics,1000resamples", rows, len(figures)), func(b *testing.B) {
			for b.Loop() {
				if _, _, err := (Bootstrap{Resamples: 1000, Cores: 2}).Replicates(b.Context(), figures); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func numbers(n int, seed uint64) *Sample {
	r := rand.New(rand.NewPCG(seed, 1))
	y, p := make([]float64, n), make([]float64, n)
	for i := range y {
		y[i] = math.Exp(7 + r.NormFloat64())
		p[i] = y[i] * math.Exp(r.NormFloat64()*.2)
	}
	return NewRegression(y, p)
}

func classes(n, k int, seed uint64) *Sample {
	r := rand.New(rand.NewPCG(seed, 2))
	y, p := make([]float64, n), make([]float64, 0, n*k)
	names := make([]string, k)
	for i := range y {
		y[i] = float64(r.IntN(k))
		row, sum := make([]float64, k), 0.0
		for c := range row {
			row[c] = math.Exp(math.Round(4*r.NormFloat64()) / 4)
			if c == int(y[i]) {
				row[c] *= 3
			}
			sum += row[c]
		}
		for c := range row {
			p = append(p, row[c]/sum)
			names[c] = fmt.Sprint("class ", c)
		}
	}
	return NewClassification(y, names, p)
}

// average is the mean of terms as a figure.
func average(terms []float64) Figure {
	return Figure{NewRegression(terms, terms), func(s *Sample) Measure { return mean(s.Actual) }}
}

func take(s *Sample, rows []int) *Sample {
	out := &Sample{Classes: s.Classes}
	k := len(s.Classes)
	for _, r := range rows {
		out.Actual = append(out.Actual, s.Actual[r])
		out.Predicted = append(out.Predicted, s.Predicted[r])
		if k > 0 {
			out.Probabilities = append(out.Probabilities, s.Probabilities[r*k:(r+1)*k]...)
		}
	}
	return out
}

// Macro averages come first where a class has less than half of an even share.
func TestDefaultsOf(t *testing.T) {
	of := func(rare, all int) string {
		actual := make([]float64, all)
		for i := range rare {
			actual[i] = 1
		}
		return DefaultsOf(actual, []string{"no", "yes"})[0]
	}
	assert.Equal(t, "f1_weighted", of(25, 100))
	assert.Equal(t, "f1_macro", of(24, 100))
	assert.Equal(t, "f1_weighted", of(0, 100), "a class that does not occur says nothing")
	assert.Equal(t, Defaults(Regression), DefaultsOf([]float64{1}, nil))
}
