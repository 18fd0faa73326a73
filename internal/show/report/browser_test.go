package report_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/browsertest"
)

// browser opens the demo in a real Chromium, or skips where there is none.
func browser(t *testing.T) *browsertest.Browser {
	t.Helper()
	b := browsertest.Open(t)
	file := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, os.WriteFile(file, []byte(render(demo())), 0o666))
	b.Visit("file://" + file)
	return b
}

// The page never scrolls sideways; what is wider scrolls in a box of its own.
func TestBrowserWidths(t *testing.T) {
	b := browser(t)
	for _, width := range []int64{320, 390, 768, 1280, 1920} {
		b.Size(width, 900)
		assert.LessOrEqual(t, browsertest.Ask[int64](b, `document.documentElement.scrollWidth`), width)
	}
}

// The policy lets the page's own style and script through, and nothing else.
func TestBrowserPolicy(t *testing.T) {
	b := browser(t)
	assert.Equal(t, "Open all folds", browsertest.Ask[string](b, `document.querySelector(".tools button").textContent`))
	assert.NotEqual(t, "none", browsertest.Ask[string](b, `getComputedStyle(document.querySelector("main")).maxWidth`))
	assert.Equal(t, int64(0), browsertest.Ask[int64](b, `performance.getEntriesByType("resource").filter(r => !r.name.startsWith("data:")).length`))
	assert.Equal(t, int64(0), browsertest.Ask[int64](b, `[...document.images].filter(i => !i.complete || i.naturalWidth === 0).length`))
}

// The button opens every fold, and a second press closes them.
func TestBrowserFolds(t *testing.T) {
	b := browser(t)
	open := `document.querySelectorAll("details[open]").length`
	press := `document.querySelector(".tools button").click()`
	all := browsertest.Ask[int64](b, `document.querySelectorAll("details").length`)
	assert.Less(t, browsertest.Ask[int64](b, open), all)
	browsertest.Ask[any](b, press)
	assert.Equal(t, all, browsertest.Ask[int64](b, open))
	browsertest.Ask[any](b, press)
	assert.Equal(t, int64(0), browsertest.Ask[int64](b, open))
}

// Everybody can read the page, with every fold open, light and dark.
func TestBrowserFaults(t *testing.T) {
	b := browser(t)
	browsertest.Ask[any](b, `document.querySelectorAll("details").forEach(d => d.open = true)`)
	for _, scheme := range []string{"light", "dark"} {
		b.Scheme(scheme)
		assert.Empty(t, b.Faults(), scheme)
		b.Picture("notebook-" + scheme)
	}
}
