package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/store/requests"
)

// TestMain lets the tests start this program as a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("LABBOOK_TEST_MAIN") != "" {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// stonePipeline is a small pipeline with everything that a server needs.
const stonePipeline = `name: stones
params: {seed: 1}
stages:
  load: {uses: load, with: {path: stones.csv, columns: {cut: {order: [Fair, Good, Ideal]}, price: {type: number, unit: USD}}}}
  split: {uses: split, from: load, with: {test: 0.3, seed: "${params.seed}"}}
  features: {uses: features, from: split, with: {target: price}}
  train: {uses: train, from: features, with: {model: linear}}
  evaluate: {uses: evaluate, from: [split, train]}
  register: {uses: register, from: evaluate, with: {model: stones, best: mae}}
  serve: {uses: serve, from: [register, load], with: {similar: {match: [cut], nearest: carat}}}
`

const stone = `{"carat":0.5,"cut":"Good"}`

// stoneProject makes a project with that pipeline, run once.
func stoneProject(t *testing.T, farm ...string) string {
	folder := t.TempDir()
	var csv strings.Builder
	csv.WriteString("carat,cut,price\n")
	for i := range 300 {
		fmt.Fprintf(&csv, "%v,%s,%d\n", float64(20+i%97)/100, []string{"Fair", "Good", "Ideal"}[i%3], 100+50*(i%97)+i%3*20+i*7919%397)
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "stones.csv"), []byte(csv.String()), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pipeline.yaml"), []byte(stonePipeline), 0o600))
	for _, text := range farm {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "farm.yaml"), []byte(text), 0o600))
	}
	var out bytes.Buffer
	require.Equal(t, ExitOK, Run(context.Background(), []string{"-C", folder, "run"}, nil, &out, &out), out.String())
	return folder
}

// process is a server in a process of its own.
type process struct {
	t   *testing.T
	cmd *exec.Cmd
	url string
}

var servingAt = regexp.MustCompile(`serving at (http://[0-9.:]+)`)

func startServer(t *testing.T, folder string, flags ...string) *process {
	program, err := os.Executable()
	require.NoError(t, err)
	p := &process{t: t, cmd: exec.Command(program, append([]string{"-C", folder, "serve", "--listen", "127.0.0.1:0"}, flags...)...)}
	p.cmd.Env = append(os.Environ(), "LABBOOK_TEST_MAIN=1", p.mark())
	said, err := p.cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, p.cmd.Start())
	t.Cleanup(func() { p.kill() })
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		if found := servingAt.FindStringSubmatch(lines.Text()); found != nil {
			p.url = found[1]
			go io.Copy(io.Discard, said)
			return p
		}
	}
	t.Fatal("the server did not say where it is")
	return nil
}

// kill ends the server as a machine without memory does, and waits for the end of what
// it started: that is ended beside it, moments after it, and writes until then.
func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
	mark := []byte(p.mark())
	assert.Eventually(p.t, func() bool {
		environments, _ := filepath.Glob("/proc/[0-9]*/environ")
		return !slices.ContainsFunc(environments, func(file string) bool {
			data, err := os.ReadFile(file)
			return err == nil && bytes.Contains(data, mark)
		})
	}, 30*time.Second, 5*time.Millisecond)
}

// mark is what the environment says of every process of this server.
func (p *process) mark() string { return fmt.Sprintf("LABBOOK_TEST_SERVER=%d,%p.", os.Getpid(), p) }

// ask sends a request and gives the status and the answer's members.
func (p *process) ask(method, path, body, token string) (int, map[string]any, error) {
	r, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer w.Body.Close()
	data, err := io.ReadAll(w.Body)
	if err != nil {
		return 0, nil, err
	}
	var m map[string]any
	return w.StatusCode, m, json.Unmarshal(data, &m)
}

