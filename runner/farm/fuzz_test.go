package farm

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/testdata/tests3"
	"labbook/runner"
	"labbook/runner/bucket"
	"labbook/runner/cache"
	"labbook/runner/stage"
)

// FuzzParcel hands a worker any order under any id: it makes it or says why not, and
// what it says can be read by whoever knows the key.
func FuzzParcel(f *testing.F) {
	order := &runner.Order{Pipeline: "p", Run: "r", Stage: "a", Machine: runner.Machine(), Kind: "say", Version: 1,
		Params: []params.Line{{Path: "text", Value: "one"}}, Env: []string{"A=1"}}
	for _, change := range []func(*runner.Order){
		func(*runner.Order) {},
		func(o *runner.Order) { o.Files = []runner.OrderFile{{Path: "../x.txt", Size: 1, Digest: "ab"}} },
		func(o *runner.Order) { o.Inputs = []runner.OrderInput{{Tree: "x"}} },
		func(o *runner.Order) { o.Answer = &runner.OrderAnswer{Digest: ""} },
		func(o *runner.Order) { o.Memory, o.Timeout, o.Anew = 1<<62, -1, true },
	} {
		o := *order
		change(&o)
		data, err := json.Marshal(parcel{Order: &o})
		require.NoError(f, err)
		f.Add(idOf(&o, o.Key()), data)
		f.Add("x", data)
	}
	f.Add("labbook/", []byte(`{"order":{},"blobs":[{"digest":"x"}]}`))

	s3 := tests3.Start()
	f.Cleanup(s3.Close)
	at, err := bucket.ParseAddress("lab", "s3://team/p?endpoint="+s3.URL)
	require.NoError(f, err)
	own, err := cache.Open(f.TempDir())
	require.NoError(f, err)
	f.Cleanup(func() { own.Save() })
	w := &Worker{Presence: Presence{Name: "w"}, Engine: newFake(), Bucket: bucket.At(at), Cache: own, Tell: func(string) {}, every: time.Minute,
		Kinds: stage.Kinds{{Name: "say", Version: 1, Params: func() any { return &words{} }, Reads: []stage.Port{stage.Some(0)},
			Run: func(c *stage.Context) error { return c.WriteFile("data", []byte(stage.Params[words](c).Text)) }}}}
	f.Fuzz(func(t *testing.T, id string, data []byte) {
		lease, err := own.Lease(t.Context(), "test")
		require.NoError(t, err)
		defer w.leave(lease)
		digest, err := own.Put(lease, data, false)
		require.NoError(t, err)
		handed, err := json.Marshal(ticket{cache.Ref{Digest: digest, Size: int64(len(data))}})
		require.NoError(t, err)
		key, r, failure := w.work(t.Context(), lease, &Assigned{ID: id, Order: handed}, 1, &saying{}, func() {})
		if failure == "" {
			made, err := cache.DecodeRecord(r.Record, key)
			require.NoError(t, err)
			require.NotEmpty(t, made.Tree)
		} else {
			require.NotEmpty(t, r.Faults, failure)
		}
	})
}

// FuzzSaid has a client read whatever is said under its key.
func FuzzSaid(f *testing.F) {
	f.Add([]byte(`{"lines":3,"tail":["a","b"],"progress":{"step":"s","done":1,"total":2,"unit":"rows"},"scored":{"number":1,"of":"mae","value":0.5}}`),
		[]byte(`{"worker":"w","faults":[{"path":"with.x","what":"w","found":"f","hint":"h"},{"plain":true,"what":""}],"late":true}`))
	f.Add([]byte(`{"lines":-9,"tail":["a"],"progress":{},"scored":{}}`), []byte(`{"faults":[{"path":"a..b[","plain":true,"what":"x"}]}`))
	f.Fuzz(func(t *testing.T, said, ended []byte) {
		if json.Valid(said) {
			told := 0
			follow := &following{name: "lab", watch: runner.Watch{Line: func(string) { told++ }, Progress: func(string, int64, int64, string) {}}}
			follow.state("key", State{Worker: "w", Details: seal("key", json.RawMessage(said))})
			once := told
			follow.state("key", State{Worker: "w", Details: seal("key", json.RawMessage(said))})
			require.Equal(t, once, told, "each line is told once")
		}
		var r report
		if !json.Valid(ended) || unseal("key", seal("key", json.RawMessage(ended)), &r) != nil {
			return
		}
		if err := r.err(); len(r.Faults) > 0 {
			require.Len(t, faultsOf(err), len(r.Faults), "%v", err)
		}
	})
}
