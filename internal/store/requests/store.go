package requests

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"labbook/internal/store/databases"
)

// Durability says what a record survives.
type Durability string

// The durabilities.
const (
	Full   Durability = "full"   // a power cut: each commit is fsynced
	Normal Durability = "normal" // the death of the process; a power cut may take the last commits
)

// Options say how a Store is opened. The zero value is a safe one.
type Options struct {
	Durability Durability // "" means Full
	// KeepBody is how many bytes of each body are kept; 0 means 64 KiB.
	KeepBody int
	// Redact names members of JSON bodies, columns of CSV bodies and query
	// parameters whose values are not kept; nil means DefaultRedact.
	Redact []string
	// MaxAge and MaxBytes bound what is kept: older requests are removed, and
	// the oldest while there is more; 0 means 90 days and 2 GB. Saved
	// predictions stay.
	MaxAge   time.Duration
	MaxBytes int64
	// Clock tells the time; nil means time.Now.
	Clock func() time.Time
	// Failed is told of errors of retention and of a file that cannot be
	// shortened, which nobody waits for; nil drops them.
	Failed func(error)
	// Rewriting is told, before it is, that a SQLite file of so many bytes is written
	// anew, which happens once and takes half a minute for a gigabyte; nil drops it.
	Rewriting func(size int64)
	// Committed is told of each transaction: its rows and how long it took.
	Committed func(rows int, took time.Duration)
}

// ErrClosed says that the store no longer takes records.
var ErrClosed = errors.New("the request store is closed")

// Store is an open store. It is safe for concurrent use.
type Store struct {
	db      *database
	options Options
	redact  *redactor
	pool    sync.Pool // of *waiting
	queue   queue
	writing writing // of who leads

	done    sync.WaitGroup // those who are in the queue, and what works by itself
	stop    chan struct{}
	written chan struct{} // full: something was written since the last checkpoint
}

// Open opens the store at an address that Address gave: the path of a SQLite file,
// or the URL of a PostgreSQL database. It makes or upgrades the tables.
func Open(ctx context.Context, address string, o Options) (*Store, error) {
	o.defaults()
	open := openSQLite
	if databases.IsPostgres(address) {
		open = openPostgres
	}
	db, err := open(address, o.Durability)
	if err != nil {
		return nil, err
	}
	rewrite, err := db.unshrinkable(ctx)
	if err == nil && rewrite > 0 {
		o.Rewriting(rewrite)
	}
	if err == nil {
		err = db.migrate(ctx)
	}
	if err != nil {
		db.close()
		return nil, err
	}
	if rewrite > 0 {
		if err := db.makeShrinkable(ctx); err != nil {
			o.Failed(fmt.Errorf("%s is not written anew, so it cannot be shortened: %w", address, err))
		}
	}
	s := &Store{db: db, options: o, redact: newRedactor(o.Redact), queue: newQueue(), stop: make(chan struct{}), written: make(chan struct{}, 1)}
	s.pool.New = func() any { return newWaiting() }
	s.done.Go(s.retain)
	if db.tidy != nil {
		s.done.Go(s.checkpoint)
	}
	return s, nil
}

func (o *Options) defaults() {
	if o.Durability == "" {
		o.Durability = Full
	}
	if o.KeepBody == 0 {
		o.KeepBody = 64 << 10
	}
	if o.Redact == nil {
		o.Redact = DefaultRedact()
	}
	if o.MaxAge == 0 {
		o.MaxAge = 90 * 24 * time.Hour
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 2e9
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	if o.Rewriting == nil {
		o.Rewriting = func(int64) {}
	}
	if o.Committed == nil {
		o.Committed = func(int, time.Duration) {}
	}
}

// Record returns once the request is durable, or with what keeps it from being
// so. It redacts and shortens the bodies in r, which must not be used
// otherwise meanwhile.
func (s *Store) Record(r *Request) error {
	s.prepare(r)
	w := s.pool.Get().(*waiting)
	w.request = r
	err := s.join(w)
	w.request = nil
	s.pool.Put(w)
	return err
}

// prepare makes a request fit to be kept.
func (s *Store) prepare(r *Request) {
	for _, b := range []*Body{&r.Request, &r.Response} {
		b.Type = cut(storable(b.Type), 256)
		b.Kept = s.redact.body(b.Kept)
		if len(b.Kept) > s.options.KeepBody {
			b.Kept = b.Kept[:s.options.KeepBody]
		}
	}
	r.Method, r.Route, r.Error = cut(storable(r.Method), 64), storable(r.Route), storable(r.Error)
	r.Path = cut(storable(s.redact.path(r.Path)), 2048)
}

// cut gives the beginning of a text, of at most so many bytes.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "")
}

// storable makes a text one that every database takes: valid UTF-8 without
// NUL.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\ufffd"), "\x00", "\ufffd")
}

// patience is how long a transaction may take, or wait for another program's.
const patience = 5 * time.Second

