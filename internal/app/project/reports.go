package project

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"labbook/internal/show/report"
	"labbook/runner"
	"labbook/runner/cache"
)

// A run's page is kept in the run's own folder. The latest of a pipeline is a
// copy of one, with its time: so it can be told whose it is.

// WriteReport writes a run's page to its own folder and, as the latest, to
// reports/, and gives the path to read. Where an earlier run stands for this one
// its page does too, and the path is "". The page of a run of some stages only
// does not take the place of a whole one. It is written once ctx has ended too, but
// for cells that would have to be made.
func (p *Project) WriteReport(ctx context.Context, result *runner.Result, run *runner.RunResult) (string, error) {
	latest := latestReport(run.Pipeline)
	if run.SameAs != "" {
		kept, err := p.restoreReport(latest, run.SameAs)
		if kept || err != nil || run.Declared == nil {
			return "", err
		}
	}
	cells := result.Cells(ctx, run)
	var page bytes.Buffer
	if err := report.Write(&page, p.Page(context.WithoutCancel(ctx), run, cells)); err != nil {
		return "", err
	}
	own := ownReport(run.ID)
	if err := p.write(own, page.Bytes()); err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(p.Root, latest)); err == nil && len(run.Stages) < len(run.Declared.Stages) {
		return own, nil
	}
	_, err := p.restoreReport(latest, run.ID)
	return latest, err
}

// latestReport is where the page of a pipeline's latest run is kept.
func latestReport(pipeline string) string { return filepath.Join("reports", pipeline+".html") }

// ownReport is where the page of a run is kept.
func ownReport(run string) string { return filepath.Join("runs", run, "report.html") }

// restoreReport makes the page of a run the latest, if it is kept and is not so
// already.
func (p *Project) restoreReport(latest, run string) (kept bool, err error) {
	own := filepath.Join(p.Root, ownReport(run))
	info, err := os.Stat(own)
	if err != nil {
		return false, ignore(err, fs.ErrNotExist)
	}
	path := filepath.Join(p.Root, latest)
	there, err := os.Stat(path)
	if err == nil && there.Size() == info.Size() && there.ModTime().Equal(info.ModTime()) {
		return true, nil
	}
	page, err := os.ReadFile(own)
	if err == nil {
		err = p.write(latest, page)
	}
	if err == nil {
		err = os.Chtimes(path, info.ModTime(), info.ModTime())
	}
	return true, err
}

// write writes a file of the project.
func (p *Project) write(name string, data []byte) error {
	path := filepath.Join(p.Root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return cache.WriteFile(path, data)
}

// ignore gives an error unless it is of a kind.
func ignore(err, kind error) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}
