package machine

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// kinds are names of file systems by the numbers that statfs gives (linux/magic.h).
var kinds = map[int64]string{
	0xef53: "ext4", 0x58465342: "xfs", 0x9123683e: "btrfs", 0x01021994: "tmpfs", 0x6969: "nfs", 0x794c7630: "overlay",
	0xff534d42: "cifs", 0xfe534d42: "smb2", 0x65735546: "fuse", 0x2fc12fc1: "zfs", 0xf2f52010: "f2fs", 0x4d44: "vfat", 0x01021997: "9p",
}

// SpaceAt tells of the file system that a path lies in.
func SpaceAt(path string) (Space, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return Space{}, err
	}
	return Space{Kind: kinds[int64(s.Type)], Free: int64(s.Bavail) * s.Bsize, Total: int64(s.Blocks) * s.Bsize,
		Names: int64(s.Ffree), Named: int64(s.Files)}, nil
}

// Bounds gives the limits of this process.
func Bounds() Limits {
	var l Limits
	limit := func(which int) int64 {
		var r unix.Rlimit
		if unix.Getrlimit(which, &r) != nil || r.Cur > math.MaxInt64 {
			return 0 // there is none
		}
		return int64(r.Cur)
	}
	l.Files, l.FileSize, l.Address = uint64(limit(unix.RLIMIT_NOFILE)), limit(unix.RLIMIT_FSIZE), limit(unix.RLIMIT_AS)
	l.Memory, l.Container = memory(), container()
	return l
}

// memory gives what /proc/meminfo says.
func memory() int64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == "MemTotal:" {
			kB, _ := strconv.ParseInt(fields[1], 10, 64)
			return kB << 10
		}
	}
	return 0
}

// container gives the least memory.max of the control groups (version 2) that the
// process is in.
func container() (least int64) {
	groups, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return 0
	}
	_, group, found := strings.Cut(strings.TrimSpace(string(groups)), "0::")
	group, _, _ = strings.Cut(group, "\n")
	for found {
		text, err := os.ReadFile(filepath.Join("/sys/fs/cgroup", group, "memory.max"))
		if most, bad := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && bad == nil && (least == 0 || most < least) {
			least = most
		}
		if group == "/" || group == "." || group == "" {
			break
		}
		group = filepath.Dir(group)
	}
	return least
}
