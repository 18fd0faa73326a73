package program

import (
	"fmt"
	"os"
	"strings"
)

// Folder makes a private folder for a program that outlives the call. However this
// process ends, killed too, the folder is removed, unless that was done before.
func Folder(name string) (string, error) {
	dir, err := os.MkdirTemp("", name)
	if err != nil {
		return "", err
	}
	if w := watching(); w != nil && !strings.Contains(dir, "\n") {
		w.mu.Lock()
		defer w.mu.Unlock()
		fmt.Fprintf(w.tells, "rubbish 0 %s\n", dir)
	}
	return dir, nil
}
