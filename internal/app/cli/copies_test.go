package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/ledger"
	"labbook/internal/testdata/testpostgres"
	"labbook/internal/testdata/tests3"
)

// Three servers behind the nginx of docs/proxy.md, each with a folder of its own, share a
// database and a bucket, and are one: also while they are started again one by one.
func TestCopiesBehindNginx(t *testing.T) {
	nginx := "/usr/sbin/nginx"
	if _, err := os.Stat(nginx); err != nil {
		t.Skip("nginx is not installed")
	}
	if _, why := testpostgres.Installed(); why != "" {
		t.Skip(why)
	}
	server, err := testpostgres.Start()
	require.NoError(t, err)
	t.Cleanup(server.Remove)
	bucket := tests3.Start()
	t.Cleanup(bucket.Close)
	const token = "a-token-of-all-copies"
	for name, value := range map[string]string{"LABBOOK_TOKEN": token, "DATABASE": server.Address(), "AWS_ACCESS_KEY_ID": tests3.User,
		"AWS_SECRET_ACCESS_KEY": tests3.Password, "AWS_EC2_METADATA_DISABLED": "true"} {
		t.Setenv(name, value)
	}
	farm := fmt.Sprintf("lab: {database: $DATABASE, cache: \"s3://%s/x?endpoint=%s\"}\n", tests3.Name, bucket.URL)
	first := stoneProject(t, farm)
	labbook := func(args ...string) string {
		var out, said bytes.Buffer
		require.Equal(t, ExitOK, Run(context.Background(), append([]string{"-C", first}, args...), nil, &out, &said), said.String())
		return strings.TrimSpace(out.String())
	}
	folders, places, copies := []string{first, t.TempDir(), t.TempDir()}, make([]string, 3), make([]*process, 3)
	start := func(i int) { copies[i] = startServer(t, folders[i], "--proxy", "127.0.0.1", "--listen", places[i]) }
	for i, folder := range folders {
		for _, name := range []string{"pipeline.yaml", "stones.csv", "farm.yaml"} {
			data, err := os.ReadFile(filepath.Join(first, name))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), data, 0o600))
		}
		places[i] = freeAddress(t)
		start(i)
	}
	at := startNginx(t, nginx, "## Several copies", func(cert, key, at string) []string {
		return []string{"listen 443", "listen " + at, "/etc/ssl/labbook.pem", cert, "/etc/ssl/labbook.key", key,
			"10.0.0.1:8080", places[0], "10.0.0.2:8080", places[1], "10.0.0.3:8080", places[2]}
	})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, MaxIdleConnsPerHost: 8}}
	ask := func(method, to, body string, header ...string) (int, string, http.Header) {
		r, err := http.NewRequest(method, to, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w, err := client.Do(r)
		if err != nil {
			return 0, err.Error(), nil
		}
		defer w.Body.Close()
		data, err := io.ReadAll(w.Body)
		if err != nil {
			return 0, err.Error(), nil
		}
		return w.StatusCode, string(data), w.Header
	}
	bearer := []string{"Authorization", "Bearer " + token}

	// A key, and a session that one copy begins, open all at once.
	app := []string{"Authorization", "Bearer " + labbook("keys", "create", "app", "--scope", "predict,read")}
	for range 3 {
		status, answer, _ := ask("POST", "https://"+at+"/v1/stones/predict", stone, app...)
		assert.Equal(t, 200, status, answer)
	}
	status, answer, header := ask("POST", "https://"+at+"/login", url.Values{"token": {token}}.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Origin", "https://"+at)
	require.Equal(t, 303, status, answer)
	cookie, _, _ := strings.Cut(header.Get("Set-Cookie"), ";")
	for range 3 {
		status, answer, _ := ask("GET", "https://"+at+"/runs", "", "Cookie", cookie, "Accept", "text/html")
		assert.Equal(t, 200, status, answer)
	}

	// One by one they are started again, while clients ask: each is answered, and each
	// answer has its record.
	var answered sync.Map
	var asked atomic.Int32
	stop, stopped := make(chan struct{}), sync.WaitGroup{}
	for range 4 {
		stopped.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				status, answer, header := ask("POST", "https://"+at+"/v1/stones/predict", stone, app...)
				if assert.Equal(t, 200, status, answer) {
					answered.Store(header.Get("X-Request-Id"), true)
				}
				asked.Add(1)
			}
		})
	}
	for i, p := range copies {
		require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
		p.cmd.Wait()
		start(i)
	}
	close(stop)
	stopped.Wait()
	assert.Greater(t, asked.Load(), int32(20))
	answered.Range(func(id, _ any) bool {
		status, answer, _ := ask("GET", "https://"+at+"/v1/requests/"+id.(string), "", bearer...)
		return assert.Equal(t, 200, status, answer)
	})

	// What is to be done once is, whichever copies are asked at once; its run is begun by one
	// of them, and all of them tell its end.
	runs := sync.Map{}
	var together sync.WaitGroup
	for i := range 9 {
		together.Go(func() {
			for {
				status, answer, header := ask("POST", copies[i%3].url+"/v1/runs", `{"pipeline":"stones","params":{"seed":"2"}}`, append(bearer, "Idempotency-Key", "once")...)
				if status == 409 { // it is being answered
					time.Sleep(10 * time.Millisecond)
					continue
				}
				assert.Equal(t, 202, status, answer)
				runs.Store(header.Get("Location"), true)
				return
			}
		})
	}
	together.Wait()
	var run string
	runs.Range(func(location, _ any) bool {
		assert.Empty(t, run, "%s besides", location)
		run = location.(string)
		return true
	})
	for _, p := range copies {
		require.Eventually(t, func() bool {
			status, answer, _ := ask("GET", p.url+run, "", bearer...)
			var told struct{ Status string }
			return assert.Equal(t, 200, status, answer) && json.Unmarshal([]byte(answer), &told) == nil && told.Status == "succeeded"
		}, 30*time.Second, 50*time.Millisecond)
	}

	// Its results and its page are had from any.
	for _, p := range copies {
		status, answer, _ := ask("GET", p.url+run+"/output?stage=split&file=train.parquet", "", bearer...)
		assert.Equal(t, 200, status, answer)
		status, answer, _ = ask("GET", p.url+strings.TrimPrefix(run, "/v1"), "", "Cookie", cookie, "Accept", "text/html")
		assert.Equal(t, 200, status, answer)
		assert.Contains(t, answer, "How good they are")
		assert.Eventually(t, func() bool { // it is written a moment after the run
			status, answer, _ := ask("GET", p.url+"/pipelines/stones/notebook/page", "", "Cookie", cookie, "Accept", "text/html")
			return status == 200 && strings.Contains(answer, strings.TrimPrefix(run, "/v1/runs/"))
		}, 20*time.Second, 20*time.Millisecond)
	}

	// A batch that one takes is seen, and its result had, from any; where the one that works at it is
	// killed, another does.
	type told struct {
		ID, Status, Detail string
		Attempts, Rows     int
		Result             struct{ Digest string }
	}
	send := func(to, rows string) (batch told) {
		status, answer, _ := ask("POST", to+"/v1/stones/batches", rows, append(app, "Content-Type", "text/csv")...)
		require.Equal(t, 202, status, answer)
		require.NoError(t, json.Unmarshal([]byte(answer), &batch))
		return batch
	}
	results := func(id string) (batch told, result string) {
		for i, p := range copies {
			require.Eventually(t, func() bool {
				status, answer, _ := ask("GET", p.url+"/v1/stones/batches/"+id, "", bearer...)
				batch = told{}
				return assert.Equal(t, 200, status, answer) && json.Unmarshal([]byte(answer), &batch) == nil && (batch.Status == "done" || batch.Status == "failed")
			}, 60*time.Second, 20*time.Millisecond)
			require.Equal(t, "done", batch.Status, batch.Detail)
			status, answer, _ := ask("GET", p.url+"/v1/stones/batches/"+id+"/result.csv", "", bearer...)
			require.Equal(t, 200, status, answer)
			sum := sha256.Sum256([]byte(answer))
			assert.Equal(t, batch.Result.Digest, hex.EncodeToString(sum[:]))
			assert.True(t, i == 0 || answer == result, "the same from each copy")
			result = answer
			status, answer, _ = ask("GET", p.url+"/v1/stones/batches/"+id+"/result.jsonl", "", bearer...)
			assert.Equal(t, 200, status, answer)
		}
		return batch, result
	}
	const few = "carat,cut\n0.5,Good\n0.7,Ideal\n"
	status, want, _ := ask("POST", "https://"+at+"/v1/stones/predict", few, append(app, "Content-Type", "text/csv")...)
	require.Equal(t, 200, status, want)
	batch, got := results(send("https://"+at, few).ID)
	assert.Equal(t, want, got)
	status, answer, _ = ask("DELETE", copies[2].url+"/v1/stones/batches/"+batch.ID, "", bearer...)
	assert.Equal(t, 200, status, answer)
	status, answer, _ = ask("GET", copies[0].url+"/v1/stones/batches/"+batch.ID, "", bearer...)
	assert.Equal(t, 404, status, answer)
	assert.Empty(t, bucket.Names("x/batches/"))

	history, err := ledger.Open(server.Address(), ledger.Options{ReadOnly: true})
	require.NoError(t, err)
	defer history.Close()
	many := 400_000
	if testing.Short() {
		many = 100_000
	}
	batch = send(copies[0].url, "carat,cut\n"+strings.Repeat("0.5,Good\n0.7,Ideal\n", many/2))
	killed := -1
	require.Eventually(t, func() bool {
		all, err := history.Batches(t.Context())
		require.NoError(t, err)
		require.Len(t, all, 1)
		require.False(t, all[0].Ended, "it is long enough")
		for i, p := range copies {
			if p.cmd.Process.Pid == all[0].PID && bytes.Contains(all[0].State, []byte(`"status":"running"`)) { // so that it counts as an attempt
				require.NoError(t, p.cmd.Process.Kill())
				p.cmd.Wait()
				killed = i
			}
		}
		return killed >= 0
	}, 20*time.Second, time.Millisecond)
	require.Eventually(t, func() bool {
		all, err := history.Batches(t.Context())
		require.NoError(t, err)
		return all[0].PID != copies[killed].cmd.Process.Pid
	}, 20*time.Second, time.Millisecond, "another begins it again")
	start(killed)
	batch, got = results(batch.ID)
	assert.Equal(t, 2, batch.Attempts)
	assert.Equal(t, many, batch.Rows)
	assert.Equal(t, 1+many, strings.Count(got, "\n"))
	assert.Len(t, bucket.Names("x/batches/"), 1, "what was sent is not kept")

	// A promotion reaches all within two seconds.
	version := func(p *process) string {
		_, answer, _ := ask("POST", p.url+"/v1/stones/predict", stone, app...)
		_, after, _ := strings.Cut(answer, `"version":`)
		return strings.TrimSpace(strings.FieldsFunc(after+"?", func(c rune) bool { return c == ',' || c == '}' })[0])
	}
	for _, to := range []string{"1", "2", "1"} {
		if version(copies[0]) == to {
			continue
		}
		labbook("models", "promote", "stones@"+to)
		began := time.Now()
		for _, p := range copies {
			for version(p) != to && time.Since(began) < 10*time.Second {
				time.Sleep(5 * time.Millisecond)
			}
		}
		took := time.Since(began)
		t.Logf("version %s answered from all copies after %v", to, took)
		assert.Less(t, took, 2*time.Second)
	}
}

