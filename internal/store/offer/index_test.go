package offer

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/data/table"
)

func TestDistanceOfDecimals(t *testing.T) {
	for _, tt := range []struct{ here, value, want float64 }{
		{0.73, 0.7, 0.03}, {0.1, 0.3, 0.2}, {5, 2, 3}, {1e300, 1, 1e300}, {1.25, 1, 0.25}, {1.0 / 3, 0, 1.0 / 3}, {-0.1, 0.2, 0.3},
	} {
		x := &Index{nearest: &table.Column{Num: []float64{tt.here}}}
		assert.Equal(t, tt.want, x.Distance(0, tt.value), "%v and %v", tt.here, tt.value)
	}
}
