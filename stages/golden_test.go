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

// TestGolden holds the versions of kinds to their bytes: a kind that leaves other
// bytes of the same parameters and inputs is another version, and one that leaves the
// same is not. What kinds show it holds to the cells: of the same output another cell
// is of another ShowVersion, and raising that one runs no stage again.
// UPDATE_GOLDEN=1 writes the files anew.
func TestGolden(t *testing.T) {
	testdata.OnlyComputes(t)
	kinds := All(Deps{})
	done := tryAll(t, 2)
	runs, cells := map[string]testdata.GoldenRun{}, map[string]testdata.GoldenRun{}
	for _, try := range trials {
		kind, o := kinds.Lookup(try.kind), done[try.name]
		runs[try.name] = testdata.GoldenRun{Of: try.kind, Version: kind.Version, Asked: o.asked[:16], Left: o.left[:16]}
		if kind.Show != nil {
			cells[try.name] = testdata.GoldenRun{Of: try.kind, Version: kind.ShowVersion, Asked: o.left[:16], Left: digest(o.cell)[:16]}
		}
	}
	testdata.Golden(t, goldenFile, runs, func(kind string) string { return "Version in stages/" + kind + ".go" })
	testdata.Golden(t, goldenCells, cells, func(kind string) string { return "ShowVersion in stages/" + kind + ".go" })
}
