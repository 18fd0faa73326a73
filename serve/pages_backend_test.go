package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/internal/base/params"
	"labbook/internal/data/record"
	"labbook/internal/store/requests"
)

// pagesLab is a server with pages and two versions of its model.
func pagesLab(t testing.TB, change func(*Options)) *lab {
	l := newLab(t)
	l.train(100, nil)
	l.train(120, nil)
	return l.start(func(o *Options) {
		o.Pages = Pages(notebooks{})
		if change != nil {
			change(o)
		}
	})
}

// notebooks is a project of two pipelines, one of which never ran.
type notebooks struct{}

func (notebooks) HasNotebook(string) bool { return true }

func (notebooks) Learners(context.Context, string) ([]Learner, error) {
	return []Learner{{Stage: "train/a", Settings: []params.Setting{{Field: params.Field{Path: "params.ridge", Type: "number"}, Value: "1"}}}}, nil
}

func (notebooks) Declared(context.Context) ([]Declared, error) {
	return []Declared{{Name: "stones", Title: "What is a stone worth?", Params: []Param{{"seed", "42"}}, Models: []string{"train/a", "train/b"}, Judges: []string{"evaluate"}},
		{Name: "wines", Params: []Param{{"seed", "1"}}}}, nil
}

func (notebooks) Notebook(_ context.Context, pipeline, run string) ([]byte, error) {
	if pipeline == "wines" {
		return nil, nil
	}
	return []byte("notebook of " + pipeline + " " + run), nil
}

func (notebooks) Offline(context.Context, string) ([]byte, error) { return nil, nil }

func (notebooks) Cell(_ context.Context, s *record.Stage) *notebook.Cell {
	if s.Kind != "load" {
		return nil
	}
	c := &notebook.Cell{}
	c.Markdown("200 stones were read")
	return c
}

