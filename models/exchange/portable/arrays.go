// Package portable is the form in which a model goes where there is no labbook and
// no library: a JSON document and long lists of numbers beside it, which the
// JavaScript of this package reads and predicts by. What stands in the document is
// said where package exchange writes it.
package portable

import (
	"bytes"
	"compress/flate"
	"embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Script is the JavaScript: labbookUnpack, a promise of the lists in base64, and
// labbookModel(document, lists), whose result reads rows, answers them, and writes
// numbers as labbook does.
func Script() []byte { return slices.Concat(numbers, predict(), unpack) }

//go:embed unpack.js
var unpack []byte

//go:embed numbers.js
var numbers []byte

//go:embed predict/*.js
var parts embed.FS

// predict is labbookModel: one function, cut into files, each of which knows what stands
// in those before it.
func predict() []byte {
	var whole []byte
	for _, name := range []string{"model", "written", "dates", "derived", "features", "formulas", "apart", "rows", "why", "answer"} {
		part, err := parts.ReadFile("predict/" + name + ".js")
		if err != nil {
			panic("portable: " + err.Error()) // it is not in the program
		}
		whole = append(whole, part...)
	}
	return whole
}

// Arrays gathers the lists that a document refers to.
type Arrays struct{ data []byte }

// Ref refers to a list: the type of its elements, u8, u16, u32, f32 or f64, where it
// begins, and how many there are.
type Ref struct {
	Type string
	At   int
	N    int
}

// MarshalJSON gives ["f64", at, n].
func (r Ref) MarshalJSON() ([]byte, error) { return json.Marshal([]any{r.Type, r.At, r.N}) }

// add appends n elements of so many bytes: all first bytes, then all second ones, and
// so on, for these are alike, and pack.
func (a *Arrays) add(kind string, width, n int, element func(b []byte, i int)) Ref {
	at := len(a.data)
	a.data = append(a.data, make([]byte, width*n)...)
	var b [8]byte
	for i := range n {
		element(b[:], i)
		for k := range width {
			a.data[at+k*n+i] = b[k]
		}
	}
	return Ref{kind, at, n}
}

// Doubles, Floats, Words and Bytes keep a list.
func (a *Arrays) Doubles(values []float64) Ref {
	return a.add("f64", 8, len(values), func(b []byte, i int) { binary.LittleEndian.PutUint64(b, math.Float64bits(values[i])) })
}

// Floats is described with Doubles.
func (a *Arrays) Floats(values []float32) Ref {
	return a.add("f32", 4, len(values), func(b []byte, i int) { binary.LittleEndian.PutUint32(b, math.Float32bits(values[i])) })
}

// Words is described with Doubles; in two bytes each where they fit.
func (a *Arrays) Words(values []uint32) Ref {
	most := uint32(0)
	for _, v := range values {
		most = max(most, v)
	}
	if most <= math.MaxUint16 {
		return a.add("u16", 2, len(values), func(b []byte, i int) { binary.LittleEndian.PutUint16(b, uint16(values[i])) })
	}
	return a.add("u32", 4, len(values), func(b []byte, i int) { binary.LittleEndian.PutUint32(b, values[i]) })
}

// Bytes is described with Doubles.
func (a *Arrays) Bytes(values []byte) Ref {
	return a.add("u8", 1, len(values), func(b []byte, i int) { b[0] = values[i] })
}

// Packed gives all lists, by DEFLATE (RFC 1951). The same lists give the same bytes.
func (a *Arrays) Packed() ([]byte, error) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err == nil {
		_, err = w.Write(a.data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("portable: %w", err)
	}
	return b.Bytes(), nil
}
