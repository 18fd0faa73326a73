package serve

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/data/formats"
	"labbook/internal/data/record"
	"labbook/internal/store/keys"
	"labbook/internal/store/requests"
	"labbook/serve/batch"
)

// batchLab is a server that takes batches; work has it work at them until they have all
// ended.
func batchLab(t testing.TB, change func(*Options)) *lab {
	l := newLab(t)
	l.train(100, nil)
	folder := filepath.Join(t.TempDir(), "batches")
	return l.start(func(o *Options) {
		o.Batches = folder
		if change != nil {
			change(o)
		}
	})
}

// work works at batches until all have ended.
func (l *lab) work() {
	ctx, stop := context.WithCancel(l.t.(*testing.T).Context())
	ended := make(chan struct{})
	go func() { l.server.batches.work(ctx); close(ended) }()
	require.Eventually(l.t, func() bool {
		all, err := l.server.batches.store.List()
		require.NoError(l.t, err)
		for _, b := range all {
			if !b.Over() {
				return false
			}
		}
		return true
	}, time.Minute, time.Millisecond)
	stop()
	<-ended
}

// csvStones is CSV of n stones, with a column of its own before and after.
func csvStones(n int) string {
	var b strings.Builder
	b.WriteString("id,carat,cut,shop,remark\n")
	for i := range n {
		fmt.Fprintf(&b, "%03d,%.2f,%s,east,%d\n", i, float64(20+i%100)/100, []string{"Fair", "Good", "Ideal"}[i%3], i)
	}
	return b.String()
}

func (l *lab) sendBatch(body string, headers ...string) string {
	return members(l.t, l.ask("POST", "/v1/stones/batches?name=stones.csv", body, append(headers, withToken)...), 202)["id"].(string)
}