// commit makes requests durable, and what shadows said.
func (s *Store) commit(requests []*Request, shadows []*Shadow) error {
	if len(requests)+len(shadows) == 0 {
		return nil
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.db.insert(ctx, &s.writing, requests, shadows)
	if err == nil {
		s.options.Committed(len(requests), time.Since(began))
		s.wrote()
	}
	return err
}

// try does what commit does with a request that does not stay.
func (s *Store) try() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	now := s.options.Clock()
	err := s.db.try(ctx, &s.writing, &Request{ID: NewID(now), Time: now, Response: Body{Kept: make([]byte, typical)}})
	if err == nil {
		s.wrote()
	}
	return err
}

// typical is about what the bodies of a request take, in bytes.
const typical = 4096

// retain removes what is too old or too much, a little at a time, so that
// nobody waits for it for long.
func (s *Store) retain() {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-s.stop:
			return
		case <-tick.C:
		}
		if _, err := s.Trim(context.Background()); err != nil {
			s.options.Failed(err)
		}
	}
}

// Trim removes the requests that are too old or too many now, and says how
// many. A SQLite file that has become too large for the rest is shortened.
func (s *Store) Trim(ctx context.Context) (removed int, err error) {
	before := idAt(s.options.Clock().Add(-s.options.MaxAge))
	for {
		n, err := s.db.trim(ctx, before, s.options.MaxBytes, 200)
		removed += n
		if err == nil && n == 0 {
			if err = s.db.trimShared(ctx, s.options.Clock()); err == nil {
				err = s.shrink(ctx)
			}
		}
		if err != nil || n == 0 {
			return removed, err
		}
		select {
		case <-s.stop:
			return removed, nil
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Requests gives requests, the newest first.
func (s *Store) Requests(ctx context.Context, f Filter) ([]*Request, error) {
	return s.db.requests(ctx, f)
}

// Edge gives how far the newest n requests reach that an index finds for a filter, by its
// pipeline or, of those that were refused, its status: the id of the oldest of them, "" where
// there are fewer. With it as Since a filter looks at no more than these, whatever else it
// asks for.
func (s *Store) Edge(ctx context.Context, f Filter, n int) (string, error) {
	return s.db.edge(ctx, f, n)
}

// PredictionEdge is Edge of the predictions of a pipeline.
func (s *Store) PredictionEdge(ctx context.Context, f PredictionFilter, n int) (string, error) {
	return s.db.predictionEdge(ctx, f, n)
}

// Told names the state of the newest n predictions of a pipeline whose outcome is known: it
// is another as soon as an outcome is told, corrected or taken back.
func (s *Store) Told(ctx context.Context, pipeline string, n int) (state string, err error) {
	return s.db.told(ctx, pipeline, n)
}

// Timings gives how long the answers of requests took, the newest first, at most n.
func (s *Store) Timings(ctx context.Context, f Filter, n int) ([]Timing, error) {
	return s.db.timings(ctx, f, n)
}

// Request gives one with its bodies, or nil.
func (s *Store) Request(ctx context.Context, id string) (*Request, error) {
	return s.db.request(ctx, id)
}

// Predictions gives saved predictions of a pipeline, the newest first.
func (s *Store) Predictions(ctx context.Context, f PredictionFilter) ([]*Prediction, error) {
	return s.db.predictions(ctx, f, "")
}

// Prediction gives one of a pipeline, or nil.
func (s *Store) Prediction(ctx context.Context, pipeline, id string) (*Prediction, error) {
	all, err := s.db.predictions(ctx, PredictionFilter{Pipeline: pipeline, Limit: 1}, id)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return all[0], nil
}

// SetOutcome attaches what came true to a saved prediction, a note, or both,
// and gives it; nil when there is none. Where outcome is empty or note nil, it
// stays; an outcome of null is taken back.
func (s *Store) SetOutcome(ctx context.Context, pipeline, id string, outcome json.RawMessage, note *string) (*Prediction, error) {
	found, err := s.db.setOutcome(ctx, pipeline, id, outcome, note, s.options.Clock())
	if err != nil || !found {
		return nil, err
	}
	return s.Prediction(ctx, pipeline, id)
}

// Stored gives how many requests are kept, and about how many bytes.
func (s *Store) Stored(ctx context.Context) (requests, bytes int64, err error) {
	return s.db.stored(ctx)
}

// Prove says whether a request would be durable now: a row is inserted and removed
// in the same transaction, for which there must be room. Those who ask at the same
// time share one.
func (s *Store) Prove(ctx context.Context) error {
	said := make(chan error, 1)
	go func() { said <- s.join(newWaiting()) }()
	select {
	case err := <-said:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close writes what waits, and ends the use of the store.
func (s *Store) Close() error {
	if !s.queue.close() {
		return nil
	}
	close(s.stop)
	s.done.Wait()
	return s.db.close()
}
