package pages_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/record"
	"labbook/serve/pages"
)

// visitor asks for pages of a fake, as a browser without scripts does.
type visitor struct {
	t       *testing.T
	handler http.Handler
	cookie  *http.Cookie
	log     bytes.Buffer
}

func visit(t *testing.T, f *fake) *visitor {
	v := &visitor{t: t}
	v.handler = pages.New(pages.Options{Backend: f, Cookie: "session", Clock: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&v.log, nil))})
	return v
}

func (v *visitor) do(r *http.Request) (*http.Response, string) {
	v.t.Helper()
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	w := httptest.NewRecorder()
	v.handler.ServeHTTP(w, r)
	answer := w.Result()
	body, err := io.ReadAll(answer.Body)
	require.NoError(v.t, err)
	return answer, string(body)
}

func (v *visitor) get(path string) (*http.Response, string) {
	v.t.Helper()
	return v.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func (v *visitor) post(path string, values ...string) (*http.Response, string) {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(values); i += 2 {
		form.Add(values[i], values[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(r)
}

func (v *visitor) signIn() {
	v.t.Helper()
	answer, _ := v.post("/login", "token", token, "next", "/models")
	require.Equal(v.t, http.StatusSeeOther, answer.StatusCode)
	require.Len(v.t, answer.Cookies(), 1)
	v.cookie = answer.Cookies()[0]
}

var diamond = []string{"in.carat", "1.01", "in.cut", "Ideal", "in.color", "E", "in.clarity", "VS1", "in.depth", "61"}

// Every page is there, whole, and under the policy; hostile text is text.
func TestEveryPage(t *testing.T) {
	for _, signed := range []bool{true, false} {
		f := newFake()
		f.open = signed
		v := visit(t, f)
		for _, page := range everything(f) {
			answer, body := v.get(page[1])
			switch {
			case page[0] == "nothing":
				assert.Equal(t, http.StatusNotFound, answer.StatusCode)
			case !signed && slices.Contains([]string{"promote", "rollback", "keys", "audit"}, page[0]):
				assert.Equal(t, http.StatusSeeOther, answer.StatusCode, page[0])
				continue
			default:
				assert.Equal(t, http.StatusOK, answer.StatusCode, page[0])
			}
			assert.Contains(t, body, "</html>", page[0])
			assert.NotContains(t, body, "<script>", page[0])
			assert.NotContains(t, body, "<img", page[0])
			assert.NotContains(t, body, "ZgotmplZ", page[0])
			assert.NotContains(t, body, "style=", page[0])
			policy := answer.Header.Get("Content-Security-Policy")
			assert.Contains(t, policy, "default-src 'none'")
			assert.NotContains(t, policy, "unsafe-inline")
			assert.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
		}
		assert.Empty(t, v.log.String())
	}
}

// The form says everything that is wrong at once, beside the field, and keeps
// what was written.
func TestFormFaults(t *testing.T) {
	v := visit(t, newFake())
	answer, body := v.post("/pipelines/diamonds/predict", "in.carat", "1,5", "in.cut", "Idael", "in.depth", `"><b>`)
	assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	for _, want := range []string{
		"5 things are to be put right", `value="1,5"`, "Did you mean 1.5?", `aria-invalid="true"`, `aria-describedby="field-0-hint field-0-fault"`,
		`<option value="Idael" selected>`, "did you mean", "Color is missing.", "Clarity is missing.", `value="&#34;&gt;&lt;b&gt;"`,
	} {
		assert.Contains(t, strings.ToLower(body), strings.ToLower(want))
	}
	assert.NotContains(t, body, `"><b>`)
}

// An answer comes without a token; what is unusual about the input is said.
func TestPredict(t *testing.T) {
	v := visit(t, newFake())
	answer, body := v.post("/pipelines/diamonds/predict", diamond...)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	assert.Contains(t, body, "4,040 USD")
	assert.Contains(t, body, "3,555 USD")
	assert.Contains(t, body, "90 %")
	assert.Contains(t, body, `value="1.01"`)
	assert.Contains(t, body, `<option value="VS1" selected>`)

	_, body = v.post("/pipelines/diamonds/predict", append([]string{"in.carat", "4"}, diamond[2:]...)...)
	assert.Contains(t, body, "carat is 4, and training showed 0.2 to 3")

	_, body = v.post("/pipelines/resumes/predict", "in.resume", "JavaScript & <b>CSS</b>")
	assert.Contains(t, body, "JavaScript &amp; &lt;b&gt;CSS&lt;/b&gt;</textarea>")
	assert.Contains(t, body, "91.0 %")
	assert.Contains(t, body, "55 % for")
	assert.Contains(t, body, "2 less likely ones")
}

// Whoever may save goes to the page of what was saved.
func TestSave(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	answer, _ := v.post("/pipelines/diamonds/predict", append(diamond, "save", "yes")...)
	assert.Equal(t, "/login?next=%2F", answer.Header.Get("Location"), "saving needs the token")

	v.signIn()
	answer, _ = v.post("/pipelines/diamonds/predict", append(diamond, "save", "yes", "note", "for the window")...)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	assert.Equal(t, "/pipelines/diamonds?prediction=p0005&done=saved#answer", answer.Header.Get("Location"))
	assert.JSONEq(t, `{"carat":1.01,"cut":"Ideal","color":"E","clarity":"VS1","depth":61}`, string(f.saved[4].Input), "numbers are numbers, what is empty is missing")
	_, body := v.get("/pipelines/diamonds?prediction=p0005&done=saved")
	assert.Contains(t, body, "The prediction is saved.")
	assert.Contains(t, body, `value="1.01"`)

	answer, _ = v.post("/pipelines/diamonds/predictions/p0005/outcome", "outcome", "2800")
	assert.Equal(t, http.StatusSeeOther, answer.StatusCode)
	_, body = v.get("/pipelines/diamonds")
	assert.Contains(t, body, "<b>2,800 USD</b> <span class=\"hint\">off by 42.90 USD</span>")
}

// What came true of a class is chosen from those that there are, and can be taken back.
func TestOutcomeOfClasses(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	v.signIn()
	answer, _ := v.post("/pipelines/resumes/predict", "in.resume", "SAP", "save", "yes")
	id := strings.TrimSuffix(strings.TrimPrefix(answer.Header.Get("Location"), "/pipelines/resumes?prediction="), "&done=saved#answer")
	_, body := v.get("/pipelines/resumes")
	assert.Contains(t, body, `<select id="outcome-`+id+`" name="outcome" required><option value="">Choose one</option><option value="Web Developer">Web Developer</option>`)
	v.post("/pipelines/resumes/predictions/"+id+"/outcome", "outcome", "SAP")
	_, body = v.get("/pipelines/resumes?done=outcome")
	assert.Contains(t, body, `<option value="SAP" selected>SAP</option>`)
	assert.Contains(t, body, `came true: <b>SAP</b> <span class="hint">wrong</span>`)
	answer, _ = v.post("/pipelines/resumes/predictions/"+id+"/outcome", "outcome", "", "remove", "yes")
	assert.Equal(t, "/pipelines/resumes?done=taken-back#saved", answer.Header.Get("Location"))
	_, body = v.get("/pipelines/resumes?done=taken-back")
	assert.Contains(t, body, "The outcome is no longer noted.")
	assert.NotContains(t, body, "came true: <b>")
}

// The token is asked for where something changes, and its session is kept where
// no script and no other site gets at it.
func TestSignIn(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	for _, path := range []string{"/models/diamonds/promote", "/models/diamonds/rollback", "/runs/new", "/pipelines/diamonds/predictions/p0001/outcome"} {
		answer, _ := v.post(path, "version", "6", "expected", "5", "pipeline", "diamonds", "outcome", "1")
		assert.Equal(t, http.StatusSeeOther, answer.StatusCode, path)
		assert.Contains(t, answer.Header.Get("Location"), "/login", path)
	}
	assert.Equal(t, 5, f.model.Champion)
	assert.Empty(t, f.jobs)

	answer, body := v.post("/login", "token", "wrong")
	assert.Equal(t, http.StatusUnauthorized, answer.StatusCode)
	assert.Contains(t, body, "That is neither the token nor a key that is valid.")
	assert.Empty(t, answer.Cookies())
	answer, body = v.post("/login", "token", "again and again")
	assert.Equal(t, http.StatusTooManyRequests, answer.StatusCode)
	assert.Contains(t, body, "Wait a minute.")
	answer, body = v.post("/login", "token", "bound")
	assert.Equal(t, http.StatusForbidden, answer.StatusCode)
	assert.Contains(t, body, "This key is bound to pipelines.")

	v.signIn()
	assert.True(t, v.cookie.HttpOnly)
	assert.Equal(t, http.SameSiteStrictMode, v.cookie.SameSite)
	assert.Equal(t, 3600, v.cookie.MaxAge)
	_, body = v.get("/models/diamonds")
	assert.Contains(t, body, "Sign out")
	answer, _ = v.post("/logout")
	assert.Negative(t, answer.Cookies()[0].MaxAge)
	assert.Equal(t, 1, f.signedOut)

	f.lacks = []record.Scope{record.ScopePromote, record.ScopeAdmin}
	answer, body = v.post("/models/diamonds/promote", "version", "6", "expected", "5")
	assert.Equal(t, http.StatusForbidden, answer.StatusCode, "signing in again would not help")
	assert.Contains(t, body, "It lacks the scope promote.")
	_, body = v.get("/models/diamonds")
	assert.NotContains(t, body, "/models/diamonds/promote")
	answer, _ = v.get("/keys")
	assert.Equal(t, http.StatusForbidden, answer.StatusCode)
	f.lacks = nil

	f.private, v.cookie = true, nil
	answer, _ = v.get("/requests?status=4")
	assert.Equal(t, "/login?next=%2Frequests%3Fstatus%3D4", answer.Header.Get("Location"), "and from there back")
	answer, _ = v.get("/static/pages.css")
	assert.Equal(t, http.StatusOK, answer.StatusCode, "the page to sign in has its style")
}

// A secret is shown once, by the page that made it; everything else can be seen
// again, and nothing of it runs.
func TestKeys(t *testing.T) {
	f := newFake()
	f.keys = nil
	v := visit(t, f)
	answer, _ := v.get("/keys")
	assert.Equal(t, http.StatusSeeOther, answer.StatusCode)
	v.signIn()
	_, body := v.get("/keys")
	assert.Contains(t, body, "No key yet")
	_, body = v.post("/keys", "name", "billing", "scope", "predict", "scope", "read", "pipelines", "diamonds, resumes", "expires", "2026-12-31")
	assert.Contains(t, body, "lb_SECRET&#34;&gt;&lt;script")
	assert.Equal(t, []record.Scope{"predict", "read"}, f.keys[0].Scopes)
	assert.Equal(t, []string{"diamonds", "resumes"}, f.keys[0].Pipelines)
	assert.Equal(t, "2026-12-31", f.keys[0].Expires.Format(time.DateOnly))
	answer, body = v.get("/keys")
	assert.Equal(t, "no-store", answer.Header.Get("Cache-Control"))
	assert.NotContains(t, body, "lb_SECRET")
	assert.Contains(t, body, "predict, read<span class=\"sub\">of diamonds, resumes</span>")
	answer, body = v.post("/keys", "name", "x", "scope", "predict", "expires", "soon")
	assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	assert.Contains(t, body, "That is no time.")
	_, body = v.post("/keys/billing/rotate", "overlap", "24h")
	assert.Contains(t, body, "lb_AGAIN billing24h0m0s")
	answer, _ = v.post("/keys/billing/expire", "at", "never")
	assert.Equal(t, "/keys?done=expires", answer.Header.Get("Location"))
	assert.True(t, f.keys[0].Expires.IsZero())
	answer, _ = v.post("/keys/billing/revoke")
	assert.Equal(t, "/keys?done=revoked", answer.Header.Get("Location"))
	_, body = v.get("/keys")
	assert.Contains(t, body, "<b>revoked</b>")
	assert.NotContains(t, body, "/keys/billing/rotate")
	_, body = v.get("/audit")
	assert.NotContains(t, body, "<script>alert")
	assert.Contains(t, body, "/audit?before=2026-11-21T20%3A52%3A05Z", "older ones")
	answer, _ = v.get("/audit?before=x")
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
}

// Nobody is sent to another site by a link to this one.
func TestLoginLeadsNowhereElse(t *testing.T) {
	v := visit(t, newFake())
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "/\t/evil.example", ""} {
		answer, _ := v.post("/login", "token", token, "next", next)
		assert.Equal(t, "/", answer.Header.Get("Location"), next)
	}
}

// A page of another origin changes nothing, with whatever cookie.
func TestCrossOrigin(t *testing.T) {
	f := newFake()
	f.open = true
	v := visit(t, f)
	r := httptest.NewRequest(http.MethodPost, "/models/diamonds/promote", strings.NewReader("version=6&expected=5"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, _ := v.do(r)
	assert.Equal(t, http.StatusForbidden, answer.StatusCode)
	assert.Equal(t, 5, f.model.Champion)
}

// A promotion is confirmed, and does nothing when the champion has moved since
// the person looked.
func TestPromote(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	v.signIn()
	_, body := v.get("/models/diamonds/promote?version=6")
	for _, want := range []string{"Promote version 6?", "Version 5 answers now.", `name="expected" value="5"`, "-24.50", "-51 to 3",
		`class="said tie"`, "within noise"} {
		assert.Contains(t, body, want)
	}
	assert.NotContains(t, body, `said worse`, "a tie is not for the worse")
	answer, _ := v.post("/models/diamonds/promote", "version", "6", "expected", "5", "reason", "better")
	assert.Equal(t, "/models/diamonds?done=promoted", answer.Header.Get("Location"))
	assert.Equal(t, 6, f.model.Champion)
	answer, body = v.post("/models/diamonds/promote", "version", "2", "expected", "5")
	assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	assert.Contains(t, body, "was moved meanwhile")
	assert.Equal(t, 6, f.model.Champion)
	_, body = v.get("/models/diamonds/rollback")
	assert.Contains(t, body, "Roll back to version 5?")
}

// The first screen says in words what there is to know, shows a sample with its
// answer, and leads to data and training.
func TestFirstScreen(t *testing.T) {
	v := visit(t, newFake())
	_, body := v.get("/pipelines/diamonds")
	for _, want := range []string{"It tells the price in USD from 7 fields: carat, cut, color, clarity, depth and 2 more.", "<b>Off by 10 % on average; nine of ten lie in the range shown.</b>", "all of them later than those it learned from",
		"Who knows nothing and always says 2,500 USD", "It errs most of &#34;&gt;&lt;script", "What is asked is unlike what was trained on: carat has drifted.", "What it says of one carat classic", "4,040 USD", `value="1.01"`} {
		assert.Contains(t, body, want)
	}
	_, body = v.get("/pipelines/diamonds?sample=largest")
	assert.Contains(t, body, "What it says of largest")
	assert.Contains(t, body, "20,040 USD")
	_, body = v.get("/pipelines/resumes")
	assert.Contains(t, body, "It tells whether the label is Web Developer, SAP or Help Desk, from a text, resume.")
	assert.Contains(t, body, "How good it is, is not known here: the predictions are no longer kept.")
	for path, want := range map[string]string{"/pipelines/diamonds/data": "53,917 rows of &quot;", "/pipelines/diamonds/training": "Off by 10 % on average", "/pipelines/wines/data": "labbook run wines"} {
		_, body = v.get(path)
		assert.Contains(t, body, want)
	}
}

// An answer says why in the fields and the unit that were asked about, what would change
// it in the fields that may change, and what is most like it.
func TestWhy(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	_, body := v.post("/pipelines/diamonds/predict", "in.carat", "1.01", "in.cut", "Ideal", "in.color", "E", "in.clarity", "VS1", "in.depth", "61")
	for _, want := range []string{"A typical one would be 2,650 USD.", `carat <span class="sub">1.01 ct, typical is 0.7 ct</span>`, "&#43;2,310 USD", "−400 USD", `all others</th><td class="bar"></td><td class="num">&#43;3.20 USD`,
		"<b>carat</b> 1.01 → 1.2 ct and ", "nothing → ", ": <b>4,800 USD</b>", "The rows that diamonds@5 was trained on (53,917 rows) were searched for those with the same cut and color and the nearest carat."} {
		assert.Contains(t, body, want)
	}
	assert.Equal(t, pages.Question{May: []string{"carat", "cut"}}, f.question, "those that the pipeline names")
	_, body = v.post("/pipelines/diamonds/predict", "in.carat", "1.01", "in.cut", "Ideal", "in.color", "E", "in.clarity", "VS1", "in.depth", "61", "goal", "yes", "may", "cut", "may", "depth", "least", "5000", "most", "much")
	least := 5000.0
	assert.Equal(t, pages.Question{May: []string{"cut", "depth"}, Least: &least}, f.question)
	assert.Contains(t, body, "No change of the fields that may change was found")
	assert.Contains(t, body, `value="depth" checked`)
	assert.NotContains(t, body, `value="carat" checked`)
	_, body = v.get("/pipelines/resumes")
	assert.Contains(t, body, "55 % for", "words have a share, and no number without a unit")
	assert.Contains(t, body, "Without “JavaScript” and “&lt;i&gt;CSS” it would be SAP.")
}

// A run gets only the parameters that somebody changed.
func TestTrain(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	v.signIn()
	_, body := v.get("/runs/new?pipeline=diamonds")
	assert.Contains(t, body, "train/boosting")
	assert.Contains(t, body, `name="param.seed" value="43"`)
	answer, _ := v.post("/runs/new", "pipeline", "diamonds", "param.seed", "43", "model", "train/linear", "force", "yes")
	assert.Contains(t, answer.Header.Get("Location"), "/runs/2026")
	assert.Equal(t, []pages.Job{{Pipeline: "diamonds", Params: map[string]string{}, Models: []string{"train/linear"}, Force: true}}, f.jobs)
	answer, body = v.post("/runs/new", "pipeline", "diamonds", "param.seed", "busy")
	assert.Equal(t, http.StatusConflict, answer.StatusCode)
	assert.Contains(t, body, "The queue is full.")
	answer, _ = v.post("/runs/new", "pipeline", "nothing")
	assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
}

// The parameters of each model can be others for a run; what is not changed is not sent,
// and what is refused stays written.
func TestTrainSettings(t *testing.T) {
	f := newFake()
	f.open = true
	v := visit(t, f)
	_, body := v.get("/runs/new?pipeline=diamonds")
	for _, want := range []string{`<details class="settings"><summary>train/boosting: its parameters</summary>`, `name="param.train/boosting.with.max_depth" value="6" inputmode="decimal"`,
		`How deep a tree may be. <span class="can">whole number from 1 to 64 (levels); 4 by default</span>`, `<option selected value="">as usual</option><option value="leaf">`, `<option selected value="false">false</option>`} {
		assert.Contains(t, body, want)
	}
	same := []string{"pipeline", "diamonds", "param.train/boosting.with.grow", "", "param.train/boosting.with.fast", "false"}
	v.post("/runs/new", append(same, "param.train/boosting.with.max_depth", "6")...)
	v.post("/runs/new", append(same, "param.train/boosting.with.max_depth", " 8 ")...)
	assert.Equal(t, []map[string]string{{}, {"train/boosting.with.max_depth": "8"}}, []map[string]string{f.jobs[0].Params, f.jobs[1].Params})
	_, body = v.post("/runs/new", append(same, "foresee", "yes", "param.train/boosting.with.max_depth", "8")...)
	assert.Contains(t, body, `open><summary>train/boosting: its parameters <span class="hint">1 changed</span>`)
	answer, body := v.post("/runs/new", "pipeline", "diamonds", "param.seed", "no", "name", "mine")
	assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	for _, want := range []string{`role="alert">It would not begin: seed is no number. Write one.`, `value="mine"`} {
		assert.Contains(t, body, want)
	}
}

// People name runs, and find them by that.
func TestRemarks(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	v.signIn()
	id := f.runs[2].ID
	answer, _ := v.post("/runs/"+id+"/remark", "name", "Other seed", "note", "for luck", "tags", "b, a  b")
	assert.Equal(t, "/runs/"+id+"?done=noted", answer.Header.Get("Location"))
	assert.Equal(t, &record.Remark{Name: "Other seed", Note: "for luck", Tags: []string{"a", "b"}}, f.said[id])
	_, body := v.get("/runs/" + id)
	assert.Contains(t, body, "<h1>Other seed</h1>")
	_, body = v.get("/runs?q=%23a")
	assert.Equal(t, 1, strings.Count(body, `name="run"`))
	assert.Contains(t, body, `<b class="named">Other seed</b>`)
}

// The list of runs has what they measured and were asked: the address says which
// columns, which runs and in which order, and several are set side by side.
func TestRunList(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	_, body := v.get("/runs?pipeline=diamonds")
	for _, want := range []string{`href="/runs?pipeline=diamonds&amp;sort=mae">MAE</a> <span class="hint">USD</span>`, `>R²</a>`, `>seed</a>`, `263.4<span class="sub">255.5 to 271.3</span>`,
		`name="col" value="mae" checked`, `name="col" value="param:seed" checked`} {
		assert.Contains(t, body, want)
	}
	assert.NotContains(t, body, "270.0", "validation is not what it is judged by")
	_, body = v.get("/runs?q=seed%3D43&col=param:seed")
	assert.NotContains(t, body, ">42</td>")
	assert.Contains(t, body, ">43</td>")
	_, body = v.get("/runs?q=no+such+run")
	assert.Contains(t, body, "No run is like this.")
	_, body = v.get("/runs?col=mae&sort=mae")
	assert.Contains(t, body, `aria-sort="ascending"`)
	assert.Contains(t, body, `sort=-mae`)
	assert.Less(t, strings.Index(body, "263.4"), strings.Index(body, "271.4"), "the best first")
	assert.NotContains(t, body, ">seed</a>")
	_, body = v.get("/runs?col=mae&sort=-mae")
	assert.Less(t, strings.Index(body, "271.4"), strings.Index(body, "263.4"))
	assert.Contains(t, body, `href="/runs?col=mae&amp;offset=30&amp;sort=-mae"`)
	_, body = v.get("/runs?sort=took&offset=30")
	assert.Equal(t, 4, strings.Count(body, `name="run"`))

	_, body = v.get("/runs/compare?run=" + f.runs[5].ID + "&run=" + f.runs[4].ID + "&run=" + f.runs[3].ID)
	for _, want := range []string{"3 runs compared", `seed<span class="sub">parameter</span>`, "train/boosting, in validation", "/runs/compare?a=" + f.runs[5].ID + "&amp;b=" + f.runs[3].ID} {
		assert.Contains(t, body, want)
	}
	_, body = v.get("/runs/compare?run=" + f.runs[1].ID + "&run=" + f.runs[2].ID)
	assert.Contains(t, body, "Two runs compared")
	assert.Less(t, strings.Index(body, "<code>"+f.runs[2].ID), strings.Index(body, "<code>"+f.runs[1].ID), "from the older to the newer")
	answer, _ := v.get("/runs/compare?run=" + f.runs[1].ID)
	assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
}

// A run is stopped and started again from its page, one that waits is taken out of
// the queue, and only by those who may.
func TestStopAndAgain(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	live, done, queued := f.runs[0].ID, f.runs[1].ID, f.queue[1].ID
	_, body := v.get("/runs/" + live)
	assert.NotContains(t, body, "Stop the run", "nobody is signed in")
	answer, _ := v.post("/runs/" + live + "/stop")
	assert.Contains(t, answer.Header.Get("Location"), "/login")
	v.signIn()
	_, body = v.get("/runs/" + queued)
	assert.Contains(t, body, "it comes after 1 other run of the queue")
	_, body = v.get("/runs")
	assert.Contains(t, body, `aria-label="Take `+queued+` out of the queue"`)
	answer, _ = v.post("/runs/" + queued + "/stop")
	assert.Equal(t, "/runs?done=removed", answer.Header.Get("Location"))
	_, body = v.get("/runs")
	assert.NotContains(t, body, queued)

	_, body = v.get("/runs/" + live)
	assert.Contains(t, body, "Stop the run")
	answer, _ = v.post("/runs/" + live + "/stop")
	assert.Equal(t, "/runs/"+live, answer.Header.Get("Location"))
	_, body = v.get("/runs/" + live)
	assert.Contains(t, body, "stopped</span> <span>on request")
	assert.NotContains(t, body, "data-live")
	answer, body = v.post("/runs/" + done + "/stop")
	assert.Equal(t, http.StatusConflict, answer.StatusCode)
	assert.Contains(t, body, "The run has ended already.")
	answer, _ = v.post("/runs/" + live + "/again")
	assert.Equal(t, "/runs/"+live, answer.Header.Get("Location"))
	assert.Equal(t, []string{live}, f.again)
}

// Two runs are compared with their metrics, and which way those went.
func TestCompare(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	_, body := v.get("/runs/compare?a=" + f.runs[2].ID + "&b=" + f.runs[1].ID)
	assert.Contains(t, body, `class="said not-comparable"`)
	assert.Contains(t, body, "the predictions are no longer kept")
	assert.Contains(t, body, "&#43;8 USD")
	assert.NotContains(t, body, "said worse", "two numbers alone are no grounds")
	assert.Contains(t, body, "train/boosting, on the test rows of evaluate")
	assert.Contains(t, body, "train/boosting, in validation")
	answer, _ := v.get("/runs/compare?a=" + f.runs[2].ID)
	assert.Equal(t, http.StatusUnprocessableEntity, answer.StatusCode)
	answer, _ = v.get("/runs/compare?a=x&b=y")
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
}

// Requests are filtered; their chart has words.
func TestRequests(t *testing.T) {
	v := visit(t, newFake())
	_, body := v.get("/requests?status=5&pipeline=diamonds")
	assert.Contains(t, body, `value="5" selected`)
	assert.Contains(t, body, "<dd>0, 4</dd>", "refused, failed")
	_, body = v.get("/requests")
	assert.Contains(t, body, "half were answered within")
	assert.Contains(t, body, "before=r0350")
	assert.Contains(t, body, "Measured on all that fit")
	for requests, want := range map[int]string{5000: "Measured on all that fit", 5001: "Measured on the newest 5000 that fit"} {
		f := newFake()
		f.requests = requests
		_, body := visit(t, f).get("/requests")
		assert.Contains(t, body, want)
	}
	answer, body := v.get("/requests?from=nonsense&until=nonsense&version=x&before=zzz")
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	assert.Contains(t, body, "r0399")
	_, body = v.get("/requests?pipeline=nothing")
	assert.Contains(t, body, "No request is like this.")
}

// The notebook has no origin, so that nothing in it reaches the server.
func TestNotebook(t *testing.T) {
	v := visit(t, newFake())
	answer, body := v.get("/pipelines/diamonds/notebook/page")
	assert.Contains(t, body, "The notebook of diamonds")
	policy := answer.Header.Get("Content-Security-Policy")
	assert.Contains(t, policy, "sandbox allow-scripts;")
	assert.NotContains(t, policy, "allow-same-origin")
	answer, body = v.get("/pipelines/diamonds/notebook/diamonds/model.html")
	assert.Equal(t, 200, answer.StatusCode)
	assert.Contains(t, body, "A page that predicts")
	assert.Contains(t, answer.Header.Get("Content-Security-Policy"), "sandbox allow-scripts")
	for _, none := range []string{"/pipelines/diamonds/notebook/other/model.html", "/pipelines/wines/notebook/wines/model.html"} {
		answer, _ = v.get(none)
		assert.Equal(t, 404, answer.StatusCode, none)
	}
	answer, _ = v.get("/pipelines/wines/notebook/page")
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
}

// Files are named by what is in them, so that they can be kept for ever.
func TestStatic(t *testing.T) {
	v := visit(t, newFake())
	_, body := v.get("/login")
	for _, name := range []string{"pages.css", "pages.js", "icon.svg"} {
		at := strings.Index(body, "/static/"+name+"?v=")
		require.Positive(t, at)
		answer, _ := v.get(body[at : at+strings.Index(body[at:], `"`)])
		assert.Equal(t, http.StatusOK, answer.StatusCode)
		assert.Contains(t, answer.Header.Get("Cache-Control"), "immutable")
		answer, _ = v.get("/static/" + name)
		assert.Equal(t, "no-cache", answer.Header.Get("Cache-Control"))
	}
	answer, _ := v.get("/static/secret")
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
}

// Forms that are too large are refused in words.
func TestTooLarge(t *testing.T) {
	v := visit(t, newFake())
	answer, body := v.post("/pipelines/resumes/predict", "in.resume", strings.Repeat("x", 3<<20))
	assert.Equal(t, http.StatusRequestEntityTooLarge, answer.StatusCode)
	assert.Contains(t, body, "more than a form may send")
}

// Requests are found by what was asked and answered, and one that asked about a row shows
// the answer, and leads to the form with what was asked.
func TestRequestsAreRead(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	_, body := v.get("/requests")
	assert.Contains(t, body, "price 4040")
	assert.Contains(t, body, "carat 1.01, cut ")
	_, body = v.get("/requests?q=r0395+PRICE")
	assert.Equal(t, 1, strings.Count(body, `<th scope="row"><a href="/requests/`))
	assert.Contains(t, body, `href="/requests/r0395"`)
	_, body = v.get("/requests?q=nothing+like+it")
	assert.Contains(t, body, "No request is like this.")
	_, body = v.get("/requests/r0395")
	for _, want := range []string{"What was answered", "4,040 USD", `href="/pipelines/diamonds?request=r0395#answer"`} {
		assert.Contains(t, body, want)
	}
	_, body = v.get("/requests/r0394")
	assert.NotContains(t, body, "What was answered", "it is not kept whole")
	_, body = v.get("/pipelines/diamonds?request=r0395")
	for _, want := range []string{`value="1.01"`, "What it says of request r0395", "4,040 USD"} {
		assert.Contains(t, body, want)
	}
	answer, _ := v.get("/pipelines/resumes?request=r0395")
	assert.Equal(t, http.StatusNotFound, answer.StatusCode)
}

// Saved predictions are searched, and stand beside how good they turned out.
func TestSavedAreSearched(t *testing.T) {
	v := visit(t, newFake())
	_, body := v.get("/pipelines/diamonds?q=WINDOW&known=true")
	assert.Equal(t, 1, strings.Count(body, `<p class="said">`))
	assert.Contains(t, body, "What came true of 12 predictions of version 5 is known: MAE 281.2 USD.")
	_, body = v.get("/pipelines/diamonds?q=window&known=false")
	assert.Contains(t, body, "No saved prediction is like this.")
	assert.Contains(t, body, `value="window"`)
	_, body = v.get("/pipelines/diamonds?made-by=5")
	assert.Equal(t, 4, strings.Count(body, `<p class="said">`))
	_, body = v.get("/pipelines/diamonds?made-by=4")
	assert.Contains(t, body, "No saved prediction is like this.")
	assert.Contains(t, body, `name="made-by" value="4"`)
}

// Among very many only the newest are looked through for what no index finds; the page
// says so, and leads on.
func TestMoreThanIsLookedAt(t *testing.T) {
	f := newFake()
	f.requests = 11_000
	f.saved[0].Note, f.saved[0].Version = "the first of all", 1
	for range 11_000 {
		f.saved = append(f.saved, f.saved[1])
	}
	for i, p := range f.saved {
		one := *p
		one.ID = fmt.Sprintf("p%06d", i)
		f.saved[i] = &one
	}
	v := visit(t, f)
	older := regexp.MustCompile(`href="([^"]*before=[^"]*)"`)
	for path, there := range map[string]bool{"/requests?model=none": false, "/pipelines/diamonds?q=first+of+all": true, "/pipelines/diamonds?made-by=1": true} {
		_, body := v.get(path)
		for pages := 0; ; pages++ {
			link := older.FindStringSubmatch(body)
			if link == nil {
				assert.Equal(t, 1, pages, path)
				break
			}
			assert.NotContains(t, body, "the first of all")
			next, _, _ := strings.Cut(html.UnescapeString(link[1]), "#")
			_, body = v.get(next)
		}
		assert.Equal(t, there, strings.Contains(body, "the first of all"), path)
	}
	_, body := v.get("/requests?model=none")
	assert.Contains(t, body, "10000 requests were looked at; there are older ones.")
}

// Whoever starts a run names it, says whether the best is kept, and is told what it
// would do; what was chosen stays chosen.
func TestTrainForesees(t *testing.T) {
	f := newFake()
	f.open = true
	v := visit(t, f)
	_, body := v.get("/runs/new?pipeline=diamonds")
	assert.Contains(t, body, "Nothing is to be done: everything is up to date.")
	_, body = v.post("/runs/new", "pipeline", "diamonds", "foresee", "yes", "force", "yes", "model", "train/linear", "name", "quick", "param.seed", "44")
	for _, want := range []string{"2 stages would run, and 1 more if what they read changes. At most 2 min 10 s by earlier runs, and 1 stage that never ran.",
		`<li><b>load</b> <span class="quiet">would run, never ran</span></li>`,
		`<li><b>train/boosting</b> <span class="quiet">would run, about 3.0 s</span><span class="hint">params.max_depth: 6 → 8</span></li>`, `value="train/linear" checked`, `value="quick"`, `value="44"`, `value="yes" checked> <label for="force"`} {
		assert.Contains(t, body, want)
	}
	_, body = v.post("/runs/new", "pipeline", "diamonds", "foresee", "yes", "keep", "no")
	assert.Contains(t, body, "1 stage would run; 1 is up to date. At most 3.0 s by earlier runs, on one core.")
	_, body = v.post("/runs/new", "pipeline", "diamonds", "foresee", "yes", "param.seed", "no")
	assert.Contains(t, body, "It would not begin: seed is no number. Write one.")
	assert.Empty(t, f.jobs)
	v.post("/runs/new", "pipeline", "diamonds", "keep", "no", "name", " quick ", "note", "why")
	assert.Equal(t, []string{"evaluate"}, f.jobs[0].Only)
	assert.Equal(t, &record.Remark{Name: "quick", Note: "why", Tags: []string{}}, f.said[f.runs[0].ID])
	_, body = v.get("/runs/" + f.runs[1].ID)
	for _, want := range []string{"How good they are", "Which was chosen"} {
		assert.Contains(t, body, want)
	}
	_, body = v.get("/runs/" + f.runs[0].ID)
	assert.NotContains(t, body, "Which was chosen", "it goes on")
	_, body = v.get("/pipelines/diamonds/training")
	assert.Contains(t, body, `href="/runs/new?pipeline=diamonds"`)
}

// How promises and the challenger did stands where the drift does, in words.
func TestPromisesAndTheChallenger(t *testing.T) {
	v := visit(t, newFake())
	_, body := v.get("/pipelines/diamonds/drift")
	for _, want := range []string{"it is broken.", `<th scope="row">all</th><td class="num">40</td><td class="num">90`,
		"better, with 97 % confidence, after 412 outcomes", "281.5", "97.4 %", "A loss of more than 1,200 USD counts as that.", "Once it is better it becomes champion by itself.", "and 3 were left out"} {
		assert.Contains(t, body, want)
	}
	assert.NotContains(t, body, "cut "+hostile, "escaped")
}

// Words with a dotted line lead to what they mean.
func TestGlossary(t *testing.T) {
	v := visit(t, newFake())
	_, all := v.get("/glossary")
	_, model := v.get("/models/diamonds")
	assert.Contains(t, model, `href="/glossary#term-mae">MAE</a>`)
	for _, m := range regexp.MustCompile(`href="/glossary#([^"]+)"`).FindAllStringSubmatch(model, -1) {
		assert.Contains(t, all, `id="`+m[1]+`"`)
	}
}

// A cell of the confusion matrix opens the rows behind it; without it they are found by a
// form.
func TestMistaken(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	run := "/runs/" + f.runs[1].ID
	_, body := v.get(run)
	for _, want := range []string{`role="group" tabindex="0" aria-label="Confusion matrix of 2 classes`, `<a href="` + run + `/rows?actual=baker+%26+son&amp;predicted=tailor&amp;stage=evaluate%2Fone" tabindex="-1" data-spot="1" aria-label="baker &amp; son, tailor: 2 of 10, 20.0 %">`,
		`href="` + run + `/rows?stage=register">What it got wrong, row by row</a>`} {
		assert.Contains(t, body, want)
	}
	assert.NotContains(t, body, `data-spot="2"`, "nothing is behind a zero")
	told := func(query string) []string {
		_, body := v.get(run + "/rows?stage=evaluate" + query)
		var rows []string
		for _, row := range regexp.MustCompile(`, row (\d+)<`).FindAllStringSubmatch(body, -1) {
			rows = append(rows, row[1])
		}
		return rows
	}
	assert.Equal(t, []string{"3", "2"}, told(""), "what is wrong, the surest first")
	assert.Equal(t, []string{"3", "2"}, told("&actual=baker&predicted=tailor"))
	assert.Equal(t, []string{"1", "3", "2"}, told("&predicted=tailor"))
	assert.Equal(t, []string{"4", "3", "2"}, told("&actual=baker"))
	assert.Equal(t, []string{"4"}, told("&actual=baker&predicted=baker"))
	assert.Empty(t, told("&actual=tailor&predicted=baker"))
	assert.Equal(t, []string{"2"}, told("&actual=baker&predicted=tailor&from=1"))
	_, body = v.get(run + "/rows?stage=evaluate&actual=baker")
	for _, want := range []string{"3 rows of baker.", "62.5 % sure; 37.5 % for the true one, row 2", "<dt>years</dt><dd>2.5 a</dd>", "<summary>The rest of the text</summary>", `<option selected value="baker">`} {
		assert.Contains(t, body, want)
	}
	_, body = v.get(run + "/rows?stage=evaluate&actual=tailor")
	assert.Contains(t, body, "sews &lt;b&gt;hems&lt;/b&gt;")
	for _, wrong := range []string{"/rows?stage=load", "/rows?stage=evaluate&actual=butcher", "/rows?stage=evaluate&predicted=butcher"} {
		answer, _ := v.get(run + wrong)
		assert.Equal(t, http.StatusNotFound, answer.StatusCode, wrong)
	}
}

// A notebook that is open is told which run's is the newest, and where that changed; of its
// own it need not be told.
func TestNotebookFollows(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	told := func(run string) (now struct{ Run, Cell string }) {
		_, body := v.get("/pipelines/diamonds/notebook/latest?run=" + run)
		require.NoError(t, json.Unmarshal([]byte(body), &now))
		return now
	}
	newest := told("")
	assert.NotEmpty(t, newest.Cell)
	open := told(newest.Run)
	assert.Equal(t, newest.Run, open.Run)
	assert.Empty(t, open.Cell)
	assert.Equal(t, newest, told("another"))
	f.unwritten = newest.Run
	assert.NotEqual(t, newest.Run, told("").Run, "its page is not written yet")
	assert.Equal(t, newest.Run, told(newest.Run).Run)
}

// What was drawn before anybody looked is not drawn again.
func TestDraw(t *testing.T) {
	f := newFake()
	v := visit(t, f)
	require.NoError(t, v.handler.(*pages.Handler).Draw(t.Context(), f.model.Versions[f.model.Champion-1].Run))
	assert.Equal(t, 2, f.cellsAsked)
	for _, tab := range []string{"data", "training"} {
		_, body := v.get("/pipelines/diamonds/" + tab)
		assert.Contains(t, body, "A table")
	}
	assert.Equal(t, 2, f.cellsAsked)
}
