package runner

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestReasonNamesEveryChange(t *testing.T) {
	p := func(name, old, new string) Change { return Change{What: "param", Name: name, Old: old, New: new} }
	in := func(name, cause string) Change {
		return Change{What: "input", Name: name, Old: "0123456789", New: "abcdef0123", Cause: cause}
	}
	assert.Equal(t, "a: 1 → 2", reason([]Change{p("a", "1", "2")}))
	assert.Equal(t, "a: 1 → 2; b: x → y", reason([]Change{p("a", "1", "2"), p("b", "x", "y"), in("split", "")}))
	assert.Equal(t, "a: 1 → 2; b: 1 → 2; c: 1 → 2; d, e too",
		reason([]Change{p("a", "1", "2"), p("b", "1", "2"), p("c", "1", "2"), p("d", "1", "2"), p("e", "1", "2")}))
	assert.Equal(t, "output of split changed (01234567 → abcdef01), because load has seed: 1 → 2",
		reason([]Change{in("split", "load has seed: 1 → 2"), in("load", "")}))
}
