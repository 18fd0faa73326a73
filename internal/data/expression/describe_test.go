package expression

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Whoever adds a function has it in the documents too.
func TestEveryFunctionIsDescribed(t *testing.T) {
	for _, name := range Functions() {
		assert.Regexp(t, "`"+name+"[`(]", Describe())
	}
}
