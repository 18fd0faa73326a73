package serve

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"labbook/internal/browsertest"
)

// Somebody opens the documentation, which brings all that it needs, and tries
// the first thing out: the example is sent as it is and answered.
func TestBrowserTriesTheDocumentation(t *testing.T) {
	_, address := listening(t, func(o *Options) { o.Limits.Read, o.Limits.Write = 0, 0 })
	b := browsertest.Open(t)
	b.Visit("http://" + address + "/docs/")
	b.Wait(`!!document.querySelector(".opblock")`)
	first := browsertest.Ask[string](b, `document.querySelector(".opblock .opblock-summary-path").textContent`)
	assert.Equal(t, "/v1/stones/predict", strings.ReplaceAll(first, "\u200b", ""))
	browsertest.Ask[any](b, `document.querySelector(".opblock .opblock-summary-control").click()`)
	b.Wait(`!!document.querySelector(".opblock .execute")`)
	browsertest.Ask[any](b, `document.querySelector(".opblock .execute").click()`)
	said := func(what string) string {
		return "!!document.querySelector(`.live-responses-table " + what + "`)?.textContent"
	}
	b.Wait(said("tbody .response-col_status") + `.includes("200")`)
	b.Wait(said("tbody") + `.includes('"model": "stones"')`) // it is coloured after the status is there
	for _, fault := range []string{".opblock-summary-control a[href]", ":is(select, input, textarea, .copy-to-clipboard button):not([aria-label])", "pre:not([tabindex])"} {
		assert.Zero(t, browsertest.Ask[int](b, "document.querySelectorAll(`#swagger-ui "+fault+"`).length"), fault)
	}
	assert.Equal(t, "http://"+address+"/", browsertest.Ask[string](b, `document.querySelector("header a").href`))
	elsewhere := `performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith(location.origin) && !n.startsWith("data:"))`
	assert.Empty(t, browsertest.Ask[[]string](b, elsewhere))
}
