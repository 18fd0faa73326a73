package tune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// branin has three minima of 0.397887 (Surjanovic and Bingham, Virtual Library
// of Simulation Experiments).
func branin(x []float64) float64 {
	a := x[1] - 5.1/(4*math.Pi*math.Pi)*x[0]*x[0] + 5/math.Pi*x[0] - 6
	return a*a + 10*(1-1/(8*math.Pi))*math.Cos(x[0]) + 10
}

var braninSpace = Space{{Name: "x1", Scale: Float, Low: -5, High: 10}, {Name: "x2", Scale: Float, Low: 0, High: 15}}

// hartmann6 has a minimum of -3.32237 (as above).
func hartmann6(x []float64) float64 {
	alpha := [4]float64{1, 1.2, 3, 3.2}
	a := [4][6]float64{{10, 3, 17, 3.5, 1.7, 8}, {0.05, 10, 17, 0.1, 8, 14}, {3, 3.5, 1.7, 10, 17, 8}, {17, 8, 0.05, 10, 0.1, 14}}
	p := [4][6]float64{
		{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886}, {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
		{0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650}, {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381},
	}
	var sum float64
	for i := range 4 {
		var inner float64
		for j := range 6 {
			inner += a[i][j] * (x[j] - p[i][j]) * (x[j] - p[i][j])
		}
		sum -= alpha[i] * math.Exp(-inner)
	}
	return sum
}

func hartmann6Space() Space {
	var s Space
	for j := range 6 {
		s = append(s, Parameter{Name: fmt.Sprint("x", j+1), Scale: Float, Low: 0, High: 1})
	}
	return s
}

func objective(f func([]float64) float64) Objective {
	return func(_ context.Context, p Point, _ func(float64) bool) (float64, error) {
		x := make([]float64, len(p))
		for i := range p {
			x[i], _ = strconv.ParseFloat(p[i], 64)
		}
		return f(x), nil
	}
}

// medianRegret is over studies of 100 trials with seeds 0 to seeds-1.
func medianRegret(t testing.TB, space Space, sampler Sampler, f func([]float64) float64, least float64, seeds, lag int) float64 {
	regrets := make([]float64, seeds)
	for seed := range regrets {
		s := Study{Space: space, Sampler: sampler, Trials: 100, Lag: lag, Seed: uint64(seed)}
		trials, err := s.Run(context.Background(), objective(f))
		require.NoError(t, err)
		regrets[seed] = s.Best(trials).Score - least
	}
	slices.Sort(regrets)
	return (regrets[(seeds-1)/2] + regrets[seeds/2]) / 2
}

// samplers are compared after 100 trials, by the median regret over seeds.
// Optuna 3.1 reaches .028 on Branin and .254 on Hartmann6 over 200 seeds with
// its univariate TPE, and random search .39 and 1.25 (measured in November
// 2026). That median has a standard error of a tenth.
var samplers = []struct {
	name string
	Sampler
	lag int
}{
	{"random", Random{}, 1},
	{"tpe", TPE{}, 1},
	{"tpe-two-at-once", TPE{}, 2},
	{"tpe-four-at-once", TPE{}, 4},
	{"tpe-multivariate", TPE{Multivariate: true}, 1},
}

func TestConvergesLikeOptuna(t *testing.T) {
	testdata.OnlyComputes(t)
	for _, s := range samplers[1:3] {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			b := medianRegret(t, braninSpace, s.Sampler, branin, 0.397887, 40, s.lag)
			h := medianRegret(t, hartmann6Space(), s.Sampler, hartmann6, -3.32237, 20, s.lag)
			t.Logf("Branin %.4f, Hartmann6 %.4f", b, h)
			assert.Less(t, b, 0.06)
			assert.Less(t, h, 0.4)
		})
	}
}

// BenchmarkConvergence is the whole comparison: its metrics are the regrets.
func BenchmarkConvergence(b *testing.B) {
	for _, s := range samplers {
		b.Run(s.name, func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(medianRegret(b, braninSpace, s.Sampler, branin, 0.397887, 200, s.lag), "branin")
				b.ReportMetric(medianRegret(b, hartmann6Space(), s.Sampler, hartmann6, -3.32237, 200, s.lag), "hartmann6")
			}
		})
	}
}

// BenchmarkTPE is a study of 100 trials on Hartmann6, without the objective's
// time.
func BenchmarkTPE(b *testing.B) {
	for b.Loop() {
		medianRegret(b, hartmann6Space(), TPE{}, hartmann6, -3.32237, 1, 1)
	}
}

var mixed = Space{
	{Name: "depth", Scale: Int, Low: 3, High: 9},
	{Name: "kind", Scale: Choose, Choices: []string{"a", "b", "c"}},
	{Name: "rate", Scale: Log, Low: 1e-4, High: 1},
}

