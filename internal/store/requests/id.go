package requests

import (
	"crypto/rand"
	"time"
)

// alphabet is Crockford's base 32: in the order of ASCII, without i, l, o and u.
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

// NewID gives an id of 26 characters: ten of the time in milliseconds and four of the
// nanoseconds within, so that ids sort by time, also those of one client that is answered
// several times in a millisecond; then 60 random bits. (It is a ULID in lower case.)
func NewID(at time.Time) string {
	var b [26]byte
	stamp(b[:10], uint64(max(at.UnixMilli(), 0)))
	stamp(b[10:14], uint64(at.Nanosecond()%int(time.Millisecond)))
	var random [12]byte
	rand.Read(random[:])
	for i, r := range random {
		b[14+i] = alphabet[r&31]
	}
	return string(b[:])
}

// idAt gives what sorts before every id of that millisecond and later ones.
func idAt(at time.Time) string {
	var b [10]byte
	stamp(b[:], uint64(max(at.UnixMilli(), 0)))
	return string(b[:])
}

// stamp writes a number in digits that sort as it does.
func stamp(b []byte, n uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = alphabet[n&31]
		n >>= 5
	}
}
