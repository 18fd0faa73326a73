package stages

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"labbook/internal/data/record"
	"labbook/internal/learn/tune"
	"labbook/runner/stage"
)

// Trials keeps the trials of searches; *ledger.DB is one.
type Trials interface {
	PutTrial(*record.Trial) error
	Trials(ctx context.Context, study string) ([]*record.Trial, error)
}

// openStore gives what a search resumes from. Only a killed execution of the
// same key leaves something: the name of its study in the folder for partial
// work, under which its trials are in the ledger. So a forced execution, or one
// that verifies, does all its trials again.
func openStore(c *stage.Context, space tune.Space, kept Trials) (tune.Store, error) {
	folder := c.Partial()
	if kept == nil {
		if folder == "" {
			return nil, nil
		}
		return tune.File{Path: filepath.Join(folder, "trials.jsonl")}, nil
	}
	study := c.Run() + "/" + c.Pipeline() + "/" + c.Stage()
	if folder != "" {
		note := filepath.Join(folder, "study")
		begun, err := os.ReadFile(note)
		switch {
		case err == nil:
			study = string(begun)
		case errors.Is(err, fs.ErrNotExist):
			err = os.WriteFile(note, []byte(study), 0o666)
		}
		if err != nil {
			return nil, err
		}
	}
	return &ledgerStore{c, kept, study, c.Run(), space}, nil
}

// ledgerStore keeps the trials of a study as rows of the ledger.
type ledgerStore struct {
	c          *stage.Context
	kept       Trials
	study, run string
	space      tune.Space
}

// Trials implements tune.Store.
func (s *ledgerStore) Trials() ([]tune.Trial, error) {
	rows, err := s.kept.Trials(s.c, s.study)
	if err != nil {
		return nil, err
	}
	var trials []tune.Trial
	for _, row := range rows {
		values := map[string]string{}
		if row.State == record.TrialRunning || json.Unmarshal(row.Params, &values) != nil {
			continue
		}
		t := tune.Trial{Number: row.Number, State: tune.State(row.State), Score: row.Value, Steps: row.Intermediate}
		if n := len(t.Steps); t.State == tune.Pruned && n > 0 {
			t.Score = t.Steps[n-1]
		}
		for i := range s.space {
			t.Point = append(t.Point, values[s.space[i].Name])
		}
		// Why a trial failed is not kept: it is tried again.
		if t.State != tune.Failed {
			trials = append(trials, t)
		}
	}
	if len(trials) > 0 {
		s.c.Logf("%d trials were finished when the search was stopped, and count", len(trials))
	}
	return trials, nil
}

// Add implements tune.Store.
func (s *ledgerStore) Add(t tune.Trial) error {
	values := map[string]string{}
	for i := range s.space {
		values[s.space[i].Name] = t.Point[i]
	}
	text, err := json.Marshal(values)
	if err != nil {
		return err
	}
	return s.kept.PutTrial(&record.Trial{
		Study: s.study, Number: t.Number, Params: text, State: record.TrialState(t.State),
		Value: t.Score, Intermediate: t.Steps, Ended: time.Now(), Run: s.run,
	})
}
