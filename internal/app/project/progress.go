package project

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"labbook/internal/base/artifact"
	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/runner"
	"labbook/runner/pipeline"
	"labbook/serve"
)

// progressEvery is how often progress is written, and a stop looked for.
const progressEvery = 500 * time.Millisecond

// teller says how runs under way go.
type teller struct {
	said    said
	of      map[string][]*underway // by pipeline, in its order: as a run of it begins
	observe func(runner.Event)     // of whoever else wants to know; nil: nobody
	first   chan struct{}          // holds one when a run has begun that has no file yet
	stop    chan struct{}
	stopped sync.WaitGroup

	mu      sync.Mutex
	runs    map[string]map[string]*underway // by run and stage
	changed map[string]bool                 // runs whose file is of before
	written map[string]bool
	stops   map[string]context.CancelCauseFunc // by run
}

// underway is a stage that has not ended, or only just, as its run's file tells it.
type underway struct {
	Name    string          `json:"name"`
	Kind    string          `json:"kind"`
	Makes   []artifact.Type `json:"makes,omitempty"`
	Ordinal int             `json:"ordinal"`
	Reason  string          `json:"reason,omitempty"`
	Started time.Time       `json:"started,omitzero"` // zero: it has not begun
	Live    record.Live     `json:"live"`
	// Of one that has just ended, and whose row is being written.
	Status record.Status `json:"status,omitempty"`
	Ended  time.Time     `json:"ended,omitzero"`

	follows []string // what it reads or needs
}

// rowPatience is how long after the end of a stage its row is in the ledger at the
// latest, unless that waits for others.
const rowPatience = 2 * time.Second

// tellProgress begins to keep them, of the chosen stages; end must be called.
func (p *Project) tellProgress(declared *pipeline.Project, chosen map[*pipeline.Stage]bool, observe func(runner.Event)) *teller {
	t := &teller{said: p.said(), of: map[string][]*underway{}, observe: observe, stop: make(chan struct{}), first: make(chan struct{}, 1),
		runs: map[string]map[string]*underway{}, changed: map[string]bool{}, written: map[string]bool{}, stops: map[string]context.CancelCauseFunc{}}
	for _, one := range declared.Pipelines {
		for _, s := range one.Stages {
			if !chosen[s] {
				continue
			}
			u := &underway{Name: s.Name, Kind: s.Kind.Name, Makes: s.Makes, Ordinal: len(t.of[one.Name])}
			for _, up := range slices.Concat(s.From, s.Needs) {
				u.follows = append(u.follows, up.Name)
			}
			t.of[one.Name] = append(t.of[one.Name], u)
		}
	}
	t.stopped.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				t.heed()
				t.write()
			case <-t.first:
				t.write()
			case <-t.stop:
				return
			}
		}
	})
	return t
}

func (t *teller) began(run string, stop context.CancelCauseFunc) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stops[run] = stop
}

// heed stops the runs that somebody wants stopped.
func (t *teller) heed() {
	t.mu.Lock()
	stops := maps.Clone(t.stops)
	t.mu.Unlock()
	for run, stop := range stops {
		if _, wanted := t.said.of(context.Background(), run, saidStop); wanted {
			stop(errors.New(record.OnRequest))
		}
	}
}

func (t *teller) event(e runner.Event) {
	t.note(e)
	if t.observe != nil {
		t.observe(e)
	}
}

func (t *teller) note(e runner.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e.What {
	case runner.RunStarted:
		stages := make(map[string]*underway, len(t.of[e.Pipeline]))
		for _, s := range t.of[e.Pipeline] {
			own := *s
			stages[s.Name] = &own
		}
		t.runs[e.Run] = stages
		return // it has no row before a stage runs: see runner.StageStarted
	case runner.StageEnded:
		if s := t.runs[e.Run][e.Stage]; s != nil {
			s.Status, s.Reason, s.Ended, s.Live = e.Status, e.Reason, e.Time, record.Live{}
			if s.Started.IsZero() {
				s.Started = s.Ended
			}
		}
	default:
		s := t.runs[e.Run][e.Stage]
		if s == nil || !runner.Follow(&s.Live, e) {
			return
		}
		if e.What == runner.StageStarted {
			s.Reason, s.Started = e.Reason, e.Time
			if !t.written[e.Run] {
				select {
				case t.first <- struct{}{}:
				default:
				}
			}
		}
	}
	t.changed[e.Run] = true
}

