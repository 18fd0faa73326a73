package stages

import (
	"path/filepath"
	"testing"

	"labbook/internal/testdata"
)

// The golden files have a line for each trial, as it came out when it was written,
// and for its cell.
var (
	goldenFile  = filepath.Join("testdata", "golden.txt")
	goldenCells = filepath.Join("testdata", "golden_cells.txt")
)

// TestGoldenRuns holds the versions of kinds to their bytes: a kind that leaves
// other bytes of the same parameters and inputs is another version, and one that
// leaves the same is not. UPDATE_GOLDEN=1 writes the file anew.
func TestGoldenRuns(t *testing.T) {
	kinds := All(Deps{})
	done := tryAll(t, 2)
	got := map[string]testdata.GoldenRun{}
	for _, try := range trials {
		o := done[try.name]
		got[try.name] = testdata.GoldenRun{Of: try.kind, Version: kinds.Lookup(try.kind).Version, Asked: o.asked[:16], Left: o.left[:16]}
	}
	testdata.Golden(t, goldenFile, got, func(kind string) string { return "Version in stages/" + kind + ".go" })
}

// TestGoldenCells holds the versions of what kinds show to the cells: of the same
// output another cell is of another ShowVersion, and raising that one runs no
// stage again.
func TestGoldenCells(t *testing.T) {
	kinds := All(Deps{})
	done := tryAll(t, 2)
	got := map[string]testdata.GoldenRun{}
	for _, try := range trials {
		if kind, o := kinds.Lookup(try.kind), done[try.name]; kind.Show != nil {
			got[try.name] = testdata.GoldenRun{Of: try.kind, Version: kind.ShowVersion, Asked: o.left[:16], Left: digest(o.cell)[:16]}
		}
	}
	testdata.Golden(t, goldenCells, got, func(kind string) string { return "ShowVersion in stages/" + kind + ".go" })
}