// TestKilledServersLoseNoAnswer kills servers under load: every answer that a
// client got has its row.
func TestKilledServersLoseNoAnswer(t *testing.T) {
	folder := stoneProject(t)
	times := 20
	if testing.Short() {
		times = 3
	}
	var mu sync.Mutex
	var answered []string
	count := func() int {
		mu.Lock()
		defer mu.Unlock()
		return len(answered)
	}
	for i := range times {
		before := count()
		p := startServer(t, folder, "--quiet=false", "--durability", "normal")
		var clients sync.WaitGroup
		for range 8 {
			clients.Go(func() {
				for {
					status, m, err := p.ask("POST", "/v1/stones/predict", stone, "")
					if err != nil {
						return
					}
					if assert.Equal(t, 200, status) {
						mu.Lock()
						answered = append(answered, m["request"].(string))
						mu.Unlock()
					}
				}
			})
		}
		// Killed at another moment each time.
		require.Eventually(t, func() bool { return count() > before+37*i }, time.Minute, time.Millisecond)
		p.kill()
		clients.Wait()
		http.DefaultClient.CloseIdleConnections()
	}
	store, err := requests.Open(t.Context(), filepath.Join(folder, "runs", "requests.db"), requests.Options{})
	require.NoError(t, err)
	defer store.Close()
	require.NotEmpty(t, answered)
	for _, id := range answered {
		found, err := store.Request(t.Context(), id)
		require.NoError(t, err)
		require.NotNil(t, found, "the answer %s has no row", id)
	}
	t.Logf("%d answers of %d killed servers, all recorded", len(answered), times)
}

// TestServedFromOutside starts a run through the API, follows it, and ends the
// server as a person does.
func TestServedFromOutside(t *testing.T) {
	folder := stoneProject(t)
	t.Setenv("LABBOOK_KEEP_BODY", "1kB")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "serve.yaml"), []byte("keep-days: 3\ndurability: normal\nredact: [token]\n"), 0o600))
	p := startServer(t, folder)
	data, err := os.ReadFile(filepath.Join(folder, "runs", "token"))
	require.NoError(t, err)
	token := strings.TrimSpace(string(data))
	info, err := os.Stat(filepath.Join(folder, "runs", "token"))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	status, m, err := p.ask("POST", "/v1/runs", `{"pipeline":"stones","params":{"seed":"2"}}`, token)
	require.NoError(t, err)
	require.Equal(t, 202, status, m)
	w, err := http.Get(p.url + m["events"].(string))
	require.NoError(t, err)
	defer w.Body.Close()
	events, err := io.ReadAll(w.Body) // ends with the run
	require.NoError(t, err)
	assert.Contains(t, string(events), `event: stage`)
	assert.Contains(t, string(events), `"stage":"train"`)
	assert.Regexp(t, `event: run\ndata: .*"status":"succeeded"`, string(events))
	status, run, err := p.ask("GET", "/v1/runs/"+m["run"].(string), "", "")
	require.NoError(t, err)
	assert.Equal(t, 200, status)
	assert.Equal(t, map[string]any{"seed": "2"}, run["params"])

	status, m, err = p.ask("POST", "/v1/runs", `{"pipeline":"stones","params":{"sead":"2"}}`, token)
	require.NoError(t, err)
	assert.Equal(t, 422, status, m)
	assert.Contains(t, m["detail"], "sead")

	// A key that is made, and a token that is changed, beside the server open
	// within a second, and so they end.
	lab := func(args ...string) string {
		var out, said bytes.Buffer
		require.Equal(t, ExitOK, Run(t.Context(), append([]string{"-C", folder}, args...), nil, &out, &said), said.String())
		return strings.TrimSpace(out.String())
	}
	becomes := func(want int, secret string) {
		t.Helper()
		require.Eventually(t, func() bool {
			status, _, err := p.ask("POST", "/v1/runs", `{}`, secret)
			return err == nil && status == want
		}, 20*time.Second, 20*time.Millisecond)
	}
	secret := lab("keys", "create", "ci", "--scope", "train")
	becomes(422, secret)
	lab("keys", "rotate", "token")
	becomes(401, token)
	data, err = os.ReadFile(filepath.Join(folder, "runs", "token"))
	require.NoError(t, err)
	becomes(422, strings.TrimSpace(string(data)))
	lab("keys", "revoke", "ci")
	becomes(401, secret)
	assert.Contains(t, lab("audit"), "POST /v1/runs")

	require.NoError(t, p.cmd.Process.Signal(os.Interrupt))
	require.NoError(t, p.cmd.Wait(), "a server that was asked to end ends well")
}

// slowPipeline has a stage that ends when there is a file go.
const slowPipeline = `name: slow
params: {seed: 1}
stages:
  quick: {uses: command, with: {run: "echo 1 > a", outputs: [a]}}
  slow: {uses: command, from: quick, env: [PLACE], with: {run: "touch $PLACE/began; until [ -e $PLACE/go ]; do sleep 0.05; done; echo ${params.seed} > b", outputs: [b]}}
`

