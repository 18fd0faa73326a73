package rows_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/formats"
	"labbook/internal/data/rows"
	"labbook/internal/data/table"
	"labbook/internal/testdata"
)

// manyStones is CSV of n stones, whose shops have line ends and quotes in them.
func manyStones(n int) string {
	var b strings.Builder
	b.WriteString("id,carat,cut,shop,sold,note\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,%.2f,%s,\"a\nof \"\"%d\"\"\",2024-01-%02d,x\n", i, float64(i%300)/100, []string{"Fair", "Good", "Ideal"}[i%3], i, i%28+1)
	}
	return b.String()
}

// inPieces reads a file in pieces, and gives what an answer in CSV would repeat, and
// how many pieces there were.
func inPieces(t *testing.T, name string, data []byte, size int) (text string, pieces int, faults []error) {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, data, 0o600))
	p, err := rows.OpenPieces(path, name, size, 1<<30)
	if err != nil {
		return "", 0, []error{err}
	}
	defer p.Close()
	var out strings.Builder
	w := csv.NewWriter(&out)
	for {
		r, err := p.Next(fields(), "price")
		if errors.Is(err, io.EOF) {
			w.Flush()
			assert.InDelta(t, 1, p.Done(), .01)
			return out.String(), pieces, faults
		}
		pieces++
		if err != nil {
			if faults = append(faults, err); !p.OfRows(err) {
				return "", pieces, faults
			}
			continue
		}
		answers := &rows.Answers{Target: table.Field{Name: "row"}, Values: make([]float64, r.Table.Rows())}
		if out.Len() == 0 && pieces == 1 {
			require.NoError(t, w.Write(r.Header(answers)))
		}
		require.NoError(t, r.Each(answers, w.Write))
	}
}

// However small the pieces, they are what the whole is: in each form.
func TestPiecesAreTheWhole(t *testing.T) {
	const n = 150
	text := manyStones(n)
	whole, pieces, faults := inPieces(t, "stones.csv", []byte(text), 1<<20)
	require.Empty(t, faults)
	require.Equal(t, 1, pieces)
	require.Equal(t, n+1, strings.Count(whole, ",0\n")+1)

	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(text))
	require.NoError(t, z.Close())
	files := map[string][]byte{"stones.csv": []byte(text), "stones.csv.gz": packed.Bytes(), "utf16.csv": []byte(utf16(text)), "bom.csv": []byte("\ufeff" + strings.ReplaceAll(text, "\n1", "\n\n1"))}
	read, err := formats.Read(write(t, "stones.csv", text), formats.Options{})
	require.NoError(t, err)
	for f, name := range map[formats.Format]string{formats.Parquet: "stones.parquet", formats.Arrow: "stones.arrow", formats.Lines: "stones.jsonl"} {
		var b bytes.Buffer
		w, err := formats.NewWriter(&b, f, texts(read.Table))
		require.NoError(t, err)
		for at := 0; at < n; at += 40 { // row groups, record batches
			require.NoError(t, w.Write(texts(read.Table.Slice(at, min(n, at+40)))))
		}
		require.NoError(t, w.Close())
		files[name] = b.Bytes()
	}
	for name, data := range files {
		for _, size := range []int{1, 900, 1 << 16} {
			if size == 1 && testing.Short() {
				continue
			}
			got, pieces, faults := inPieces(t, name, data, size)
			require.Empty(t, faults, name)
			assert.Greater(t, pieces, 1<<16/size/1000, name)
			assert.Equal(t, whole, strings.ReplaceAll(got, ".0,", ","), "%s in pieces of %d", name, size)
		}
	}
}

