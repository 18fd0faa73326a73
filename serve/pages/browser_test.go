package pages_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"

	"labbook/internal/browsertest"
	"labbook/serve/pages"
)

// serve serves the pages of a fake.
func serve(t *testing.T, f *fake) string {
	handler := pages.New(pages.Options{Backend: f, Cookie: "session", Clock: func() time.Time { return now }})
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	mux.HandleFunc("/v1/runs/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for range 20 {
			fmt.Fprint(w, "event: stage\ndata: {\"text\":\"train/linear ran\",\"done\":2,\"total\":4}\n\n")
			http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// everything is every page that there is, by the name of its picture.
func everything(f *fake) [][2]string {
	return [][2]string{
		{"home", "/"}, {"try", "/pipelines/diamonds"}, {"sample", "/pipelines/diamonds?sample=largest"}, {"answer", "/pipelines/diamonds?prediction=p0003"},
		{"text", "/pipelines/resumes?sample=web-developer"}, {"notebook", "/pipelines/diamonds/notebook"}, {"no-notebook", "/pipelines/wines/notebook"}, {"not-serving", "/pipelines/wines"},
		{"drift", "/pipelines/diamonds/drift"}, {"data", "/pipelines/diamonds/data"}, {"batches", "/pipelines/diamonds/batches"}, {"no-batches", "/pipelines/resumes/batches"}, {"untaken-batches", "/pipelines/wines/batches"}, {"training", "/pipelines/diamonds/training"}, {"no-training", "/pipelines/resumes/training"}, {"no-data", "/pipelines/wines/data"}, {"models", "/models"}, {"model", "/models/diamonds"}, {"promote", "/models/diamonds/promote?version=6"}, {"rollback", "/models/diamonds/rollback"},
		{"glossary", "/glossary"}, {"runs", "/runs"}, {"train", "/runs/new"}, {"run-live", "/runs/" + f.runs[0].ID}, {"run-queued", "/runs/" + f.queue[1].ID}, {"run", "/runs/" + f.runs[1].ID}, {"run-failed", "/runs/" + f.runs[3].ID},
		{"compare", "/runs/compare?a=" + f.runs[2].ID + "&b=" + f.runs[1].ID},
		{"compare-several", "/runs/compare?run=" + f.runs[2].ID + "&run=" + f.runs[1].ID + "&run=" + f.runs[5].ID}, {"runs-sorted", "/runs?pipeline=diamonds&sort=mae&col=mae&col=r2&col=param:seed"},
		{"requests", "/requests"}, {"request", "/requests/r0388"}, {"keys", "/keys"}, {"audit", "/audit"}, {"login", "/login"}, {"nothing", "/nowhere"},
	}
}

// Everybody can use every page, on a phone and at a desk, light and dark, and
// nothing that data says is run.
func TestBrowserFaults(t *testing.T) {
	f := newFake()
	f.open = true
	url := serve(t, f)
	b := browsertest.Open(t)
	for _, page := range everything(f) {
		b.Visit(url + page[1])
		browsertest.Ask[any](b, `document.querySelectorAll("details").forEach(d => d.open = true)`)
		for _, width := range []int64{320, 1920} {
			b.Size(width, 900)
			assert.LessOrEqual(t, browsertest.Ask[int64](b, "document.documentElement.scrollWidth"), width, page[0])
		}
		for _, width := range []int64{390, 1280} {
			b.Size(width, 900)
			for _, scheme := range []string{"light", "dark"} {
				b.Scheme(scheme)
				assert.Empty(t, b.Faults(), "%s at %d, %s", page[0], width, scheme)
				b.Picture(fmt.Sprintf("%s-%d-%s", page[0], width, scheme))
			}
		}
	}
}

// A person with a keyboard and no mouse fills in the form, is told what is
// wrong, puts it right, and sees the answer and it being saved.
func TestBrowserKeyboard(t *testing.T) {
	f := newFake()
	f.open = true
	url := serve(t, f)
	b := browsertest.Open(t)
	b.Visit(url + "/pipelines/diamonds")
	b.Press(kb.Tab)
	assert.Equal(t, "Skip to the content", browsertest.Ask[string](b, `document.activeElement.textContent`))
	b.Follow()
	tab := func(until string) {
		t.Helper()
		for range 60 {
			if browsertest.Ask[bool](b, `document.activeElement.matches(`+"`"+until+"`"+`)`) {
				return
			}
			b.Press(kb.Tab)
		}
		t.Fatalf("the keyboard does not lead to %s", until)
	}
	tab("#field-0")
	b.Press("1,5")
	tab("#field-1")
	b.Press("Id")
	tab("#form button")
	b.Press(kb.Enter)
	b.Wait(`document.activeElement.id === "faults"`)
	assert.Equal(t, "1,5", browsertest.Ask[string](b, `document.getElementById("field-0").value`), "values are kept")
	assert.Equal(t, "Ideal", browsertest.Ask[string](b, `document.getElementById("field-1").value`))
	assert.Contains(t, browsertest.Ask[string](b, `document.getElementById("field-0-fault").textContent`), "Carat is no number. Did you mean 1.5?")
	assert.Empty(t, b.Faults())
	b.Size(390, 900)
	b.Picture("faults-390-light")
	b.Size(1280, 900)
	b.Picture("faults-1280-light")

	tab("#faults a")
	b.Follow()
	b.Wait(`document.activeElement.id === "field-0"`)
	b.Press(kb.End + kb.Backspace + kb.Backspace + kb.Backspace + "1.5")
	assert.Equal(t, "1.5", browsertest.Ask[string](b, `document.getElementById("field-0").value`))
	for _, one := range [][2]string{{"#field-2", "E"}, {"#field-3", "VS1"}, {"#field-4", "61"}} {
		tab(one[0])
		b.Press(one[1])
	}
	saved := browsertest.Ask[int64](b, `document.querySelectorAll(".saved > li").length`)
	tab("#form button")
	b.Press(kb.Enter)
	b.Wait(fmt.Sprintf(`document.querySelectorAll(".saved > li").length === %d`, saved+1))
	assert.Equal(t, "answer", browsertest.Ask[string](b, `document.activeElement.id`))
	assert.Contains(t, browsertest.Ask[string](b, `document.querySelector("#answer .value-big").textContent`), "2,757 USD")
	assert.Contains(t, browsertest.Ask[string](b, `location.search`), "prediction=p0005", "the saved prediction has an address")
	b.Picture("saved-1280-light")

	b.Visit(url + "/runs/" + f.runs[1].ID)
	tab("[aria-label^='Confusion matrix']")
	b.Press(kb.ArrowRight + kb.ArrowRight + kb.Enter)
	b.Wait(`location.pathname.endsWith("/rows") && new URLSearchParams(location.search).get("predicted") === "tailor"`)
}

// Whoever draws a slider, or chooses, sees the answer once it rests, and the server is
// asked at most every fifth of a second.
func TestBrowserWhatIf(t *testing.T) {
	f := newFake()
	url := serve(t, f)
	b := browsertest.Open(t)
	b.Visit(url + "/pipelines/diamonds?sample=one-carat-classic")
	b.Wait(`document.querySelectorAll("#form input[type=range]").length === 2`)
	assert.Equal(t, "carat, drawn", browsertest.Ask[string](b, `document.querySelector("#form input[type=range]").getAttribute("aria-label")`))
	began := time.Now()
	for _, carat := range []string{"1.2", "1.4", "1.6", "1.8", "2", "2.2", "2.5"} {
		browsertest.Ask[any](b, `(() => { const s = document.querySelector("#form input[type=range]"); s.value = "`+carat+`"; s.dispatchEvent(new Event("input", {bubbles: true})); })()`)
	}
	b.Wait(`document.querySelector("#answer .value-big").textContent === "10,000 USD"`)
	assert.Equal(t, "2.5", browsertest.Ask[string](b, `document.getElementById("field-0").value`))
	assert.Equal(t, "If it were so", browsertest.Ask[string](b, `document.getElementById("answer-title").textContent`))
	f.mu.Lock()
	assert.LessOrEqual(t, f.wondered, int(time.Since(began)/(200*time.Millisecond)))
	assert.Positive(t, f.wondered)
	f.mu.Unlock()
	browsertest.Ask[any](b, `(() => { const s = document.getElementById("field-0"); s.value = "1"; s.dispatchEvent(new Event("input", {bubbles: true})); })()`)
	b.Wait(`document.querySelector("#answer .value-big").textContent === "4,000 USD"`)
	assert.Equal(t, "1", browsertest.Ask[string](b, `document.querySelector("#form input[type=range]").value`))
	assert.Empty(t, b.Faults())
	assert.Empty(t, browsertest.Ask[string](b, `location.search.replace("?sample=one-carat-classic", "")`))
	b.Size(390, 900)
	assert.Empty(t, b.Faults())
}

// Who signs in to save what was filled in finds it again.
func TestBrowserSigningInLosesNothing(t *testing.T) {
	f := newFake()
	url := serve(t, f)
	b := browsertest.Open(t)
	b.Visit(url + "/pipelines/resumes")
	browsertest.Ask[any](b, `(() => { document.getElementById("field-0").value = "Twelve years of SAP"; document.querySelector("#form a[href*='/login']").click(); })()`)
	b.Wait(`!!document.getElementById("token")`)
	browsertest.Ask[any](b, `(() => { document.getElementById("token").value = "`+token+`"; document.getElementById("token").form.submit(); })()`)
	b.Wait(`document.getElementById("field-0")?.value === "Twelve years of SAP"`)
	assert.True(t, browsertest.Ask[bool](b, `!!document.querySelector("#form button[name=save]")`), "and can save it")
	assert.True(t, browsertest.Ask[bool](b, `sessionStorage.length === 0`), "nothing is left behind")
	b.Visit(url + "/pipelines/resumes")
	assert.NotEqual(t, "Twelve years of SAP", browsertest.Ask[string](b, `document.getElementById("field-0").value`))
}

// The page of a run follows it without being asked to, and stops at its end.
func TestBrowserProgress(t *testing.T) {
	f := newFake()
	url := serve(t, f)
	b := browsertest.Open(t)
	b.Visit(url + "/runs/" + f.runs[0].ID)
	assert.True(t, browsertest.Ask[bool](b, `!!document.querySelector("progress")`))
	said := browsertest.Ask[string](b, `document.querySelector("#run .stages").innerText`)
	for _, want := range []string{"5 of 12 trials, 0.25/s, about 28 s left, search, best so far MAE 312.4", "USD: trial 4 trees=300", "waits for 4.0 GB of memory", "waits for train/linear and train/boosting", "trial 4 is the best so far"} {
		assert.Contains(t, said, want)
	}
	b.Wait(`document.getElementById("said").textContent === "train/linear ran, 2 of 4"`)

	// What did not change is not touched: a fold that was closed stays closed, the
	// focus stays where it is.
	browsertest.Ask[any](b, `(() => { const fold = document.querySelector("#run .tail"); fold.open = false; fold.querySelector("summary").focus(); fold.mark = 1; })()`)
	f.move1()
	b.Wait(`document.querySelector("#run .stages").innerText.includes("6 of 12 trials")`)
	assert.True(t, browsertest.Ask[bool](b, `(() => { const fold = document.querySelector("#run .tail"); return !fold.open && fold.mark === 1 && document.activeElement === fold.querySelector("summary"); })()`))
	f.finish()
	b.Wait(`!document.querySelector("progress") && document.querySelector("#run .badge").textContent.includes("succeeded")`)
}

// What the notebook holds cannot reach the page that frames it.
func TestBrowserNotebookIsFenced(t *testing.T) {
	url := serve(t, newFake())
	b := browsertest.Open(t)
	b.Visit(url + "/pipelines/diamonds/notebook")
	assert.True(t, browsertest.Ask[bool](b, `!!document.querySelector("iframe") && document.querySelector("iframe").contentDocument === null`))
}

// The figure of a model's versions tells exact values by keyboard and pointer.
func TestBrowserHistory(t *testing.T) {
	f := newFake()
	f.open = true
	url := serve(t, f)
	b := browsertest.Open(t)
	b.Visit(url + "/models/diamonds")
	told := `document.querySelector(".readout")?.textContent || ""`
	browsertest.Ask[any](b, `document.querySelector(".drawing").focus()`)
	b.Press(kb.End)
	assert.Contains(t, browsertest.Ask[string](b, told), "champion now: ")
	b.Press(kb.Escape)
	assert.Empty(t, browsertest.Ask[string](b, told))
	browsertest.Ask[any](b, `(() => { const box = document.querySelector(".drawing"), r = box.getBoundingClientRect();
		box.dispatchEvent(new PointerEvent("pointermove", {clientX: r.left + 80, clientY: r.top + 40})); })()`)
	assert.Contains(t, browsertest.Ask[string](b, told), "on other test rows: 1 → ")
}

// Those of the requests tell when it was, to the second.
func TestBrowserTraffic(t *testing.T) {
	url := serve(t, newFake())
	b := browsertest.Open(t)
	for _, width := range []int64{390, 1280} {
		b.Size(width, 900)
		b.Visit(url + "/requests")
		for i, want := range []string{`half within: \d{4}-\d\d-\d\d \d\d:\d\d:00 → \d`, `all: \d{4}-\d\d-\d\d \d\d:\d\d:00 → \d`} {
			browsertest.Ask[any](b, fmt.Sprintf(`document.querySelectorAll(".drawing")[%d].focus()`, i))
			b.Press(kb.Home)
			assert.Regexp(t, want, browsertest.Ask[string](b, fmt.Sprintf(`document.querySelectorAll(".plot")[%d].querySelector(".readout").textContent`, i)))
		}
		told := browsertest.Ask[string](b, `(() => { const box = document.querySelector(".drawing"), r = box.getBoundingClientRect();
			box.dispatchEvent(new PointerEvent("pointermove", {clientX: r.left + 150, clientY: r.top + 100})); return box.parentElement.querySelector(".readout").textContent })()`)
		assert.Contains(t, told, " within: ")
	}
}

// A file that is dropped anywhere on the page is answered as a table, which is sorted by
// its heads; one that is too large is not sent.
func TestBrowserDrop(t *testing.T) {
	f := newFake()
	url := serve(t, f)
	b := browsertest.Open(t)
	drop := func(data string) {
		b.Visit(url + "/pipelines/diamonds")
		browsertest.Ask[any](b, `(() => { const d = new DataTransfer(); d.items.add(new File([`+data+`], "stones.csv"));
			for (const kind of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: d})); })()`)
	}
	drop(`"1,".repeat(6e6)`)
	assert.Equal(t, "That is larger than 10 MB: split it, or ask the API.", browsertest.Ask[string](b, `document.getElementById("file").validationMessage`))
	drop(`"carat,cut\n1,Ideal\n0.3,Fair\n2,Good\n"`)
	b.Wait(`document.querySelectorAll(".sheet tbody tr").length === 3`)
	for _, width := range []int64{390, 1280} {
		b.Size(width, 900)
		assert.Empty(t, b.Faults())
		b.Picture(fmt.Sprintf("sheet-%d", width))
	}
	browsertest.Ask[any](b, `document.querySelector(".sheet .sort").click()`)
	b.Wait(`document.querySelector(".sheet tbody a")?.textContent === "2"`)
	browsertest.Ask[any](b, `document.querySelector(".sheet tbody a").click()`)
	b.Wait(`document.getElementById("answer-title")?.textContent === "What it says of row 2 of stones.csv"`)
	assert.Empty(t, b.Faults())
	drop(`"carat,cut\nx,Ideal\n"`)
	b.Wait(`document.activeElement.id === "file-faults"`)
	assert.Contains(t, browsertest.Ask[string](b, `document.activeElement.textContent`), "line 2: Carat is not a number.")
	assert.Empty(t, b.Faults())
}
