package temporal

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/protobuf"
	"labbook/runner/farm"
)

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		text, host, space, fault string
		plain                    bool
	}{
		{text: "temporal://temporal.lab", host: "temporal.lab:7233", space: "default"},
		{text: "temporal://temporal.lab:17233/labbook", host: "temporal.lab:17233", space: "labbook"},
		{text: "temporal://127.0.0.1:7233/labbook", host: "127.0.0.1:7233", space: "labbook", plain: true},
		{text: "temporal://[::1]/x", host: "[::1]:7233", space: "x", plain: true},
		{text: "temporal://localhost?tls=on", host: "localhost:7233", space: "default"},
		{text: "temporal://localhost?ca=ca.pem", host: "localhost:7233", space: "default"},
		{text: "temporal://temporal.lab?tls=off", host: "temporal.lab:7233", space: "default", plain: true},
		{text: "http://temporal.lab", fault: "no address of a Temporal"},
		{text: "temporal:///x", fault: "no address of a Temporal"},
		{text: "temporal://a/b/c", fault: "no address of a Temporal"},
		{text: "temporal://me:hunter2@a", fault: "credentials stand in the address"},
		{text: "temporal://a?cert=x", fault: "one of cert and key"},
		{text: "temporal://a?tls=off&ca=x", fault: "tls=off beside"},
		{text: "temporal://a?tls=maybe", fault: `unknown "tls", or value`},
		{text: "temporal://a?pasword=x", fault: `unknown "pasword"`},
	} {
		a, err := ParseAddress("lab", c.text)
		if c.fault != "" {
			assert.ErrorContains(t, err, c.fault, c.text)
			assert.NotContains(t, err.Error(), "hunter2")
			continue
		}
		require.NoError(t, err, c.text)
		assert.Equal(t, []any{c.host, c.space, c.plain}, []any{a.Host, a.Namespace, a.Plain}, c.text)
	}
	a, err := ParseAddress("lab", "temporal://a?api_key=missing.txt")
	require.NoError(t, err)
	assert.ErrorContains(t, a.Credentials(t.TempDir()), "the API key of lab's engine cannot be read")
}

// server answers as a test says, as gRPC servers do.
func server(t *testing.T, answer func(method string, request []byte) (status, message string, body protobuf.Message)) *Engine {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		assert.Equal(t, uint32(len(data)-5), binary.BigEndian.Uint32(data[1:]))
		assert.Equal(t, "application/grpc", r.Header.Get("Content-Type"))
		_, method, _ := strings.Cut(r.URL.Path, "WorkflowService/")
		status, message, body := answer(method, data[5:])
		if status != "0" { // trailers only
			w.Header().Set("Grpc-Status", status)
			w.Header().Set("Grpc-Message", message)
			return
		}
		w.Header().Set("Trailer", "Grpc-Status")
		w.Write(append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body))), body...))
		w.Header().Set("Grpc-Status", "0")
	}))
	s.Config.Protocols = new(http.Protocols)
	s.Config.Protocols.SetUnencryptedHTTP2(true)
	s.Start()
	t.Cleanup(s.Close)
	a, err := ParseAddress("lab", "temporal://"+s.Listener.Addr().String()+"/space")
	require.NoError(t, err)
	return Open(a, "me", func(text string) { t.Log(text) })
}

// Whatever may pass is asked again, for the same request; what may not is said.
func TestCalls(t *testing.T) {
	var asked atomic.Int32
	e := server(t, func(method string, request []byte) (string, string, protobuf.Message) {
		assert.Equal(t, "StartActivityExecution", method)
		assert.Equal(t, "space", string(protobuf.Get(request, 1).Bytes))
		assert.Equal(t, "labbook/abc", string(protobuf.Get(request, 4).Bytes))
		assert.Equal(t, "order", string(payload(protobuf.Get(request, 12))))
		switch asked.Add(1) {
		case 1:
			return "14", "shutting%20down", nil
		case 2:
			return "8", "busy", nil
		}
		var m protobuf.Message
		m.Text(1, "run")
		return "0", "", m
	})
	run, err := e.Start(t.Context(), farm.Task{ID: "labbook/abc", Queue: "q", Order: []byte("order")})
	require.NoError(t, err)
	assert.Equal(t, "run", run)
	assert.EqualValues(t, 3, asked.Load())

	for status, want := range map[string]string{
		"5": "does the namespace \"space\" exist", "7": "lab's engine refuses access: why not", "12": "Temporal 1.31", "14": "cannot be reached: why not",
	} {
		e := server(t, func(string, []byte) (string, string, protobuf.Message) { return status, "why%20not", nil })
		assert.ErrorContains(t, e.Check(t.Context()), want)
	}
	// Whom nobody waits for stops asking.
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	gone := server(t, func(string, []byte) (string, string, protobuf.Message) { return "14", "", nil })
	_, err = gone.Start(ctx, farm.Task{})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	// A server of something else.
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	a, err := ParseAddress("lab", "temporal://"+plain.Listener.Addr().String())
	require.NoError(t, err)
	assert.ErrorContains(t, Open(a, "me", func(string) {}).Check(t.Context()), "cannot be reached")
}

