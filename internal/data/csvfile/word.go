package csvfile

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Eight bytes of a file at a time, the first of them in the lowest bits.
const (
	eachByte = 0x0101010101010101
	highBits = 0x8080808080808080
	zeroes   = 0x3030303030303030 // "00000000"
)

func wordAt(data []byte, i int) uint64 { return binary.LittleEndian.Uint64(data[i:]) }

// like gives a word of one byte.
func like(b byte) uint64 { return uint64(b) * eachByte }

// equal sets the high bit of the first byte of w that is the one of which other
// is made, and perhaps those of later ones.
func equal(w, other uint64) uint64 {
	x := w ^ other
	return (x - eachByte) &^ x & highBits
}

// allEqual sets the high bit of every byte of w that is the one of which other is made,
// and of no other.
func allEqual(w, other uint64) uint64 {
	x := w ^ other
	return ^((x&^highBits + ^uint64(highBits)) | x) & highBits
}

// firstByte gives the index of the first byte whose high bit is set.
func firstByte(marks uint64) int { return bits.TrailingZeros64(marks) >> 3 }

// shortNumber gives the number that the first n bytes of w are, 1 to 7: digits
// with at most one point among them, and perhaps a minus before, as parseNumber reads
// them, and no identifier. ok is false of anything else.
func shortNumber(w uint64, n int, point uint64) (v float64, ok bool) {
	first, minus := byte(w), uint64(0)
	if first == '-' {
		w, n, minus = w>>8, n-1, 1<<63
		first = byte(w)
	}
	w <<= 64 - 8*n
	digits, scale := n, 0
	if at := equal(w, point); at != 0 {
		place := firstByte(at)
		digits, scale = n-1, 7-place
		before := uint64(1)<<(8*place) - 1
		w = w&before<<8 | w&^(before<<8|0xff)
	}
	if digits <= 0 || digits-scale > 1 && first == '0' {
		return 0, false
	}
	w |= zeroes >> (8 * digits)
	if w&0xf0f0f0f0f0f0f0f0|(w+0x0606060606060606)&0xf0f0f0f0f0f0f0f0>>4 != 0x3333333333333333 {
		return 0, false
	}
	v = float64(eightDigits(w)) / powersOfTen[scale]
	return math.Float64frombits(math.Float64bits(v) | minus), true
}

// eightDigits gives the number of eight digits (Lemire, "Number parsing at a
// gigabyte per second", Softw. Pract. Exp. 51, 2021).
func eightDigits(w uint64) uint64 {
	w = (w & 0x0f0f0f0f0f0f0f0f) * (10<<8 + 1) >> 8
	w = (w & 0x00ff00ff00ff00ff) * (100<<16 + 1) >> 16
	return (w & 0x0000ffff0000ffff) * (10_000<<32 + 1) >> 32
}
