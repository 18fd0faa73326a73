// Package testdata finds data for tests that is too large or not licensed to
// live in the project.
package testdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Root gives the project's folder: the one with go.mod above the package whose
// tests run. What the compiler knows of paths will not do: -trimpath takes it.
func Root() string {
	dir, _ := os.Getwd()
	for dir != filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	return dir
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
