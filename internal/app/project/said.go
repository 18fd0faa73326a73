package project

import (
	"context"
	"os"
	"path/filepath"

	"labbook/internal/store/ledger"
	"labbook/runner/cache"
)

// What is said of a run while it lives: by the run, how it goes, and by others, that it
// shall stop. It says nothing that anybody needs later.
const (
	saidProgress = "progress.json" // which of its stages have not ended, and how they go
	saidStop     = "stop"          // anything: it shall stop
)

// said is where that is said: in files of the run's folder, for whoever sees them, or in
// the ledger that machines share.
type said struct {
	root   string
	ledger *ledger.DB
}

func (p *Project) said() said { return said{p.Root, p.Ledger} }

func (s said) file(run, of string) string { return filepath.Join(s.root, "runs", run, of) }

func (s said) say(run, of string, data []byte) error {
	if s.ledger.Shared() {
		return s.ledger.Say(run, of, string(data))
	}
	file := s.file(run, of)
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	return cache.WriteFile(file, data)
}

// of gives what was said; ok is false where it is nothing, or cannot be told.
func (s said) of(ctx context.Context, run, of string) (data []byte, ok bool) {
	if s.ledger.Shared() {
		text, ok, err := s.ledger.Said(ctx, run, of)
		return []byte(text), ok && err == nil
	}
	data, err := os.ReadFile(s.file(run, of))
	return data, err == nil
}

// end takes back all that was said.
func (s said) end(run string) {
	if s.ledger.Shared() {
		s.ledger.Unsay(run)
		return
	}
	for _, of := range []string{saidStop, saidProgress} {
		os.Remove(s.file(run, of))
	}
	os.Remove(filepath.Join(s.root, "runs", run)) // where nothing else is in it
}
