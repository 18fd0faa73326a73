package project

import (
	"context"
	"os"
	"path/filepath"
	"runtime"

	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/runner"
)

// Wrong is an error about what was asked for, found before anything was done.
type Wrong struct{ error }

// Unwrap gives the error itself.
func (w Wrong) Unwrap() error { return w.error }

// Run runs the pipelines that are meant, and records that, with the command it
// was asked by. Of o it fills in what is the project's. It ends with a *Wrong
// where a declaration or the selection is at fault. The caller closes the
// result, when its pages are written.
func (p *Project) Run(ctx context.Context, of Selection, o runner.Options, command []string) (*runner.Result, error) {
	o.Project, o.Cache = p.Root, p.Cache
	o.Ledger = recording{p.Ledger, p.Root, func() bool { return dirty(ctx, p.Root) }, headCommit(p.Root)}
	o.Pinned = func() ([]string, error) { return p.pinned(context.Background(), nil) }
	o.Run.Command = command
	o.Run.Host, _ = os.Hostname()
	o.Run.Versions = map[string]string{"labbook": Version(), "go": runtime.Version(), "arch": runtime.GOOS + "/" + runtime.GOARCH}
	if len(of.Names) == 0 && len(of.Variants) == 0 && !p.staleShow() {
		// The usual case first: nothing has changed, and that is soon proved.
		if result, err := runner.Unchanged(ctx, p.options(of), o); err != nil || result != nil {
			return result, err
		}
	}
	declared, err := p.Load(of)
	if err != nil {
		return nil, &Wrong{err}
	}
	chosen, err := runner.Select(declared, o.Only)
	if err != nil {
		return nil, &Wrong{err}
	}
	t := p.tellProgress(declared, chosen, o.Observe)
	defer t.end()
	o.Observe, o.Began = t.event, t.began
	return runner.Execute(ctx, declared, o)
}

// recording is a ledger that notes the state of the sources in runs that begin,
// and ends those whose process was killed. A run that had nothing to do is not
// worth the tens of milliseconds that git takes to look at the sources.
type recording struct {
	*ledger.DB
	root   string
	dirty  func() bool
	commit string // "" outside a repository
}

// StartRun fails where the page could not be written in the end: before stages run
// for an hour rather than after that.
func (l recording) StartRun(r *record.Run) error {
	r.Commit = l.commit
	if r.SameAs == "" {
		if err := mayWrite(filepath.Join(l.root, "reports")); err != nil {
			return err
		}
		r.Dirty = l.commit != "" && l.dirty()
		if _, err := l.DB.MarkInterrupted(context.Background()); err != nil {
			return err
		}
	}
	return l.DB.StartRun(r)
}