// mixedScore is least at depth 7, kind b, rate 0.01; steps approach it.
func mixedScore(_ context.Context, p Point, report func(float64) bool) (float64, error) {
	depth, _ := strconv.Atoi(p[0])
	rate, _ := strconv.ParseFloat(p[2], 64)
	score := math.Abs(float64(depth-7)) + math.Abs(math.Log10(rate)+2)
	if p[1] != "b" {
		score++
	}
	for step := range 20 {
		if !report(score + 5/float64(step+1)) {
			return 0, nil
		}
	}
	return score, nil
}

// The result depends on Lag, not on how many trials really run at once, nor on
// how long they take.
func TestSameWhateverTheCores(t *testing.T) {
	for _, sampler := range []Sampler{TPE{}, TPE{Multivariate: true}, Random{}} {
		for _, pruner := range []Pruner{nil, Median{}, Halving{First: 2}} {
			var first []Trial
			for _, cores := range []int{1, 2, 4} {
				s := Study{Space: mixed, Sampler: sampler, Pruner: pruner, Trials: 60, Lag: 4, Seed: 7, Cores: cores}
				var calls atomic.Int64
				trials, err := s.Run(context.Background(), func(ctx context.Context, p Point, report func(float64) bool) (float64, error) {
					time.Sleep(time.Duration(calls.Add(1)*7919%5) * 20 * time.Microsecond)
					return mixedScore(ctx, p, report)
				})
				require.NoError(t, err)
				if first == nil {
					first = trials
				}
				require.Equal(t, first, trials, "%T, %T, %d cores", sampler, pruner, cores)
			}
			pruned := 0
			for _, trial := range first {
				if trial.State == Pruned {
					pruned++
				}
			}
			assert.Equal(t, pruner != nil, pruned > 0, "%T", pruner)
		}
	}
}

func TestFindsMixedOptimum(t *testing.T) {
	testdata.OnlyComputes(t)
	for _, multivariate := range []bool{false, true} {
		s := Study{Space: mixed, Sampler: TPE{Multivariate: multivariate}, Trials: 100, Lag: 1, Seed: 3}
		trials, err := s.Run(context.Background(), mixedScore)
		require.NoError(t, err)
		best := s.Best(trials)
		assert.Equal(t, Point{"7", "b"}, best.Point[:2])
		assert.Less(t, best.Score, 0.3)
	}
}

func TestMaximize(t *testing.T) {
	testdata.OnlyComputes(t)
	s := Study{Space: mixed, Sampler: TPE{}, Pruner: Median{}, Trials: 80, Lag: 1, Seed: 3, Maximize: true}
	trials, err := s.Run(context.Background(), func(ctx context.Context, p Point, report func(float64) bool) (float64, error) {
		score, err := mixedScore(ctx, p, func(v float64) bool { return report(-v) })
		return -score, err
	})
	require.NoError(t, err)
	assert.Greater(t, s.Best(trials).Score, -0.6)
}

func TestGrid(t *testing.T) {
	space := Space{{Name: "a", Scale: Int, Low: 1, High: 3}, {Name: "b", Scale: Choose, Choices: []string{"x", "y"}},
		{Name: "c", Scale: Log, Low: 0.01, High: 1, Steps: 3}, {Name: "d", Scale: Float, Low: 0, High: 2, Steps: 2}}
	require.Equal(t, 36, GridSize(space))
	trees := Space{{Name: "trees", Scale: Int, Low: 100, High: 1000, Steps: 4}, {Name: "few", Scale: Int, Low: 1, High: 2, Steps: 9}}
	require.Equal(t, 8, GridSize(trees))
	assert.Equal(t, Point{"400", "2"}, Grid{}.Sample(trees, 3, nil, nil))
	seen := map[string]bool{}
	for n := range 36 {
		seen[fmt.Sprint(Grid{}.Sample(space, n, nil, nil))] = true
	}
	assert.Len(t, seen, 36)
	assert.Contains(t, seen, "[1 x 0.01 0]")
	assert.Contains(t, seen, "[3 y 0.1 2]")
}

// A study killed after some trials goes on where it was, and ends as one that
// was left alone.
func TestResume(t *testing.T) {
	whole := Study{Space: mixed, Sampler: TPE{}, Trials: 40, Lag: 2, Seed: 1, Cores: 2}
	want, err := whole.Run(context.Background(), mixedScore)
	require.NoError(t, err)

	store := File{Path: filepath.Join(t.TempDir(), "trials.jsonl")}
	ctx, cancel := context.WithCancel(context.Background())
	var count atomic.Int64
	killed := whole
	killed.Store = store
	_, err = killed.Run(ctx, func(ctx context.Context, p Point, report func(float64) bool) (float64, error) {
		if count.Add(1) == 25 {
			cancel()
		}
		return mixedScore(ctx, p, report)
	})
	require.ErrorIs(t, err, context.Canceled)
	stored, err := store.Trials()
	require.NoError(t, err)
	require.Greater(t, len(stored), 10)

	count.Store(0)
	got, err := killed.Run(context.Background(), func(ctx context.Context, p Point, report func(float64) bool) (float64, error) {
		count.Add(1)
		return mixedScore(ctx, p, report)
	})
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.EqualValues(t, 40-len(stored), count.Load())
}

