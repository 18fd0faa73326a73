//go:build darwin || freebsd

package program

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// maxrssUnit is the unit of Rusage.Maxrss in bytes.
var maxrssUnit = map[bool]int64{true: 1, false: 1024}[runtime.GOOS == "darwin"]

func ownGroup() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func reflink(dst, src *os.File) error { return errors.ErrUnsupported }