// freeAddress gives an address at which nobody listens.
func freeAddress(t *testing.T) string {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer free.Close()
	return free.Addr().String()
}

// startNginx starts nginx as docs/proxy.md has it behind a heading, with what stands for
// what there, and gives where it listens.
func startNginx(t *testing.T, nginx, heading string, instead func(cert, key, at string) []string) (at string) {
	folder := t.TempDir()
	cert, key := selfSigned(t, folder)
	at = freeAddress(t)
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "proxy.md"))
	require.NoError(t, err)
	_, server, _ := strings.Cut(string(page), heading)
	_, server, _ = strings.Cut(server, "```nginx\n")
	server, _, _ = strings.Cut(server, "```")
	server = strings.NewReplacer(instead(cert, key, at)...).Replace(server)
	temporary := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += kind + "_temp_path " + filepath.Join(folder, kind) + ";\n"
	}
	config := filepath.Join(folder, "nginx.conf")
	require.NoError(t, os.WriteFile(config, []byte("daemon off;\npid "+filepath.Join(folder, "pid")+";\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n"+temporary+server+"}\n"), 0o600))
	cmd := exec.Command(nginx, "-e", "stderr", "-c", config)
	var said strings.Builder
	cmd.Stderr = &said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Signal(os.Interrupt); cmd.Wait() })
	require.Eventually(t, func() bool { c, err := net.Dial("tcp", at); return err == nil && c.Close() == nil }, 20*time.Second, 10*time.Millisecond, said.String())
	return at
}
