package formats

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// fuzzTyped wants of any bytes an error or a table that keeps its promises.
func fuzzTyped(f *testing.F, begin string, names ...string) {
	for _, name := range names {
		data, err := os.ReadFile(sample(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > len(begin) {
			data = append([]byte(begin), data[len(begin):]...)
		}
		r, _, err := ReadBytes(data, Options{Name: "f", Cores: 1})
		if err == nil && r != nil {
			for _, c := range r.Table.Columns {
				for row := range c.Len() {
					_ = c.String(row)
				}
			}
		}
	})
}

// FuzzParts wants of any file with types that its parts are the whole, or an error.
func FuzzParts(f *testing.F) {
	for _, name := range []string{"stones.parquet", "nested.parquet", "stones.feather", "stones.arrows"} {
		data, err := os.ReadFile(sample(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		p, err := OpenParts(path, Options{Name: "f", Cores: 1, Most: Bound{Bytes: 1 << 26}})
		if err != nil {
			return
		}
		defer p.Close()
		rows := 0
		for {
			r, err := p.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return
			}
			rows += r.Table.Rows()
			for _, c := range r.Table.Columns {
				for row := range c.Len() {
					_ = c.String(row)
				}
			}
		}
		if whole, _, err := ReadBytes(data, Options{Name: "f", Cores: 1}); err == nil && whole.Table.Rows() != rows {
			t.Fatalf("%d rows in parts, %d in all", rows, whole.Table.Rows())
		}
	})
}

func FuzzParquet(f *testing.F) { fuzzTyped(f, "PAR1", "stones.parquet", "nested.parquet") }

func FuzzArrow(f *testing.F) { fuzzTyped(f, arrowMagic, "stones.feather") }

func FuzzStream(f *testing.F) { fuzzTyped(f, streamMagic, "stones.arrows") }

func FuzzLines(f *testing.F) {
	f.Add([]byte("{\"a\": 1, \"b\": \"x\\u00e9\", \"c\": true}\n\n{\"b\": null, \"d\": [1]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ReadLines(data, Options{Name: "f"})
		if err == nil {
			for row := range r.Table.Rows() {
				_ = r.Place(row)
			}
		}
	})
}

// FuzzPages asks each encoding for values of any bytes.
func FuzzPages(f *testing.F) {
	f.Add([]byte{3, 0xab, 0xcd}, 3, 5)
	f.Add([]byte{0x80, 1, 4, 5, 2, 0, 0, 0, 0, 0}, 0, 5)
	f.Fuzz(func(t *testing.T, data []byte, width, n int) {
		if n < 0 || n > 1<<16 || width < 0 || width > 32 {
			return
		}
		_ = hybrid(make([]uint32, n), data, width)
		_, _ = deltas(make([]int64, n), data, width%2 == 0)
		s := stored{room: (&budget{most: 1 << 26}).take}
		_ = s.arrays(n, data)
		_, _ = s.deltaLengths(n, data)
		_ = s.deltaArrays(n, data)
	})
}
