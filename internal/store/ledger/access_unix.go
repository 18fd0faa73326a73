//go:build unix

package ledger

import "golang.org/x/sys/unix"

// mayWrite says whether files can be made in a folder.
func mayWrite(folder string) bool { return unix.Access(folder, unix.W_OK) == nil }
