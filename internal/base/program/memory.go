package program

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"labbook/internal/base/human"
)

// MemoryError says that a program used more memory than it was allowed.
type MemoryError struct{ Limit int64 }

func (e *MemoryError) Error() string {
	return fmt.Sprintf("it used more than the %s that memory allows", human.Bytes(e.Limit))
}

// between is how often is looked how much memory a program uses.
const between = 100 * time.Millisecond

// holdMemory kills the process group of a program that uses more than w.Memory.
// What it gives ends that, and says whether it was so.
func (w *Workspace) holdMemory(group int) (stop func() (exceeded bool)) {
	if w.Memory <= 0 {
		return func() bool { return false }
	}
	ended, result := make(chan struct{}), make(chan bool, 1)
	go func() {
		tick := time.NewTicker(between)
		defer tick.Stop()
		for over := 0; ; {
			select {
			case <-ended:
				result <- false
				return
			case <-tick.C:
			}
			// Once may be of a process that shares all its memory, about to become another.
			if over++; !usesMore(group, w.Memory) {
				over = 0
			}
			if over == 2 {
				syscall.Kill(-group, syscall.SIGKILL)
				result <- true
				return
			}
		}
	}()
	return func() bool { close(ended); return <-result }
}

// usesMore says whether a process group and what descends from it hold more memory
// than that: what cannot be taken from them where the kernel tells it, each shared
// page counted once, and else all that is resident.
func usesMore(group int, limit int64) bool {
	members := membersOf(group)
	var resident, used int64
	for _, p := range members {
		resident += p.resident
	}
	if resident <= limit {
		return false
	}
	for pid, p := range members {
		used += p.held(pid)
	}
	return used > limit
}

// process is what /proc/PID/stat says of one.
type process struct {
	parent, group int
	resident      int64 // bytes
}

// membersOf gives the processes of a group and their descendants, none where there
// is no /proc.
func membersOf(group int) map[int]process {
	all, members := map[int]process{}, map[int]process{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + e.Name() + "/stat")
		if p, ok := parseStat(stat); err == nil && ok {
			all[pid] = p
		}
	}
	for pid, p := range all {
		for at, steps := pid, 0; steps < len(all); steps++ {
			up, ok := all[at]
			if !ok {
				break
			}
			if up.group == group {
				members[pid] = p
				break
			}
			at = up.parent
		}
	}
	return members
}

// parseStat reads /proc/PID/stat, see proc(5). The name of the program may hold
// anything.
func parseStat(stat []byte) (p process, ok bool) {
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 22 {
		return p, false
	}
	var pages int
	for at, to := range map[int]*int{1: &p.parent, 2: &p.group, 21: &pages} {
		var err error
		if *to, err = strconv.Atoi(string(fields[at])); err != nil {
			return p, false
		}
	}
	p.resident = int64(pages) * int64(os.Getpagesize())
	return p, true
}

// held gives what a process holds that lies in no file, its share of what it shares.
func (p process) held(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return p.resident
	}
	held, told := int64(0), false
	for line := range bytes.Lines(text) {
		fields := bytes.Fields(line)
		if len(fields) < 2 || string(fields[0]) != "Pss_Anon:" && string(fields[0]) != "Pss_Shmem:" {
			continue
		}
		if kB, err := strconv.ParseInt(string(fields[1]), 10, 64); err == nil {
			held, told = held+kB<<10, true
		}
	}
	if !told { // before Linux 5.9
		return p.resident
	}
	return held
}