// What an engine says of an end.
func TestOutcomes(t *testing.T) {
	failure := func(field int, info protobuf.Message) (m protobuf.Message) {
		var f protobuf.Message
		if field > 0 {
			f.Bytes(5, info)
		}
		m.Bytes(2, f)
		return m
	}
	var info protobuf.Message
	info.Text(1, "stage")
	info.Bytes(3, payloads([]byte("why")))
	assert.Equal(t, farm.Outcome{Failure: "stage", Details: []byte("why")}, outcomeOf(failure(5, info)))
	assert.Equal(t, farm.Outcome{Failure: farm.Lost}, outcomeOf(failure(0, nil)))
	var done protobuf.Message
	done.Bytes(1, payloads([]byte("result")))
	assert.Equal(t, farm.Outcome{Result: []byte("result")}, outcomeOf(done))
}

func FuzzParseAddress(f *testing.F) {
	f.Add("temporal://temporal.lab:17233/labbook?ca=a&cert=b&key=c&api_key=d&server_name=e")
	f.Add("temporal://[::1]?tls=off")
	f.Add("temporal://me:hunter2@a")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseAddress("lab", text)
		if err != nil {
			return
		}
		assert.NotEmpty(t, a.Namespace)
		_, err = http.NewRequest("POST", Open(a, "me", nil).base+"x", nil)
		assert.NoError(t, err, a.Host)
		again, err := ParseAddress("lab", a.String())
		assert.NoError(t, err, a.String())
		assert.Equal(t, []any{a.Host, a.Namespace}, []any{again.Host, again.Namespace})
	})
}

// said is a server that always says the same.
type said http.Response

func (s *said) RoundTrip(*http.Request) (*http.Response, error) {
	answer := http.Response(*s)
	body, _ := s.Request.GetBody()
	answer.Body = body
	return &answer, nil
}

// FuzzAnswers reads any answer to each call.
func FuzzAnswers(f *testing.F) {
	frame := func(m protobuf.Message) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(m))), m...)
	}
	var when, poller, info, answer protobuf.Message
	when.Int(1, 1<<40)
	poller.Bytes(1, when)
	poller.Text(2, `{"name":"w"}`)
	info.Int(4, running)
	info.Bytes(12, payloads([]byte("beat")))
	info.Bytes(14, when)
	answer.Bytes(1, poller)
	answer.Bytes(2, info)
	answer.Bytes(8, payloads([]byte("order")))
	f.Add(frame(answer), "0", "")
	f.Add(frame(nil), "7", "why%20not%1b%")
	f.Add([]byte{1, 0, 0, 0, 9}, "", "")
	a, err := ParseAddress("lab", "temporal://127.0.0.1")
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body []byte, status, message string) {
		e := Open(a, "me", func(string) {})
		r, err := http.NewRequest("POST", "http://x", bytes.NewReader(body))
		require.NoError(t, err)
		e.http.Transport = &said{Request: r, Status: "200 OK", StatusCode: 200, Header: http.Header{}, Trailer: http.Header{"Grpc-Status": {status}, "Grpc-Message": {message}}}
		if err := e.Check(t.Context()); err != nil {
			for _, c := range err.Error() {
				assert.True(t, c == '\n' || c >= ' ' && c != 0x7f, "%q", err.Error())
			}
			return
		}
		_, err = e.Start(t.Context(), farm.Task{})
		assert.NoError(t, err)
		_, err = e.Look(t.Context(), "labbook/x", "run")
		assert.NoError(t, err)
		task, err := e.Poll(t.Context(), "q", "w")
		assert.NoError(t, err)
		assert.True(t, task == nil || task.Token != nil)
		_, _, err = e.Polling(t.Context(), "q")
		assert.NoError(t, err)
		_, err = e.Running(t.Context(), 10)
		assert.NoError(t, err)
		_, err = e.Beat(t.Context(), []byte("token"), nil)
		assert.NoError(t, err)
		outcomeOf(body)
	})
}
