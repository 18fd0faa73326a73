package program

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxrssUnit is the unit of Rusage.Maxrss in bytes.
const maxrssUnit = 1024

// ownGroup puts the program into a process group of its own, so that all it
// starts can be stopped at once and a Ctrl-C at the terminal reaches labbook
// only. It dies with labbook.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// WithParent has a process of labbook's own asked to end when this one dies, or the
// thread that started it.
func WithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }

// politeness is by how much a process comes after others for the processor: one that
// does not gets about nine times as much.
const politeness = 10

// Yield gives the calling goroutine a thread to itself until it ends. What it starts
// comes after others for the processor; where that is not granted it does not.
func Yield() {
	runtime.LockOSThread() // for good: a thread that has yielded cannot be used for anything else
	unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), politeness)
}

// reflink lets dst share the blocks of src.
func reflink(dst, src *os.File) error { return unix.IoctlFileClone(int(dst.Fd()), int(src.Fd())) }
