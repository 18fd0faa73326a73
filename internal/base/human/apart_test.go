package human

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Numbers that differ are written differently, with no more digits than that takes.
func TestApart(t *testing.T) {
	for _, test := range []struct {
		v, other float64
		want     string
	}{{10.01, 10, "10.01"}, {33.333333, 10, "33"}, {0.1004, 0.1, "0.1004"}, {12, 12, "12"}, {0.3, 0.1 + 0.2, "0.3"}, {100, 99.999, "100"}} {
		assert.Equal(t, test.want, Apart(test.v, test.other, 2))
	}
}
