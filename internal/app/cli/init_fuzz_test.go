package cli

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// natures make columns of one nature each, all that files of others are known to
// hold.
var natures = []func(r *rand.Rand, row int) string{
	func(r *rand.Rand, _ int) string { return fmt.Sprintf("%.3f", r.NormFloat64()) },
	func(r *rand.Rand, _ int) string { return fmt.Sprint(r.IntN(2)) },
	func(r *rand.Rand, _ int) string { return fmt.Sprint(r.IntN(7)) },
	func(r *rand.Rand, row int) string { return fmt.Sprint(row) },
	func(r *rand.Rand, _ int) string { return fmt.Sprint(r.Uint64()) },
	func(r *rand.Rand, _ int) string { return pick(r, "yes", "no") },
	func(r *rand.Rand, _ int) string { return pick(r, "red", "Red", "red ", "None", "", "NA", "blue") },
	func(r *rand.Rand, _ int) string {
		return fmt.Sprintf("%02d/%02d/%d", 1+r.IntN(28), 1+r.IntN(12), 1990+r.IntN(40))
	},
	func(r *rand.Rand, row int) string { return fmt.Sprintf("2020-%02d-%02d", 1+row/28%12, 1+row%28) },
	func(r *rand.Rand, _ int) string { return fmt.Sprintf("%02d:%02d", r.IntN(24), r.IntN(60)) },
	func(r *rand.Rand, _ int) string { return fmt.Sprintf("$%.2f", r.Float64()*1e5) },
	func(r *rand.Rand, _ int) string { return fmt.Sprintf("%d%%", r.IntN(101)) },
	func(r *rand.Rand, _ int) string { return pick(r, "?", "-", "7", "8", "9.5", "inf", "1e309", "1,234") },
	func(r *rand.Rand, _ int) string {
		return strings.Repeat(pick(r, "some ", "words ", "here "), 1+r.IntN(9))
	},
	func(r *rand.Rand, _ int) string { return "" },
	func(r *rand.Rand, _ int) string { return "same" },
	func(r *rand.Rand, row int) string { return fmt.Sprintf("p%d", row/5) },
	func(r *rand.Rand, _ int) string {
		return pick(r, "ä", "\u202e", "a\nb", `"`, "'", "${x}", "{{y}}", "=1+1", "\x7f")
	},
	func(r *rand.Rand, _ int) string { return fmt.Sprint(1e300 * r.NormFloat64()) },
}

var titles = []string{"a", "b c", "y", "no", "12", "a: b", "${x}", "#", "ä", "[d]", "'", "date", "target"}

func pick(r *rand.Rand, values ...string) string { return values[r.IntN(len(values))] }

// randomTable gives a table of a few columns of any natures, and its names.
func randomTable(seed uint64) (text string, names []string) {
	r := rand.New(rand.NewPCG(seed, 17))
	columns, rows := 1+r.IntN(6), r.IntN(90)
	var out strings.Builder
	w := csv.NewWriter(&out)
	var of []func(*rand.Rand, int) string
	for range columns {
		names = append(names, pick(r, titles...))
		of = append(of, natures[r.IntN(len(natures))])
	}
	w.Write(names)
	for row := range rows {
		var record []string
		for _, cell := range of {
			if r.IntN(30) == 0 {
				record = append(record, "")
			} else {
				record = append(record, cell(r, row))
			}
		}
		w.Write(record)
	}
	w.Flush()
	return out.String(), names
}

// Whatever a table holds, init and run end well or say in words where and what
// to do: nothing panics.
func FuzzInitAndRun(f *testing.F) {
	for seed := range uint64(6) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		testdata.OnlyComputes(t)
		text, names := randomTable(seed)
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, "t.csv"), []byte(text), 0o666))
		if !ends(t, text, folder, "init", "t.csv", "--target", names[seed%uint64(len(names))]) {
			return
		}
		checked(t, folder)
		ends(t, text, folder, "run", "--no-png")
	})
}

// The bytes of a file may be any.
func FuzzInit(f *testing.F) {
	for _, seed := range []string{"a,y\n1,2\n3,4\n", "1,2\n3,4\n", ",a,y\nx,1,2\n", "a;y\n1,5;2\n", "a,y\n$1,2\n-,3\n", "a,y\n31/12/2020,no\n01/01/2021,yes\n", "\xff\xfea\x00\n\x00", "a\n\"", "a,y\n1\n"} {
		f.Add([]byte(seed), "y")
	}
	f.Fuzz(func(t *testing.T, data []byte, target string) {
		if strings.HasPrefix(target, "-") || target == "" {
			return // a flag
		}
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, "t.csv"), data, 0o666))
		if ends(t, string(data), folder, "init", "t.csv", "--target="+target) {
			checked(t, folder)
		}
	})
}

// checked wants that check takes what init wrote.
func checked(t *testing.T, folder string) {
	t.Helper()
	said, code := command(folder, "check")
	require.Zero(t, code, said)
}

// ends runs a command, and says whether it did what was asked. What it refuses
// has a hint.
func ends(t *testing.T, text, folder string, args ...string) bool {
	t.Helper()
	said, code := command(folder, args...)
	require.NotContains(t, said, "has a bug", text)
	require.NotContains(t, said, "goroutine", text)
	require.Contains(t, []int{ExitOK, ExitFailed, ExitUsage}, code, "%s\n%s", said, text)
	if code != ExitOK {
		require.Contains(t, said, "hint: ", text)
	}
	return code == ExitOK
}