// TestRunsAreQueuedAndStopped: from outside, over the death of the server.
func TestRunsAreQueuedAndStopped(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PLACE", folder)
	t.Setenv("LABBOOK_TOKEN", "a token that is long enough")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "pipeline.yaml"), []byte(slowPipeline), 0o600))
	p := startServer(t, folder)
	ask := func(want int, method, path, body string) map[string]any {
		t.Helper()
		status, m, err := p.ask(method, path, body, "a token that is long enough")
		require.NoError(t, err)
		require.Equal(t, want, status, "%v", m)
		return m
	}
	begin := func(seed int) string {
		t.Helper()
		return ask(202, "POST", "/v1/runs", fmt.Sprintf(`{"pipeline":"slow","params":{"seed":%d}}`, seed))["run"].(string)
	}
	is := func(run, want string) map[string]any {
		t.Helper()
		m := ask(200, "GET", "/v1/runs/"+run, "")
		require.Equal(t, want, m["status"], "%v", m)
		return m
	}
	began := func(name string) {
		t.Helper()
		require.Eventually(t, func() bool {
			_, err := os.Stat(filepath.Join(folder, name))
			return err == nil
		}, 30*time.Second, 10*time.Millisecond)
	}
	first := begin(1)
	began("began")
	require.NoError(t, os.Remove(filepath.Join(folder, "began")))
	second, third := begin(2), begin(3)
	is(first, "running")
	assert.EqualValues(t, 1, is(third, "queued")["before"])
	ask(409, "POST", "/v1/runs", `{"pipeline":"slow","wait":false}`)
	assert.Equal(t, "removed", ask(200, "DELETE", "/v1/runs/"+third, "")["status"])
	ask(404, "GET", "/v1/runs/"+third, "")

	// What is stopped says so, and what it finished stays; the next begins.
	assert.Equal(t, "stopped", ask(200, "DELETE", "/v1/runs/"+first, "")["status"])
	stopped := is(first, "interrupted")
	assert.Equal(t, "stopped on request", stopped["error"])
	assert.Equal(t, "succeeded", stopped["stages"].([]any)[0].(map[string]any)["status"])
	assert.Equal(t, "interrupted", stopped["stages"].([]any)[1].(map[string]any)["status"])
	ask(409, "DELETE", "/v1/runs/"+first, "")
	began("began")
	var stages []any
	require.Eventually(t, func() bool { // the begin is told in a moment
		stages = is(second, "running")["stages"].([]any)
		return len(stages) == 2
	}, 10*time.Second, 10*time.Millisecond)
	assert.Equal(t, "cached", stages[0].(map[string]any)["status"])
	assert.Equal(t, "running", stages[1].(map[string]any)["status"])

	// The queue outlives the server; the run under way does not.
	fourth := begin(4)
	p.kill()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "go"), nil, 0o600))
	p = startServer(t, folder)
	require.Eventually(t, func() bool {
		_, m, err := p.ask("GET", "/v1/runs/"+fourth, "", "")
		return err == nil && m["status"] == "succeeded"
	}, 30*time.Second, 20*time.Millisecond)
	is(second, "interrupted")
	assert.Empty(t, ask(200, "GET", "/v1/runs?status=queued", "")["items"])
}

func TestSettingsAreChecked(t *testing.T) {
	folder := t.TempDir()
	for content, want := range map[string]string{
		"lisen: 1\n":     `unknown setting "lisen"`,
		"keep-days: x\n": "keep-days is \"x\"",
		"- a\n":          "cannot be read",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "serve.yaml"), []byte(content), 0o600))
		var out bytes.Buffer
		assert.Equal(t, ExitUsage, Run(t.Context(), []string{"-C", folder, "serve"}, nil, &out, &out))
		assert.Contains(t, out.String(), want)
	}
}

// Flags win over the environment, and that wins over the file.
func TestSettingsHaveAnOrder(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "serve.yaml"), []byte("keep-days: 1\nrate: 1\nlisten: file:1\nredact: [a, b]\n"), 0o600))
	t.Setenv("LABBOOK_KEEP_DAYS", "2")
	t.Setenv("LABBOOK_RATE", "2")
	a := &app{dir: folder}
	flags := a.serveCommand().Flags()
	require.NoError(t, flags.Parse([]string{"--keep-days", "3"}))
	require.NoError(t, a.settings(flags, "serve.yaml"))
	for name, want := range map[string]string{"keep-days": "3", "rate": "2", "listen": "file:1", "redact": "[a,b]", "durability": "full"} {
		assert.Equal(t, want, flags.Lookup(name).Value.String(), name)
	}
}
