package batch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"labbook/internal/data/record"
)

// Servers of several machines that have one history share batches: how each stands is a
// row of its database, and what was sent and what came of it are files of the bucket
// beside that, proved by their digests when they are brought. The folder then holds what a
// server works with, and what it has brought. Without a bucket the bytes stay with the machine
// that took them, which alone works at them; all others tell how they stand.

// Rows are how batches stand, for several servers; see the ledger.
type Rows interface {
	AddBatch(b *record.Batch) error
	Batches(ctx context.Context) ([]*record.Batch, error) // the oldest first
	TakeBatch(b *record.Batch) (mine bool, err error)
	PutBatch(b *record.Batch) (mine bool, err error)
	FreeBatch(id string) error
	RemoveBatch(id string) error
}

// Files are the bytes of batches, for several servers; see the bucket.
type Files interface {
	KeepFile(ctx context.Context, of, digest string, size int64, path string) error
	BringFile(ctx context.Context, of, digest string, to io.Writer) (there bool, err error)
	ForgetFile(ctx context.Context, of, digest string) error
}

// Shared is where batches lie that several servers have.
type Shared struct {
	Rows  Rows
	Files Files // nil: there is no bucket
}

// Elsewhere is the error of bytes that another machine has.
type Elsewhere struct{ Host string }

// Error implements error.
func (e *Elsewhere) Error() string {
	return "the result is on the machine that took the batch, " + e.Host + ", for the servers share a database and no cache; ask there, or name a cache in farm.yaml"
}

// ErrLost is of a file that the bucket does not have, or not with its bytes.
var ErrLost = errors.New("its file is lost")

// Away is the error of bytes that the bucket does not give now.
type Away struct{ Err error }

// Error and Unwrap are those of what is wrong.
func (a *Away) Error() string { return a.Err.Error() }
func (a *Away) Unwrap() error { return a.Err }

// place gives where this server has the bytes of batches that it takes: "" is the bucket.
func (s *Store) place() (string, error) {
	if s.Shared.Files != nil {
		return "", nil
	}
	host, err := os.Hostname()
	if err != nil {
		return "", err
	}
	folder, err := filepath.Abs(s.Folder)
	return host + ":" + folder, err
}

// row gives a batch as the database has it.
func row(b *Batch) (*record.Batch, error) {
	state, err := json.Marshal(stored{*b, b.Client})
	return &record.Batch{ID: b.ID, State: state, Place: b.place, Ended: b.Over()}, err
}

// rows gives all batches that are shared, the oldest first, and their rows.
func (s *Store) rows() ([]*Batch, []*record.Batch, error) {
	rows, err := s.Shared.Rows.Batches(context.Background())
	if err != nil {
		return nil, nil, err
	}
	all := make([]*Batch, len(rows))
	for i, r := range rows {
		var b stored
		if err := json.Unmarshal(r.State, &b); err != nil {
			return nil, nil, fmt.Errorf("batch %s: %w", r.ID, err)
		}
		b.Batch.Client, b.Batch.place = b.Client, r.Place
		all[i] = &b.Batch
	}
	return all, rows, nil
}

// share makes a batch of a file that came, which all servers can work at.
func (s *Store) share(b *Batch, path string) (err error) {
	if b.place, err = s.place(); err != nil {
		return err
	}
	r, err := row(b)
	if err != nil {
		return err
	}
	if s.Shared.Files != nil {
		if err := s.Shared.Files.KeepFile(context.Background(), b.ID, b.File.Digest, b.File.Size, path); err != nil {
			return err
		}
	} else if err := errors.Join(os.MkdirAll(s.Path(b.ID, ""), 0o777), os.Rename(path, s.Path(b.ID, FileInput))); err != nil {
		return err
	}
	if err := s.Shared.Rows.AddBatch(r); err != nil {
		return errors.Join(err, s.forget(b))
	}
	return nil
}

