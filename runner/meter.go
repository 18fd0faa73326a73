package runner

import (
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

// meter estimates what stages inside this process use. The kernel counts per
// process, not per stage, so a stage is given the process's time while it ran
// in proportion to its cores among those of the stages that began with it or
// before, and the process's peak memory as a whole. A stage that runs programs
// of its own is told exactly by wait4; see stage.Context.Spent.
//
// What running stages claim of memory is also what the process aims at: garbage is
// collected before it holds more, not when half is added. What they need all the same
// they get.
type meter struct {
	mu      sync.Mutex
	active  int   // cores granted to running stages
	claimed int64 // memory that they claim
	free    int   // those that claim none: then nothing is aimed at
}

// leastAim is below which more collecting would cost much and spare nothing.
const leastAim = 64 << 20

// atMost is what the process aimed at as it began, which GOMEMLIMIT may say.
var atMost = sync.OnceValue(func() int64 { return debug.SetMemoryLimit(-1) })

// begin starts measuring for a stage that claims so much memory, or 0; calling what it
// gives ends that.
func (m *meter) begin(cores int, memory int64) (end func() (cpu time.Duration, memory int64)) {
	share := m.running(cores, memory, 1)
	before, _ := usage()
	return func() (time.Duration, int64) {
		m.running(-cores, -memory, -1)
		after, memory := usage()
		return time.Duration(share * float64(after-before)), memory
	}
}

// running notes that a stage began, or with negative numbers that one ended, and gives
// its share of the cores.
func (m *meter) running(cores int, memory int64, stages int) (share float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.active += cores
	m.claimed += memory
	if memory == 0 {
		m.free += stages
	}
	aim := atMost()
	if m.free == 0 && m.claimed > 0 {
		aim = min(aim, max(m.claimed, leastAim))
	}
	debug.SetMemoryLimit(aim)
	return float64(cores) / float64(m.active)
}

// usage gives the processor time and the peak memory in bytes of this process.
func usage() (time.Duration, int64) {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0, 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano()), int64(r.Maxrss) * maxrssUnit()
}

// maxrssUnit is the unit of Rusage.Maxrss in bytes: it differs by system.
func maxrssUnit() int64 {
	if runtime.GOOS == "darwin" {
		return 1
	}
	return 1024
}
