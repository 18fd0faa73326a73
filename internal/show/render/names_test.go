package render

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"gonum.org/v1/plot/vg"
)

// Names that have no room keep their beginning and their end.
func TestLongNames(t *testing.T) {
	for _, tt := range []struct {
		name, short, first, second string
		width                      vg.Length
	}{
		{name: "Oracle DBA", short: "Oracle DBA", width: 126},
		{name: "Network and System Administrator", short: "Network an…nistrator", first: "Network and System", second: "Administrator", width: 126},
		{name: "train/boosting-with-monotone", short: "train/boo…-monotone", first: "train/boosting-", second: "with-monotone", width: 126},
		{name: "Incomprehensibilities", short: "Incompre…ilities", width: 100},
		{name: "ab", short: "…", width: 14},
	} {
		style := reading(slate)
		assert.Equal(t, tt.short, shorten(tt.name, style, tt.width))
		assert.LessOrEqual(t, style.Width(shorten(tt.name, style, tt.width)), tt.width)
		first, second, ok := halves(tt.name, style, tt.width)
		assert.Equal(t, []any{tt.first, tt.second, tt.first != ""}, []any{first, second, ok}, tt.name)
	}
}
