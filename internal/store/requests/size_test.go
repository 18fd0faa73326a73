package requests

import (
	"fmt"
	"github.com/pressly/goose/v3"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stone is a request of a client with a key, as a server records it.
func stone(i int) *Request {
	at := noon.Add(time.Duration(i) * 100 * time.Microsecond)
	asked := fmt.Sprintf(`{"carat":%.2f,"depth":61.5,"table":55,"x":4.1,"y":4.2,"z":2.5,"cut":"Ideal","color":"E","clarity":"SI2"}`, 0.2+float64(i%300)/100)
	answer := fmt.Sprintf(`{"price":%d.25,"interval":{"low":326.1,"high":1204.5,"level":0.9},"model":"diamonds","version":3,"run":"01kb2p0e9vq8zj4xw6t7s5r3nm","request":%q}`, 400+i%9000, NewID(at))
	return &Request{
		ID: NewID(at), Time: at, Method: "POST", Route: "/v1/diamonds/predict", Path: "/v1/diamonds/predict", Pipeline: "diamonds", Model: "diamonds",
		Version: 3, Run: "01kb2p0e9vq8zj4xw6t7s5r3nm", Status: 200, Latency: time.Duration(400+i%5000) * time.Microsecond, Client: "192.168.100.17", Caller: "web-shop",
		Request:  Body{Type: "application/json", Size: int64(len(asked)), Kept: []byte(asked)},
		Response: Body{Type: "application/json", Size: int64(len(answer)), Kept: []byte(answer)},
	}
}

// fill records requests, and gives the bytes of their bodies.
func fill(t *testing.T, s *Store, from, to int) (bodies int64) {
	w := &writing{}
	for from < to {
		var some []*Request
		for ; from < to && len(some) < maxBatch; from++ {
			r := stone(from)
			s.prepare(r)
			some = append(some, r)
			bodies += int64(len(r.Request.Kept) + len(r.Response.Kept))
		}
		require.NoError(t, s.db.insert(t.Context(), w, some, nil))
	}
	return bodies
}

// fileSize is what a SQLite file takes once its log is moved into it.
func fileSize(t *testing.T, s *Store, path string) int64 {
	for busy := 1; busy != 0; { // while the store itself moves it
		var log, moved int
		require.NoError(t, s.db.write.QueryRow("pragma wal_checkpoint(truncate)").Scan(&busy, &log, &moved))
	}
	info, err := os.Stat(path)
	require.NoError(t, err)
	return info.Size()
}

// TestSizeOfARecord: a record takes at most 200 bytes beyond its bodies, and what is
// counted for it is about that.
func TestSizeOfARecord(t *testing.T) {
	path := filepath.Join(t.TempDir(), "requests.db")
	s := open(t, path, Options{Durability: Normal})
	const n = 20_000
	empty := fileSize(t, s, path)
	bodies := fill(t, s, 0, n)
	taken := fileSize(t, s, path) - empty
	beyond := float64(taken-bodies) / n
	t.Logf("%.1f bytes a record beyond its bodies, of %.1f", beyond, float64(taken)/n)
	assert.LessOrEqual(t, beyond, 200.)
	_, counted, err := s.Stored(t.Context())
	require.NoError(t, err)
	assert.InEpsilon(t, taken, counted, .05)
}

// TestShrinks: the file becomes shorter when less is kept, and the rest stays sound.
func TestShrinks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "requests.db")
	s := open(t, path, Options{Durability: Normal, Clock: func() time.Time { return noon }})
	fill(t, s, 0, 20_000)
	full := fileSize(t, s, path)
	s.options.MaxBytes = 1e6
	_, err := s.Trim(t.Context())
	require.NoError(t, err)
	assert.Less(t, full, int64(10e6))
	assert.Less(t, fileSize(t, s, path), int64(2e6))
	require.NoError(t, Check(t.Context(), path))
	kept, err := s.Requests(t.Context(), Filter{Limit: 1000})
	require.NoError(t, err)
	assert.Len(t, kept, 1000)
	assert.Equal(t, stone(19_999).Request, Body{Type: kept[0].Request.Type, Size: kept[0].Request.Size, Kept: stone(19_999).Request.Kept})
}

