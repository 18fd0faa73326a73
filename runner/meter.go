package runner

import (
	"runtime"
	"sync"
	"syscall"
	"time"
)

// meter estimates what stages inside this process use. The kernel counts per
// process, not per stage, so a stage is given the process's time while it ran
// in proportion to its cores among those of the stages that began with it or
// before, and the process's peak memory as a whole. A stage that runs programs
// of its own is told exactly by wait4; see stage.Context.Spent.
type meter struct {
	mu     sync.Mutex
	active int // cores granted to running stages
}

// begin starts measuring for a stage; calling what it gives ends that.
func (m *meter) begin(cores int) (end func() (cpu time.Duration, memory int64)) {
	m.mu.Lock()
	m.active += cores
	share := float64(cores) / float64(m.active)
	m.mu.Unlock()
	before, _ := usage()
	return func() (time.Duration, int64) {
		m.mu.Lock()
		m.active -= cores
		m.mu.Unlock()
		after, memory := usage()
		return time.Duration(share * float64(after-before)), memory
	}
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
