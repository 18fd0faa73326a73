package requests

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/testdata/testpostgres"
)

// TestStore is what every database has to do.
func TestStore(t *testing.T) {
	for _, database := range []struct {
		name  string
		start func(*testing.T) (fresh func(*testing.T) string)
	}{
		{"SQLite", func(*testing.T) func(*testing.T) string {
			return func(t *testing.T) string { return filepath.Join(t.TempDir(), "requests.db") }
		}},
		{"PostgreSQL", postgres},
	} {
		t.Run(database.name, func(t *testing.T) {
			fresh := database.start(t)
			for _, behaviour := range []struct {
				name string
				test func(*testing.T, string)
			}{
				{"round trip", testRoundTrip}, {"filters", testFilters}, {"edges", testEdges}, {"predictions", testPredictions},
				{"group commit", testGroupCommit}, {"retention", testRetention}, {"shadows", testShadows}, {"hostile text", testHostile}, {"proof", testProof}, {"opened twice", testTwice},
				{"of before", testOfBefore}, {"shared", testShared}, {"claims", testClaims},
			} {
				t.Run(behaviour.name, func(t *testing.T) { behaviour.test(t, fresh(t)) })
			}
		})
	}
}

// postgres makes fresh databases of the server that LABBOOK_TEST_POSTGRES
// names, or else of one that it starts.
func postgres(t *testing.T) func(*testing.T) string {
	server := os.Getenv("LABBOOK_TEST_POSTGRES")
	if server == "" {
		server = startPostgres(t)
	}
	db, err := openPostgres(server, Normal)
	require.NoError(t, err)
	t.Cleanup(func() { db.close() })
	return func(t *testing.T) string {
		name := "labbook_" + NewID(time.Now())
		_, err = db.write.Exec("create database " + name)
		require.NoError(t, err)
		t.Cleanup(func() { db.write.Exec("drop database " + name + " with (force)") })
		return strings.Replace(server, "/postgres?", "/"+name+"?", 1)
	}
}

// startPostgres starts a server of its own, and skips the test where PostgreSQL is
// not installed.
func startPostgres(t *testing.T) string {
	if _, why := testpostgres.Installed(); why != "" {
		t.Skip(why + ", and LABBOOK_TEST_POSTGRES names no server")
	}
	server, err := testpostgres.Start()
	if err != nil {
		t.Skip("PostgreSQL cannot be set up here: ", err)
	}
	t.Cleanup(server.Remove)
	return server.Address()
}

// What is to be done once is claimed by one server of those that share PostgreSQL, until
// its answer is kept, or the claim is given back or old.
func testClaims(t *testing.T, address string) {
	now := noon
	o := Options{Clock: func() time.Time { return now }}
	one := open(t, address, o)
	claim := func(s *Store, want bool) {
		t.Helper()
		mine, err := s.Claim(t.Context(), "id")
		require.NoError(t, err)
		assert.Equal(t, want, mine)
	}
	claim(one, true)
	if one.db.tidy != nil { // one server has the file
		claim(one, true)
		return
	}
	other := open(t, address, o)
	claim(other, false)
	kept, err := other.Idempotent(t.Context(), "id")
	require.NoError(t, err)
	assert.Nil(t, kept, "a claim is no answer")
	require.NoError(t, one.Unclaim(t.Context(), "id"))
	claim(other, true)
	now = now.Add(claimLasts)
	claim(one, true)
	r := example(0)
	r.Time, r.Idempotent = now, &Idempotent{ID: "id", Asked: "a", Status: 202, Location: "/x", Type: "text/plain", Answer: []byte("done")}
	require.NoError(t, one.Record(r))
	require.NoError(t, other.Unclaim(t.Context(), "id"))
	claim(other, false)
	kept, err = other.Idempotent(t.Context(), "id")
	require.NoError(t, err)
	assert.Equal(t, r.Idempotent, kept)
	now = now.Add(KeepIdempotent)
	claim(other, true)
}

