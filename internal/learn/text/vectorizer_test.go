package text

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/matrix"
	"labbook/internal/testdata"
)

// TestScikitLearn holds terms, counts and weights against scikit-learn's on
// the same text: testdata/vectorize.py made the numbers.
func TestScikitLearn(t *testing.T) {
	type rows [][2]json.RawMessage
	var want struct {
		Docs  []string
		Cases []struct {
			Name          string
			Options       json.RawMessage
			Terms         []string
			Tfidf, Counts rows
		}
		Hashed64 rows
	}
	data, err := os.ReadFile("testdata/vectorize.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &want))

	check := func(t *testing.T, want rows, got *matrix.CSR) {
		t.Helper()
		require.Len(t, got.Indptr, len(want)+1)
		for i, row := range want {
			var columns []int32
			var values []float64
			require.NoError(t, json.Unmarshal(row[0], &columns))
			require.NoError(t, json.Unmarshal(row[1], &values))
			a, b := got.Indptr[i], got.Indptr[i+1]
			require.Equal(t, columns, append([]int32{}, got.Indices[a:b]...), "columns of document %d", i)
			for k, v := range values {
				assert.InDelta(t, v, got.Data[a+k], 1e-12, "document %d, column %d", i, columns[k])
			}
		}
	}
	for _, c := range want.Cases {
		t.Run(c.Name, func(t *testing.T) {
			o := Default()
			require.NoError(t, json.Unmarshal(c.Options, &o))
			require.NoError(t, o.Validate())
			v, x, err := Fit(want.Docs, o, 2)
			require.NoError(t, err)
			terms := make([]string, v.Cols())
			for i := range terms {
				terms[i] = v.Name(i)
			}
			require.Equal(t, c.Terms, terms)
			check(t, c.Tfidf, x)
			check(t, c.Tfidf, v.Transform(want.Docs, 2))
			o.Weight = "count"
			_, counts, err := Fit(want.Docs, o, 1)
			require.NoError(t, err)
			check(t, c.Counts, counts)

			encoded, err := v.MarshalBinary()
			require.NoError(t, err)
			var back Vectorizer
			require.NoError(t, back.UnmarshalBinary(encoded))
			check(t, c.Tfidf, back.Transform(want.Docs, 1))
			again, err := back.MarshalBinary()
			require.NoError(t, err)
			assert.Equal(t, encoded, again)
		})
	}
	t.Run("hashed", func(t *testing.T) {
		o := Default()
		o.Hash, o.Weight = 64, "count"
		require.NoError(t, o.Validate())
		_, x, err := Fit(want.Docs, o, 2)
		require.NoError(t, err)
		check(t, want.Hashed64, x)
	})
}

// TestCores holds that the cores do not change a byte of what is learned.
func TestCores(t *testing.T) {
	var docs []string
	for i := range 500 {
		docs = append(docs, fmt.Sprintf("word%d word%d and word%d again word%d", i%7, i*i%211, i%83, (i+1)*i%97))
	}
	o := Default()
	o.NGrams, o.MaxFeatures = []int{1, 3}, 400
	v, x, err := Fit(docs, o, 1)
	require.NoError(t, err)
	want, err := v.MarshalBinary()
	require.NoError(t, err)
	for cores := 2; cores < 6; cores++ {
		w, y, err := Fit(docs, o, cores)
		require.NoError(t, err)
		got, err := w.MarshalBinary()
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Equal(t, x, y)
	}
}

// A document of 10 MB among small ones counts as they do.
func TestLongDocument(t *testing.T) {
	testdata.OnlyComputes(t)
	const part = "naïve 東京 na\u0308ive 🚀 nul\x00byte stop. "
	docs := []string{part, strings.Repeat(part, 10<<20/len(part)), ""}
	o := Default()
	o.Weight = "count"
	v, x, err := Fit(docs, o, 2)
	require.NoError(t, err)
	require.Equal(t, []string{"byte", "ive", "na", "naïve", "nul", "stop", "東京"}, v.Names())
	a, b := x.Indptr[1], x.Indptr[2]
	require.Equal(t, a, b-a)
	for k := range a {
		assert.Equal(t, x.Indices[k], x.Indices[a+k])
		assert.Equal(t, x.Data[k]*float64(10<<20/len(part)), x.Data[a+k])
	}
	assert.Equal(t, x, v.Transform(docs, 2))
}

// TestReaders: what documents are found to hold does not depend on those that
// were read before with the same memory, and is what fitting counted.
func TestReaders(t *testing.T) {
	testdata.OnlyComputes(t)
	var long []string
	for i := range 3000 {
		long = append(long, fmt.Sprint("term", i*i%701), "and the running")
	}
	docs := []string{"", "to be or not to be", strings.Join(long, " "), "x", "big data big data tools", strings.Join(long[:200], " ")}
	for _, change := range []func(*Options){
		func(*Options) {},
		func(o *Options) { o.NGrams = []int{1, 3} },
		func(o *Options) { o.NGrams = []int{2, 3}; o.Stop = "english"; o.Stem = "english" },
		func(o *Options) { o.Analyzer = "char"; o.NGrams = []int{2, 4} },
		func(o *Options) { o.MinDF = 2; o.NGrams = []int{1, 2} },
	} {
		o := Default()
		change(&o)
		require.NoError(t, o.Validate())
		v, x, err := Fit(docs, o, 1)
		require.NoError(t, err)
		for range 3 {
			assert.Equal(t, x, v.Transform(docs, 1))
			for i, doc := range docs {
				lo, hi := x.Span(i)
				one := v.Transform([]string{doc}, 1)
				assert.Equal(t, x.Indices[lo:hi], append([]int32{}, one.Indices...))
				assert.Equal(t, x.Data[lo:hi], append([]float64{}, one.Data...))
			}
		}
	}
}

// TestReadersAreKeptSmall: one long document does not hold memory for ever.
func TestReadersAreKeptSmall(t *testing.T) {
	o := Default()
	v, _, err := Fit([]string{"big data", "big tools"}, o, 1)
	require.NoError(t, err)
	r := &reader{scanner: newScanner(&o, v.trie, false)}
	r.read(v, "big data")
	assert.True(t, r.small())
	r.read(v, strings.Repeat("big ", 1<<17))
	assert.False(t, r.small())
}
