package checks

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/base/notebook"
	"labbook/internal/data/expression"
)

func TestCatalogue(t *testing.T) {
	codes := Codes()
	assert.True(t, slices.IsSorted(codes))
	assert.Equal(t, len(codes), len(slices.Compact(slices.Clone(codes))), "a code stands for one check")
	for _, c := range All {
		assert.Regexp(t, `^C\d{3}$`, c.Code)
		assert.NotRegexp(t, `\.$`, c.Title, c.Code)
		for _, text := range []string{c.Found, c.Matters, c.Do} {
			assert.Regexp(t, regexp.MustCompile(`(?s)^[A-Z0-9].*\.$`), text, c.Code)
		}
		assert.Contains(t, []notebook.Level{notebook.Info, notebook.Advice, notebook.Warning, notebook.Error}, c.Level, c.Code)
		assert.Same(t, c, Lookup(c.Code))
		if formula, found := strings.CutPrefix(c.Fix, "keep: "); found {
			assert.NoError(t, expression.Check(formula, nil), c.Code)
		}
	}
	assert.Nil(t, Lookup("C999"))
	assert.Same(t, Identifier, Lookup("c005"))
}

func TestFinding(t *testing.T) {
	assert.Equal(t, notebook.Finding{Code: "C005", Level: notebook.Advice, Column: "id", Count: 3, Text: "id counts 3", Remedy: "drop: [id]"},
		Identifier.Finding("id", 3, "%s counts %d", "id", 3))
	assert.Empty(t, EmptyColumn.Finding("", 0, "two are").Remedy, "a remedy for no column is none")
	assert.Equal(t, "split: {by: hash}", SharedRows.Finding("", 0, "some").Remedy)
	assert.Equal(t, "mute: {C005: why}", Mute("C005", ""))
	assert.Equal(t, "mute: {C005: {id: why}}", Mute("C005", "id"))
}
