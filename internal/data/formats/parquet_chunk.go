package formats

import (
	"encoding/binary"
	"math"
	"math/big"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/parquet-go/parquet-go"

	"labbook/internal/base/diag"
)

// plain takes the n values that were decoded last. They are set in w, at the rows
// of the page.
func (r *chunkReader) plain(w *window, n int) error {
	switch r.field.leaf.Type().Kind() {
	case parquet.Boolean:
		for i, v := range r.stored.ints[:n] {
			w.codes[r.row(i)] = int32(v)
		}
	case parquet.Int32, parquet.Int64:
		r.whole(w, r.stored.ints[:n])
	case parquet.Float, parquet.Double:
		if r.present == nil {
			copy(w.num[r.at:r.at+n], r.stored.floats[:n])
			break
		}
		for i, v := range r.stored.floats[:n] {
			w.num[r.present[i]] = v
		}
	case parquet.Int96:
		for i := range n {
			const julian = 2440588 // the day 1970-01-01
			v := r.stored.array(i)
			days, nanos := int64(int32(binary.LittleEndian.Uint32(v[8:])))-julian, int64(binary.LittleEndian.Uint64(v))
			w.setMoment(r.row(i), days*secondsOfDay*1e9+nanos)
		}
	case parquet.ByteArray:
		return r.arrays(w, n)
	default:
		for i := range n {
			r.fixed(w, r.row(i), r.stored.array(i))
		}
	}
	return nil
}

// array gives the i-th array of bytes.
func (s *stored) array(i int) []byte { return s.bytes[s.offsets[i]:s.offsets[i+1]] }

// whole takes whole numbers of 32 or 64 bits.
func (r *chunkReader) whole(w *window, values []int64) {
	narrow := r.field.leaf.Type().Kind() == parquet.Int32
	switch {
	case r.field.unsigned && narrow:
		for i, v := range values {
			w.setWhole(r.row(i), int64(uint32(v)))
		}
	case r.field.unsigned:
		for i, v := range values {
			w.setUnsigned(r.row(i), uint64(v))
		}
	case w.as == whole && r.present == nil:
		into := w.num[r.at : r.at+len(values)]
		for i, v := range values {
			if v > exact || v < -exact {
				w.setWhole(r.at+i, v)
				continue
			}
			into[i] = float64(v)
		}
	default:
		for i, v := range values {
			w.setWhole(r.row(i), v)
		}
	}
}

// arrays takes arrays of bytes: texts, levels, or decimals.
func (r *chunkReader) arrays(w *window, n int) error {
	s := &r.stored
	if w.texts == nil && w.as != level {
		for i := range n {
			w.setBig(r.row(i), signed(s.array(i)))
		}
		return nil
	}
	all := string(s.bytes[s.offsets[0]:s.offsets[n]]) // one copy, of which each is a part
	for i := range n {
		text := all[s.offsets[i]-s.offsets[0] : s.offsets[i+1]-s.offsets[0]]
		if w.texts != nil {
			w.texts[r.row(i)] = text
		} else {
			w.codes[r.row(i)] = w.code(text)
		}
	}
	return checkTexts(all, s.offsets[:n+1])
}

// checkTexts says whether arrays of bytes that lie behind one another are texts:
// all of them together are, and each begins where a letter does.
func checkTexts(all string, offsets []int) error {
	if !utf8.ValidString(all) {
		return errNotText
	}
	for _, at := range offsets {
		if at -= offsets[0]; at < len(all) && !utf8.RuneStart(all[at]) {
			return errNotText
		}
	}
	return nil
}

// fixed takes a value of a fixed number of bytes.
func (r *chunkReader) fixed(w *window, row int, b []byte) {
	switch {
	case w.as == uuid:
		w.texts[row] = uuidText(b)
	case w.as == number:
		w.num[row] = math.NaN()
		if len(b) == 2 {
			w.num[row] = float64(float16.FromLEBytes(b).Float32())
		}
	default:
		w.setBig(row, signed(b))
	}
}

// signed gives a whole number in two's complement, its greatest byte first.
func signed(b []byte) *big.Int {
	if len(b) <= 8 {
		var v int64
		if len(b) > 0 && b[0] >= 0x80 {
			v = -1
		}
		for _, x := range b {
			v = v<<8 | int64(x)
		}
		return big.NewInt(v)
	}
	v := new(big.Int).SetBytes(b)
	if b[0] >= 0x80 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return v
}

// checkText refuses bytes that are no text.
func checkText(text string) error {
	if !utf8.ValidString(text) {
		return errNotText
	}
	return nil
}

var errNotText = &diag.Error{What: "its values are bytes that are no text", Wanted: "UTF-8", Hint: "convert it, or leave it out"}