// form sends a form as a browser does.
func (l *lab) form(path string, values url.Values, session bool) (status int, location, body string) {
	headers := []string{"Content-Type: application/x-www-form-urlencoded"}
	if session {
		headers = append(headers, l.session())
	}
	w := l.ask("POST", path, values.Encode(), headers...)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

var aStone = url.Values{"in.carat": {"0.5"}, "in.cut": {"Good"}, "in.shop": {"east"}}

func TestPagesShowWhatIsServed(t *testing.T) {
	l := pagesLab(t, nil)
	for path, want := range map[string]string{
		"/": "What is a stone worth?", "/pipelines/stones": `name="in.carat"`, "/pipelines/stones?sample=small": `value="0.5"`, "/pipelines/stones/data": "200 stones were read", "/pipelines/stones/training": "Nothing is kept here of a training.", "/models/stones": "version 1", "/pipelines/stones/drift": "Nothing has been asked yet.",
		"/runs": "succeeded", "/requests": "No request is like this.", "/pipelines/stones/notebook/page": "notebook of stones ",
	} {
		w := l.ask("GET", path, "")
		assert.Equal(t, 200, w.Code, path)
		assert.Contains(t, w.Body.String(), want, path)
	}
	assert.Equal(t, 404, l.ask("GET", "/pipelines/stones/notebook/page?run=latest", "").Code, "only whole ids name runs")
	assert.Equal(t, 404, l.ask("GET", "/pipelines/nothing", "").Code)
}

// What is declared is on the site, run or not, and what ran is, declared or not.
func TestPagesOfWhatNeverRan(t *testing.T) {
	l := pagesLab(t, nil)
	at := time.Now().Add(time.Hour)
	require.NoError(t, l.ledger.StartRun(&record.Run{Pipeline: "gone", Status: record.Failed, Started: at, Ended: at}))
	for range 300 { // however many runs another has
		require.NoError(t, l.ledger.StartRun(&record.Run{Pipeline: "stones", Status: record.Failed, Started: at, Ended: at}))
	}
	home := l.ask("GET", "/", "").Body.String()
	for _, want := range []string{`href="/pipelines/wines"`, "it has not run yet", `href="/pipelines/gone"`, "it is no longer declared", "What is a stone worth?"} {
		assert.Contains(t, home, want)
	}
	for _, path := range []string{"/pipelines/wines", "/pipelines/wines/notebook", "/pipelines/gone", "/runs/new", "/runs/new?pipeline=wines", "/runs?pipeline=wines"} {
		assert.Equal(t, 200, l.ask("GET", path, "").Code, path)
	}
	assert.Equal(t, 404, l.ask("GET", "/runs/new?pipeline=gone", "").Code)
}

// Two versions that nobody kept predictions of are not called better or worse.
func TestPagesDoNotCompareWithoutPredictions(t *testing.T) {
	l := pagesLab(t, nil)
	w := l.ask("GET", "/models/stones/promote?version=2", "", l.session())
	require.Equal(t, 200, w.Code)
	assert.Contains(t, w.Body.String(), `class="said not-comparable"`)
	assert.NotContains(t, w.Body.String(), `class="said worse"`)
	assert.NotContains(t, w.Body.String(), `class="said better"`)
}

// What a page predicts is recorded as what the API predicts is, and what is
// wrong is said beside the field.
func TestPagesPredictThroughTheAPI(t *testing.T) {
	l := pagesLab(t, nil)
	status, _, body := l.form("/pipelines/stones/predict", aStone, false)
	assert.Equal(t, 200, status)
	assert.Contains(t, body, "stones version 1")
	recorded, err := l.requests.Requests(t.Context(), requests.Filter{Bodies: true})
	require.NoError(t, err)
	require.Len(t, recorded, 1, "the call of the API, and not the page")
	assert.Equal(t, "/v1/stones/predict", recorded[0].Route)
	assert.JSONEq(t, small, string(recorded[0].Request.Kept))
	assert.Contains(t, body, recorded[0].ID)

	status, _, body = l.form("/pipelines/stones/predict", url.Values{"in.carat": {"-1"}, "in.cut": {"Goood"}, "in.shop": {"east"}}, false)
	assert.Equal(t, 422, status)
	assert.Contains(t, body, "field-0-fault")
	assert.Contains(t, body, "Did you mean &#34;Good&#34;?")
}

func TestPagesSaveAndTellTheOutcome(t *testing.T) {
	l := pagesLab(t, nil)
	save := url.Values{"save": {"yes"}, "note": {"blue"}}
	for name, values := range aStone {
		save[name] = values
	}
	_, location, _ := l.form("/pipelines/stones/predict", save, false)
	assert.Contains(t, location, "/login")
	_, location, _ = l.form("/pipelines/stones/predict", save, true)
	require.Contains(t, location, "prediction=")
	saved, err := l.requests.Predictions(t.Context(), requests.PredictionFilter{Pipeline: "stones"})
	require.NoError(t, err)
	require.Len(t, saved, 1)
	assert.Equal(t, "blue", saved[0].Note)

	outcome := "/pipelines/stones/predictions/" + saved[0].ID + "/outcome"
	status, _, _ := l.form(outcome, url.Values{"outcome": {"a lot"}}, true)
	assert.Equal(t, 422, status)
	status, _, _ = l.form(outcome, url.Values{"outcome": {"61.5"}}, true)
	assert.Equal(t, 303, status)
	assert.Contains(t, l.ask("GET", "/pipelines/stones", "").Body.String(), "61.50 USD")

	save.Set("in.cut", "Goood")
	status, _, body := l.form("/pipelines/stones/predict", save, true)
	assert.Equal(t, 422, status)
	assert.Contains(t, body, "field-1-fault", "the fault finds its field through the form that saves, too")
}

func TestPagesMoveTheChampion(t *testing.T) {
	l := pagesLab(t, nil)
	promote := url.Values{"version": {"2"}, "expected": {"1"}, "reason": {"better"}}
	_, location, _ := l.form("/models/stones/promote", promote, false)
	assert.Contains(t, location, "/login")
	assert.Equal(t, 1, l.server.Endpoint("stones").Version.Version)
	_, location, _ = l.form("/models/stones/promote", promote, true)
	assert.Contains(t, location, "done=promoted")
	assert.Equal(t, 2, l.server.Endpoint("stones").Version.Version)
	status, _, body := l.form("/models/stones/promote", url.Values{"version": {"1"}, "expected": {"1"}}, true)
	assert.Equal(t, 422, status, body)
	status, _, body = l.form("/models/stones/rollback", url.Values{"expected": {"1"}}, true)
	assert.Equal(t, 422, status)
	assert.Contains(t, body, "moved meanwhile")
	_, location, _ = l.form("/models/stones/rollback", url.Values{"expected": {"2"}}, true)
	assert.Contains(t, location, "done=rolled-back")
	assert.Equal(t, 1, l.server.Endpoint("stones").Version.Version)
}

// starter is a Runner that notes what it is to run.
type starter struct {
	mu      sync.Mutex // of queue and stopped: a run is followed while another request stops it
	jobs    []Job
	queue   []*record.Queued
	stopped []string
	busy    bool
}

func (s *starter) Start(_ context.Context, job Job) (*Place, error) {
	if s.busy && job.Wait != nil && !*job.Wait {
		return nil, record.ErrBusy
	}
	if len(s.queue) > 5 {
		return nil, record.ErrQueueFull
	}
	s.jobs = append(s.jobs, job)
	return &Place{Run: "20261121-223105-k3f9c2", Before: len(s.queue)}, nil
}

func (s *starter) Foresee(_ context.Context, job Job) ([]ForeseenStage, error) {
	all := []ForeseenStage{{Name: "load"}, {Name: "train/a", Waits: true, Expected: 30 * time.Second}, {Name: "train/b", Waits: true, Expected: 20 * time.Second}}
	for _, name := range job.Only {
		all = append(all, ForeseenStage{Name: name, Runs: true, Expected: 10 * time.Second})
	}
	return all, nil
}

func (s *starter) Queue(context.Context) ([]*record.Queued, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.queue), nil
}