// write writes what has changed. What cannot be written is told the next time.
func (t *teller) write() {
	t.mu.Lock()
	news := map[string][]byte{}
	for run := range t.changed {
		if !t.written[run] && !t.begun(run) {
			continue // in most runs nothing has to run
		}
		if data, err := json.Marshal(t.left(run)); err == nil {
			news[run] = data
			delete(t.changed, run)
		}
	}
	t.mu.Unlock()
	for run, data := range news {
		err := t.said.say(run, saidProgress, data)
		t.mu.Lock()
		if err == nil {
			t.written[run] = true
		} else {
			t.changed[run] = true
		}
		t.mu.Unlock()
	}
}

// begun says whether a stage of a run is running.
func (t *teller) begun(run string) bool {
	for _, s := range t.runs[run] {
		if !s.Started.IsZero() && s.Ended.IsZero() {
			return true
		}
	}
	return false
}

// left gives the stages of a run whose rows are not yet written, in their order,
// with what those that have not begun wait for.
func (t *teller) left(run string) []*underway {
	all := t.runs[run]
	left := make([]*underway, 0, len(all))
	for name, s := range all {
		if !s.Ended.IsZero() && time.Since(s.Ended) > rowPatience {
			delete(all, name)
			continue
		}
		if s.Started.IsZero() {
			wait := record.Wait{For: record.ForStages}
			for _, up := range s.follows {
				switch {
				case all[up] == nil || !all[up].Ended.IsZero():
				case len(wait.Stages) < record.WaitNames:
					wait.Stages = append(wait.Stages, up)
				default:
					wait.More++
				}
			}
			switch {
			case wait.Stages != nil:
				s.Live.Wait = &wait
			case s.Live.Wait == nil || s.Live.Wait.For == record.ForStages:
				s.Live.Wait = &record.Wait{}
			}
		}
		left = append(left, s)
	}
	slices.SortFunc(left, func(a, b *underway) int { return a.Ordinal - b.Ordinal })
	return left
}

// end takes back what was said.
func (t *teller) end() {
	close(t.stop)
	t.stopped.Wait()
	for run := range t.stops {
		t.said.end(run)
	}
}

// Runs tells of the project's runs, and of those under way how they go.
func (p *Project) Runs() serve.Runs { return watched{p.Ledger, p.said()} }

type watched struct {
	*ledger.DB
	said said
}

// Stages gives the stages of a run that have ended, and of one under way the others
// too, in the pipeline's order.
func (w watched) Stages(ctx context.Context, run string) ([]*record.Stage, error) {
	var live []*underway
	if data, ok := w.said.of(ctx, run, saidProgress); ok && json.Unmarshal(data, &live) != nil {
		live = nil
	}
	// That is read first: what has ended meanwhile is in the ledger by now, or
	// will be in a moment.
	stages, err := w.DB.Stages(ctx, run)
	if err != nil || len(live) == 0 {
		return stages, err
	}
	if of, err := w.DB.FindRun(ctx, "", run); err != nil || of.Status != record.Running {
		return stages, nil // it was killed
	}
	ended := make(map[string]bool, len(stages))
	for _, s := range stages {
		ended[s.Name] = true
	}
	for _, s := range live {
		if ended[s.Name] {
			continue
		}
		st := &record.Stage{Run: run, Name: s.Name, Kind: s.Kind, Makes: s.Makes, Ordinal: s.Ordinal, Status: s.Status, Reason: s.Reason, Started: s.Started, Ended: s.Ended}
		if s.Ended.IsZero() {
			st.Live, st.Status = &s.Live, record.Running
			if s.Started.IsZero() {
				st.Status = record.Waiting
			}
		}
		stages = append(stages, st)
	}
	slices.SortStableFunc(stages, func(a, b *record.Stage) int { return a.Ordinal - b.Ordinal })
	return stages, nil
}
