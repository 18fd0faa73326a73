package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"labbook/internal/base/human"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/rows"
	"labbook/internal/store/requests"
	"labbook/serve/batch"
)

// Files of any number of rows are predicted while nobody waits: one is taken in as it
// comes, and predicted in pieces, each of which takes its turn with the large bodies
// that somebody waits for. All of it is answered by the version that was asked for, or by
// the champion of when it was begun. It leaves two records: of the request that brought it, and, before its
// result can be had, of its end; rows themselves are in neither.

// batches works at them.
type batches struct {
	server  *Server
	store   *batch.Store // nil: none are taken
	uploads *semaphore.Weighted
	wake    chan struct{}
}

// uploads is how many files are taken in at a time.
const uploads = 8

// keepBatches is how long what came of a batch is kept.
const keepBatches = 24 * time.Hour

func newBatches(s *Server) *batches {
	b := &batches{server: s, uploads: semaphore.NewWeighted(uploads), wake: make(chan struct{}, 1)}
	if limits := &s.options.Limits; s.options.Batches != "" {
		b.store = &batch.Store{Folder: s.options.Batches, Shared: s.options.Shared, Clock: s.options.Clock,
			Limits: batch.Limits{Batches: limits.Batches, Disk: limits.BatchDisk, Keep: keepBatches}}
	}
	return b
}

// isBatches says whether a request brings a batch.
func isBatches(r *http.Request) bool {
	pipeline, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/v1/"), "/batches")
	return r.Method == http.MethodPost && ok && !strings.Contains(pipeline, "/")
}

// uploadStep is what has to come of a file within stall.
const uploadStep = 64 << 10

// receive takes in the file of a batch. What is recorded of it is its size and its
// digest.
func (x *exchange) receive(r *http.Request) error {
	most, b := x.server.options.Limits.Batch, x.server.batches
	switch {
	case b.store == nil:
		return nil // there is no such path
	case r.ContentLength > most:
		return tooLarge(most)
	case !b.uploads.TryAcquire(1):
		return problem(http.StatusServiceUnavailable, fmt.Sprintf("%d files are being sent; try again a little later", uploads))
	}
	defer b.uploads.Release(1)
	upload, err := b.store.Receive(r.ContentLength)
	if err != nil {
		return unstored(err)
	}
	x.upload = upload
	control, from := http.NewResponseController(x.to), http.MaxBytesReader(x.to, r.Body, most)
	for step := make([]byte, uploadStep); err == nil; {
		control.SetReadDeadline(time.Now().Add(stall))
		n := 0
		for more := 0; err == nil && n < len(step); n += more {
			more, err = from.Read(step[n:]) // a body that breaks off is no end
		}
		if _, full := upload.Write(step[:n]); full != nil {
			return unstored(full)
		}
	}
	var large *http.MaxBytesError
	var timeout net.Error
	switch {
	case err == io.EOF:
	case errors.As(err, &large):
		return tooLarge(most)
	case errors.As(err, &timeout) && timeout.Timeout():
		return problem(http.StatusRequestTimeout, fmt.Sprintf("less than %s of the file came within %v", human.Bytes(uploadStep), stall))
	default:
		return problem(http.StatusBadRequest, "the file could not be read to its end")
	}
	control.SetReadDeadline(time.Time{})
	if x.body, err = json.Marshal(upload.File()); err != nil {
		return err
	}
	x.record.Request.Type = typeJSON
	x.dropped = upload.File().Size - int64(len(x.body))
	r.Body = http.NoBody
	return nil
}

// unstored is the answer where a file cannot be kept.
func unstored(err error) error {
	var full *batch.Full
	if errors.As(err, &full) {
		return conflict(full, "")
	}
	p := problem(http.StatusServiceUnavailable, "the file cannot be kept; try again later")
	p.cause = err
	return p
}

// forget removes the batch that an exchange brought, which is not recorded.
func (b *batches) forget(x *exchange) {
	if x.batch != "" {
		b.store.Remove(x.batch)
		x.batch = ""
	}
}