// A small space is not scored more often than it has points, but for trials
// that do not know of each other.
func TestRepeatedPoints(t *testing.T) {
	small := Space{{Name: "depth", Scale: Int, Low: 1, High: 3}, {Name: "kind", Scale: Choose, Choices: []string{"a", "b"}}}
	for _, sampler := range []Sampler{TPE{}, Random{}} {
		var calls atomic.Int64
		s := Study{Space: small, Sampler: sampler, Trials: 60, Lag: 1, Seed: 1}
		trials, err := s.Run(context.Background(), func(_ context.Context, p Point, _ func(float64) bool) (float64, error) {
			calls.Add(1)
			depth, err := strconv.ParseFloat(p[0], 64)
			return depth + float64(len(p[1])), err
		})
		require.NoError(t, err)
		require.Len(t, trials, 60)
		assert.LessOrEqual(t, calls.Load(), int64(GridSize(small)), "%T", sampler)
		for n, trial := range trials {
			assert.Equal(t, n, trial.Number)
			assert.Equal(t, trial.Point[0], fmt.Sprint(trial.Score-1), "%T", sampler)
		}
	}
}

func TestFailedTrials(t *testing.T) {
	s := Study{Space: mixed, Sampler: TPE{}, Trials: 40, Lag: 1, Seed: 1}
	trials, err := s.Run(context.Background(), func(ctx context.Context, p Point, report func(float64) bool) (float64, error) {
		if p[1] == "a" {
			return 0, errors.New("a does not work")
		}
		if p[0] == "3" {
			return math.NaN(), nil
		}
		return mixedScore(ctx, p, report)
	})
	require.NoError(t, err)
	for _, trial := range trials {
		assert.Equal(t, trial.Point[1] == "a" || trial.Point[0] == "3", trial.State == Failed)
	}
	_, err = s.Run(context.Background(), func(context.Context, Point, func(float64) bool) (float64, error) {
		return 0, errors.New("nothing works")
	})
	assert.ErrorContains(t, err, "every trial failed; the first: nothing works")
}

func TestBudget(t *testing.T) {
	s := Study{Space: mixed, Sampler: Random{}, Trials: 1000, Lag: 1, Seed: 1, Budget: 20 * time.Millisecond}
	trials, err := s.Run(context.Background(), func(context.Context, Point, func(float64) bool) (float64, error) {
		time.Sleep(5 * time.Millisecond)
		return 1, nil
	})
	require.NoError(t, err)
	assert.NotEmpty(t, trials)
	assert.Less(t, len(trials), 20)
}

func TestParameterRoundTrip(t *testing.T) {
	for _, p := range mixed {
		for _, u := range []float64{0, 0.1, 0.5, 0.9, 1} {
			if p.Scale == Choose {
				u = math.Floor(u * 2)
			}
			text := p.Value(u)
			assert.Equal(t, text, p.Value(p.unit(text)), "%s %s", p.Name, text)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, bad := range []Parameter{
		{Scale: Choose}, {Scale: Float, Low: 1, High: 1}, {Scale: Log, Low: 0, High: 1}, {Scale: Int, Low: 0.5, High: 2},
		{Scale: Float, Low: math.NaN(), High: 1}, {Scale: Float, Low: 0, High: math.Inf(1)},
	} {
		assert.Error(t, bad.Check(), "%+v", bad)
	}
	for i := range mixed {
		assert.NoError(t, mixed[i].Check())
	}
}

func TestImportance(t *testing.T) {
	s := Study{Space: mixed, Sampler: Random{}, Trials: 200, Lag: 1, Seed: 1}
	trials, err := s.Run(context.Background(), func(_ context.Context, p Point, _ func(float64) bool) (float64, error) {
		depth, _ := strconv.ParseFloat(p[0], 64)
		score := depth
		if p[1] == "b" {
			score -= 3
		}
		return score, nil
	})
	require.NoError(t, err)
	shares := Importance(mixed, trials)
	// The variances: of the depth (49 - 1) / 12 = 4, of the kind 9 * 2/9 = 2, of the rate 0.
	assert.InDelta(t, 4.0/6, shares[0], 0.08)
	assert.InDelta(t, 2.0/6, shares[1], 0.08)
	assert.InDelta(t, 0, shares[2], 0.04)
	assert.Nil(t, Importance(mixed, trials[:5]))
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"number":1,"point":["a"],"state":"complete","score":1}` + "\n{\"num"))
	f.Fuzz(func(t *testing.T, text []byte) {
		store := File{Path: filepath.Join(t.TempDir(), "trials.jsonl")}
		require.NoError(t, os.WriteFile(store.Path, text, 0o666))
		before, err := store.Trials()
		require.NoError(t, err)
		require.NoError(t, store.Add(Trial{Number: 7, Point: Point{"x"}, State: Complete}))
		after, err := store.Trials()
		require.NoError(t, err)
		require.Len(t, after, len(before)+1)
	})
}
