package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/internal/store/requests"
)

// addRuns adds n runs like a run and its stages, one every hour until then: of ten one failed,
// and three had nothing to do. One of twenty registers a version like the one given, which
// may be nil; one of eighty becomes champion and gives way to the one that stands.
func addRuns(db *ledger.DB, like *record.Run, stages []*record.Stage, version *record.Version, n int, until time.Time) error {
	random := mathrand.New(mathrand.NewPCG(1, 2))
	last := ""
	for i := range n {
		started := until.Add(-time.Duration(n-i) * time.Hour)
		id, err := record.NewRunID(started, rand.Reader)
		if err != nil {
			return err
		}
		run := *like
		run.ID, run.Started, run.Ended = id, started, started.Add(like.Took())
		run.Params = map[string]string{"seed": fmt.Sprint(i % 97), "depth": fmt.Sprint(i % 11)}
		run.Status, run.SameAs = record.Succeeded, ""
		switch {
		case i%10 == 7:
			run.Status, run.Error = record.Failed, "train: it did not settle\nhint: ask for more rounds"
		case i%10 > 7 && last != "":
			run.Status, run.SameAs = record.Cached, last
		default:
			last = id
		}
		if err := db.StartRun(&run); err != nil {
			return err
		}
		if i%5 == 0 {
			if err := db.PutRemark(id, &record.Remark{Name: fmt.Sprintf("Experiment %d", i), Tags: []string{"night", fmt.Sprintf("week%d", i/168)}}); err != nil {
				return err
			}
		}
		if run.SameAs != "" {
			continue
		}
		own := make([]*record.Stage, len(stages))
		for k, s := range stages {
			one := *s
			one.Run, one.Ran, one.Started, one.Ended = id, id, started, started.Add(s.Ended.Sub(s.Started))
			one.Metrics = append(one.Metrics[:0:0], s.Metrics...)
			for m := range one.Metrics {
				one.Metrics[m].Value *= 1 + .05*random.NormFloat64()
			}
			own[k] = &one
		}
		if err := db.PutStages(own); err != nil {
			return err
		}
		if version == nil || i%20 != 0 {
			continue
		}
		v := *version
		v.Run, v.Created, v.Version, v.Artifact, v.Final = id, run.Ended, 0, digest(), nil
		v.Decision = fmt.Sprintf("not promoted: it is within noise of version %d", version.Version)
		if _, err := db.PutVersion(&v, nil); err != nil {
			return err
		}
		if i%80 != 0 {
			continue
		}
		for _, move := range [][2]int{{version.Version, v.Version}, {v.Version, version.Version}} {
			if err := db.PutMove(&record.Move{Model: v.Model, Alias: record.Champion, From: move[0], To: move[1], Actor: "run " + id, Created: run.Ended}); err != nil {
				return err
			}
		}
	}
	return nil
}

func digest() string {
	var b [32]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// addRequests adds n requests like those given, in turns, evenly over the time from a first
// to a last. Predictions that they saved are saved anew, and of every second of these it
// is told what came true: what was answered, a little off.
func addRequests(ctx context.Context, store *requests.Store, like []*requests.Request, n int, from, until time.Time) error {
	const writers = 256
	var work sync.WaitGroup
	fails := make(chan error, writers)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	step := until.Sub(from) / time.Duration(n)
	for w := range writers {
		work.Go(func() {
			random := mathrand.New(mathrand.NewPCG(7, uint64(w)))
			for i := w; i < n && ctx.Err() == nil; i += writers {
				if err := addRequest(ctx, store, like[i%len(like)], from.Add(step*time.Duration(i)), i, random); err != nil {
					fails <- err
					stop()
					return
				}
			}
		})
	}
	work.Wait()
	select {
	case err := <-fails:
		return err
	default:
		return ctx.Err()
	}
}

func addRequest(ctx context.Context, store *requests.Store, like *requests.Request, at time.Time, i int, random *mathrand.Rand) error {
	r := *like
	r.ID, r.Time = requests.NewID(at), at
	r.Latency = time.Duration(float64(time.Millisecond) * math.Exp(random.NormFloat64()))
	r.Request.Kept, r.Response.Kept = append([]byte(nil), like.Request.Kept...), append([]byte(nil), like.Response.Kept...)
	if like.Prediction != nil {
		p := *like.Prediction
		p.ID, p.Time, p.Request, p.Note = requests.NewID(at), at, r.ID, fmt.Sprintf("case %d", i)
		r.Prediction = &p
	}
	if err := store.Record(&r); err != nil {
		return err
	}
	p := r.Prediction
	if p == nil || random.IntN(2) == 0 {
		return nil
	}
	outcome, err := outcomeOf(p, random)
	if err != nil || outcome == nil {
		return err
	}
	_, err = store.SetOutcome(ctx, p.Pipeline, p.ID, outcome, nil)
	return err
}

// outcomeOf gives what may have come true of an answer, of which the first member is what
// was predicted; nil where it is neither a number nor a class.
func outcomeOf(p *requests.Prediction, random *mathrand.Rand) (json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(p.Answer))
	var said [3]json.Token // the brace, the name, the value
	for i := range said {
		var err error
		if said[i], err = d.Token(); err != nil {
			return nil, err
		}
	}
	switch v := said[2].(type) {
	case float64:
		return json.Marshal(math.Round(v * (1 + .05*random.NormFloat64())))
	case string:
		return json.Marshal(v)
	}
	return nil, nil
}
