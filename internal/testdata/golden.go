package testdata

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// GoldenRun is what came of a small run of something that has a version: a kind,
// a model, a format, a look.
type GoldenRun struct {
	Of      string // what has the version
	Version int
	Asked   string // digest of all that the run was asked, but for the version
	Left    string // digest of all that it left
}

// Golden holds runs, by name, to what the file says of them on this machine's
// architecture; elsewhere it skips. A run that was asked the same and left
// something else belongs to another version; and a version that was raised has
// a run that left something else. where says which version it is and in which file it
// stands: "Version in stages/load.go".
// With UPDATE_GOLDEN=1 the file is written anew, if the versions are right.
//
// A run that was asked something else, because what comes before it changed,
// proves nothing: it is noted anew.
func Golden(t *testing.T, file string, got map[string]GoldenRun, where func(of string) string) {
	t.Helper()
	machine, wanted := readGolden(t, file)
	update := os.Getenv("UPDATE_GOLDEN") != ""
	if machine != runtime.GOARCH && !update {
		t.Skipf("%s was written on %s: compilers fuse floating-point operations differently on %s", file, machine, runtime.GOARCH)
	}
	changed, raised := map[string]bool{}, map[string]bool{}
	stale := false
	for _, name := range slices.Sorted(maps.Keys(got)) {
		g, w := got[name], wanted[name]
		stale = stale || g != w
		if w.Asked != g.Asked || machine != runtime.GOARCH {
			changed[g.Of] = true // nothing is known
			continue
		}
		switch {
		case g.Left != w.Left && g.Version == w.Version:
			t.Errorf("%s: %s leaves other bytes than its version %d did: raise %s, then note it with UPDATE_GOLDEN=1",
				name, g.Of, w.Version, where(g.Of))
		case g.Version != w.Version:
			raised[g.Of] = true
		}
		changed[g.Of] = changed[g.Of] || g.Left != w.Left
	}
	for of := range raised {
		if !changed[of] {
			t.Errorf("the version of %s was raised and no run of it leaves other bytes: add one that does, or lower %s", of, where(of))
		}
	}
	switch {
	case t.Failed():
	case update:
		writeGolden(t, file, got)
	case stale || len(got) != len(wanted):
		t.Errorf("%s is not up to date: UPDATE_GOLDEN=1 go test -run %s", file, t.Name())
	}
}

// readGolden reads the architecture and the runs.
func readGolden(t *testing.T, file string) (string, map[string]GoldenRun) {
	data, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	machine, runs := runtime.GOARCH, map[string]GoldenRun{}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if arch, ok := strings.CutPrefix(line, "machine "); ok {
			machine = arch
			continue
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, rest, _ := strings.Cut(line, ": ")
		var g GoldenRun
		if _, err := fmt.Sscanf(rest, "%s %d asked %s left %s", &g.Of, &g.Version, &g.Asked, &g.Left); err != nil {
			t.Fatalf("%s: %q: %v", file, line, err)
		}
		runs[name] = g
	}
	return machine, runs
}

func writeGolden(t *testing.T, file string, runs map[string]GoldenRun) {
	var b strings.Builder
	fmt.Fprintf(&b, "# What small runs left, beside the versions that left it; UPDATE_GOLDEN=1 writes this anew.\nmachine %s\n", runtime.GOARCH)
	for _, name := range slices.Sorted(maps.Keys(runs)) {
		g := runs[name]
		fmt.Fprintf(&b, "%s: %s %d asked %s left %s\n", name, g.Of, g.Version, g.Asked, g.Left)
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
}