func (s *starter) Stop(_ context.Context, run string) (Stopping, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = append(s.stopped, run)
	if s.busy {
		return StillStopping, nil
	}
	if i := slices.IndexFunc(s.queue, func(q *record.Queued) bool { return q.ID == run }); i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
		return Removed, nil
	}
	return "", record.ErrEnded
}

func (s *starter) Again(run *record.Run) Job { return Job{Pipeline: run.Pipeline, Force: true} }

func TestPagesStartRuns(t *testing.T) {
	runner := &starter{}
	l := pagesLab(t, func(o *Options) { o.Runner = runner })
	_, location, _ := l.form("/runs/new", url.Values{"pipeline": {"stones"}, "param.seed": {"7"}, "model": {"train/a", "train/b"}, "force": {"yes"}}, true)
	assert.Equal(t, "/runs/20261121-223105-k3f9c2", location)
	assert.Equal(t, []Job{{Pipeline: "stones", Params: map[string]Setting{"seed": "7"}, Models: []string{"train/a", "train/b"}, Force: true}}, runner.jobs)
	_, _, told := l.form("/runs/new", url.Values{"pipeline": {"stones"}, "keep": {"no"}, "foresee": {"yes"}}, true)
	assert.Contains(t, told, "1 stage would run, and 2 more if what they read changes; 1 is up to date. At most 1 min 0 s by earlier runs, on one core.")
	assert.Len(t, runner.jobs, 1, "it was only asked")
	w := l.ask("GET", "/runs/new?pipeline=stones", "", l.session())
	for _, want := range []string{`name="model" value="train/b"`, `name="param.train/a.with.params.ridge" value="1"`, `name="param.seed" value="42"`, `<option>wines</option>`} {
		assert.Contains(t, w.Body.String(), want)
	}
	runs, err := l.ledger.Runs(t.Context(), record.Filter{})
	require.NoError(t, err)
	_, location, _ = l.form("/runs/"+runs[0].ID+"/again", url.Values{}, true)
	assert.Equal(t, "/runs/20261121-223105-k3f9c2", location)
	assert.Equal(t, Job{Pipeline: "stones", Force: true}, runner.jobs[1])
	status, _, body := l.form("/runs/"+runs[0].ID+"/stop", url.Values{}, true)
	assert.Equal(t, 409, status)
	assert.Contains(t, body, "The run has ended already.")
	runner.queue = make([]*record.Queued, 6)
	for i := range runner.queue {
		runner.queue[i] = &record.Queued{ID: fmt.Sprintf("2026112%d-223105-k3f9c2", i), Pipeline: "stones"}
	}
	status, _, body = l.form("/runs/new", url.Values{"pipeline": {"stones"}}, true)
	assert.Equal(t, 409, status)
	assert.Contains(t, body, "The queue is full")
}

