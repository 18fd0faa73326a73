// Package parallel calls a function for every index below a number on several
// goroutines. Who takes which index is left to chance: results go to places by
// index, and then nothing shows how many goroutines there were.
package parallel

import (
	"context"
	"sync"
	"sync/atomic"
)

// Each calls work for 0 … n-1, on at most cores goroutines, of which the
// caller's is one.
func Each(cores, n int, work func(i int)) {
	Until(context.Background(), cores, n, work)
}

// Until is Each that begins nothing new once ctx has ended. It gives the error
// of ctx, with which some indices may be left out.
func Until(ctx context.Context, cores, n int, work func(i int)) error {
	return With(ctx, cores, n, func() struct{} { return struct{}{} }, func(_ struct{}, i int) { work(i) })
}

// With is Until for work that needs something of its own, such as a buffer:
// every goroutine makes one and gives it to each of its calls.
func With[T any](ctx context.Context, cores, n int, own func() T, work func(mine T, i int)) error {
	var next atomic.Int64
	run := func() {
		mine := own()
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= n {
				return
			}
			work(mine, i)
		}
	}
	var others sync.WaitGroup
	for range min(cores, n) - 1 {
		others.Go(run)
	}
	if n > 0 {
		run()
	}
	others.Wait()
	return ctx.Err()
}
