// Package wire writes and reads compact binary forms: unsigned varints, texts
// with their length before them, numbers of 8 bytes in little-endian order.
// It keeps to what every decoder of such forms needs: nothing read can be
// larger than what is there, and one check at the end tells whether all of it
// was well formed.
package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// Writer is a form being written: its methods append to it.
type Writer []byte

// Int appends a number that is not negative, in 1 to 10 bytes.
func (w *Writer) Int(v int) { *w = binary.AppendUvarint(*w, uint64(v)) }

// Uint64 appends 8 bytes.
func (w *Writer) Uint64(v uint64) { *w = binary.LittleEndian.AppendUint64(*w, v) }

// Float appends the 8 bytes of IEEE 754.
func (w *Writer) Float(v float64) { w.Uint64(math.Float64bits(v)) }

// Bool appends one byte.
func (w *Writer) Bool(b bool) {
	v := byte(0)
	if b {
		v = 1
	}
	*w = append(*w, v)
}

// Raw appends bytes whose number the reader knows.
func (w *Writer) Raw(b []byte) { *w = append(*w, b...) }

// Text appends a text with its length before it.
func (w *Writer) Text(s string) {
	w.Int(len(s))
	*w = append(*w, s...)
}

// Sized appends bytes with their number before them.
func (w *Writer) Sized(b []byte) {
	w.Int(len(b))
	w.Raw(b)
}

// Texts appends texts with their number before them.
func (w *Writer) Texts(list []string) {
	w.Int(len(list))
	for _, s := range list {
		w.Text(s)
	}
}

// Seal gives what was written with its SHA-256 behind it, for Unseal.
func (w Writer) Seal() []byte {
	sum := sha256.Sum256(w)
	return append(w, sum[:]...)
}

// Unseal gives what stands between the magic, with which the form begins, and
// the SHA-256 at its end; ok is false unless both are right.
func Unseal(data []byte, magic string) (r *Reader[string], ok bool) {
	end := len(data) - sha256.Size
	if end < len(magic) || !bytes.HasPrefix(data, []byte(magic)) {
		return nil, false
	}
	sum := sha256.Sum256(data[:end])
	if !bytes.Equal(sum[:], data[end:]) {
		return nil, false
	}
	return Read(string(data[len(magic):end])), true
}
