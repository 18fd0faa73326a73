package project

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/archive"
	"labbook/internal/store/databases"
	"labbook/internal/store/ledger"
	"labbook/runner/cache"
)

// Restored says what a backup brought back.
type Restored struct {
	*archive.Contents
	Broken []Fault `json:"broken"` // versions that answer nothing
}

// Restore makes the history of a project of a backup, in a folder that has none:
// everything is proved by its digest, the ledger comes last, and then every fit of
// every version is opened. A restore that is stopped can be begun again. With
// onlyProve the backup is read and proved, and nothing is written.
func Restore(ctx context.Context, dir, file string, onlyProve bool, progress func(done, total int64)) (*Restored, error) {
	if !onlyProve {
		if err := holdsNone(ctx, dir); err != nil {
			return nil, err
		}
	}
	from, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	var taker taker = proving{}
	mine := func(c *archive.Contents) error {
		if c.History == nil {
			return errors.New("it holds a run and no history: `labbook reproduce` reads it")
		}
		return nil
	}
	if !onlyProve {
		r, err := newRestoring(ctx, dir)
		if err != nil {
			return nil, err
		}
		defer r.lease.Close()
		taker = r
	}
	var done int64
	contents, err := archive.Read(from, func(c *archive.Contents, part archive.Part, bytes io.Reader) error {
		if err := cmp.Or(context.Cause(ctx), mine(c)); err != nil {
			return err
		}
		if progress != nil {
			progress(done, c.Bytes())
		}
		done += part.Size
		return taker.take(ctx, part, bytes)
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &diag.Error{File: file, What: err.Error(), Hint: "try another backup", Err: err}
	}
	if err := mine(contents); err != nil {
		return nil, &diag.Error{File: file, What: err.Error(), Err: err}
	}
	restored := &Restored{Contents: contents, Broken: []Fault{}}
	if onlyProve {
		return restored, nil
	}
	if err := taker.finish(); err != nil {
		return nil, err
	}
	p, err := Open(dir, ledger.Options{})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	versions, err := p.Ledger.Versions(ctx, "")
	if err != nil {
		return nil, err
	}
	for _, v := range versions {
		if !v.Retired.IsZero() {
			continue
		}
		if err := p.opens(v); err != nil {
			restored.Broken = append(restored.Broken, fault(v, err, nil))
		}
	}
	return restored, p.Cache.Save()
}

// holdsNone says that there is a history where one is to be restored.
func holdsNone(ctx context.Context, dir string) error {
	history, err := historyAt(dir)
	if err != nil {
		return err
	}
	if !databases.IsPostgres(history) {
		if _, err := os.Stat(history); err == nil {
			return ledger.Holds(dir)
		}
		return nil
	}
	db, err := ledger.Open(history, ledger.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer db.Close()
	if none, err := db.Empty(ctx); err != nil || none {
		return err
	}
	return ledger.Holds(db.Path())
}

// taker is told of the parts of a backup.
type taker interface {
	take(context.Context, archive.Part, io.Reader) error
	finish() error
}

// proving takes nothing.
type proving struct{}

func (proving) take(context.Context, archive.Part, io.Reader) error { return nil }
func (proving) finish() error                                       { return nil }

// restoring puts parts where they belong; databases only in the end.
type restoring struct {
	root    string
	cache   *cache.Cache
	lease   *cache.Lease
	room    string
	records []*cache.Record
	files   []string // that stand in room, by their names in the project
}

func newRestoring(ctx context.Context, dir string) (*restoring, error) {
	root, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &restoring{root: root}
	if r.cache, err = cache.Open(filepath.Join(root, "runs", "cache")); err != nil {
		return nil, err
	}
	if r.lease, err = r.cache.Lease(ctx, "restore-"+fmt.Sprint(os.Getpid())); err != nil {
		return nil, err
	}
	room, err := r.lease.Room()
	r.room = room.Temp
	return r, err
}

func (r *restoring) take(ctx context.Context, part archive.Part, bytes io.Reader) error {
	dir, base := path.Split(part.Name)
	to := filepath.Join(r.room, strings.ReplaceAll(part.Name, "/", "-"))
	switch {
	case dir == recordsFolder:
		data, err := io.ReadAll(bytes)
		if err != nil {
			return err
		}
		kept := &cache.Record{}
		if err := json.Unmarshal(data, kept); err != nil {
			return fmt.Errorf("%s: %w", part.Name, err)
		}
		r.records = append(r.records, kept)
		return nil
	case dir == objectsFolder && base == part.SHA256:
		if r.cache.Prove(base, part.Size) == nil {
			return nil // of a restore that was stopped
		}
		if err := writeFile(to, bytes); err != nil {
			return err
		}
		ref, err := r.cache.Adopt(ctx, r.lease, to, true)
		if err == nil && ref.Digest != base {
			err = fmt.Errorf("%s is damaged: its bytes are not those of its digest", part.Name)
		}
		return err
	case part.Name == ledgerPart, part.Name == requestsPart, isReport(part.Name):
		r.files = append(r.files, part.Name)
		return writeFile(to, bytes)
	}
	return fmt.Errorf("it has %q, which this labbook does not know", part.Name)
}

// isReport says whether a name is that of a run's page.
func isReport(name string) bool {
	run := path.Base(path.Dir(name))
	return name == filepath.ToSlash(ownReport(run)) && record.IsRunID(run)
}

// finish enters the records, whose blobs are there now, and moves the files to
// their places: the ledger last, for with it the project has a history.
func (r *restoring) finish() error {
	for _, kept := range r.records {
		if err := r.cache.Add(kept); err != nil {
			return err
		}
	}
	slices.SortStableFunc(r.files, func(a, b string) int {
		switch {
		case a == ledgerPart:
			return 1
		case b == ledgerPart:
			return -1
		}
		return 0
	})
	for _, name := range r.files {
		from := filepath.Join(r.room, strings.ReplaceAll(name, "/", "-"))
		if history, err := historyAt(r.root); name == ledgerPart && (err != nil || databases.IsPostgres(history)) {
			if err == nil {
				err = fill(history, from)
			}
			if err != nil {
				return err
			}
			continue
		}
		to := filepath.Join(r.root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
			return err
		}
		if err := os.Rename(from, to); err != nil {
			return err
		}
	}
	return nil
}

// fill puts the ledger in a file into a database.
func fill(address, file string) error {
	db, err := ledger.Open(address, ledger.Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Fill(context.Background(), file)
}

// writeFile writes a new file and brings it to the disk.
func writeFile(name string, bytes io.Reader) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, bytes)
	return errors.Join(err, f.Sync(), f.Close())
}
