package project

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"labbook/runner/farm"
)

// FarmNow is what a farm is at.
type FarmNow struct {
	Workers []FarmWorker `json:"workers"`
	Queues  []FarmQueue  `json:"queues"`         // of this program's stages
	Stages  []FarmStage  `json:"stages"`         // that are made, then those that wait
	More    bool         `json:"more,omitempty"` // there are others
}

// FarmWorker is a worker of a farm.
type FarmWorker struct {
	farm.Presence
	Ours bool `json:"ours"` // it comes to the same keys as this program
}

// FarmQueue is where stages wait that workers of a label make, or those without one.
type FarmQueue struct {
	Name    string `json:"name"`
	Label   string `json:"label,omitempty"`
	Waiting int    `json:"waiting"` // about: the engine does not count
}

// FarmStage is a stage that a farm has. What it is the engine does not know.
type FarmStage struct {
	Key     string     `json:"key"`
	State   string     `json:"state"` // runs or waits
	Worker  string     `json:"worker,omitempty"`
	Attempt int        `json:"attempt"`
	Since   *time.Time `json:"since,omitempty"` // it runs
}

// most is how many stages of a farm are looked at.
const most = 200

// Now asks what the farm is at.
func (f *Farm) Now(ctx context.Context) (*FarmNow, error) {
	if err := f.Engine.Check(ctx); err != nil {
		return nil, err
	}
	there, err := farm.Workers(ctx, f.Engine)
	if err != nil {
		return nil, err
	}
	now := &FarmNow{Workers: []FarmWorker{}, Stages: []FarmStage{}}
	labels := []string{""}
	for _, w := range there {
		now.Workers = append(now.Workers, FarmWorker{w, w.Queue == f.Queue})
		if w.Queue == f.Queue && !slices.Contains(labels, w.Label) {
			labels = append(labels, w.Label)
		}
	}
	slices.Sort(labels)
	for _, label := range labels {
		for _, name := range farm.Queues(f.Queue, label) {
			_, waiting, err := f.Engine.Polling(ctx, name)
			if err != nil {
				return nil, err
			}
			now.Queues = append(now.Queues, FarmQueue{name, label, waiting})
		}
	}
	slices.SortFunc(now.Workers, func(a, b FarmWorker) int { return cmp.Compare(a.Name, b.Name) })
	running, err := f.Engine.Running(ctx, most)
	if err != nil {
		return nil, err
	}
	now.More = len(running) == most
	states := make([]farm.State, len(running))
	var asking errgroup.Group
	asking.SetLimit(8)
	for i, x := range running {
		asking.Go(func() (err error) {
			states[i], err = f.Engine.Look(ctx, x.ID, x.Run)
			return err
		})
	}
	if err := asking.Wait(); err != nil {
		return nil, err
	}
	for i, x := range running {
		key, _, _ := strings.Cut(strings.TrimPrefix(x.ID, "labbook/"), "/")
		s := FarmStage{Key: key, State: "waits", Attempt: states[i].Attempt}
		if states[i].Started {
			s.State, s.Worker, s.Since = "runs", states[i].Worker, &states[i].Since
		}
		now.Stages = append(now.Stages, s)
	}
	slices.SortStableFunc(now.Stages, func(a, b FarmStage) int { return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Key, b.Key)) })
	return now, nil
}