func write(t *testing.T, name, text string) string {
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// texts has all columns but the number as texts.
func texts(t *table.Table) *table.Table {
	var columns []*table.Column
	for _, c := range t.Columns {
		if c.Name == "carat" || c.Name == "id" {
			text := &table.Column{Field: table.Field{Name: c.Name, Type: table.Text}}
			for i := range c.Len() {
				text.Texts = append(text.Texts, map[string]string{"carat": fmt.Sprintf("%.2f", c.Num[i]), "id": fmt.Sprintf("%.0f", c.Num[i])}[c.Name])
			}
			columns = append(columns, text)
			continue
		}
		text := &table.Column{Field: table.Field{Name: c.Name, Type: table.Text}}
		for i := range c.Len() {
			text.Texts = append(text.Texts, c.String(i))
		}
		columns = append(columns, text)
	}
	return table.New(columns...)
}

// Faults of every piece have the lines of the file, and what is no fault of rows ends
// the reading.
func TestPiecesNameLines(t *testing.T) {
	text := "carat,cut,shop,sold\n"
	for i := range 60 {
		carat := "0.5"
		if i%25 == 7 {
			carat = "heavy"
		}
		text += carat + ",Good,a,2024-01-01\n"
	}
	_, pieces, faults := inPieces(t, "f.csv", []byte(text), 200)
	assert.Greater(t, pieces, 4)
	require.Len(t, faults, 3)
	for i, line := range []string{"f.csv:9:", "f.csv:34:", "f.csv:59:"} {
		assert.ErrorContains(t, faults[i], line)
		assert.ErrorContains(t, faults[i], `found "heavy"`)
	}
	lines := strings.Repeat(`{"carat":1,"cut":"Good","shop":"a","sold":"2024-01-01"}`+"\n", 30)
	_, _, faults = inPieces(t, "f.jsonl", []byte(lines+strings.Replace(lines, "1,", `"heavy",`, 1)), 200)
	require.Len(t, faults, 1)
	assert.ErrorContains(t, faults[0], "f.jsonl:31:")

	for name, test := range map[string]struct{ text, says string }{
		"list":          {`[{"carat":1}]`, "is a JSON list"},
		"no column":     {"cut,shop,sold\n" + strings.Repeat("Good,a,2024-01-01\n", 50), "carat"},
		"broken line":   {lines + "{", "f:31:"},
		"decimal point": {"carat;cut;shop;sold\n" + strings.Repeat("0.5;Good;a;2024-01-01\n", 21) + strings.Repeat("0,5;Good;a;2024-01-01\n", 20), "decimal comma"},
		"encoding":      {"carat,cut,shop,sold\n" + strings.Repeat("0.5,Good,é,2024-01-01\n", 20) + strings.Repeat("0.5,Good,\xe9,2024-01-01\n", 20), "not UTF-8"},
		"zip":           {"PK\x03\x04 and more", "is a zip archive"},
		"no rows":       {"carat,cut,shop,sold\n", "no rows"},
		"nothing":       {"", "empty"},
		"open quote":    {"carat,cut,shop,sold\n0.5,\"Good,a,2024-01-01\n" + strings.Repeat("0.5,Good,a,2024-01-01\n", 90), "quote"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, faults := inPieces(t, "f", []byte(test.text), 60)
			require.NotEmpty(t, faults)
			assert.ErrorContains(t, faults[0], test.says)
		})
	}
	commas := "carat;cut;shop;sold\n" + strings.Repeat("1;Good;a;2024-01-01\n", 20) + strings.Repeat("0,5;Good;a;2024-01-01\n", 20)
	_, _, faults = inPieces(t, "f.csv", []byte(commas), 60)
	assert.Empty(t, faults, "whole numbers say nothing of the point")
}

// FuzzPieces wants of any file an end: rows, or errors with a place.
func FuzzPieces(f *testing.F) {
	f.Add([]byte(manyStones(5)), 1)
	f.Add([]byte(utf16(manyStones(3))), 40)
	f.Add([]byte("{\"carat\":1,\"cut\":\"Fair\"}\n\n{\"shop\":\"a\\u0000\"}\n"), 1)
	f.Add([]byte("carat;cut\n1,5;Fair\n2.5;\"Good\n"), 2)
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00"), 7)
	for _, name := range []string{"stones.parquet", "stones.feather", "stones.arrows"} {
		data, err := os.ReadFile(filepath.Join(testdata.Root(), "testdata", "formats", name))
		require.NoError(f, err)
		f.Add(data, 100)
	}
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		path := filepath.Join(t.TempDir(), "in")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		p, err := rows.OpenPieces(path, "in", max(1, size%1000), 1<<24)
		if err != nil {
			return
		}
		defer p.Close()
		for range len(data) + 2 {
			r, err := p.Next(fields(), "price")
			switch {
			case errors.Is(err, io.EOF), err != nil && !p.OfRows(err):
				return
			case err != nil:
				continue
			}
			require.Positive(t, r.Table.Rows())
			require.NoError(t, r.Each(&rows.Answers{Target: table.Field{Name: "row"}, Values: make([]float64, r.Table.Rows())}, func([]string) error { return nil }))
		}
		if p.Format == formats.CSV || p.Format == formats.Lines {
			t.Fatal("more pieces than bytes")
		}
	})
}