// testOfBefore: a database of the schema in which each request had all that it shares
// with others for itself is brought to this one with what it holds.
func testOfBefore(t *testing.T, address string) {
	s := open(t, address, Options{})
	files, err := fs.Sub(schema, "schema")
	require.NoError(t, err)
	provider, err := goose.NewProvider(s.db.dialect, s.db.write, files, goose.WithDisableGlobalRegistry(true))
	require.NoError(t, err)
	for i := range 20 {
		r := example(i)
		r.Path += strings.Repeat("?n=1", i%2)
		require.NoError(t, s.Record(r))
	}
	before, err := s.Requests(t.Context(), Filter{Bodies: true})
	require.NoError(t, err)
	_, err = provider.DownTo(t.Context(), 4)
	require.NoError(t, err)
	var n int
	require.NoError(t, s.db.read.QueryRow("select count(*) from request where path like '/v1/stones/predict%' and pipeline = 'stones' and request_type = 'application/json'").Scan(&n))
	assert.Equal(t, 20, n, "as it was")
	if s.db.tidy != nil { // files of before were not made to be shortened
		_, err = s.db.write.Exec("pragma auto_vacuum = none; vacuum")
		require.NoError(t, err)
	}
	require.NoError(t, s.Close())

	rewritten := 0
	s = open(t, address, Options{Failed: func(err error) { t.Error(err) }, Rewriting: func(int64) { rewritten++ }})
	after, err := s.Requests(t.Context(), Filter{Bodies: true})
	require.NoError(t, err)
	assert.Equal(t, before, after)
	_, bytes, err := s.Stored(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 20*oneExample+2*oneVersion+10*int64(len("/v1/stones/predict?n=1")), bytes)
	require.NoError(t, s.Record(example(30)))
	if s.db.tidy != nil {
		require.NoError(t, s.db.write.QueryRow("pragma auto_vacuum").Scan(&n))
		assert.Equal(t, 2, n)
		assert.Equal(t, 1, rewritten)
		require.NoError(t, Check(t.Context(), address))
	}
	s.options.MaxBytes = 1
	s.options.Clock = func() time.Time { return noon.Add(24 * time.Hour) }
	_, err = s.Trim(t.Context())
	require.NoError(t, err)
	_, bytes, err = s.Stored(t.Context())
	require.NoError(t, err)
	assert.Zero(t, bytes)
	require.NoError(t, s.db.read.QueryRow("select count(*) from shared").Scan(&n))
	assert.Zero(t, n)
}

// testShared: what requests have in common stays as long as one of them, whoever writes,
// and however much is invented.
func testShared(t *testing.T, address string) {
	now := noon
	clock := func() time.Time { return now }
	a, b := open(t, address, Options{Durability: Normal, Clock: clock}), open(t, address, Options{Durability: Normal, Clock: clock})
	record := func(s *Store, kind string) *Request {
		r := example(0)
		r.ID, r.Time, r.Request.Type = NewID(now), now, kind
		require.NoError(t, s.Record(r))
		return r
	}
	for range 3 {
		record(a, "text/csv")
		record(b, "text/csv")
	}
	for i := range remembered + 10 {
		record(a, fmt.Sprint("invented/", i))
	}
	a.options.MaxAge = 2 * time.Hour
	for range 10 {
		now = now.Add(45 * time.Minute)
		record(b, "text/csv")
		last := record(a, "text/csv")
		_, err := a.Trim(t.Context())
		require.NoError(t, err)
		kept, err := a.Requests(t.Context(), Filter{})
		require.NoError(t, err)
		n, _, err := a.Stored(t.Context())
		require.NoError(t, err)
		assert.Len(t, kept, int(min(n, 50)), "each has what it shares")
		assert.Equal(t, last.Time, kept[0].Time)
	}
	var n int
	require.NoError(t, a.db.read.QueryRow("select count(*) from shared").Scan(&n))
	assert.LessOrEqual(t, n, 4)
}
