package requests

import (
	"crypto/rand"
	"time"
)

// alphabet is Crockford's base 32: in the order of ASCII, without i, l, o and u.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// NewID gives an id of 26 characters: ten of the time in milliseconds, so that
// ids sort by time, then 80 random bits. (It is a ULID in lower case.)
func NewID(at time.Time) string {
	var b [26]byte
	stamp(b[:10], at)
	var random [16]byte
	rand.Read(random[:])
	for i, r := range random {
		b[10+i] = alphabet[r&31]
	}
	return string(b[:])
}

// idAt gives what sorts before every id of that millisecond and later ones.
func idAt(at time.Time) string {
	var b [10]byte
	stamp(b[:], at)
	return string(b[:])
}

func stamp(b []byte, at time.Time) {
	ms := uint64(max(at.UnixMilli(), 0))
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = alphabet[ms&31]
		ms >>= 5
	}
}
