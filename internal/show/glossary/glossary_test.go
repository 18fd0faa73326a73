package glossary

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/metrics"
	"labbook/internal/testdata"
)

func TestTerms(t *testing.T) {
	ids := map[string]string{}
	for _, term := range All() {
		assert.Regexp(t, `^term-[a-z0-9]+(-[a-z0-9]+)*$`, term.ID(), term.Name)
		assert.Empty(t, ids[term.ID()], "%s has the anchor of another", term.Name)
		ids[term.ID()] = term.Name
		assert.Regexp(t, `^[A-Z0-9ηr].*\.$`, term.Means, term.Name)
		assert.NotContains(t, term.Means, "|", term.Name)
		assert.Less(t, len(term.Means), 420, "%s is an article", term.Name)
	}
	for label, name := range map[string]string{"MAE": "MAE", "recall": "Recall", "Among rows alike": "Confounding", "F1 (weighted)": "F1 (weighted)"} {
		if found := Find(label); assert.NotNil(t, found, label) {
			assert.Equal(t, name, found.Name)
		}
	}
	assert.Nil(t, Find("carat"))
	for name := range measured {
		require.Contains(t, metrics.Names(""), name)
	}
}

// The page in docs is written from the terms: make docs.
func TestDocumentation(t *testing.T) {
	path := filepath.Join(testdata.Root(), "docs", "glossary.md")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(path, []byte(Markdown()), 0o666))
	}
	written, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, Markdown(), string(written), "make docs writes docs/glossary.md anew")
}
