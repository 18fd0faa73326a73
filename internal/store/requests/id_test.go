package requests

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Ids sort by time, however close they are, and two of one moment are two.
func TestNewID(t *testing.T) {
	at := time.Date(2026, 11, 28, 9, 30, 0, 999_999_999, time.UTC)
	for _, apart := range []time.Duration{1, 31, 32, time.Microsecond, time.Millisecond, time.Hour} {
		assert.Less(t, NewID(at), NewID(at.Add(apart)), "%v", apart)
		assert.LessOrEqual(t, idAt(at.Add(apart).Truncate(time.Millisecond)), NewID(at.Add(apart)))
	}
	assert.NotEqual(t, NewID(at), NewID(at))
	assert.Regexp(t, "^["+alphabet+"]{26}$", NewID(at))
}
