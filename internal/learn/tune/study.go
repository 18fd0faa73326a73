// Package tune searches for the parameters that make a score best: by the
// Tree-structured Parzen estimator, at random, or over a grid, with hopeless
// trials cut short.
//
// A study is a list of numbered trials. What trial n tries depends on the seed,
// n, and the outcomes of the trials up to n - Lag only, where Lag is part of
// the study's definition; so up to Lag trials run at once, and the result is
// the same however many of them really do, and whenever they end. A study
// stopped half-way goes on from the trials in its Store.
package tune

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// State is how a trial ended.
type State string

// The states.
const (
	Complete State = "complete"
	Pruned   State = "pruned" // cut short: its score is the last intermediate one
	Failed   State = "failed" // its parameters do not work; Error says why
)

// Trial is one point and what came of it. Its JSON form is an on-disk format.
type Trial struct {
	Number int       `json:"number"` // from 0
	Point  Point     `json:"point"`  // in the order of the space
	State  State     `json:"state"`
	Score  float64   `json:"score"`           // 0 of a failed one
	Steps  []float64 `json:"steps,omitempty"` // intermediate scores
	Error  string    `json:"error,omitempty"`
}

// Store remembers finished trials, so that a killed study can go on. Its
// methods are called by one goroutine at a time.
type Store interface {
	// Trials gives what was added, in any order.
	Trials() ([]Trial, error)
	Add(Trial) error
}

// Objective scores a point. report takes the intermediate score of each step in
// turn; when it returns false, the point is hopeless, and the objective should
// return with any score. An error means that the point does not work. Equal
// points have equal scores: one that was scored is not scored again.
type Objective func(ctx context.Context, point Point, report func(score float64) bool) (float64, error)

// Study defines a search.
type Study struct {
	Space    Space
	Sampler  Sampler
	Pruner   Pruner // nil prunes nothing
	Maximize bool   // whether a larger score is better
	Trials   int
	Lag      int // at least 1: at most so many trials run at once
	Seed     uint64

	// Cores bounds how many trials really run at once; 0 means 1. It does not
	// change the result.
	Cores int
	// Budget, if not 0, is the time after which no trial begins. A study that
	// it stops depends on the machine's speed.
	Budget time.Duration
	// Store, if not nil, keeps finished trials.
	Store Store
	// Done, if not nil, is told of every finished trial, one at a time.
	Done func(Trial)
}

// Sampler chooses the point of a trial from those before it.
type Sampler interface {
	// Sample gives the point of trial n. history has the outcomes that it may
	// know of, by number, with scores turned so that lower is better.
	Sample(space Space, n int, history []Trial, rng *rand.Rand) Point
}

// Run runs the study and gives its trials by number. The error is the
// context's, the store's, or, when every trial failed, the first one's.
func (s *Study) Run(ctx context.Context, objective Objective) ([]Trial, error) {
	r := run{Study: s, objective: objective, started: time.Now()}
	if err := r.resume(); err != nil {
		return nil, err
	}
	trials, err := r.all(ctx)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(trials, func(t Trial) bool { return t.State != Failed }); i < 0 && len(trials) > 0 {
		return nil, fmt.Errorf("every trial failed; the first: %s", trials[0].Error)
	}
	return trials, nil
}

// Best gives the complete trial with the best score, the earliest of several,
// or nil.
func (s *Study) Best(trials []Trial) *Trial {
	var best *Trial
	for i := range trials {
		t := &trials[i]
		if t.State == Complete && (best == nil || s.turn(t.Score) < s.turn(best.Score)) {
			best = t
		}
	}
	return best
}

// turn makes lower better; it is its own inverse.
func (s *Study) turn(score float64) float64 {
	if s.Maximize {
		return -score
	}
	return score
}

// run is a study under way.
type run struct {
	*Study
	objective Objective
	started   time.Time
	stored    map[int]Trial

	mu     sync.Mutex
	turned []Trial // by number, scores turned; valid where done is closed
	trials []Trial
}

