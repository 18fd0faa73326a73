package training

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"labbook/internal/base/params"
	"labbook/internal/learn/tune"
	"labbook/models"
)

// usualTrials is how many trials quality: best makes where candidates says nothing.
const usualTrials = 30

// trials gives how many trials of a search follow so many candidates.
func (b *blending) trials(candidates int) int {
	switch {
	case b.classes > manyClasses || len(b.trees()) == 0:
		return 0
	case b.Candidates > 0:
		return max(0, 1+b.Candidates-candidates)
	case place(b.Quality) < best:
		return 0
	}
	return usualTrials
}

// trees are the views that the search tries.
func (b *blending) trees() []string {
	return slices.DeleteFunc([]string{"trees", "sets", "levels"}, func(v string) bool { return !slices.Contains(b.views, v) })
}

// view is the name under which the space has the view.
const viewOfTrials = "(view)"

// search tries boosted trees whose parameters the Tree-structured Parzen estimator
// chooses. All trials are candidates, for what is not the best may err elsewhere.
// Of those begun, points that came again are left out.
func (b *blending) search(ctx context.Context, trials, total int) (all []*attempt, begun int, err error) {
	space := tune.Space{
		{Name: viewOfTrials, Scale: tune.Choose, Choices: b.trees()},
		{Name: "colsample_bytree", Scale: tune.Float, Low: 0.3, High: 1},
		{Name: "lambda", Scale: tune.Log, Low: 0.1, High: 30},
		{Name: "learning_rate", Scale: tune.Log, Low: 0.02, High: 0.2},
		{Name: "max_depth", Scale: tune.Int, Low: 2, High: 9},
		{Name: "min_samples_leaf", Scale: tune.Int, Low: 1, High: 40},
		{Name: "subsample", Scale: tune.Float, Low: 0.5, High: 1},
	}
	usual, err := b.portfolio(b.asked)
	if err != nil {
		return nil, 0, err
	}
	at := slices.IndexFunc(usual, func(c candidate) bool { return c.model == "boosting" })
	if at < 0 {
		return nil, 0, nil
	}
	spec := models.Lookup("boosting")
	var mu sync.Mutex
	known := map[string]*attempt{}
	study := tune.Study{Space: space, Sampler: tune.TPE{}, Trials: trials, Lag: 2, Seed: b.Seed, Cores: b.work.Cores}
	if b.Budget > 0 {
		study.Budget = max(1, b.Budget-time.Since(b.began))
	}
	found, err := study.Run(ctx, func(ctx context.Context, point tune.Point, _ func(float64) bool) (float64, error) {
		p := clone(spec, usual[at].params)
		for i, value := range point[1:] {
			if err := params.Set(p, space[i+1].Name, value); err != nil {
				return 0, err
			}
		}
		t := b.try(ctx, candidate{"a trial", "boosting", point[0], p}, total)
		mu.Lock()
		defer mu.Unlock()
		known[strings.Join(point, " ")] = t
		return t.score, t.err
	})
	if err != nil {
		return nil, 0, err
	}
	for _, t := range found {
		key := strings.Join(t.Point, " ")
		if a := known[key]; a != nil { // a point that comes again was not tried again
			a.name = fmt.Sprintf("trial %d", t.Number+1)
			all = append(all, a)
			delete(known, key)
		}
	}
	return all, len(found), nil
}
