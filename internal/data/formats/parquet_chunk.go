package formats

import (
	"errors"
	"fmt"
	"math/big"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"labbook/internal/base/diag"
)

// chunkReader takes the pages of a column in a row group, one after the other.
type chunkReader struct {
	*window
	field   *parquetField
	most    byte    // definition level of a row that has a value
	at      int     // rows that are done
	dict    *window // values of the dictionary
	becomes []int32 // codes of the dictionary's levels, where levels are declared
	present []int   // rows of a page that have a value; nil: all
	room    []int
}

// page takes the values of a page. Of what it holds nothing is kept.
func (r *chunkReader) page(p parquet.Page) error {
	n := int(p.NumValues())
	if rows := r.rows() - r.at; n > rows {
		return fmt.Errorf("a page has %d values of %d", n, rows)
	}
	here := n
	r.present = nil
	if levels := p.DefinitionLevels(); len(levels) > 0 {
		if len(levels) != n {
			return fmt.Errorf("a page has %d definition levels of %d", len(levels), n)
		}
		here = r.findPresent(levels)
	}
	data := p.Data()
	if dict := p.Dictionary(); dict != nil {
		if err := r.readDictionary(dict); err != nil {
			return err
		}
		indices := data.Int32()
		if len(indices) < here {
			return fmt.Errorf("a page has %d values of %d", len(indices), here)
		}
		if err := r.indexed(indices[:here]); err != nil {
			return err
		}
	} else if err := r.plain(r.window, data, here); err != nil {
		return err
	}
	r.at += n
	return nil
}

// findPresent notes the rows that have a value and sets the others, and gives how
// many have one.
func (r *chunkReader) findPresent(levels []byte) int {
	missing := 0
	for _, level := range levels {
		if level != r.most {
			missing++
		}
	}
	if missing == 0 {
		return len(levels)
	}
	r.room = r.room[:0]
	for i, level := range levels {
		if level == r.most {
			r.room = append(r.room, r.at+i)
		} else {
			r.miss(r.at + i)
		}
	}
	if r.present = r.room; r.present == nil {
		r.present = []int{}
	}
	return len(r.room)
}

// row gives the row of the i-th value of the page.
func (r *chunkReader) row(i int) int {
	if r.present != nil {
		return r.present[i]
	}
	return r.at + i
}

func (r *chunkReader) readDictionary(dict parquet.Dictionary) error {
	if r.dict != nil {
		return nil
	}
	n := dict.Len()
	r.dict = newWindow(r.shape, n)
	values := chunkReader{window: r.dict, field: r.field}
	if r.as == level {
		r.dict.texts = make([]string, n)
	}
	if err := values.plain(r.dict, dict.Page().Data(), n); err != nil {
		return err
	}
	if r.as == level {
		r.becomes = make([]int32, n)
		for i, text := range r.dict.texts {
			r.becomes[i] = r.code(text)
		}
	}
	return nil
}

// indexed takes values that are numbers of those in the dictionary.
func (r *chunkReader) indexed(indices []int32) error {
	n := uint32(len(r.dict.num) + len(r.dict.codes))
	if r.dict.texts != nil {
		n = uint32(len(r.dict.texts))
	}
	for _, at := range indices {
		if uint32(at) >= n {
			return fmt.Errorf("a value is number %d of a dictionary of %d", at, n)
		}
	}
	switch {
	case r.as == level:
		takeIndexed(r, r.codes, r.becomes, indices)
	case r.codes != nil:
		takeIndexed(r, r.codes, r.dict.codes, indices)
	case r.texts != nil:
		takeIndexed(r, r.texts, r.dict.texts, indices)
	default:
		takeIndexed(r, r.num, r.dict.num, indices)
	}
	if r.dict.lost.count > 0 { // how many rows have such a value is not worth finding
		r.lost = lost{r.lost.count + r.dict.lost.count, r.dict.lost.first, r.lost.row}
	}
	return nil
}

func takeIndexed[T any](r *chunkReader, into, values []T, indices []int32) {
	if r.present == nil {
		into = into[r.at : r.at+len(indices)]
		for i, at := range indices {
			into[i] = values[at]
		}
		return
	}
	for i, at := range indices {
		into[r.present[i]] = values[at]
	}
}

