package cache

import (
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

func statOf(info fs.FileInfo) Stat {
	sys := info.Sys().(*syscall.Stat_t)
	return Stat{
		Size:  sys.Size,
		MTime: sys.Mtim.Nano(),
		CTime: sys.Ctim.Nano(),
		Inode: sys.Ino,
	}
}

func links(info fs.FileInfo) uint64 { return uint64(info.Sys().(*syscall.Stat_t).Nlink) }

// Boot names the time since the machine started. "" means that it is not
// known, and then only what was synced is trusted.
var Boot = sync.OnceValue(func() string {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return strings.TrimSpace(string(id))
})

// statFrom is StatFile of a path from an open folder on.
func statFrom(folder int, path string) (Stat, bool) {
	var s unix.Stat_t
	err := unix.Fstatat(folder, path, &s, 0)
	return Stat{Size: s.Size, MTime: s.Mtim.Nano(), CTime: s.Ctim.Nano(), Inode: s.Ino}, err == nil
}
