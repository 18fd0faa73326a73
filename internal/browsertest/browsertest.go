// Package browsertest looks at pages the way people do: in a real Chromium, at
// the width of a phone and of a desk, light and dark, with the keyboard.
package browsertest

import (
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Browser is a tab of a Chromium that lives as long as the test. It fails the
// test when a page opens a dialog, which is what hostile data that got through
// would do first.
type Browser struct {
	t   *testing.T
	ctx context.Context
}

// Open starts a Chromium, or skips the test where there is none.
func Open(t *testing.T) *Browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("needs chromium, which is not here")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-component-update", true))
	limited, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	allocator, cancel := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &Browser{t: t, ctx: ctx}
	b.Size(1280, 900)
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*page.EventJavascriptDialogOpening); ok {
			t.Errorf("a dialog opened: %s", e.Message)
		}
	}))
	return b
}

// Visit goes to an address and waits until the page is loaded.
func (b *Browser) Visit(url string) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, chromedp.Navigate(url)))
}

// Size makes the window that large, in CSS pixels.
func (b *Browser) Size(width, height int64) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, chromedp.EmulateViewport(width, height)))
}

// Scheme makes the user prefer "light" or "dark".
func (b *Browser) Scheme(name string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}}})
	require.NoError(b.t, err)
}

// Press types on the keyboard, whatever has the focus.
func (b *Browser) Press(keys string) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Do(b.ctx, chromedp.KeyEvent(keys)))
}

// Follow presses Enter on a link. Unlike Press it sends no character after the
// key, for browsers drop that when the key has led elsewhere.
func (b *Browser) Follow() {
	b.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		_, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Enter", Code: "Enter", WindowsVirtualKeyCode: 13})
		require.NoError(b.t, err)
	}
}

// Ask evaluates JavaScript on the page.
func Ask[T any](b *Browser, script string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	require.NoError(b.t, err)
	return v
}

// Wait waits until a condition in JavaScript holds.
func (b *Browser) Wait(condition string) {
	b.t.Helper()
	require.Eventually(b.t, func() bool {
		v, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](condition))
		return err == nil && v // an error: the page is just being changed
	}, 10*time.Second, 20*time.Millisecond, condition)
}

//go:embed audit.js
var audit string

// Faults lists what of the page some people could not use: texts too faint,
// controls without a name, headings out of order, landmarks or ids that are
// missing or stand twice, references to nothing, a page wider than the window.
func (b *Browser) Faults() []string {
	b.t.Helper()
	return Ask[[]string](b, audit)
}

// Picture saves the whole page as PNG in the folder that the environment
// variable LABBOOK_PICTURES names, if it does, for people to look at.
func (b *Browser) Picture(name string) {
	b.t.Helper()
	folder := os.Getenv("LABBOOK_PICTURES")
	if folder == "" {
		return
	}
	shot, err := chromedp.Call(b.ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{CaptureBeyondViewport: new(true)})
	require.NoError(b.t, err)
	require.NoError(b.t, os.MkdirAll(folder, 0o777))
	require.NoError(b.t, os.WriteFile(filepath.Join(folder, name+".png"), shot.Data, 0o666))
}