// plain takes n values as they stand in the file. They are set in w, at the rows
// of the page.
func (r *chunkReader) plain(w *window, data encoding.Values, n int) error {
	short := func(have int) error { return fmt.Errorf("a page has %d values of %d", have, n) }
	switch data.Kind() {
	case encoding.Boolean:
		bits := data.Boolean()
		if n > 8*len(bits) {
			return short(8 * len(bits))
		}
		for i := range n {
			w.codes[r.row(i)] = int32(bits[i/8] >> (i % 8) & 1)
		}
	case encoding.Int32:
		values := data.Int32()
		if len(values) < n {
			return short(len(values))
		}
		for i, v := range values[:n] {
			if r.field.unsigned {
				w.setWhole(r.row(i), int64(uint32(v)))
			} else {
				w.setWhole(r.row(i), int64(v))
			}
		}
	case encoding.Int64:
		values := data.Int64()
		if len(values) < n {
			return short(len(values))
		}
		for i, v := range values[:n] {
			if r.field.unsigned {
				w.setUnsigned(r.row(i), uint64(v))
			} else {
				w.setWhole(r.row(i), v)
			}
		}
	case encoding.Int96:
		values := data.Int96()
		if len(values) < n {
			return short(len(values))
		}
		for i, v := range values[:n] {
			const julian = 2440588 // the day 1970-01-01
			days, nanos := int64(int32(v[2]))-julian, int64(v[1])<<32|int64(v[0])
			w.setMoment(r.row(i), days*secondsOfDay*1e9+nanos)
		}
	case encoding.Float:
		values := data.Float()
		if len(values) < n {
			return short(len(values))
		}
		for i, v := range values[:n] {
			w.num[r.row(i)] = float64(v)
		}
	case encoding.Double:
		values := data.Double()
		if len(values) < n {
			return short(len(values))
		}
		if r.present == nil {
			copy(w.num[r.at:r.at+n], values)
			return nil
		}
		for i, v := range values[:n] {
			w.num[r.present[i]] = v
		}
	case encoding.ByteArray:
		bytes, offsets := data.ByteArray()
		if len(offsets) < n+1 {
			return short(len(offsets) - 1)
		}
		return r.arrays(w, bytes, offsets[:n+1])
	case encoding.FixedLenByteArray:
		bytes, size := data.FixedLenByteArray()
		if len(bytes) < n*size {
			return short(len(bytes) / size)
		}
		for i := range n {
			r.fixed(w, r.row(i), bytes[i*size:(i+1)*size])
		}
	default:
		return errors.New("its values are of an unknown type")
	}
	return nil
}

// arrays takes byte arrays of their own lengths: texts, levels, or decimals.
func (r *chunkReader) arrays(w *window, bytes []byte, offsets []uint32) error {
	n := len(offsets) - 1
	for i := range n {
		if offsets[i] > offsets[i+1] || int(offsets[i+1]) > len(bytes) {
			return errors.New("the places of its texts are damaged")
		}
	}
	if w.texts == nil && w.as != level {
		for i := range n {
			w.setBig(r.row(i), signed(bytes[offsets[i]:offsets[i+1]]))
		}
		return nil
	}
	all := string(bytes[offsets[0]:offsets[n]]) // one copy, of which each is a part
	for i := range n {
		text := all[offsets[i]-offsets[0] : offsets[i+1]-offsets[0]]
		if w.texts != nil {
			w.texts[r.row(i)] = text
		} else {
			w.codes[r.row(i)] = w.code(text)
		}
	}
	return checkTexts(all, offsets)
}

// checkTexts says whether byte arrays that lie behind one another are texts: all
// of them together are, and each begins where a letter does.
func checkTexts(all string, offsets []uint32) error {
	if !utf8.ValidString(all) {
		return errNotText
	}
	for _, at := range offsets {
		if at -= offsets[0]; int(at) < len(all) && !utf8.RuneStart(all[at]) {
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
	case w.as == number && len(b) == 2:
		w.num[row] = float64(float16.FromLEBytes(b).Float32())
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
