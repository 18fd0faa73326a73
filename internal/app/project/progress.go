package project

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/runner"
	"labbook/runner/cache"
	"labbook/serve"
)

// progressFile is where a run tells others, while it lives, which of its stages are
// running and how far they are. It says nothing that anybody needs later, so it is
// no row of the ledger.
func progressFile(root, run string) string { return filepath.Join(root, "runs", run, "progress.json") }

// progressEvery is how often it is written.
const progressEvery = 500 * time.Millisecond

// teller keeps the progress files of runs under way.
type teller struct {
	root    string
	observe func(runner.Event) // of whoever else wants to know; nil: nobody
	stop    chan struct{}
	stopped sync.WaitGroup

	mu      sync.Mutex
	running map[string]map[string]*record.Stage // by run and stage
	changed map[string]bool                     // runs whose file is of before
	written map[string]bool
}

// tellProgress begins to keep them; end must be called.
func (p *Project) tellProgress(observe func(runner.Event)) *teller {
	t := &teller{root: p.Root, observe: observe, stop: make(chan struct{}),
		running: map[string]map[string]*record.Stage{}, changed: map[string]bool{}, written: map[string]bool{}}
	t.stopped.Go(func() {
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				t.write()
			case <-t.stop:
				return
			}
		}
	})
	return t
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
	case runner.StageStarted:
		if t.running[e.Run] == nil {
			t.running[e.Run] = map[string]*record.Stage{}
		}
		t.running[e.Run][e.Stage] = &record.Stage{Run: e.Run, Name: e.Stage, Kind: e.Kind, Status: record.Running, Reason: e.Reason, Started: e.Time}
	case runner.StageProgress:
		st := t.running[e.Run][e.Stage]
		if st == nil {
			return
		}
		if st.Progress == nil {
			st.Progress = &record.Progress{}
		}
		st.Progress.Advance(e.Time, e.Step, e.Done, e.Total, e.Unit)
	case runner.StageEnded:
		delete(t.running[e.Run], e.Stage)
	default:
		return
	}
	t.changed[e.Run] = true
}

// write writes what has changed. What cannot be written is told the next time.
func (t *teller) write() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for run := range t.changed {
		stages := slices.SortedFunc(maps.Values(t.running[run]), func(a, b *record.Stage) int { return a.Started.Compare(b.Started) })
		data, err := json.Marshal(stages)
		file := progressFile(t.root, run)
		if err == nil && os.MkdirAll(filepath.Dir(file), 0o777) == nil && cache.WriteFile(file, data) == nil {
			t.written[run] = true
			delete(t.changed, run)
		}
	}
}

// end takes the files away.
func (t *teller) end() {
	close(t.stop)
	t.stopped.Wait()
	for run := range t.written {
		os.Remove(progressFile(t.root, run))
		os.Remove(filepath.Dir(progressFile(t.root, run))) // where nothing else is in it
	}
}

// Runs tells of the project's runs, and of those under way how far they are.
func (p *Project) Runs() serve.Runs { return watched{p.Ledger, p.Root} }

type watched struct {
	*ledger.DB
	root string
}

// Stages gives the stages of a run that the ledger has, and behind them those that
// are running.
func (w watched) Stages(ctx context.Context, run string) ([]*record.Stage, error) {
	stages, err := w.DB.Stages(ctx, run)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(progressFile(w.root, run))
	if err != nil {
		return stages, nil // it has ended, or has only begun
	}
	var running []*record.Stage
	if of, err := w.DB.FindRun(ctx, "", run); err != nil || of.Status != record.Running || json.Unmarshal(data, &running) != nil {
		return stages, nil // it was killed
	}
	for _, st := range running {
		if !slices.ContainsFunc(stages, func(s *record.Stage) bool { return s.Name == st.Name }) {
			stages = append(stages, st)
		}
	}
	return stages, nil
}
