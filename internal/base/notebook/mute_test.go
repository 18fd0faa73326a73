package notebook

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMutes(t *testing.T) {
	mutes := Mutes{{Code: "C401", Column: "labour", Reason: "quoted before"}, {Code: "C013", Reason: "known"}}
	for _, c := range []struct{ code, column, want string }{
		{"C401", "labour", "quoted before"},
		{"C401", "parts", ""},
		{"C401", "", ""},
		{"C013", "parts", "known"},
		{"C013", "", "known"},
		{"C014", "labour", ""},
	} {
		assert.Equal(t, c.want, mutes.Apply(Finding{Code: c.code, Column: c.column}).Muted, c)
	}
	found := []Finding{{Code: "C013"}}
	assert.Equal(t, "known", mutes.ApplyTo(found)[0].Muted)
	assert.Empty(t, found[0].Muted, "the list itself stays as it was")
	assert.Equal(t, found, Mutes(nil).ApplyTo(found))
}
