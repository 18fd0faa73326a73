package ledger

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// processIdentity tells a running process from every other that has or had its
// number: the boot, the process namespace, and the clock tick of its start
// (field 22 of proc(5) stat). It is "" when no such process is running.
func processIdentity(pid int) string {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The second field is the program's name in parentheses, with any bytes.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 20 || string(fields[0]) == "Z" {
		return ""
	}
	boot, namespace := machine()
	return fmt.Sprintf("%s %s %s", boot, namespace, fields[19])
}

// machine names what process numbers are valid in.
func machine() (boot, namespace string) {
	id, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	namespace, _ = os.Readlink("/proc/self/ns/pid")
	return strings.TrimSpace(string(id)), namespace
}

// isHere says whether a process with this identity can be seen from here, if it runs.
func isHere(identity string) bool {
	parts := strings.Fields(identity)
	boot, namespace := machine()
	return len(parts) == 3 && parts[0] == boot && parts[1] == namespace
}

// isGone says whether the process with this number and identity is certainly
// not running any more. One of another process namespace of this boot cannot
// be seen from here.
func isGone(pid int, identity string) bool {
	parts := strings.Fields(identity)
	if len(parts) != 3 {
		return false
	}
	boot, namespace := machine()
	if parts[0] != boot {
		return true
	}
	return parts[1] == namespace && processIdentity(pid) != identity
}
