package report_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// browser opens the demo in a real Chromium, or skips where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("needs chromium, which is not here")
	}
	file := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, os.WriteFile(file, []byte(render(demo())), 0o666))
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-component-update", true))
	limited, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	allocator, cancel := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)))
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*page.EventJavascriptDialogOpening); ok {
			t.Errorf("a dialog opened: %s", e.Message)
		}
	}))
	require.NoError(t, chromedp.Do(ctx, chromedp.Navigate("file://"+file)))
	return ctx
}

// ask evaluates JavaScript on the page.
func ask[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	require.NoError(t, err)
	return v
}

// The page never scrolls sideways; what is wider scrolls in a box of its own.
func TestBrowserWidths(t *testing.T) {
	ctx := browser(t)
	for _, width := range []int64{320, 390, 768, 1280, 1920} {
		require.NoError(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)))
		assert.LessOrEqual(t, ask[int64](t, ctx, `document.documentElement.scrollWidth`), width)
	}
}

// The policy lets the page's own style and script through, and nothing else.
func TestBrowserPolicy(t *testing.T) {
	ctx := browser(t)
	assert.Equal(t, "Open all folds", ask[string](t, ctx, `document.querySelector(".tools button").textContent`))
	assert.NotEqual(t, "none", ask[string](t, ctx, `getComputedStyle(document.querySelector("main")).maxWidth`))
	assert.Equal(t, int64(0), ask[int64](t, ctx, `performance.getEntriesByType("resource").filter(r => !r.name.startsWith("data:")).length`))
	assert.Equal(t, int64(0), ask[int64](t, ctx, `[...document.images].filter(i => !i.complete || i.naturalWidth === 0).length`))
}

// The button opens every fold, and a second press closes them.
func TestBrowserFolds(t *testing.T) {
	ctx := browser(t)
	open := `document.querySelectorAll("details[open]").length`
	press := `document.querySelector(".tools button").click()`
	all := ask[int64](t, ctx, `document.querySelectorAll("details").length`)
	assert.Less(t, ask[int64](t, ctx, open), all)
	ask[any](t, ctx, press)
	assert.Equal(t, all, ask[int64](t, ctx, open))
	ask[any](t, ctx, press)
	assert.Equal(t, int64(0), ask[int64](t, ctx, open))
}

// Every text stands out from its background as WCAG AA asks: 4.5 to 1, or 3 to
// 1 where it is large.
func TestBrowserContrast(t *testing.T) {
	ctx := browser(t)
	for _, scheme := range []string{"light", "dark"} {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		require.NoError(t, err)
		ask[any](t, ctx, `document.querySelectorAll("details").forEach(d => d.open = true)`)
		faint := ask[[]string](t, ctx, contrastScript)
		assert.Empty(t, faint, scheme)
	}
}

const contrastScript = `(() => {
	const parse = c => (c.match(/[\d.]+/g) || []).map(Number);
	const light = ([r, g, b]) => {
		const f = v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
		return .2126 * f(r) + .7152 * f(g) + .0722 * f(b);
	};
	const background = e => {
		for (; e; e = e.parentElement) {
			const c = parse(getComputedStyle(e).backgroundColor);
			if (c.length === 3 || c[3] === 1) return c;
		}
		return [255, 255, 255];
	};
	const faint = new Set();
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; (n = walker.nextNode());) {
		const e = n.parentElement, s = getComputedStyle(e);
		if (!n.data.trim() || e.closest("svg, script, .away, .skip") || !e.getClientRects().length) continue;
		const [a, b] = [light(parse(s.color)), light(background(e))].sort((x, y) => y - x);
		const ratio = (a + .05) / (b + .05), size = parseFloat(s.fontSize);
		const large = size >= 24 || size >= 18.66 && s.fontWeight >= 700;
		if (ratio < (large ? 3 : 4.5)) faint.add(e.tagName + "." + e.className + " " + ratio.toFixed(2) + ": " + n.data.trim().slice(0, 30));
	}
	return [...faint];
})()`
