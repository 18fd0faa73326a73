package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// little is what the heap may have before it is worth while to look for garbage: a
// command that finds nothing to do has ended by then, and would pay an eighth of its
// time; a run of small commands would look every ten of them.
const little = 32 << 20

// spare has memory collected whenever percent is added to what is held, but not
// before the heap has that little. The variable GOGC counts instead.
func spare(percent int) {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(100 * little / (4 << 20)) // of the 4 MB with which Go begins
	whenCollected(func() {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		held := max(live[0].Value.Uint64(), 1<<20)
		debug.SetGCPercent(max(percent, 100*little/int(held)-100))
	})
}

// whenCollected calls do after each collection.
func whenCollected(do func()) {
	mark := &struct{ _ *byte }{}
	runtime.AddCleanup(mark, func(do func()) { do(); whenCollected(do) }, do)
}
