package text

import (
	"compress/gzip"
	"encoding/csv"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/testdata"
)

func BenchmarkFit(b *testing.B) {
	f, err := os.Open(testdata.Shared(b, "resumes/resumes_it14_open.csv.gz"))
	require.NoError(b, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(b, err)
	records, err := csv.NewReader(z).ReadAll()
	require.NoError(b, err)
	var docs []string
	bytes := 0
	for _, r := range records[1:] {
		docs = append(docs, r[1])
		bytes += len(r[1])
	}
	bigrams := Default()
	bigrams.NGrams = []int{1, 2}
	words := Default()
	words.Weight = "count"
	for name, o := range map[string]Options{"words": words, "tfidf-bigrams": bigrams} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(bytes))
			b.ReportAllocs()
			for b.Loop() {
				v, _, err := Fit(docs, o, 2)
				require.NoError(b, err)
				b.ReportMetric(float64(v.Cols()), "columns")
			}
		})
	}
}
