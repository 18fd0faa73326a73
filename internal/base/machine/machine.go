// Package machine tells what the machine lets this process have. What a system does
// not tell is 0, and means no limit that is known.
package machine

// Space is what a file system has left for this user.
type Space struct {
	Kind         string // "ext4", "nfs"; "" is not known
	Free, Total  int64  // bytes
	Names, Named int64  // files that can be made yet, and that can be in all; 0 and 0 where there is no bound
}

// Memory gives how many bytes of memory this process may have: what the machine
// has, or less where its control group has a limit.
func Memory() int64 {
	l := Bounds()
	if l.Container > 0 && (l.Memory == 0 || l.Container < l.Memory) {
		return l.Container
	}
	return l.Memory
}

// Limits are what bounds this process, besides the disk.
type Limits struct {
	Files     uint64 // that may be open at once
	FileSize  int64  // bytes of a file
	Address   int64  // bytes of address space
	Memory    int64  // bytes that the machine has
	Container int64  // bytes of memory that the process's control group may have
}