func open(t *testing.T, address string, o Options) *Store {
	s, err := Open(t.Context(), address, o)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

var noon = time.Date(2026, 11, 21, 12, 0, 0, 123456000, time.UTC)

// example is a request i seconds after noon.
func example(i int) *Request {
	at := noon.Add(time.Duration(i) * time.Second)
	return &Request{
		ID: NewID(at), Time: at, Method: "POST", Route: "/v1/stones/predict", Path: "/v1/stones/predict", Pipeline: "stones", Model: "stones",
		Version: 1 + i%2, Run: "run", Status: 200, Latency: time.Millisecond, Client: "127.0.0.1",
		Request:  Body{Type: "application/json", Size: 13, Kept: []byte(`{"carat":0.7}`)},
		Response: Body{Type: "application/json", Size: 14, Kept: []byte(`{"price":1234}`)},
	}
}

// What an example counts for, and what examples of one version share.
const (
	oneExample = 13 + 14 + recordBytes
	oneVersion = 4 + 18 + 6 + 3 + 16 + 16 + sharedBytes
)

// Who looks for what no index finds looks at the newest alone, and learns how far they
// reach: of a pipeline, of those that were refused, or of all.
func testEdges(t *testing.T, address string) {
	s := open(t, address, Options{})
	var ids []string
	for i := range 12 {
		r := example(i)
		if i%3 == 0 {
			r.Pipeline, r.Status = "other", 422
		}
		p := &Prediction{ID: r.ID, Time: r.Time, Pipeline: "stones", Model: "stones", Version: 1 + i%2, Request: r.ID, Input: []byte("{}"), Answer: []byte("{}")}
		r.Prediction = p
		require.NoError(t, s.Record(r))
		ids = append(ids, r.ID)
	}
	for _, one := range []struct {
		f    Filter
		n    int
		want string
	}{
		{Filter{}, 5, ids[7]}, {Filter{}, 12, ids[0]}, {Filter{}, 13, ""}, {Filter{Before: ids[7]}, 2, ids[5]}, {Filter{Pipeline: "other"}, 2, ids[6]},
		{Filter{Status: 4}, 3, ids[3]}, {Filter{Status: 422}, 3, ids[3]}, {Filter{Status: 2}, 3, ids[9]}, {Filter{Pipeline: "stones", Status: 4}, 2, ids[10]},
		{Filter{Until: noon.Add(4 * time.Second)}, 2, ids[2]}, {Filter{Pipeline: "nowhere"}, 1, ""},
	} {
		got, err := s.Edge(t.Context(), one.f, one.n)
		require.NoError(t, err)
		assert.Equal(t, one.want, got, "%+v", one.f)
	}
	found, err := s.Requests(t.Context(), Filter{Since: ids[5], Version: 1})
	require.NoError(t, err)
	assert.Len(t, found, 3)
	took, err := s.Timings(t.Context(), Filter{Status: 4}, 2)
	require.NoError(t, err)
	assert.Equal(t, []Timing{{noon.Add(9 * time.Second), time.Millisecond, 422}, {noon.Add(6 * time.Second), time.Millisecond, 422}}, took)
	got, err := s.PredictionEdge(t.Context(), PredictionFilter{Pipeline: "stones", Before: ids[9]}, 3)
	require.NoError(t, err)
	assert.Equal(t, ids[6], got)
	states := map[string]bool{}
	for _, outcome := range []string{"", "1", "2", "null"} {
		if outcome != "" {
			_, err = s.SetOutcome(t.Context(), "stones", ids[3], []byte(outcome), nil)
			require.NoError(t, err)
		}
		state, err := s.Told(t.Context(), "stones", 5)
		require.NoError(t, err)
		states[state] = true
	}
	assert.Len(t, states, 3, "nothing, a first outcome, another, and nothing again")
	saved, err := s.Predictions(t.Context(), PredictionFilter{Pipeline: "stones", Since: got, Version: 2})
	require.NoError(t, err)
	assert.Len(t, saved, 3)
}

// Pages ask what an index finds: as much is looked at of many requests as of few.
func TestPagesLookThroughNoTable(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "requests.db"), Options{})
	known, unknown := true, false
	for i, one := range []struct {
		w     *where
		table string
		index string
	}{
		{(&Filter{}).where(), "request", "record"}, {(&Filter{Since: "a", Model: "m"}).where(), "request", "record"},
		{(&Filter{Pipeline: "p"}).where(), "request", "record_by_pipeline"}, {(&Filter{Pipeline: "p", Since: "a", Version: 3}).where(), "request", "record_by_pipeline"},
		{(&Filter{Status: 4}).where(), "request", "record_failed"}, {(&Filter{Status: 503, Since: "a", Caller: "c"}).where(), "request", "record_failed"},
		{(&PredictionFilter{Pipeline: "p"}).where(""), "prediction", "prediction_by_pipeline"}, {(&PredictionFilter{Pipeline: "p", Known: &known}).where(""), "prediction", "prediction_told"},
		{(&PredictionFilter{Pipeline: "p", Known: &unknown}).where(""), "prediction", "prediction_told"}, {(&PredictionFilter{Pipeline: "p"}).where("id"), "prediction", "prediction"},
	} {
		rows, err := s.db.read.Query("explain query plan select * from "+one.table+" "+one.w.text(50), one.w.args...)
		require.NoError(t, err)
		plan, err := collect(rows, err, func() (step string, err error) {
			var id, parent, none int
			return step, rows.Scan(&id, &parent, &none, &step)
		})
		require.NoError(t, err)
		all := strings.Join(plan, "; ")
		assert.NotContains(t, all, "TEMP B-TREE", "%d: %s", i, all)
		assert.Regexp(t, "INDEX (sqlite_autoindex_)?"+one.index+`\b|INDEX sqlite_autoindex_`+one.index+"_1", all, i)
	}
}

