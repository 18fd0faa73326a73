package stages

import (
	"path/filepath"
	"testing"

	"labbook/internal/testdata"
)

// goldenFile has a line for each trial, as it came out when it was written.
var goldenFile = filepath.Join("testdata", "golden.txt")

// TestGoldenRuns holds the versions of kinds to their bytes: a kind that leaves
// other bytes of the same parameters and inputs is another version, and one that
// leaves the same is not. UPDATE_GOLDEN=1 writes the file anew.
func TestGoldenRuns(t *testing.T) {
	kinds := All(Deps{})
	done := tryAll(t, 2)
	got := map[string]testdata.GoldenRun{}
	for _, try := range trials {
		o := done[try.name]
		got[try.name] = testdata.GoldenRun{Of: try.kind, Version: kinds.Lookup(try.kind).Version, Asked: o.asked[:16], Left: digest([]byte(o.left + o.cell))[:16]}
	}
	testdata.Golden(t, goldenFile, got, func(kind string) string { return "stages/" + kind + ".go" })
}
