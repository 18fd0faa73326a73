// Command workers says what a farm of a size takes, and what bounds it, by simulating
// one client, an engine, a bucket and workers from event to event:
//
//	go run ./bench/workers -workers 5000 -stages 100000 -takes 5m
//
// The latencies and costs of one stage are flags; what they are unless said was measured
// with a real Temporal and S3 server (docs/performance.md). How many requests a stage takes,
// and how many the client has under way, is what runner/farm and runner/bucket do.
package main

import (
	"flag"
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

// farm is what is simulated.
type farm struct {
	stages, workers, slots int
	takes                  time.Duration // a stage, on the worker, within half of it more or less

	flight, starts, bucket int // of the client: orders at the engine, starts and requests to the bucket at once

	start, hand, end time.Duration // latencies of the engine: to start, to have a worker take it, to end it
	request          time.Duration // latency of a request to the bucket
	own              time.Duration // processor time of the client a stage
	cores            int           // of the client
	engine           time.Duration // processor time of the engine a stage
	engineCores      int
	polls            int // of a worker at the engine

	reads, writes int64 // bytes a stage: what a worker brings, what it sends
	base, each    int64 // bytes of the client's memory: at rest, and for each stage
	flying        int64 // and for each that is at the engine
}

// Requests to the bucket of a stage that reads nothing of others and leaves a file: of the
// client, one after the other, for a record and with the order; of a worker all, and how
// many times one waits for another. Counted in the log of a server.
const (
	clientRequests = 2
	workerRequests = 6
	workerAsks     = 4
)

func main() {
	f := farm{}
	flag.IntVar(&f.stages, "stages", 100_000, "stages, beside one another")
	flag.IntVar(&f.workers, "workers", 5_000, "workers")
	flag.IntVar(&f.slots, "slots", 1, "stages that a worker makes at a time")
	flag.DurationVar(&f.takes, "takes", 5*time.Minute, "how long a stage takes")
	flag.IntVar(&f.flight, "flight", 1000, "orders that the engine has of the client")
	flag.IntVar(&f.starts, "starts", 16, "starts at once")
	flag.IntVar(&f.bucket, "requests", 16, "requests of the client to the bucket at once")
	flag.DurationVar(&f.start, "start", 10*time.Millisecond, "the engine's time to start a stage")
	flag.DurationVar(&f.hand, "hand", 15*time.Millisecond, "the engine's time to hand it out")
	flag.DurationVar(&f.end, "end", 15*time.Millisecond, "the engine's time to end it and tell the client")
	flag.DurationVar(&f.request, "request", 3*time.Millisecond, "a request to the bucket; a cloud's may take 30ms")
	flag.DurationVar(&f.own, "own", 8400*time.Microsecond, "the client's processor time for a stage")
	flag.IntVar(&f.cores, "cores", 2, "cores of the client")
	flag.DurationVar(&f.engine, "engine", 43*time.Millisecond, "the engine's processor time for a stage")
	flag.IntVar(&f.engineCores, "engine-cores", 2, "cores of the engine")
	flag.IntVar(&f.polls, "polls", 3, "questions for work that a worker has at the engine: one a core, at most four, and two")
	flag.Int64Var(&f.reads, "reads", 10e6, "bytes that a stage reads and its worker does not have")
	flag.Int64Var(&f.writes, "writes", 1e6, "bytes that a stage leaves")
	flag.Int64Var(&f.base, "base", 60e6, "bytes of the client's memory at rest")
	flag.Int64Var(&f.each, "each", 17e3, "bytes of it for a stage")
	flag.Int64Var(&f.flying, "flying", 57e3, "bytes of it for a stage at the engine")
	flag.Parse()
	if flag.NArg() > 0 || f.stages < 1 || f.workers < 1 || f.slots < 1 || f.flight < 1 || f.starts < 1 || f.bucket < 1 || f.cores < 1 || f.engineCores < 1 {
		flag.Usage()
		os.Exit(2)
	}
	report(f, simulate(f))
}

func report(f farm, r result) {
	floor := time.Duration(int64(f.takes) * int64(f.stages) / int64(f.workers*f.slots))
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	defer w.Flush()
	row := func(what, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", what, fmt.Sprintf(format, args...)) }
	row("stages, workers, slots", "%d, %d, %d", f.stages, f.workers, f.workers*f.slots)
	row("takes", "%s, %.2f of what the slots alone would (%s)", r.took.Round(time.Second), r.took.Seconds()/floor.Seconds(), floor.Round(time.Second))
	row("slots at work", "%d at most, %.0f %% of them in the middle half", r.busiest, 100*r.busy)
	row("stages a second", "%.1f ended, %.1f wanted by the slots", float64(f.stages)/r.took.Seconds(), float64(f.workers*f.slots)/f.takes.Seconds())
	row("polls and heartbeats", "%d polls at once, %.0f heartbeats a second", f.workers*f.polls+min(f.flight, f.stages), float64(r.busiest)/10)
	row("bytes from and to the bucket", "%.0f and %.0f GB, %.0f MB/s", float64(f.reads)*float64(f.stages)/1e9, float64(f.writes)*float64(f.stages)/1e9,
		float64(f.reads+f.writes)*float64(f.stages)/1e6/r.took.Seconds())
	row("requests to the bucket", "%.0f a second", float64(clientRequests+workerRequests)*float64(f.stages)/r.took.Seconds())
	row("memory of the client", "%.0f MB", float64(f.base+f.each*int64(f.stages)+f.flying*int64(r.flew))/1e6)
	fmt.Fprintln(w, "at most, stages a second:\t")
	for _, c := range f.ceilings() {
		row("  "+c.what, "%.1f", c.rate)
	}
}

// ceiling is how many stages a second one thing lets through.
type ceiling struct {
	what string
	rate float64
}

func (f farm) ceilings() []ceiling {
	taken := f.hand + workerAsks*f.request + f.takes // of a slot
	per := func(n int, d time.Duration) float64 { return float64(n) / d.Seconds() }
	return []ceiling{
		{"the slots", per(f.workers*f.slots, taken)},
		{"what the engine has of one client", per(f.flight, f.start+taken+f.end)},
		{"starts at once", per(f.starts, f.start)},
		{"the client's requests to the bucket", per(f.bucket, clientRequests*f.request)},
		{"the client's processors", per(f.cores, f.own)},
		{"the engine's processors", per(f.engineCores, f.engine)},
	}
}
