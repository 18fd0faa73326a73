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
// reports/, each with its figures as pictures, and gives the path to read. Where
// an earlier run stands for this one its page does too, and the path is "", unless
// the look has changed since. The page of a run of some stages only does not take
// the place of a whole one. It is written once ctx has ended too, but for cells
// that would have to be made. unsent is why the cache at Home does not have it.
func (p *Project) WriteReport(ctx context.Context, result *runner.Result, run *runner.RunResult) (path string, unsent, err error) {
	latest := latestReport(run.Pipeline)
	if run.SameAs != "" {
		found, err := p.restoreReport(latest, run.SameAs, run.Declared != nil)
		switch {
		case err != nil:
			return "", nil, err
		case found == restored:
			if err := p.restorePictures(run.Pipeline, run.SameAs); err != nil {
				return "", nil, err
			}
		}
		if run.Declared == nil || found != absent && !p.stale(filepath.Join(p.Root, latest)) {
			return "", nil, nil
		}
		if run, err = p.asItWas(ctx, run); err != nil {
			return "", nil, err
		}
	}
	cells := result.Cells(ctx, run)
	err = p.drawPictures(ctx, run, cells)
	if err != nil {
		return "", nil, err
	}
	var page bytes.Buffer
	told := p.Page(context.WithoutCancel(ctx), run, cells)
	if told.History != nil {
		if told.History.Offline, err = p.offline(ctx, run.Pipeline, told.History.Model); err != nil {
			return "", nil, err
		}
	}
	if err := report.Write(&page, told); err != nil {
		return "", nil, err
	}
	own := ownReport(run.ID)
	if err := p.write(own, page.Bytes()); err != nil {
		return "", nil, err
	}
	unsent = p.publishPage(context.WithoutCancel(ctx), run.ID, page.Bytes())
	if _, err := os.Stat(filepath.Join(p.Root, latest)); err == nil && len(run.Stages) < len(run.Declared.Stages) {
		return own, unsent, nil
	}
	err = p.restorePictures(run.Pipeline, run.ID) // before the page, which says that they are there
	if err == nil {
		_, err = p.restoreReport(latest, run.ID, false)
	}
	return latest, unsent, err
}

// asItWas gives the run that stands for one, which is declared as it was, with
// what the ledger knows of it: its page is written anew and says the same.
func (p *Project) asItWas(ctx context.Context, run *runner.RunResult) (*runner.RunResult, error) {
	stood, err := p.Ledger.FindRun(ctx, run.Pipeline, run.SameAs)
	if err != nil {
		return nil, err
	}
	rows, err := p.Ledger.Stages(ctx, run.SameAs)
	if err != nil {
		return nil, err
	}
	was := *run
	was.Run, was.Stages = *stood, nil
	for _, st := range run.Stages {
		for _, row := range rows {
			if row.Name == st.Name {
				then := *st
				then.Stage = *row
				was.Stages = append(was.Stages, &then)
			}
		}
	}
	return &was, nil
}

// latestReport is where the page of a pipeline's latest run is kept.
func latestReport(pipeline string) string { return filepath.Join("reports", pipeline+".html") }

// ownReport is where the page of a run is kept.
func ownReport(run string) string { return filepath.Join("runs", run, "report.html") }

// found is how a page was found: absent, made the latest again, or the latest
// already.
type found int

const (
	absent found = iota
	restored
	there
)

// restoreReport makes the page of a run the latest, if it is kept and is not so
// already; with today, only a page of today's look counts.
func (p *Project) restoreReport(latest, run string, today bool) (found, error) {
	own := filepath.Join(p.Root, ownReport(run))
	info, err := os.Stat(own)
	if err != nil {
		return absent, ignore(err, fs.ErrNotExist)
	}
	if look, _, _ := headOf(own); today && look != p.Look {
		return absent, nil
	}
	path := filepath.Join(p.Root, latest)
	old, err := os.Stat(path)
	if err == nil && old.Size() == info.Size() && old.ModTime().Equal(info.ModTime()) {
		return there, nil
	}
	page, err := os.ReadFile(own)
	if err == nil {
		err = p.write(latest, page)
	}
	if err == nil {
		err = os.Chtimes(path, info.ModTime(), info.ModTime())
	}
	return restored, err
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
