package csvfile

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

// stones makes a file in the manner of ggplot2's diamonds: 50 MB for a million
// rows.
func stones(rows int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	cuts := []string{"Fair", "Good", "Very Good", "Premium", "Ideal"}
	clarities := []string{"I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"}
	var b strings.Builder
	b.WriteString("carat,cut,color,clarity,depth,table,price,x,y,z\n")
	for range rows {
		size := 3 + 6*random.Float64()
		fmt.Fprintf(&b, "%.2f,%s,%c,%s,%.1f,%.1f,%d,%.2f,%.2f,%.2f\n", size*size*size/300, cuts[random.IntN(5)], 'D'+random.IntN(7),
			clarities[random.IntN(8)], 60+4*random.Float64(), 53+8*random.Float64(), 300+random.IntN(18000), size, size*1.01, size*.62)
	}
	return []byte(b.String())
}

func BenchmarkRead(b *testing.B) {
	for _, rows := range []int{5_000, 53_940, 1_000_000} {
		path := filepath.Join(b.TempDir(), "stones.csv")
		require.NoError(b, os.WriteFile(path, stones(rows), 0o666))
		info, err := os.Stat(path)
		require.NoError(b, err)
		for _, cores := range []int{1, 2} {
			b.Run(fmt.Sprintf("rows=%d/cores=%d", rows, cores), func(b *testing.B) {
				b.SetBytes(info.Size())
				b.ReportAllocs()
				for b.Loop() {
					f, err := Read(path, Options{Cores: cores})
					require.NoError(b, err)
					require.Equal(b, rows, f.Table.Rows())
				}
			})
		}
	}
}

// The memory for a file is at most three times its size: the file itself, and
// the columns.
func TestMemory(t *testing.T) {
	testdata.OnlyComputes(t)
	path := filepath.Join(t.TempDir(), "stones.csv")
	require.NoError(t, os.WriteFile(path, stones(200_000), 0o666))
	info, err := os.Stat(path)
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = Read(path, Options{Cores: 2})
	require.NoError(t, err)
	runtime.ReadMemStats(&after)
	require.Less(t, float64(after.TotalAlloc-before.TotalAlloc), 3*float64(info.Size()), "of all that is ever allocated")
}
