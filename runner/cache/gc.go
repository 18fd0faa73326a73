package cache

import (
	"context"
	"os"
	"time"
)

// DefaultCap is how many bytes the cache may hold when nobody says otherwise.
const DefaultCap = 10 << 30

// Options says what garbage collection keeps.
type Options struct {
	// Cap is how many bytes to keep at most; 0 means DefaultCap, and below 0
	// nothing that may go stays.
	Cap int64
	// Pinned gives digests of trees and blobs that stay in any case: what
	// registered models are made of. It is asked once no run is live, so that
	// it knows of what the last one registered. Nil: none.
	Pinned func() ([]string, error)
	// Beside does what else is to be collected, once no run is live. Nil: nothing.
	Beside func() error
	// Logs is until when a log stays with its record: of records made before, it goes
	// and the record stays. The zero time: none does.
	Logs time.Time
	// Gone is told each blob that goes, with its size. Nil: nobody is.
	Gone func(digest string, size int64)
	// Keys are digests of keys whose records stay in any case: what the run
	// that collects has just used.
	Keys map[string]bool
	// DryRun only reports.
	DryRun bool
	// Waits is told, once, that live runs are in the way. Nil: do not wait for
	// them, but report Busy.
	Waits func(runs []string)
}

// Report says what garbage collection did.
type Report struct {
	Busy    bool  `json:"busy,omitempty"` // runs are going on, so nothing was done
	Before  int64 `json:"before"`         // bytes held
	After   int64 `json:"after"`
	Records int   `json:"records"` // deleted
	Blobs   int   `json:"blobs"`   // deleted
	// Over is by how many bytes what may not go exceeds the cap.
	Over int64 `json:"over,omitempty"`
}

// GC deletes the records used least recently until the others fit the cap, and
// every blob that no record and no pin needs. It works while no run does: what
// live runs need is safe because they hold a lock against it.
func (c *Cache) GC(ctx context.Context, o Options) (Report, error) {
	if o.Cap == 0 {
		o.Cap = DefaultCap
	}
	alone, err := c.alone(ctx, o.Waits)
	if err != nil || alone == nil {
		return Report{Busy: err == nil}, err
	}
	defer alone.Close()
	c.sweep()

	var pinned []string
	if o.Pinned != nil {
		if pinned, err = o.Pinned(); err != nil {
			return Report{}, err // better too full than without a model
		}
	}
	if o.Beside != nil {
		if err := o.Beside(); err != nil {
			return Report{}, err
		}
	}
	entries, strays, err := c.entries()
	if err != nil {
		return Report{}, err
	}
	blobs, err := c.blobs()
	if err != nil {
		return Report{}, err
	}
	s := survey{blobs: blobs, keep: map[string]bool{}}
	var report Report
	for _, size := range s.blobs {
		report.Before += size
	}
	for _, digest := range pinned {
		s.hold(c.reach(digest))
	}
	var dead, old []entry       // old: without a log from now on
	for _, e := range entries { // those used last come first
		report.Before += e.size
		needed := e.blobs
		if e.record != nil && e.record.Log != nil && e.record.Made.Before(o.Logs) {
			needed = e.record.withoutLog().Blobs()
		}
		if o.Keys[e.id] || len(dead) == 0 && s.held+e.size+s.cost(needed) <= o.Cap {
			s.hold(needed)
			s.held += e.size
			if len(needed) < len(e.blobs) {
				old = append(old, e)
			}
		} else {
			dead = append(dead, e)
		}
	}
	report.After, report.Records = s.held, len(dead)
	report.Over = max(0, s.held-max(o.Cap, 0))
	report.Blobs = len(s.blobs) - len(s.keep)
	if o.Gone != nil {
		for digest, size := range s.blobs {
			if !s.keep[digest] {
				o.Gone(digest, size)
			}
		}
	}
	if o.DryRun {
		return report, nil
	}
	for _, e := range old {
		if err := c.dropLog(e); err != nil {
			s.hold([]Ref{*e.record.Log}) // a record that names it needs it
		}
	}
	for _, e := range dead {
		for _, file := range e.files {
			os.Remove(file)
		}
	}
	for _, file := range strays {
		os.Remove(file)
	}
	for digest := range s.blobs {
		if !s.keep[digest] {
			os.Remove(c.Path(digest))
			c.memory.forget(digest)
		}
	}
	c.dropStale(time.Now().Add(-14 * 24 * time.Hour))
	c.setSize(s.held)
	c.Save() // on a disk that was full that may fail; then more is hashed again
	return report, nil
}

// dropLog writes a record anew that has no log any more. It counts as used when it was.
func (c *Cache) dropLog(e entry) error {
	if err := c.Add(e.record.withoutLog()); err != nil {
		return err
	}
	os.Chtimes(e.files[0], e.used, e.used) // or it is taken for used now
	for _, text := range e.files[1:] {
		os.Remove(text)
	}
	return nil
}

// survey adds up what stays.
type survey struct {
	blobs map[string]int64 // there are, with sizes
	keep  map[string]bool
	held  int64 // bytes
}

// cost gives how many more bytes holding these would take.
func (s *survey) cost(refs []Ref) (bytes int64) {
	for _, r := range refs {
		if !s.keep[r.Digest] {
			bytes += s.blobs[r.Digest]
		}
	}
	return bytes
}

func (s *survey) hold(refs []Ref) {
	for _, r := range refs {
		if size, there := s.blobs[r.Digest]; there && !s.keep[r.Digest] {
			s.keep[r.Digest] = true
			s.held += size
		}
	}
}
