package formats

import (
	"os"
	"testing"
)

// BenchmarkRead reads the file that LABBOOK_BENCH names:
//
//	LABBOOK_BENCH=wide.parquet go test ./internal/data/formats -bench Read -run '^$'
func BenchmarkRead(b *testing.B) {
	path := os.Getenv("LABBOOK_BENCH")
	if path == "" {
		b.Skip("set LABBOOK_BENCH to a file")
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read(path, Options{Cores: 2}); err != nil {
			b.Fatal(err)
		}
	}
}
