// Package batch keeps the batches of a server: files of rows that are predicted
// while nobody waits, and what came of them. Each is a folder:
//
//	batch.json    what it is and how it stands
//	lock          held by the process that works at it
//	input         the file as it came, until the batch has ended
//	result.csv    the rows with their predictions, once it is done
//	result.jsonl, .parquet, .arrow    the same, where somebody asked for it
//
// The folders are all there is, unless servers of several machines share batches (Shared). So
// batches outlive the server, and servers of one project share them: each batch is worked at by the one that has its lock, which the
// kernel frees when that process dies. Whatever is removed is renamed first, and
// whoever works at it sees that it is gone.
package batch

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"labbook/internal/data/jsonrow"
)

// Status is how a batch stands.
type Status string

// The statuses.
const (
	Queued  Status = "queued"
	Running Status = "running"
	Done    Status = "done"
	Failed  Status = "failed"
)

// Batch is a file of rows to predict, and what came of it.
type Batch struct {
	ID       string    `json:"id" doc:"Its id, which is that of the request that brought it."`
	Pipeline string    `json:"pipeline"`
	Name     string    `json:"name,omitempty" doc:"What whoever sent it calls it."`
	Wanted   int       `json:"wanted,omitempty" doc:"The version that was asked for, by number or alias; absent: the champion, as it stands when the batch is begun."`
	Status   Status    `json:"status" enum:"queued,running,done,failed" doc:"Queued: it waits for its turn, or for the server to come back. Failed: see detail and errors."`
	Caller   string    `json:"caller,omitempty" doc:"The key that it came with."`
	Client   string    `json:"-"`
	Created  time.Time `json:"created"`
	Begun    time.Time `json:"begun,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Expires  time.Time `json:"expires,omitzero" doc:"When it is removed with all that came of it."`
	Before   int       `json:"before,omitempty" doc:"Of a queued one: how many wait or run before it."`
	Attempts int       `json:"attempts,omitempty" doc:"How often it was begun: again after the server ended while it ran."`

	File  File    `json:"file"`
	Rows  int     `json:"rows" doc:"Rows that are predicted so far; in the end all of them."`
	Share float64 `json:"share" minimum:"0" maximum:"1" doc:"Which part of the file was read so far."`

	Model    string          `json:"model,omitempty" doc:"The model that answers all of it."`
	Version  int             `json:"version,omitempty"`
	Run      string          `json:"run,omitempty" doc:"The run that made this version."`
	Result   *Result         `json:"result,omitempty" doc:"What came of it, once it is done."`
	Record   string          `json:"record,omitempty" doc:"The request that records its end: the digests of file and result, the version, or what was wrong."`
	Warnings []Warning       `json:"warnings,omitempty" doc:"What is unlike training, or was filled in."`
	Detail   string          `json:"detail,omitempty" doc:"Of a failed one: what was wrong, in words."`
	Errors   []jsonrow.Fault `json:"errors,omitempty" doc:"Of a failed one: the first things that are wrong, each with its line, what was found and what is allowed."`
	More     int             `json:"more,omitempty" doc:"How many errors are not listed, because there are so many."`

	place string // of a shared one, as in its row
}

// File is what was sent.
type File struct {
	Size   int64  `json:"size" doc:"In bytes, as it came."`
	Digest string `json:"digest" doc:"SHA-256 of its bytes."`
	Format string `json:"format,omitempty" enum:"csv,jsonl,parquet,arrow" doc:"What it turned out to be."`
}

// Result is what came of a batch.
type Result struct {
	Size    int64        `json:"size" doc:"In bytes, as CSV."`
	Digest  string       `json:"digest" doc:"SHA-256 of it as CSV."`
	Columns []Column     `json:"columns" nullable:"false"`
	Forms   []ResultForm `json:"forms" nullable:"false" doc:"Where it is, in each form."`
	// Delimiter is that of the CSV.
	Delimiter string `json:"delimiter" doc:"What stands between the fields of the CSV: what stood there in CSV that was sent."`
}

// Column is a column of a result.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type" enum:"whole,number,text" doc:"Whole and number: every value is one, or missing."`
}

// ResultForm is a form of a result.
type ResultForm struct {
	Form string `json:"form" enum:"csv,parquet,jsonl,arrow"`
	Href string `json:"href"`
}

// Warning is something to know of rows that were predicted.
type Warning struct {
	Field   string `json:"field"`
	Message string `json:"message" doc:"Of the first rows of which it holds."`
	Rows    int    `json:"rows" doc:"Of how many rows in all."`
}

// Over says whether it has ended.
func (b *Batch) Over() bool { return b.Status == Done || b.Status == Failed }

// Limits bound what batches take.
type Limits struct {
	Batches int           // that are kept at a time
	Disk    int64         // bytes of all of them
	Keep    time.Duration // from the end on
}

// Store has the batches of a project.
type Store struct {
	Folder string
	Limits Limits
	Clock  func() time.Time
	Shared *Shared // nil: the folder has them
}

// The files of a batch.
const (
	fileBatch  = "batch.json"
	fileLock   = "lock"
	FileInput  = "input"
	FileResult = "result.csv"
)

// hidden begins the names of folders that are no batches: files on their way in, and
// batches that are removed.
const hidden = "."

// Path gives the path of a file of a batch.
func (s *Store) Path(id, file string) string { return filepath.Join(s.Folder, id, file) }

// stored is what batch.json has.
type stored struct {
	Batch
	Client string `json:"client"`
}

