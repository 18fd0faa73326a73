package mapped

import (
	"os"

	"golang.org/x/sys/unix"
)

// reserve makes a file so long, with space for all of it.
func reserve(f *os.File, size int64) error { return unix.Fallocate(int(f.Fd()), 0, 0, size) }
