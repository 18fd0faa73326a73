//go:build darwin || freebsd

package cache

import (
	"io/fs"
	"syscall"
)

func statOf(info fs.FileInfo) Stat {
	sys := info.Sys().(*syscall.Stat_t)
	return Stat{
		Size:  sys.Size,
		MTime: sys.Mtimespec.Nano(),
		CTime: sys.Ctimespec.Nano(),
		Inode: sys.Ino,
	}
}

func links(info fs.FileInfo) uint64 { return uint64(info.Sys().(*syscall.Stat_t).Nlink) }

// Boot is not known here, so only what was synced is trusted.
func Boot() string { return "" }

func rawStat(path string) (Stat, bool) {
	s, err := StatFile(path)
	return s, err == nil
}