// Get gives a batch, nil where there is none.
func (s *Store) Get(id string) (*Batch, error) {
	if s.Shared != nil {
		all, _, err := s.rows()
		if at := slices.IndexFunc(all, func(b *Batch) bool { return b.ID == id }); at >= 0 {
			return all[at], nil
		}
		return nil, err
	}
	if id == "" || strings.HasPrefix(id, hidden) || strings.ContainsAny(id, "/\\\x00") {
		return nil, nil
	}
	data, err := os.ReadFile(s.Path(id, fileBatch))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENAMETOOLONG) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var b stored
	if err := json.Unmarshal(data, &b); err != nil {
		return nil, err
	}
	b.Batch.Client = b.Client
	return &b.Batch, nil
}

// List gives all batches, the newest first; those that wait know how many are before
// them.
func (s *Store) List() ([]*Batch, error) {
	all, err := s.all()
	if err != nil {
		return nil, err
	}
	before := 0
	for _, b := range all {
		if !b.Over() {
			if b.Status == Queued {
				b.Before = before
			}
			before++
		}
	}
	slices.Reverse(all)
	return all, nil
}

// all gives all batches, the oldest first.
func (s *Store) all() (all []*Batch, err error) {
	if s.Shared != nil {
		all, _, err = s.rows()
		return all, err
	}
	entries, err := os.ReadDir(s.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries { // sorted by id, and so by time
		b, err := s.Get(e.Name())
		if err != nil {
			return nil, err
		}
		if b != nil {
			all = append(all, b)
		}
	}
	return all, nil
}

// ErrGone is the error of a batch that was removed, or that another server has taken.
var ErrGone = errors.New("the batch was removed, or another server works at it")

// Put writes how a batch stands. Where it was removed the error is ErrGone.
func (s *Store) Put(b *Batch) error {
	if s.Shared != nil {
		r, err := row(b)
		if err != nil {
			return err
		}
		mine, err := s.Shared.Rows.PutBatch(r)
		if err == nil && !mine {
			return ErrGone
		}
		return err
	}
	data, err := json.MarshalIndent(stored{*b, b.Client}, "", "  ")
	if err != nil {
		return err
	}
	path := s.Path(b.ID, fileBatch)
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrGone
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if b.Over() || b.Attempts == 0 { // progress may be lost
		err = errors.Join(err, f.Sync())
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(path+".new", path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return ErrGone
	}
	return err
}

// Remove removes a batch with all that came of it; whoever works at it stops.
func (s *Store) Remove(id string) error {
	if s.Shared != nil {
		b, err := s.Get(id)
		if err != nil || b == nil {
			return err
		}
		return errors.Join(s.Shared.Rows.RemoveBatch(id), s.forget(b))
	}
	away := s.Path(hidden+"gone-"+id, "")
	if err := os.Rename(s.Path(id, ""), away); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.RemoveAll(away)
}

// Used gives how many bytes all batches take, and what is on its way in: on this machine,
// or of those that are shared in all, if that is more.
func (s *Store) Used() (bytes int64, err error) {
	var shared int64
	if s.Shared != nil {
		all, err := s.all()
		if err != nil {
			return 0, err
		}
		for _, b := range all {
			if !b.Over() {
				shared += b.File.Size
			}
			if b.Result != nil {
				shared += b.Result.Size
			}
		}
	}
	err = filepath.WalkDir(s.Folder, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				bytes += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) { // gone by now
			return nil
		}
		return err
	})
	return max(bytes, shared), err
}

// abandoned is after how long nothing more is thought to come of what was on its way
// in.
const abandoned = 10 * time.Minute

// Tidy removes the batches whose time is over, and what dead servers left half done.
func (s *Store) Tidy() error {
	all, err := s.List()
	if err != nil {
		return err
	}
	now := s.Clock()
	for _, b := range all {
		if b.Over() && !now.Before(b.Expires) {
			err = errors.Join(err, s.Remove(b.ID))
		}
	}
	if s.Shared != nil {
		err = errors.Join(err, s.sweep(all))
	}
	left, _ := filepath.Glob(s.Path(hidden+"*", ""))
	for _, folder := range left {
		info, statErr := os.Stat(filepath.Join(folder, FileInput))
		if statErr != nil {
			info, statErr = os.Stat(folder)
		}
		if statErr == nil && time.Since(info.ModTime()) > abandoned {
			err = errors.Join(err, os.RemoveAll(folder))
		}
	}
	return err
}

// Claim is a batch that this process works at.
type Claim struct {
	*Batch
	release func() error
}

// Next claims the oldest batch that has not ended and that nobody works at; nil where
// there is none.
func (s *Store) Next() (*Claim, error) {
	if s.Shared != nil {
		return s.next()
	}
	all, err := s.List()
	if err != nil {
		return nil, err
	}
	for _, b := range slices.Backward(all) {
		if b.Over() {
			continue
		}
		lock, err := os.OpenFile(s.Path(b.ID, fileLock), os.O_RDWR|os.O_CREATE, 0o600)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
			lock.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) || errors.Is(err, syscall.EINTR) {
				continue
			}
			return nil, err
		}
		// Another may have ended it since.
		if b, err = s.Get(b.ID); err != nil || b == nil || b.Over() {
			lock.Close()
			if err != nil {
				return nil, err
			}
			continue
		}
		return &Claim{b, lock.Close}, nil
	}
	return nil, nil
}

// Release lets another process have the batch.
func (c *Claim) Release() error { return c.release() }

// End writes how a batch ended, and removes what it was made from.
func (s *Store) End(b *Batch) error {
	b.Ended = s.Clock()
	b.Expires = b.Ended.Add(s.Limits.Keep)
	if err := s.Put(b); err != nil {
		return err
	}
	if b.Status != Done {
		os.Remove(s.Path(b.ID, FileResult))
	}
	if s.Shared != nil {
		return s.endShared(b)
	}
	return os.Remove(s.Path(b.ID, FileInput))
}