// On a public server every page asks people to sign in, and lets them.
func TestPagesOfAPublicServer(t *testing.T) {
	l := pagesLab(t, func(o *Options) { o.Public = true })
	for _, path := range []string{"/", "/pipelines/stones", "/pipelines/stones/notebook/page", "/models", "/runs", "/requests", "/nothing"} {
		w := l.ask("GET", path, "")
		assert.Equal(t, 303, w.Code, path)
		assert.True(t, strings.HasPrefix(w.Header().Get("Location"), "/login?"), path)
	}
	assert.Equal(t, "/login?next=/docs/", l.ask("GET", "/docs/", "").Header().Get("Location"))
	assert.Equal(t, 401, l.ask("GET", "/openapi.json", "").Code)
	assert.Equal(t, 200, l.ask("GET", "/docs/", "", withToken).Code)
	status, _, _ := l.form("/pipelines/stones/predict", aStone, false)
	assert.Equal(t, 303, status)
	status, _, _ = l.form("/login", url.Values{"token": {"wrong"}}, false)
	assert.Equal(t, 401, status)
	w := l.ask("POST", "/login", "token="+url.QueryEscape(token), "Content-Type: application/x-www-form-urlencoded")
	require.Equal(t, 303, w.Code)
	cookie := w.Result().Cookies()[0]
	assert.True(t, cookie.HttpOnly)
	assert.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	assert.Equal(t, 200, l.ask("GET", "/", "", "Cookie: "+cookie.Name+"="+cookie.Value).Code)
	assert.Equal(t, 401, l.ask("GET", "/metrics", "").Code, "the API has its own words")
}

// What is older than it may be is told in numbers and in words; what is not there has no age.
func TestAges(t *testing.T) {
	now := time.Now()
	l := pagesLab(t, func(o *Options) {
		o.Clock = func() time.Time { return now }
		o.Fresh = func(context.Context) []record.Freshness {
			return []record.Freshness{
				{Pipeline: "stones", Stage: "load", What: "data/b.csv", Since: now.Add(-9 * 24 * time.Hour), Limit: 7 * 24 * time.Hour},
				{Pipeline: "stones", Stage: "register", Model: true, What: "stones@1", Since: now.Add(-time.Hour), Limit: 12 * time.Hour},
				{Pipeline: "stones", Stage: "other", Limit: time.Hour},
			}
		}
	})
	told := l.ask("GET", "/metrics", "").Body.String()
	for _, line := range []string{
		`labbook_age_seconds{of="data",pipeline="stones",stage="load"} 777600`, `labbook_age_limit_seconds{of="data",pipeline="stones",stage="load"} 604800`,
		`labbook_age_seconds{of="model",pipeline="stones",stage="register"} 3600`, `labbook_age_limit_seconds{of="data",pipeline="stones",stage="other"} 3600`,
	} {
		assert.Contains(t, told, line)
	}
	assert.NotContains(t, told, `labbook_age_seconds{of="data",pipeline="stones",stage="other"}`)
	var listed []Description
	require.NoError(t, json.Unmarshal(l.ask("GET", "/v1/pipelines", "", withToken).Body.Bytes(), &listed))
	since := now.Add(-9 * 24 * time.Hour).UTC().Truncate(0)
	assert.Equal(t, Freshness{Stage: "load", Of: "data", What: "data/b.csv", Since: since, Seconds: 777600, Limit: 604800, Stale: true}, listed[0].Fresh[0])
	assert.Equal(t, Freshness{Stage: "other", Of: "data", Limit: 3600}, listed[0].Fresh[2])
	var one Description
	require.NoError(t, json.Unmarshal(l.ask("GET", "/v1/stones", "", withToken).Body.Bytes(), &one))
	assert.Equal(t, listed[0].Fresh, one.Fresh)
	for _, page := range []string{"/", "/pipelines/stones"} {
		body := l.ask("GET", page, "", "Accept: text/html").Body.String()
		assert.Contains(t, body, "The data of load (data/b.csv) are 9 days old, more than 7 days.", page)
		assert.Contains(t, body, "The champion stones@1 is 1 h old, of at most 12 h.", page)
		assert.Contains(t, body, "The data of other have not come yet.", page)
	}
}
