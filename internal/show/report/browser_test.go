package report_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
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

// Exact values are had by the keyboard, with a tab stop for the figure and one for its
// data, and by the
// pointer; text of figures is text, and no smaller than 11 pixels.
func TestBrowserValues(t *testing.T) {
	b := browser(t)
	out := `document.querySelector(".gallery .readout")?.textContent || ""`
	browsertest.Ask[any](b, `document.querySelector(".gallery .drawing").focus()`)
	b.Press(kb.ArrowRight)
	assert.Contains(t, browsertest.Ask[string](b, out), "21,551")
	b.Press(kb.ArrowRight)
	assert.Equal(t, "Fair: 1,610", browsertest.Ask[string](b, out))
	b.Press(kb.Escape)
	assert.Empty(t, browsertest.Ask[string](b, out))
	assert.Equal(t, int64(2), browsertest.Ask[int64](b, `document.querySelector(".gallery .plot").querySelectorAll("[tabindex], a, button").length`))
	browsertest.Ask[any](b, `(() => { const box = document.querySelector(".gallery .drawing"), r = box.getBoundingClientRect();
		box.dispatchEvent(new PointerEvent("pointermove", {clientX: r.right - 90, clientY: r.top + 20})); })()`)
	assert.Contains(t, browsertest.Ask[string](b, out), "21,551")

	for _, width := range []int64{360, 390, 768, 1440} {
		b.Size(width, 900)
		smallest := browsertest.Ask[float64](b, `Math.min(...[...document.querySelectorAll(".drawing svg")].filter((s) => s.getClientRects().length).flatMap((s) =>
			[...s.querySelectorAll("text")].map((e) => parseFloat(getComputedStyle(e).fontSize) * s.getBoundingClientRect().width / s.viewBox.baseVal.width)))`)
		assert.GreaterOrEqual(t, smallest, 11.0, "at %d pixels", width)
		assert.Equal(t, int64(0), browsertest.Ask[int64](b, `[...document.querySelectorAll(".drawing")].filter((d) =>
			[...d.querySelectorAll("svg")].filter((s) => s.getClientRects().length).length !== 1).length`), "one drawing of each is seen at %d pixels", width)
	}
}

// The data of a figure are had as a table, and its series hidden and shown again.
func TestBrowserFigureData(t *testing.T) {
	b := browser(t)
	browsertest.Ask[any](b, `(document.querySelectorAll("details").forEach(d => d.open = true), window.plot = [...document.querySelectorAll(".plot")].find(p => p.querySelectorAll("[aria-pressed]").length > 1))`)
	rows := `plot.querySelectorAll(".figure-data tbody tr").length`
	series := `new Set([...plot.querySelectorAll(".figure-data tbody th")].map(c => c.textContent)).size`
	press := func(button string) { browsertest.Ask[any](b, `plot.querySelector(".figure-tools `+button+`").click()`) }
	press("[aria-expanded]")
	all, names := browsertest.Ask[int64](b, rows), browsertest.Ask[int64](b, series)
	assert.Greater(t, all, int64(3))
	assert.Greater(t, names, int64(1))
	assert.Empty(t, b.Faults())
	press("[aria-pressed]")
	assert.Equal(t, names-1, browsertest.Ask[int64](b, series))
	assert.Equal(t, "none", browsertest.Ask[string](b, `getComputedStyle(plot.querySelector("g[data-series='0']")).display`))
	press("[aria-pressed=false]")
	assert.Equal(t, all, browsertest.Ask[int64](b, rows))
	press("[aria-expanded=true]")
	assert.Equal(t, int64(0), browsertest.Ask[int64](b, rows))
}

// Of many columns, a field finds those of a name, by their figures and their rows.
func TestBrowserFindsColumns(t *testing.T) {
	page := demo()
	for i := range page.Stages {
		if st := &page.Stages[i]; st.Kind == "explore" {
			st.Cell.Gallery(drawn("carat"), drawn("carat weight"), drawn("table"), drawn("cut"), drawn("depth"))
			rows := notebook.Table{Columns: notebook.Columns("Column", "Mean")}
			for _, name := range []string{"carat", "table", "cut", "depth", "color", "clarity"} {
				rows.Rows = append(rows.Rows, []notebook.Value{notebook.Text(name), notebook.Fixed(1, 2)})
			}
			st.Cell.Table(rows)
		}
	}
	b := browsertest.Open(t)
	file := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, os.WriteFile(file, []byte(render(page)), 0o666))
	b.Visit("file://" + file)
	find := func(text string) {
		browsertest.Ask[any](b, `(() => { const f = document.querySelector(".finder input"); f.value = "`+text+`"; f.dispatchEvent(new Event("input")); })()`)
	}
	seen := `[...document.querySelectorAll(".gallery .plot")].filter(p => p.getClientRects().length).length`
	row := `[...document.querySelectorAll("tbody tr")].filter(r => r.cells[0].textContent === "color" && !r.hidden).length`
	all := browsertest.Ask[int64](b, seen)
	require.Greater(t, all, int64(5))
	find("CARAT")
	assert.Equal(t, int64(2), browsertest.Ask[int64](b, seen))
	assert.Equal(t, int64(0), browsertest.Ask[int64](b, row))
	assert.Equal(t, "2 of 6 figures", browsertest.Ask[string](b, `document.querySelector(".finder output").textContent`))
	assert.Empty(t, b.Faults())
	find("")
	assert.Equal(t, all, browsertest.Ask[int64](b, seen))
	assert.Equal(t, int64(1), browsertest.Ask[int64](b, row))
}

// Colours of figures are those of the light and of the dark.
func TestBrowserFiguresInTheDark(t *testing.T) {
	b := browser(t)
	fill := `getComputedStyle(document.querySelector(".gallery .drawing path[fill^=var]")).fill + " on " + getComputedStyle(document.querySelector(".gallery .plot")).backgroundColor`
	b.Scheme("light")
	light := browsertest.Ask[string](b, fill)
	b.Scheme("dark")
	dark := browsertest.Ask[string](b, fill)
	assert.Equal(t, "rgb(37, 99, 235) on rgb(255, 255, 255)", light)
	assert.Equal(t, "rgb(110, 161, 255) on rgb(23, 27, 33)", dark)
}
