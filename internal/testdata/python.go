package testdata

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Python gives a Python that has these packages: the one that LABBOOK_PYTHON
// names, else python3. Where there is none the test is skipped, saying what to
// install; not where LABBOOK_PYTHON promised it. Short runs are without: what others
// read and write is the same, raced or not.
func Python(t testing.TB, packages ...string) string {
	t.Helper()
	OnlyComputes(t)
	program, promised := os.LookupEnv("LABBOOK_PYTHON")
	if !promised {
		program = "python3"
	}
	out, err := exec.Command(program, "-c", "import "+strings.Join(packages, ", ")).CombinedOutput()
	switch {
	case err == nil:
		return program
	case promised:
		t.Fatalf("LABBOOK_PYTHON=%s lacks what internal/testdata/python/requirements.txt lists: %v\n%s", program, err, out)
	}
	t.Skipf("needs a Python with %s: see internal/testdata/python/requirements.txt", strings.Join(packages, ", "))
	return ""
}