func testRoundTrip(t *testing.T, address string) {
	s := open(t, address, Options{KeepBody: 10})
	r := example(0)
	require.NoError(t, s.Record(r))
	found, err := s.Request(t.Context(), r.ID)
	require.NoError(t, err)
	assert.Equal(t, r, found)
	assert.Equal(t, `{"carat":0`, string(found.Request.Kept))
	assert.True(t, found.Request.Truncated())
	none, err := s.Request(t.Context(), NewID(noon))
	require.NoError(t, err)
	assert.Nil(t, none)
	require.NoError(t, s.Close())
	assert.ErrorIs(t, s.Record(example(1)), ErrClosed)

	again := open(t, address, Options{})
	found, err = again.Request(t.Context(), r.ID)
	require.NoError(t, err)
	assert.NotNil(t, found)
}

func testFilters(t *testing.T, address string) {
	s := open(t, address, Options{})
	for i := range 10 {
		r := example(i)
		if i == 3 {
			r.Status = 422
		}
		if i == 4 {
			r.Pipeline, r.Status = "other", 500
		}
		require.NoError(t, s.Record(r))
	}
	count := func(f Filter) int {
		found, err := s.Requests(t.Context(), f)
		require.NoError(t, err)
		return len(found)
	}
	assert.Equal(t, 10, count(Filter{}))
	assert.Equal(t, 9, count(Filter{Pipeline: "stones"}))
	assert.Equal(t, 9, count(Filter{Routes: []string{"/v1/nowhere", "/v1/stones/predict"}, Method: "POST", Pipeline: "stones"}))
	assert.Equal(t, 0, count(Filter{Routes: []string{"/v1/nowhere", "' or 1=1 --"}}))
	assert.Equal(t, 0, count(Filter{Method: "GET", Pipeline: "stones"}))
	assert.Equal(t, 5, count(Filter{Version: 2, Model: "stones"}))
	assert.Equal(t, 1, count(Filter{Status: 422}))
	assert.Equal(t, 1, count(Filter{Status: 4}))
	assert.Equal(t, 8, count(Filter{Status: 2}))
	assert.Equal(t, 6, count(Filter{From: noon.Add(2 * time.Second), Until: noon.Add(8 * time.Second)}))
	assert.Equal(t, 0, count(Filter{Route: "' or 1=1 --"}))
	page, err := s.Requests(t.Context(), Filter{Limit: 4})
	require.NoError(t, err)
	next, err := s.Requests(t.Context(), Filter{Limit: 4, Before: page[3].ID, Bodies: true})
	require.NoError(t, err)
	assert.Equal(t, noon.Add(5*time.Second), next[0].Time)
	assert.Nil(t, page[0].Request.Kept)
	assert.Equal(t, `{"carat":0.7}`, string(next[0].Request.Kept))
	cut, err := s.Requests(t.Context(), Filter{Limit: 1, Before: page[3].ID, Excerpt: 5})
	require.NoError(t, err)
	assert.Equal(t, `{"car`, string(cut[0].Request.Kept))
}

