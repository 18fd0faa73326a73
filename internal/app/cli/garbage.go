package cli

import (
	"os"
	"runtime"
	"runtime/debug"
)

// spare has memory collected whenever percent is added to what is held, but not
// before the heap has 16 MB: a command that finds nothing to do has ended by then,
// and would pay an eighth of its time. The variable GOGC counts instead.
func spare(percent int) {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(400) // of the 4 MB with which Go begins
	first := &struct{ _ *byte }{}
	runtime.AddCleanup(first, func(percent int) { debug.SetGCPercent(percent) }, percent)
}