// begin has the batch that an exchange brought be worked at.
func (b *batches) begin(x *exchange) {
	if x.batch == "" {
		return
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// tidyEach is how often it is looked for batches whose time is over.
const tidyEach = time.Minute

// work works at batches, one after the other, until ctx ends.
func (b *batches) work(ctx context.Context) {
	if b.store == nil {
		return
	}
	s := b.server
	tick := time.NewTicker(s.options.Poll)
	defer tick.Stop()
	for tidied := (time.Time{}); ; {
		if time.Since(tidied) > tidyEach {
			if err := b.store.Tidy(); err != nil {
				s.options.Log.Error("old batches cannot be removed", "error", err)
			}
			tidied = time.Now()
		}
		claim, err := b.store.Next()
		if err != nil {
			s.options.Log.Error("batches cannot be read", "error", err)
		}
		if claim != nil && ctx.Err() == nil {
			err := b.answer(ctx, claim.Batch)
			claim.Release()
			if err != nil && !errors.Is(err, batch.ErrGone) && ctx.Err() == nil {
				s.options.Log.Error("a batch cannot be kept", "batch", claim.ID, "error", err)
			} else if ctx.Err() == nil {
				continue
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-b.wake:
		}
	}
}

// mostAttempts is how often a batch is begun: one that ends the server would else
// end it for ever.
const mostAttempts = 3

// answer works at a batch until it has ended, or ctx ends; then it waits again. The
// error is one of keeping it.
func (b *batches) answer(ctx context.Context, job *batch.Batch) error {
	s := b.server
	job.Attempts++
	job.Status, job.Begun, job.Rows, job.Share, job.Warnings = batch.Running, s.options.Clock(), 0, 0, nil
	if err := b.store.Put(job); err != nil {
		return err
	}
	var err error
	if job.Attempts > mostAttempts {
		err = problem(http.StatusInternalServerError, fmt.Sprintf("it was begun %d times, and each time the server ended while it ran", mostAttempts))
	} else {
		err = b.attempt(ctx, job)
	}
	if errors.Is(err, batch.ErrGone) {
		return err
	}
	if ctx.Err() != nil {
		job.Status, job.Attempts = batch.Queued, job.Attempts-1
		return b.store.Put(job)
	}
	job.Status = batch.Done
	if err != nil {
		p := problemOf(err)
		if p.cause != nil {
			s.options.Log.Error("a batch failed", "batch", job.ID, "error", p.cause)
		}
		job.Status, job.Result, job.Detail, job.Errors, job.More = batch.Failed, nil, p.Detail, p.Errors, p.More
	}
	if err := b.record(ctx, job, err); err != nil {
		return err
	}
	return b.store.End(job)
}

// attempt predicts all rows of a batch. Its panics are errors.
func (b *batches) attempt(ctx context.Context, job *batch.Batch) (err error) {
	defer func() {
		if found := recover(); found != nil {
			err = internal(fmt.Errorf("panic: %v\n%s", found, debug.Stack()))
		}
	}()
	made := b.server.Endpoint(job.Pipeline)
	if made == nil {
		return problem(http.StatusServiceUnavailable, "no pipeline called "+strconv.Quote(job.Pipeline)+" is served; see /readyz")
	}
	if job.Wanted > 0 {
		if made, err = b.server.current.Load().choose(ctx, b.server, made, strconv.Itoa(job.Wanted)); err != nil {
			return err
		}
	}
	job.Model, job.Version, job.Run = made.Version.Model, made.Version.Version, made.Version.Run
	if err := b.insist(ctx, job, func() error { return b.store.Fetch(job) }); err != nil {
		return err
	}
	const unfolds = 8 // as bodies that are packed
	pieces, err := rows.OpenPieces(b.store.Path(job.ID, batch.FileInput), "body", pieceBytes, unfolds*b.server.options.Limits.Batch)
	if err != nil {
		return unfoldProblem(err)
	}
	defer pieces.Close()
	job.File.Format = string(pieces.Format)
	w := &batchWork{batches: b, job: job, made: made, pieces: pieces, faults: &jsonrow.Faults{}, known: map[string]int{}}
	defer w.drop()
	for err == nil {
		if err = b.server.turns.Acquire(ctx, 1); err == nil {
			err = w.piece()
			b.server.turns.Release(1)
		}
		if err == nil {
			err = w.progress()
		}
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return w.end(ctx)
}

// insist does what the bucket that servers share has to do, however long it is away, while
// the batch is there.
func (b *batches) insist(ctx context.Context, job *batch.Batch, do func() error) error {
	for {
		err := do()
		var away *batch.Away
		if !errors.As(err, &away) {
			return err
		}
		if errors.Is(err, batch.ErrLost) {
			p := problem(http.StatusInternalServerError, "the file is no longer in the cache that the servers share; send it again")
			p.cause = err
			return p
		}
		b.server.options.Log.Error("a batch waits for the cache that the servers share", "batch", job.ID, "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(stall):
		}
		if err := b.store.Put(job); err != nil {
			return err
		}
	}
}

// batchEnd is what a record has of the end of a batch.
type batchEnd struct {
	Batch  string        `json:"batch"`
	Rows   int           `json:"rows"`
	Result *batch.Result `json:"result,omitempty"`
	Detail string        `json:"detail,omitempty"`
}

// record records how a batch ended, however long that takes; without that nobody can
// have its result.
func (b *batches) record(ctx context.Context, job *batch.Batch, failed error) error {
	s := b.server
	now := s.options.Clock()
	job.Record = requests.NewID(now)
	file, err := json.Marshal(job.File)
	if err != nil {
		return err
	}
	answer, err := json.Marshal(batchEnd{job.ID, job.Rows, job.Result, job.Detail})
	if err != nil {
		return err
	}
	r := &requests.Request{ID: job.Record, Time: now, Method: "BATCH", Route: "/v1/" + job.Pipeline + "/batches/{batch}", Path: "/v1/" + job.Pipeline + "/batches/" + job.ID,
		Pipeline: job.Pipeline, Model: job.Model, Version: job.Version, Run: job.Run, Status: http.StatusOK, Latency: now.Sub(job.Begun), Client: job.Client, Caller: job.Caller,
		Request: requests.Body{Type: typeJSON, Size: job.File.Size, Kept: file}, Response: requests.Body{Type: typeJSON, Size: int64(len(answer)), Kept: answer}}
	if job.Result != nil {
		r.Response.Size = job.Result.Size
	}
	if failed != nil {
		p := problemOf(failed)
		if r.Status = p.Status; p.cause != nil {
			r.Error = p.cause.Error()
		}
	}
	for {
		err := s.options.Requests.Record(r)
		if err == nil {
			return nil
		}
		s.options.Log.Error("the end of a batch is not recorded; it is tried again", "batch", job.ID, "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(stall):
		}
	}
}
