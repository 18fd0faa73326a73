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

// Open starts a Chromium, or skips the test where there is none, and in short runs.
func Open(t *testing.T) *Browser {
	t.Helper()
	if testing.Short() {
		t.Skip("short runs are for the race detector, which a browser tells nothing")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("needs chromium, which is not here")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Flag("disable-component-update", true))
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	b := &Browser{t: t, ctx: ctx}
	require.NoError(t, chromedp.Do(ctx)) // the browser lives as long as the context of its first step
	b.Size(1280, 900)
	require.NoError(t, chromedp.Listen(ctx, func(event any) {
		if e, ok := event.(*page.EventJavascriptDialogOpening); ok {
			t.Errorf("a dialog opened: %s", e.Message)
		}
	}))
	return b
}

// patience is how long a single step may take, on a machine that is busy with other tests:
// a browser that hangs is found, and one that has much to do is not.
const patience = time.Minute

// step bounds what is done next.
func (b *Browser) step() (context.Context, context.CancelFunc) {
	return context.WithTimeout(b.ctx, patience)
}

// do takes a step.
func (b *Browser) do(what chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, done := b.step()
	defer done()
	require.NoError(b.t, chromedp.Do(ctx, what))
}

// Visit goes to an address and waits until the page is loaded.
func (b *Browser) Visit(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
}

// Size makes the window that large, in CSS pixels.
func (b *Browser) Size(width, height int64) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height))
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
	b.do(chromedp.KeyEvent(keys))
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
	ctx, done := b.step()
	defer done()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](script))
	require.NoError(b.t, err)
	return v
}

// Wait waits until a condition in JavaScript holds.
func (b *Browser) Wait(condition string) {
	b.t.Helper()
	ctx, done := b.step()
	defer done()
	for {
		v, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition))
		if err == nil && v { // an error: the page is just being changed
			return
		}
		select {
		case <-ctx.Done():
			require.Fail(b.t, "it did not come to be", "%s\nat %s, which says: %.500s", condition, Ask[string](b, "location.href"), Ask[string](b, "document.body.innerText"))
		case <-time.After(20 * time.Millisecond):
		}
	}
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
