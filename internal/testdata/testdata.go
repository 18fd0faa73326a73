// Package testdata finds data for tests that is too large or not licensed to
// live in the project.
package testdata

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Root gives the project's folder.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Shared gives the path of a file of the shared data beside the project, and
// skips the test, saying which file it lacks, where there is none.
func Shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(Root(), "..", "shared", "data", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("needs the shared data file %s, which is not here", name)
	}
	return path
}
