package runner

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sync/errgroup"

	"labbook/internal/base/artifact"
	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/runner/cache"
	"labbook/runner/stage"
)

// Cells gives what the stages of a run show, in their order: nil for one that
// left nothing, or that shows nothing. A cell that was made before, of the
// same output by the same version of Show, is taken from the cache; the others
// are made now, and kept. Once ctx has ended, those that are not in the cache say
// so.
func (r *Result) Cells(ctx context.Context, run *RunResult) []*notebook.Cell {
	cells := make([]*notebook.Cell, len(run.Stages))
	if r.from == nil {
		return cells
	}
	var group errgroup.Group
	group.SetLimit(r.from.Jobs)
	for i, s := range run.Stages {
		if s.Record != nil && s.Declared.Kind.Show != nil {
			group.Go(func() error { cells[i] = r.from.cell(ctx, s); return nil })
		}
	}
	group.Wait()
	return cells
}

// cell gives the cell of a stage that left something.
func (x *execution) cell(ctx context.Context, s *StageResult) *notebook.Cell {
	key := cellKey(s.Declared.Kind, s.Record)
	if cell := x.keptCell(key); cell != nil {
		return cell
	}
	if ctx.Err() != nil {
		return instead("info", "the run was stopped before this was shown; the next page will show it")
	}
	cell, err := x.makeCell(ctx, s.Declared.Kind, s.Declared.Makes, s.Record)
	switch {
	case ctx.Err() != nil:
		return instead("info", "the run was stopped while this was shown; the next page will show it")
	case err != nil:
		return instead("warning", "what the stage left cannot be shown: "+err.Error())
	case cell != nil:
		x.keepCell(key, s.Declared.Kind.Name, cell) // a cell that cannot be kept is made again
	}
	return cell
}

// Cell gives what a stage that was recorded shows, for whoever is not running it: from
// the cache where it was shown before, else made now and not kept. It is nil where
// the stage shows nothing, or the cache no longer has what it left.
func Cell(ctx context.Context, store *cache.Cache, kind *stage.Kind, recorded *record.Stage) *notebook.Cell {
	r, err := store.Get(recorded.KeyText)
	if err != nil || kind.Show == nil || r.Tree != recorded.Output {
		return nil
	}
	o := &Options{Cache: store, Jobs: 1}
	if cell := o.keptCell(cellKey(kind, r)); cell != nil {
		return cell
	}
	if _, err := store.Fetch(ctx, r); err != nil {
		return nil
	}
	cell, err := o.makeCell(ctx, kind, recorded.Makes, r)
	if err != nil {
		return instead("warning", "what the stage left cannot be shown: "+err.Error())
	}
	return cell
}

// makeCell has a kind show what it left; nil where it shows nothing.
func (o *Options) makeCell(ctx context.Context, kind *stage.Kind, makes []artifact.Type, r *cache.Record) (*notebook.Cell, error) {
	shown := &stage.Shown{Context: ctx, Out: o.artifact("", makes, r.Tree, r.Files), Metrics: r.Metrics, Warnings: r.Warnings,
		Cores: o.Jobs, Cell: &notebook.Cell{}}
	if err := o.show(kind, r.Told, shown); err != nil || len(shown.Cell.Blocks) == 0 {
		return nil, err
	}
	return shown.Cell, nil
}

// show calls the kind's Show; a panic is an error.
func (o *Options) show(kind *stage.Kind, told *cache.Ref, shown *stage.Shown) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the kind %s has a bug: %v", kind.Name, p)
		}
	}()
	if told != nil {
		if shown.Told, err = os.ReadFile(o.Cache.Path(told.Digest)); err != nil {
			return err
		}
	}
	return kind.Show(shown)
}

// instead is the cell in the place of one that cannot be shown.
func instead(level notebook.Level, text string) *notebook.Cell {
	cell := &notebook.Cell{}
	cell.Findings(notebook.Finding{Level: level, Text: text})
	return cell
}

// cellKey is the text that says what a cell is made from. It names no stage and
// no run: whatever leaves the same shows the same.
func cellKey(kind *stage.Kind, r *cache.Record) string {
	var b strings.Builder
	fmt.Fprintf(&b, "labbook cell 1\nkind %s\nshow %d\noutput %s\n", kind.Name, kind.ShowVersion, r.Tree)
	if r.Told != nil {
		fmt.Fprintf(&b, "told %s\n", r.Told.Digest)
	}
	results, err := json.Marshal([]any{r.Metrics, r.Warnings})
	if err != nil {
		panic("runner: a record holds what it cannot hold: " + err.Error())
	}
	return b.String() + "results " + cache.DigestOf(results) + "\n"
}

// fileCell is the one file of the output that a cell's record has.
const fileCell = "cell.json"

// keptCell gives the cell of a key from the cache; nil where there is none that
// is whole.
func (o *Options) keptCell(key string) *notebook.Cell {
	kept, err := o.Cache.Get(key)
	if err != nil || len(kept.Files) != 1 {
		return nil
	}
	if _, err := o.Cache.Fetch(context.Background(), kept); err != nil {
		return nil
	}
	data, err := os.ReadFile(o.Cache.Path(kept.Files[0].Digest))
	if err != nil {
		return nil
	}
	cell, err := notebook.Decode(data)
	if err != nil {
		return nil
	}
	return cell
}

// keepCell brings a cell into the cache.
func (x *execution) keepCell(key, kind string, cell *notebook.Cell) error {
	data, err := cell.Encode()
	if err != nil {
		return err
	}
	ref, err := x.keep(x.lease, data, false)
	if err != nil {
		return err
	}
	files := []cache.File{{Name: fileCell, Size: ref.Size, Digest: ref.Digest}}
	tree, err := x.keep(x.lease, cache.EncodeTree(files), false)
	if err != nil {
		return err
	}
	return x.Cache.Add(&cache.Record{Key: key, Kind: kind, Tree: tree.Digest, Files: files, Made: x.Clock()})
}