func (r *run) resume() error {
	r.stored = map[int]Trial{}
	if r.Store == nil {
		return nil
	}
	stored, err := r.Store.Trials()
	for _, t := range stored {
		r.stored[t.Number] = t
	}
	return err
}

// all runs the trials in order of their numbers, so many at once. Trial n waits
// for trial n - Lag; as those before have waited in turn, all up to that one
// are done.
func (r *run) all(ctx context.Context) ([]Trial, error) {
	lag := max(1, r.Lag)
	r.trials, r.turned = make([]Trial, r.Trials), make([]Trial, r.Trials)
	done := make([]chan struct{}, r.Trials)
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(max(1, min(r.Cores, lag)))
	begun := 0
	for n := range r.Trials {
		known := max(0, n-lag+1)
		if known > 0 {
			select {
			case <-done[known-1]:
			case <-inner.Done():
			}
		}
		if inner.Err() != nil || r.Budget > 0 && time.Since(r.started) > r.Budget {
			break
		}
		done[n] = make(chan struct{})
		begun++
		group.Go(func() error {
			defer close(done[n])
			return r.one(inner, n, r.turned[:known])
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return r.trials[:begun], ctx.Err()
}

// one runs trial n, or takes it from the store if that has the same point, or
// from the history if that has a complete trial of the same point.
func (r *run) one(ctx context.Context, n int, history []Trial) error {
	rng := rand.New(rand.NewPCG(r.Seed, uint64(n)))
	t := Trial{Number: n, Point: r.Sampler.Sample(r.Space, n, history, rng)}
	if old, ok := r.stored[n]; ok && slices.Equal(old.Point, t.Point) {
		return r.finish(old, false)
	}
	if i := slices.IndexFunc(history, func(o Trial) bool { return o.State == Complete && slices.Equal(o.Point, t.Point) }); i >= 0 {
		again := r.trials[i]
		again.Number = n
		return r.finish(again, true)
	}
	pruned := false
	score, err := r.objective(ctx, t.Point, func(score float64) bool {
		t.Steps = append(t.Steps, score)
		pruned = pruned || r.Pruner != nil && r.Pruner.Hopeless(r.turnedSteps(t.Steps), history)
		return !pruned
	})
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		t.State, t.Error, t.Steps = Failed, err.Error(), nil
	case pruned:
		t.State, t.Score = Pruned, t.Steps[len(t.Steps)-1]
	default:
		t.State, t.Score = Complete, score
	}
	if t.State != Failed && (math.IsNaN(t.Score) || math.IsInf(t.Score, 0)) {
		t = Trial{Number: n, Point: t.Point, State: Failed, Error: fmt.Sprintf("the score is %g", t.Score)}
	}
	return r.finish(t, true)
}

func (r *run) turnedSteps(steps []float64) []float64 {
	turned := make([]float64, len(steps))
	for i, v := range steps {
		turned[i] = r.turn(v)
	}
	return turned
}

func (r *run) finish(t Trial, store bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if store && r.Store != nil {
		if err := r.Store.Add(t); err != nil {
			return fmt.Errorf("storing trial %d: %w", t.Number, err)
		}
	}
	r.trials[t.Number] = t
	t.Score, t.Steps = r.turn(t.Score), r.turnedSteps(t.Steps)
	r.turned[t.Number] = t
	if r.Done != nil {
		r.Done(r.trials[t.Number])
	}
	return nil
}

// ranked gives the trials that say something, best first: complete ones by
// score, then pruned ones, those that went further first.
func ranked(history []Trial) []Trial {
	known := slices.DeleteFunc(slices.Clone(history), func(t Trial) bool { return t.State == Failed })
	slices.SortStableFunc(known, func(a, b Trial) int {
		if a.State != b.State {
			return cmp.Compare(a.State, b.State) // "complete" before "pruned"
		}
		if a.State == Pruned && len(a.Steps) != len(b.Steps) {
			return len(b.Steps) - len(a.Steps)
		}
		return cmp.Compare(a.Score, b.Score)
	})
	return known
}