func testPredictions(t *testing.T, address string) {
	s := open(t, address, Options{Clock: func() time.Time { return noon }})
	r := example(0)
	r.Prediction = &Prediction{ID: NewID(noon), Time: noon, Pipeline: "stones", Model: "stones", Version: 1, Run: "run", Request: r.ID,
		Input: []byte(`{"carat":0.7,"note":"\u0000"}`), Answer: []byte(`{"price":1234}`), Note: "ring"}
	require.NoError(t, s.Record(r))
	all, err := s.Predictions(t.Context(), PredictionFilter{Pipeline: "stones"})
	require.NoError(t, err)
	require.Len(t, all, 1)
	assert.Equal(t, r.Prediction, all[0])

	p, err := s.SetOutcome(t.Context(), "stones", r.Prediction.ID, []byte(`1300`), nil)
	require.NoError(t, err)
	assert.Equal(t, "1300", string(p.Outcome))
	assert.Equal(t, "ring", p.Note)
	assert.Equal(t, noon, p.OutcomeTime)
	note := "sold"
	p, err = s.SetOutcome(t.Context(), "stones", r.Prediction.ID, nil, &note)
	require.NoError(t, err)
	assert.Equal(t, "1300", string(p.Outcome))
	assert.Equal(t, "sold", p.Note)
	p, err = s.SetOutcome(t.Context(), "other", r.Prediction.ID, []byte(`1`), nil)
	require.NoError(t, err)
	assert.Nil(t, p, "of another pipeline")

	for known, want := range map[bool]int{true: 1, false: 0} {
		all, err := s.Predictions(t.Context(), PredictionFilter{Pipeline: "stones", Known: &known, Version: 1})
		require.NoError(t, err)
		assert.Len(t, all, want)
	}
	for text, want := range map[string]int{"": 1, "CARAT note": 1, "0.7 1234": 1, "ring_": 0, "%": 0, `\`: 1, "' or 1=1": 0, "diamond": 0} {
		all, err := s.Predictions(t.Context(), PredictionFilter{Pipeline: "stones", Text: text})
		require.NoError(t, err, text)
		assert.Len(t, all, want, text)
	}
}

func testGroupCommit(t *testing.T, address string) {
	var mu sync.Mutex
	rows, commits := 0, 0
	s := open(t, address, Options{Committed: func(n int, _ time.Duration) {
		mu.Lock()
		rows, commits = rows+n, commits+1
		mu.Unlock()
	}})
	const clients, each = 32, 20
	var wait sync.WaitGroup
	for range clients {
		wait.Go(func() {
			for i := range each {
				r := example(i)
				assert.NoError(t, s.Record(r))
				if i == each-1 { // what was acknowledged can be read
					found, err := s.Request(t.Context(), r.ID)
					assert.NoError(t, err)
					assert.NotNil(t, found)
				}
			}
		})
	}
	wait.Wait()
	assert.Equal(t, clients*each, rows)
	assert.Less(t, commits, rows, "several requests share a commit")
	n, bytes, err := s.Stored(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, rows, n)
	assert.EqualValues(t, rows*oneExample+2*oneVersion, bytes)
}

func testRetention(t *testing.T, address string) {
	now := noon.Add(time.Hour)
	s := open(t, address, Options{MaxAge: time.Hour - 5*time.Second, MaxBytes: 3*oneExample + 2*oneVersion, Clock: func() time.Time { return now }})
	for i := range 10 {
		require.NoError(t, s.Record(example(i)))
	}
	removed, err := s.Trim(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 7, removed, "five are too old, two too many")
	left, err := s.Requests(t.Context(), Filter{})
	require.NoError(t, err)
	require.Len(t, left, 3)
	assert.Equal(t, noon.Add(9*time.Second), left[0].Time)
	n, bytes, err := s.Stored(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []int64{3, 3*oneExample + 2*oneVersion}, []int64{n, bytes})
}

func testHostile(t *testing.T, address string) {
	s := open(t, address, Options{})
	r := example(0)
	r.Path, r.Client, r.Error = "/x?\x00\xff='; drop table request; --", "::1", "\x00"
	r.Request.Kept = []byte("\x00\xff'; drop table request; --")
	require.NoError(t, s.Record(r))
	found, err := s.Request(t.Context(), r.ID)
	require.NoError(t, err)
	assert.Equal(t, "\x00\xff'; drop table request; --", string(found.Request.Kept))
	assert.Contains(t, found.Path, "drop table")
}

func testTwice(t *testing.T, address string) {
	a, b := open(t, address, Options{}), open(t, address, Options{})
	require.NoError(t, a.Record(example(0)))
	require.NoError(t, b.Record(example(1)))
	found, err := a.Requests(t.Context(), Filter{})
	require.NoError(t, err)
	assert.Len(t, found, 2)
}

// TestCheckpoint: what is written comes into SQLite's file soon, and not only
// when the log is full or the store is closed.
func TestCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "requests.db")
	s := open(t, path, Options{Durability: Normal})
	size := func() int64 {
		info, err := os.Stat(path)
		require.NoError(t, err)
		return info.Size()
	}
	before := size()
	for range 20 {
		require.NoError(t, s.Record(&Request{ID: NewID(time.Now()), Request: Body{Kept: make([]byte, 10_000)}}))
	}
	assert.Eventually(t, func() bool { return size() > before+100_000 }, 5*time.Second, 10*time.Millisecond)
}

func testProof(t *testing.T, address string) {
	s := open(t, address, Options{})
	for range 3 {
		require.NoError(t, s.Prove(t.Context()))
		require.NoError(t, s.Record(example(0)))
	}
}

// TestCopy: what is copied beside a writer is sound, and has all that was answered.
func TestCopy(t *testing.T) {
	path, to := filepath.Join(t.TempDir(), "requests.db"), filepath.Join(t.TempDir(), "copy.db")
	s := open(t, path, Options{})
	require.NoError(t, s.Record(example(0)))
	require.NoError(t, Copy(t.Context(), path, to))
	require.NoError(t, s.Record(example(1)))
	require.NoError(t, Check(t.Context(), to))
	copied, err := open(t, to, Options{}).Requests(t.Context(), Filter{})
	require.NoError(t, err)
	assert.Len(t, copied, 1)
	assert.Error(t, Copy(t.Context(), path, to), "it is there already")
}

func TestFailingDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "requests.db")
	s := open(t, path, Options{})
	_, err := s.db.write.Exec("drop table record")
	require.NoError(t, err)
	assert.Error(t, s.Record(example(0)), "an answer without a record must not be sent")
	_, err = Open(t.Context(), "postgres://nobody@127.0.0.1:1/none?connect_timeout=1", Options{})
	assert.Error(t, err)
}

// A full disk is known before a request is lost to it, and that there is room again.
func TestProve(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "requests.db"), Options{})
	require.NoError(t, s.Prove(t.Context()))
	n, bytes, err := s.Stored(t.Context())
	require.NoError(t, err)
	assert.Zero(t, n+bytes)
	found, err := s.Requests(t.Context(), Filter{})
	require.NoError(t, err)
	assert.Empty(t, found, "what was tried does not stay")

	var pages int
	_, err = s.db.write.Exec("vacuum")
	require.NoError(t, err)
	require.NoError(t, s.db.write.QueryRow("pragma page_count").Scan(&pages))
	_, err = s.db.write.Exec(fmt.Sprintf("pragma max_page_count = %d", pages))
	require.NoError(t, err)
	assert.ErrorContains(t, s.Prove(t.Context()), "full")
	assert.ErrorContains(t, s.Record(&Request{ID: NewID(time.Now()), Request: Body{Kept: make([]byte, typical)}}), "full")
	_, err = s.db.write.Exec("pragma max_page_count = 1000000")
	require.NoError(t, err)
	require.NoError(t, s.Prove(t.Context()))

	// A database that hangs is not waited for.
	hanging := &Store{queue: queue{led: true}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, hanging.Prove(ctx), context.Canceled)
	require.NoError(t, s.Close())
	assert.ErrorIs(t, s.Prove(t.Context()), ErrClosed)
}

func TestAddress(t *testing.T) {
	for given, want := range map[string]string{
		"runs/requests.db": "/p/runs/requests.db", "/tmp/x.db": "/tmp/x.db", "./a:b.db": "/p/a:b.db",
		"postgres://me@host/name": "postgres://me@host/name", "postgresql://me@host/name": "postgresql://me@host/name",
	} {
		got, err := Address("/p", given)
		assert.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for given, hint := range map[string]string{
		"mysql://x": "./mysql://x", "sqlite:///tmp/x.db": "./sqlite", "": "",
		"postgress://me@host/name": `did you mean "postgres://me@host/name"?`, "postgres:/me@host/name": `did you mean "postgres://me@host/name"?`,
		"postgres:me@host/name": `did you mean "postgres://me@host/name"?`, "Postgres://h/n": `did you mean "postgres://h/n"?`,
	} {
		_, err := Address("/p", given)
		assert.ErrorContains(t, err, hint, given)
	}
}

func TestRedaction(t *testing.T) {
	r := newRedactor(DefaultRedact())
	for in, want := range map[string]string{
		`{"carat": 1}`: `{"carat": 1}`,
		`{"Token":"x","a":[{"PASSWORD":{"deep":1}}],"tokens":1}`: `{"Token":"[redacted]","a":[{"PASSWORD":"[redacted]"}],"tokens":1}`,
		`{"\u0074oken":"x"}`:                           `{"token":"[redacted]"}`,
		`{"token":"x"`:                                 `[redacted]`,
		`{"note":"my token"}`:                          `{"note":"my token"}`,
		`{"note":"\u00e9"}`:                            `{"note":"\u00e9"}`,
		"carat,token\n1,x\n2\n":                        "carat,token\n1,[redacted]\n2\n",
		"carat;Secret\n1;x\n":                          "carat;Secret\n1;[redacted]\n",
		"carat,cut\n1,token\n":                         "carat,cut\n1,token\n",
		"[,token\n1,x\n":                               "[,token\n1,[redacted]\n",
		"[1,\"token\",\n2]":                            "[1,\"token\",\n2]",
		"carat^token\n1^x\n":                           "carat^token\n1^[redacted]\n",
		"a token,b\n1,x\n":                             "a token,b\n1,x\n",
		"\"a\nb\",token\n1,x\n":                        "\"a\nb\",token\n1,[redacted]\n",
		"\ufeff{\"token\":\"x\"}":                      `{"token":"[redacted]"}`,
		"\ufefftoken,a\nx,1\n":                         "token,a\n[redacted],1\n",
		"\xff\xfet\x00o\x00k\x00e\x00n\x00\n\x00x\x00": "token\n[redacted]\n",
		"\xff\xfea\x00\n\x00x\x00":                     "\xff\xfea\x00\n\x00x\x00",
		"\xff\xfet":                                    "[redacted]",
	} {
		assert.Equal(t, want, string(r.body([]byte(in))), in)
	}
	assert.Equal(t, "/x?token=[redacted]&n=5", r.path("/x?token=abc&n=5"))
	assert.Equal(t, "/x?%74oken=[redacted]", r.path("/x?%74oken=abc"))
	assert.Equal(t, "/x?n=5", r.path("/x?n=5"))
}

// FuzzRedact sends a secret under a name that is listed, beside anything: it is not kept,
// and what has none of the names is kept as it came.
func FuzzRedact(f *testing.F) {
	f.Add("a", "1", "cut")
	f.Add("t\u00f6ken", `{"token": "x`, "x\";y")
	f.Fuzz(func(t *testing.T, name, value, more string) {
		const secret = "hunter2-hunter2"
		if strings.Contains(name+value+more, secret) {
			return
		}
		r := newRedactor(DefaultRedact())
		object, err := json.Marshal([]any{map[string]any{name: value, "in": []any{map[string]any{"Token": secret, more: value}}}})
		require.NoError(t, err)
		var columns bytes.Buffer
		w := csv.NewWriter(&columns)
		w.WriteAll([][]string{{name, "password", more}, {value, secret, more}, {more, secret, value}})
		form := url.Values{name: {value}, "api_key": {secret}}.Encode()
		for _, body := range []string{string(object), columns.String(), form} {
			assert.NotContains(t, string(r.body([]byte(body))), secret, body)
		}
		assert.NotContains(t, r.path("/x?"+form), secret)
		r.body([]byte(value)) // whatever it is
		none := newRedactor(nil)
		assert.Equal(t, string(object), string(none.body(object)))
		assert.Equal(t, "/x?"+form, none.path("/x?"+form))
	})
}

func TestIDsSortByTime(t *testing.T) {
	a, b := NewID(noon), NewID(noon.Add(time.Millisecond))
	assert.Less(t, a, b)
	assert.Less(t, idAt(noon), a)
	assert.Greater(t, idAt(noon.Add(time.Millisecond)), a)
	assert.NotEqual(t, a, NewID(noon))
}

func BenchmarkRecord(b *testing.B) {
	for _, durability := range []Durability{Full, Normal} {
		for _, clients := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", durability, clients), func(b *testing.B) {
				s, err := Open(b.Context(), filepath.Join(b.TempDir(), "requests.db"), Options{Durability: durability})
				require.NoError(b, err)
				defer s.Close()
				b.SetParallelism(clients / 2)
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						if err := s.Record(example(0)); err != nil {
							b.Error(err)
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
			})
		}
	}
}