func TestBatch(t *testing.T) {
	l := batchLab(t, nil)
	text := csvStones(300)
	at := "/v1/stones/batches/" + l.sendBatch(text)
	before := members(t, l.ask("GET", at, ""), 200)
	assert.Equal(t, "queued", before["status"])
	assert.Equal(t, "stones.csv", before["name"])
	assert.Equal(t, keys.Token, before["caller"])
	assert.Contains(t, members(t, l.ask("GET", at+"/result.csv", ""), 409)["detail"], "queued")
	l.work()

	done := members(t, l.ask("GET", at, ""), 200)
	require.Equal(t, "done", done["status"], "%v", done)
	assert.EqualValues(t, 300, done["rows"])
	assert.EqualValues(t, 1, done["share"])
	assert.Equal(t, "stones", done["model"])
	result := l.ask("GET", at+"/result.csv", "")
	require.Equal(t, 200, result.Code)
	at1 := l.ask("POST", "/v1/stones/predict", text, "Content-Type: text/csv")
	assert.Equal(t, at1.Body.String(), result.Body.String(), "it is what would be answered at once")
	assert.Equal(t, "stones@1", result.Header().Get("X-Labbook-Model"))
	assert.Equal(t, "attachment; filename=stones.csv", result.Header().Get("Content-Disposition"))

	types := map[string]string{}
	for _, c := range done["result"].(map[string]any)["columns"].([]any) {
		types[c.(map[string]any)["name"].(string)] = c.(map[string]any)["type"].(string)
	}
	assert.Equal(t, map[string]string{"id": "text", "carat": "number", "cut": "text", "shop": "text", "remark": "whole", "predicted_price": "number", "low_price": "number", "high_price": "number"}, types)
	for _, form := range done["result"].(map[string]any)["forms"].([]any) {
		form := form.(map[string]any)
		for range 2 { // made, and found
			w := l.ask("GET", form["href"].(string), "")
			require.Equal(t, 200, w.Code, "%s", w.Body)
			path := filepath.Join(t.TempDir(), "r."+form["form"].(string))
			require.NoError(t, os.WriteFile(path, w.Body.Bytes(), 0o600))
			r, err := formats.Read(path, formats.Options{})
			require.NoError(t, err)
			require.Equal(t, 300, r.Table.Rows(), form["form"])
			assert.Equal(t, .29, r.Table.Column("carat").Num[9])
			assert.Equal(t, "009", r.Table.Column("id").String(9))
			assert.InDelta(t, 29, r.Table.Column("predicted_price").Num[9], 12)
		}
	}
	list := members(t, l.ask("GET", "/v1/stones/batches", ""), 200)["items"].([]any)
	require.Len(t, list, 1)

	found, err := l.requests.Requests(t.Context(), requests.Filter{Pipeline: "stones", Bodies: true})
	require.NoError(t, err)
	byMethod := map[string]*requests.Request{}
	for _, r := range found {
		byMethod[r.Method+" "+r.Route] = r
	}
	brought, ended := byMethod["POST /v1/stones/batches"], byMethod["BATCH /v1/stones/batches/{batch}"]
	require.NotNil(t, brought)
	require.NotNil(t, ended)
	assert.EqualValues(t, len(text), brought.Request.Size)
	assert.Contains(t, string(brought.Request.Kept), done["file"].(map[string]any)["digest"])
	assert.NotContains(t, string(brought.Request.Kept), "Ideal")
	assert.Equal(t, done["record"], ended.ID)
	assert.Equal(t, 1, ended.Version)
	assert.Contains(t, string(ended.Response.Kept), done["result"].(map[string]any)["digest"])
	assert.EqualValues(t, result.Body.Len(), ended.Response.Size)

	members(t, l.ask("DELETE", at, "", withToken), 200)
	members(t, l.ask("GET", at, ""), 404)
	members(t, l.ask("GET", at+"/result.csv", ""), 404)
	left, err := os.ReadDir(l.server.options.Batches)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// Faults of all pieces are told at once, each with its line, and nothing is answered.
// The page of batches lists what the API does.
func TestBatchesPage(t *testing.T) {
	l := batchLab(t, func(o *Options) { o.Pages = Pages(notebooks{}) })
	good, bad := l.sendBatch("carat,cut,shop\n0.5,Good,east\n"), l.sendBatch("carat,cut,shop\nx,Good,east\n")
	l.work()
	page := l.ask("GET", "/pipelines/stones/batches", "").Body.String()
	assert.Contains(t, page, "/v1/stones/batches/"+good+"/result.parquet")
	assert.Contains(t, page, `/v1/stones/batches/`+bad+`">1 fault, each with its line`)
	assert.Contains(t, page, "1 row")
	assert.NotContains(t, page, bad+"/result")
}

// A batch can be asked of any version, which answers it whoever is champion by then.
func TestBatchOfAVersion(t *testing.T) {
	l := batchLab(t, nil)
	l.train(200, nil)
	_, err := l.registry.SetAlias(t.Context(), "stones", "candidate", 2, nil, "", "test")
	require.NoError(t, err)
	require.NoError(t, l.server.Refresh(t.Context()))
	text := "carat,cut,shop\n0.5,Good,east\n"
	ids := map[string]float64{"": 1, "candidate": 2, "2": 2, "champion": 1}
	for version, want := range ids {
		id := members(t, l.ask("POST", "/v1/stones/batches?version="+version, text, withToken), 202)["id"].(string)
		l.work()
		done := members(t, l.ask("GET", "/v1/stones/batches/"+id, ""), 200)
		require.Equal(t, "done", done["status"], done)
		assert.Equal(t, want, done["version"], version)
		result := l.ask("GET", "/v1/stones/batches/"+id+"/result.csv", "")
		assert.Equal(t, l.ask("POST", fmt.Sprintf("/v1/stones/predict?version=%v", want), text, "Content-Type: text/csv").Body.String(), result.Body.String())
	}
	unknown := members(t, l.ask("POST", "/v1/stones/batches?version=candidat", text, withToken), 422)
	assert.Contains(t, fmt.Sprint(unknown), `did you mean "candidate"?`)
}

func TestBatchNamesWhatIsWrong(t *testing.T) {
	l := batchLab(t, nil)
	rows := strings.SplitAfter(csvStones(70_000), "\n") // three pieces
	for _, line := range []int{7, 60_000, 69_000} {
		rows[line-1] = "1,heavy,Good,east,2\n"
	}
	at := "/v1/stones/batches/" + l.sendBatch(strings.Join(rows, ""))
	l.work()
	b := members(t, l.ask("GET", at, ""), 200)
	require.Equal(t, "failed", b["status"])
	assert.Contains(t, b["detail"], "3 rows cannot be predicted, so none is answered")
	faults := b["errors"].([]any)
	require.Len(t, faults, 3)
	for i, line := range []string{"body:7:", "body:60000:", "body:69000:"} {
		assert.Contains(t, faults[i].(map[string]any)["location"].(string)+":", line)
		assert.Contains(t, faults[i].(map[string]any)["value"], "heavy")
	}
	assert.Contains(t, members(t, l.ask("GET", at+"/result.parquet", ""), 409)["detail"], "failed")
	ended, err := l.requests.Request(t.Context(), b["record"].(string))
	require.NoError(t, err)
	assert.Equal(t, 422, ended.Status)

	for name, test := range map[string]struct{ body, says string }{
		"no column":   {"cut,shop\nGood,east\n", "carat"},
		"a zip":       {"PK\x03\x04", "is a zip archive"},
		"a list":      {"[" + small + "]", "is a JSON list"},
		"cut parquet": {"PAR1 and no more", "is cut short"},
		"its answer":  {"carat,cut,shop,predicted_price\n.5,Good,east,1\n", "has a column that the answer is to have"},
	} {
		t.Run(name, func(t *testing.T) {
			id := l.sendBatch(test.body)
			l.work()
			b := members(t, l.ask("GET", "/v1/stones/batches/"+id, ""), 200)
			assert.Equal(t, "failed", b["status"])
			assert.Contains(t, b["detail"], test.says)
		})
	}
	assert.Equal(t, 422, l.ask("POST", "/v1/stones/batches", "", withToken).Code)
	assert.Equal(t, 422, l.ask("POST", "/v1/stones/batches?nam=x", "x", withToken).Code)
	assert.Equal(t, 415, l.ask("POST", "/v1/stones/batches", "x", withToken, "Content-Type: multipart/form-data; boundary=x").Code)
	assert.Equal(t, 404, l.ask("POST", "/v1/sand/batches", "x", withToken).Code)
}

// Batches belong to the keys that bring them.
func TestBatchesOfKeys(t *testing.T) {
	l := batchLab(t, nil)
	key := func(name string, scopes ...record.Scope) string {
		secret, err := l.server.options.Keys.Create(&record.Key{Name: name, Scopes: scopes}, keys.Who{Actor: "test"})
		require.NoError(t, err)
		return "Authorization: Bearer " + secret
	}
	ann, bob, eve := key("ann", record.ScopePredict), key("bob", record.ScopePredict), key("eve", record.ScopeRead)
	require.NoError(t, l.server.guard.register.refresh(t.Context()))
	assert.Equal(t, 401, l.ask("POST", "/v1/stones/batches", csvStones(1)).Code, "it changes something")
	assert.Equal(t, 403, l.ask("POST", "/v1/stones/batches", csvStones(1), eve).Code)
	id := members(t, l.ask("POST", "/v1/stones/batches", csvStones(1), ann), 202)["id"].(string)
	at := "/v1/stones/batches/" + id
	for who, status := range map[string]int{ann: 200, bob: 404, eve: 200, withToken: 200} {
		assert.Equal(t, status, l.ask("GET", at, "", who).Code)
	}
	assert.Empty(t, members(t, l.ask("GET", "/v1/stones/batches", "", bob), 200)["items"])
	assert.Equal(t, 404, l.ask("DELETE", at, "", bob).Code)
	assert.Equal(t, 403, l.ask("DELETE", at, "", eve).Code)
	assert.Equal(t, 200, l.ask("DELETE", at, "", ann).Code)
}

// Sent again with its key, a file is one batch.
func TestBatchOnce(t *testing.T) {
	l := batchLab(t, nil)
	again := []string{withToken, "Idempotency-Key: 7"}
	first := l.ask("POST", "/v1/stones/batches", csvStones(3), again...)
	second := l.ask("POST", "/v1/stones/batches", csvStones(3), again...)
	assert.Equal(t, 202, second.Code)
	assert.Equal(t, first.Body.String(), second.Body.String())
	assert.Equal(t, 422, l.ask("POST", "/v1/stones/batches", csvStones(4), again...).Code)
	all, err := l.server.batches.store.List()
	require.NoError(t, err)
	assert.Len(t, all, 1)
	left, err := os.ReadDir(l.server.options.Batches)
	require.NoError(t, err)
	assert.Len(t, left, 1, "what came twice is not kept")
}

// Jobs and bytes are bounded, of what waits, comes and is done.
func TestBatchesAreBounded(t *testing.T) {
	l := batchLab(t, func(o *Options) { o.Limits.Batch, o.Limits.BatchDisk, o.Limits.Batches = 40_000, 60_000, 2 })
	assert.Equal(t, 413, l.ask("POST", "/v1/stones/batches", csvStones(3000), withToken).Code)
	endless := httptest.NewRequest("POST", "http://localhost/v1/stones/batches", strings.NewReader(csvStones(3000)))
	endless.ContentLength = -1
	endless.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	l.server.ServeHTTP(w, endless)
	assert.Equal(t, 413, w.Code)
	id := l.sendBatch(csvStones(1500))
	assert.Contains(t, members(t, l.ask("POST", "/v1/stones/batches", csvStones(1500), withToken), 409)["detail"], "of the disk")
	l.sendBatch(csvStones(1))
	assert.Contains(t, members(t, l.ask("POST", "/v1/stones/batches", csvStones(1), withToken), 409)["detail"], "2 batches are kept")
	l.work()
	b := members(t, l.ask("GET", "/v1/stones/batches/"+id, ""), 200)
	assert.Equal(t, "failed", b["status"], "its result has no room")
	assert.Contains(t, b["detail"], "of the disk")
	used, err := l.server.batches.store.Used()
	require.NoError(t, err)
	assert.Less(t, used, int64(10_000), "what failed is not kept")
}

// A batch is kept for a day from its end on, whichever server looks.
func TestBatchesExpire(t *testing.T) {
	now := time.Now()
	l := batchLab(t, func(o *Options) { o.Clock = func() time.Time { return now } })
	at := "/v1/stones/batches/" + l.sendBatch(csvStones(3))
	l.work()
	now = now.Add(keepBatches - time.Second)
	require.NoError(t, l.server.batches.store.Tidy())
	assert.Equal(t, 200, l.ask("GET", at+"/result.csv", "").Code)
	now = now.Add(time.Second)
	l.start(l.same())
	l.work()
	assert.Equal(t, 404, l.ask("GET", at, "").Code)
}

// same gives options as the server has them, for one that comes after it.
func (l *lab) same() func(*Options) {
	old := l.server.options
	return func(o *Options) { o.Batches, o.Clock, o.Limits = old.Batches, old.Clock, old.Limits }
}

// What a server was at when it ended, the next one begins again; one that ends servers
// is given up.
func TestBatchesSurviveTheServer(t *testing.T) {
	l := batchLab(t, nil)
	id := l.sendBatch(csvStones(3))
	store := l.server.batches.store
	claim, err := store.Next()
	require.NoError(t, err)
	other, err := store.Next()
	require.NoError(t, err)
	assert.Nil(t, other, "one works at it")
	claim.Status, claim.Attempts = batch.Running, 1
	require.NoError(t, store.Put(claim.Batch))
	require.NoError(t, claim.Release()) // as the kernel does
	l.start(l.same())
	l.work()
	b := members(t, l.ask("GET", "/v1/stones/batches/"+id, ""), 200)
	assert.Equal(t, "done", b["status"])
	assert.EqualValues(t, 2, b["attempts"])

	id = l.sendBatch(csvStones(3))
	claim, err = store.Next()
	require.NoError(t, err)
	claim.Attempts = mostAttempts
	require.NoError(t, store.Put(claim.Batch))
	require.NoError(t, claim.Release())
	l.work()
	assert.Contains(t, members(t, l.ask("GET", "/v1/stones/batches/"+id, ""), 200)["detail"], "begun 3 times")
}

// A batch that is removed while it runs stops, and leaves nothing.
func TestBatchIsStopped(t *testing.T) {
	l := batchLab(t, nil)
	id := l.sendBatch(csvStones(70_000))
	store := l.server.batches.store
	claim, err := store.Next()
	require.NoError(t, err)
	require.NoError(t, l.server.turns.Acquire(t.Context(), 1)) // it waits for its turn
	ended := make(chan error, 1)
	go func() { ended <- l.server.batches.answer(t.Context(), claim.Batch) }()
	require.Eventually(t, func() bool { b, _ := store.Get(id); return b != nil && b.Status == batch.Running }, time.Minute, time.Millisecond)
	assert.Equal(t, 200, l.ask("DELETE", "/v1/stones/batches/"+id, "", withToken).Code)
	l.server.turns.Release(1)
	assert.ErrorIs(t, <-ended, batch.ErrGone)
	left, err := os.ReadDir(l.server.options.Batches)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// Where the end cannot be recorded, nobody can have the result.
func TestNoResultWithoutARecord(t *testing.T) {
	l := batchLab(t, nil)
	id := l.sendBatch(csvStones(3))
	claim, err := l.server.batches.store.Next()
	require.NoError(t, err)
	require.NoError(t, l.requests.Close())
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- l.server.batches.answer(ctx, claim.Batch) }()
	require.Eventually(t, func() bool {
		_, err := os.Stat(l.server.batches.store.Path(id, batch.FileResult))
		return err == nil
	}, time.Minute, time.Millisecond)
	b, err := l.server.batches.store.Get(id)
	require.NoError(t, err)
	assert.Equal(t, batch.Running, b.Status)
	stop()
	<-ended
	b, err = l.server.batches.store.Get(id)
	require.NoError(t, err)
	assert.False(t, b.Over())
	assert.Equal(t, 503, l.ask("POST", "/v1/stones/batches", csvStones(3), withToken).Code)
	all, err := l.server.batches.store.List()
	require.NoError(t, err)
	assert.Len(t, all, 1, "what is not recorded is not taken")
}

// A file that stops coming is given up.
func TestABatchHasToCome(t *testing.T) {
	l := batchLab(t, nil)
	server := httptest.NewServer(l.server)
	defer server.Close()
	from, to := io.Pipe()
	r, err := http.NewRequest("POST", server.URL+"/v1/stones/batches", from)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	go func() {
		to.Write(bytes.Repeat([]byte("x"), 100_000))
		to.CloseWithError(fmt.Errorf("the client goes away"))
	}()
	_, err = http.DefaultClient.Do(r)
	require.Error(t, err)
	require.Eventually(t, func() bool {
		left, err := os.ReadDir(l.server.options.Batches)
		return err == nil && len(left) == 0
	}, time.Minute, time.Millisecond)
}