// forget removes the bytes of a batch, here and in the bucket. What cannot be removed
// there is collected when it is old.
func (s *Store) forget(b *Batch) error {
	if s.Shared.Files != nil {
		s.Shared.Files.ForgetFile(context.Background(), b.ID, b.File.Digest)
		if b.Result != nil {
			s.Shared.Files.ForgetFile(context.Background(), b.ID, b.Result.Digest)
		}
	}
	return os.RemoveAll(s.Path(b.ID, ""))
}

// next is Next of batches that are shared.
func (s *Store) next() (*Claim, error) {
	here, err := s.place()
	if err != nil {
		return nil, err
	}
	all, rows, err := s.rows()
	if err != nil {
		return nil, err
	}
	for i, b := range all {
		if b.Over() || rows[i].Taken || b.place != here {
			continue
		}
		if mine, err := s.Shared.Rows.TakeBatch(rows[i]); err != nil || !mine {
			if err != nil {
				return nil, err
			}
			continue
		}
		return &Claim{b, func() error { return s.Shared.Rows.FreeBatch(b.ID) }}, nil
	}
	return nil, nil
}

// Fetch sees to it that the file of a batch is in its folder. An *Away may be tried again.
func (s *Store) Fetch(b *Batch) error {
	if s.Shared == nil || s.Shared.Files == nil {
		return nil
	}
	return s.bring(b.ID, b.File.Digest, s.Path(b.ID, FileInput))
}

// Send sends what came of a batch to where all servers have it, before they may know of
// it. An *Away may be tried again.
func (s *Store) Send(b *Batch, result *Result) error {
	if s.Shared == nil || s.Shared.Files == nil {
		return nil
	}
	if err := s.Shared.Files.KeepFile(context.Background(), b.ID, result.Digest, result.Size, s.Path(b.ID, FileResult)); err != nil {
		return &Away{err}
	}
	return nil
}

// bring brings a file to a path, unless it is there.
func (s *Store) bring(id, digest, path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "brought-")
	if err != nil {
		return err
	}
	there, err := s.Shared.Files.BringFile(context.Background(), id, digest, f)
	if err == nil && !there {
		err = ErrLost
	}
	if err != nil {
		err = &Away{err}
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// resultPath gives where what came of a batch is in a form, or is to be. What is brought
// is called by its digest: a server that died may have left something else.
func (s *Store) resultPath(b *Batch, form string) string {
	if s.Shared == nil || s.Shared.Files == nil {
		return s.Path(b.ID, "result."+form)
	}
	return s.Path(b.ID, b.Result.Digest+"."+form)
}

// here sees to it that the result of a batch is on this machine.
func (s *Store) here(b *Batch) error {
	if s.Shared == nil {
		return nil
	}
	if s.Shared.Files != nil {
		return s.bring(b.ID, b.Result.Digest, s.resultPath(b, "csv"))
	}
	if here, err := s.place(); err != nil || here != b.place {
		host, _, _ := strings.Cut(b.place, ":")
		return errors.Join(err, &Elsewhere{host})
	}
	return nil
}

// endShared is End of a batch that is shared, once its row says so.
func (s *Store) endShared(b *Batch) error {
	if s.Shared.Files != nil {
		s.Shared.Files.ForgetFile(context.Background(), b.ID, b.File.Digest)
		if b.Status == Done {
			os.Rename(s.Path(b.ID, FileResult), s.resultPath(b, "csv")) // else it is brought
		}
	}
	err := os.Remove(s.Path(b.ID, FileInput))
	if errors.Is(err, fs.ErrNotExist) { // it did not come to be brought
		return nil
	}
	return err
}

// sweep removes what is here of batches that are shared no more.
func (s *Store) sweep(all []*Batch) error {
	known := map[string]bool{}
	for _, b := range all {
		known[b.ID] = true
	}
	entries, err := os.ReadDir(s.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		info, statErr := e.Info()
		if statErr != nil || known[e.Name()] || e.Name()[:1] == hidden || time.Since(info.ModTime()) < abandoned {
			continue
		}
		// Those of before the database was named are of nobody else, and stay.
		if _, statErr := os.Stat(s.Path(e.Name(), fileBatch)); errors.Is(statErr, fs.ErrNotExist) {
			err = errors.Join(err, os.RemoveAll(s.Path(e.Name(), "")))
		}
	}
	return err
}
