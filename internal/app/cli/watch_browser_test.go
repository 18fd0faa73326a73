package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/browsertest"
)

// TestTheOpenNotebookFollows: a save runs what it changes and brings the notebook to
// the cell; where no cell changed it stays where it was; a broken declaration is said.
func TestTheOpenNotebookFollows(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	declare := func(title string) string {
		text := "name: demo\ntitle: " + title + "\nstages:\n"
		for i := range 8 {
			text += fmt.Sprintf("  s%d: {uses: command, with: {run: cat x%d > a, inputs: [x%d], outputs: [a]}, notes: %q}\n", i, i, i, strings.Repeat("Words.\n\n", 12))
		}
		return text
	}
	for i := range 8 {
		write(fmt.Sprint("x", i), "1")
	}
	write("pipeline.yaml", declare("First"))
	b := browsertest.Open(t)
	p := startServer(t, folder, "--watch")
	require.Eventually(t, func() bool {
		_, m, err := p.ask("GET", "/v1/runs?status=succeeded", "", "")
		return err == nil && len(m["items"].([]any)) == 1
	}, 30*time.Second, 20*time.Millisecond, "it runs what there is")
	require.Eventually(t, func() bool { // the notebook is written when the run has ended
		b.Visit(p.url + "/pipelines/demo/notebook")
		return browsertest.Ask[bool](b, `document.querySelector("iframe") !== null`)
	}, 30*time.Second, 100*time.Millisecond)
	// The notebook has no origin, so it tells its place by a message.
	browsertest.Ask[any](b, `addEventListener("message", e => { if (e.data.labbook === "place") window.place = e.data; }), 1`)
	place := func(cell string) string {
		return fmt.Sprintf(`(() => { const frames = document.querySelectorAll("iframe"); frames[0].contentWindow.postMessage({labbook: "place"}, "*");
			return frames.length === 1 && window.place?.cell === "stage-%s"; })()`, cell)
	}
	browsertest.Ask[any](b, `document.querySelector("iframe").contentWindow.postMessage({labbook: "go", cell: "stage-s2", offset: 30}, "*"), 1`)
	b.Wait(place("s2"))
	time.Sleep(1200 * time.Millisecond) // it has looked once

	write("x5", "2")
	b.Wait(`document.querySelector("iframe").src.includes("?run=")`)
	b.Wait(place("s5"))
	b.Picture("notebook-follows-1280-light")

	browsertest.Ask[any](b, `document.querySelector("iframe").contentWindow.postMessage({labbook: "go", cell: "stage-s3", offset: -70}, "*"), 1`)
	b.Wait(place("s3"))
	was := browsertest.Ask[string](b, `document.querySelector("iframe").src`)
	write("pipeline.yaml", declare("Second"))
	b.Wait(fmt.Sprintf(`document.querySelectorAll("iframe").length === 1 && document.querySelector("iframe").src !== %q`, was))
	b.Wait(place("s3"))
	assert.InDelta(t, -70, browsertest.Ask[float64](b, `window.place.offset`), 3)

	write("pipeline.yaml", "name: [")
	b.Wait(`document.getElementById("going").textContent.includes("cannot be read: pipeline.yaml:1")`)
	b.Size(390, 900)
	b.Picture("notebook-broken-390-light")
	assert.Empty(t, b.Faults())
	write("pipeline.yaml", declare("Third"))
	b.Wait(`document.getElementById("going").textContent === ""`)

	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	require.NoError(t, p.cmd.Wait())
}
