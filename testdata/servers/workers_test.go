package servers

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lab is a farm: a Temporal over a file, a bucket, and workers, each a process.
type lab struct {
	*server
	file, at string
	secure   string // folder of certificates and a key; "" for none
	engine   *exec.Cmd
	workers  []*worker
}

func farm(t *testing.T, workers int) *lab {
	t.Parallel()
	return farmOf(t, workers, "")
}

// farmOf gives one whose engine asks for the certificates and the key of a folder.
func farmOf(t *testing.T, workers int, secure string) *lab {
	l := &lab{server: start(t), file: filepath.Join(t.TempDir(), "temporal.db"), at: free(), secure: secure}
	l.runEngine()
	t.Cleanup(l.killEngine)
	for range workers {
		l.worker()
	}
	return l
}

// runEngine starts the engine, and waits until it answers.
func (l *lab) runEngine() {
	l.engine = exec.Command(temporal, l.file, l.at, "labbook")
	if l.secure != "" {
		l.engine.Args = append(l.engine.Args, l.secure)
	}
	require.NoError(l.t, l.engine.Start())
	m := &machine{l.t, l.t.TempDir()}
	m.write("farm.yaml", l.farm())
	require.Eventually(l.t, func() bool { return m.command("farm", "--on", "lab").Run() == nil }, 30*time.Second, 50*time.Millisecond)
}

func (l *lab) killEngine() {
	l.engine.Process.Kill()
	l.engine.Wait()
}

func (l *lab) farm() string {
	with := ""
	if f := l.secure; f != "" {
		with = fmt.Sprintf("?ca=%s/ca.pem&cert=%s/client.pem&key=%s/client-key.pem&api_key=%s/api-key", f, f, f, f)
	}
	return fmt.Sprintf("lab: {engine: \"temporal://%s/labbook%s\", cache: \"s3://team/some/where?endpoint=http://%s\"}\n", l.at, with, l.address)
}

// worker is a worker, a process on a machine of its own.
type worker struct {
	*exec.Cmd
	mu  sync.Mutex
	log bytes.Buffer
}

func (w *worker) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.Write(p)
}

func (w *worker) said() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.log.String()
}

// worker starts one with a slot for two stages, and waits until it is seen. env is
// put over its environment.
func (l *lab) worker(env ...string) *worker {
	m := &machine{l.t, l.t.TempDir()}
	m.write("farm.yaml", l.farm())
	w := &worker{Cmd: m.command("worker", "--on", "lab", "--cores", "2", "--cache", filepath.Join(m.dir, "cache"), "--name", fmt.Sprintf("w%d", len(l.workers)+1))}
	w.Env = append(w.Env, env...)
	w.Stderr = w
	require.NoError(l.t, w.Start())
	l.workers = append(l.workers, w)
	l.t.Cleanup(func() {
		w.Process.Kill()
		w.Wait()
		if l.t.Failed() {
			l.t.Logf("%s said:\n%s", w.Args[len(w.Args)-1], w.said())
		}
	})
	require.Eventually(l.t, func() bool {
		return strings.Contains(m.does("farm", "--on", "lab"), fmt.Sprintf("w%d", len(l.workers)))
	}, 30*time.Second, 50*time.Millisecond)
	return w
}

// machine gives a project that knows the farm.
func (l *lab) machine(pipeline string) *machine {
	m := l.server.machine(pipeline)
	m.write("farm.yaml", l.farm())
	return m
}

// busy gives the first worker that is at a stage of that name, soon.
func (l *lab) busy(stage string) *worker {
	var found *worker
	require.Eventually(l.t, func() bool {
		for _, w := range l.workers {
			if strings.Contains(w.said(), "p/"+stage+" (") {
				found = w
				return true
			}
		}
		return false
	}, 30*time.Second, 10*time.Millisecond)
	return found
}

// made counts what was made, by the beginnings of keys.
func (l *lab) made() map[string]int {
	count := map[string]int{}
	for _, w := range l.workers {
		for _, m := range regexp.MustCompile(`(?m)^(\w{12}): made in`).FindAllStringSubmatch(w.said(), -1) {
			count[m[1]]++
		}
	}
	return count
}

const learns = `name: p
stages:
  load: {uses: load, with: {path: penguins.csv}}
  explore: {uses: explore, from: load}
  split: {uses: split, from: load, with: {by: stratified, column: species}}
  onehot: {uses: features, from: split, with: {target: species, encode: {categories: onehot}, numbers: {impute: median}}}
  train:
    uses: train
    from: onehot
    each: {baseline: {with: {model: dummy}}, logistic: {with: {model: logistic}}, boosting: {with: {model: boosting, params: {n_estimators: 20}}}}
  evaluate: {uses: evaluate, from: [split, train]}
  say: {uses: command, from: load, env: [LAB_TOKEN], with: {run: "echo $LAB_TOKEN is said; seq 100000 > numbers", outputs: [numbers]}}
  register: {uses: register, from: evaluate, with: {model: penguins}}
`

// Three workers make what one machine makes, byte for byte, each key once for two
// clients, and the engine keeps nothing that could be read.
func TestWorkersMakeTheSameBytes(t *testing.T) {
	l := farm(t, 3)
	alone, a, b := l.machine(learns), l.machine(learns), l.machine(learns)
	alone.does("run", "--no-png")
	var both sync.WaitGroup
	for _, m := range []*machine{a, b} {
		both.Go(func() { assert.Contains(t, m.does("run", "--on", "lab", "--no-png"), "penguins@1 is the new champion") })
	}
	both.Wait()
	outputs := func(m *machine) string {
		return m.does("sql", "select stage, output from stages where stage != 'register' order by stage")
	}
	assert.Equal(t, outputs(alone), outputs(a))
	assert.Equal(t, outputs(alone), outputs(b))
	made := l.made()
	assert.Len(t, made, 9)
	for key, times := range made {
		assert.Equal(t, 1, times, key)
	}
	assert.Contains(t, a.does("farm", "--on", "lab"), "nothing is made or waits")
	data, err := os.ReadFile(l.file)
	require.NoError(t, err)
	assert.True(t, bytes.Contains(data, []byte(`{"parcel":`)), "what it was handed stands there in clear")
	for _, secret := range []string{"hunter2", "penguins", "LAB_TOKEN", "stratified"} {
		assert.False(t, bytes.Contains(data, []byte(secret)), "the engine has %s", secret)
	}
}

const sleeps = `name: p
stages:
  a: {uses: command, with: {run: "echo a > said; sleep 4", outputs: [said]}}
  b: {uses: command, with: {run: "echo b > said; sleep 4", outputs: [said]}}
  c: {uses: command, from: [a, b], with: {run: "echo c > said", outputs: [said]}}
`

// What a killed worker was at another makes, once it was silent for long enough.
func TestAKilledWorker(t *testing.T) {
	l := farm(t, 2)
	m := l.machine(sleeps)
	go func() { l.busy("a").Process.Kill() }()
	assert.Contains(t, m.does("run", "--on", "lab"), "3 stages: 3 ran")
	assert.Equal(t, "c\n", string(m.gives("c:said")))
}

// An engine that is killed with all that it does is waited for; within ten seconds of
// its return work goes on, and what was made meanwhile is not made again.
func TestAKilledEngine(t *testing.T) {
	l := farm(t, 3)
	m := l.machine(sleeps)
	back := make(chan time.Time, 1)
	go func() {
		l.busy("a")
		l.killEngine()
		time.Sleep(5 * time.Second) // both stages end meanwhile
		l.runEngine()
		back <- time.Now()
	}()
	out := m.does("run", "--on", "lab")
	t.Logf("%s after the engine's return", time.Since(<-back))
	assert.Contains(t, out, "3 stages: 3 ran")
	assert.Equal(t, 1, strings.Count(out, "does not answer"), out)
	assert.Equal(t, 1, strings.Count(out, "answers again"), out)
	for key, times := range l.made() {
		assert.Equal(t, 1, times, key)
	}
}

// Whoever interrupts a run stops the workers.
func TestAnInterruptedRun(t *testing.T) {
	l := farm(t, 1)
	m := l.machine("name: p\nstages:\n  a: {uses: command, with: {run: \"sleep 300\", outputs: [said]}}\n")
	run := m.command("run", "--on", "lab")
	require.NoError(t, run.Start())
	l.busy("a")
	began := time.Now()
	require.NoError(t, run.Process.Signal(syscall.SIGINT))
	assert.Error(t, run.Wait())
	assert.Equal(t, 130, run.ProcessState.ExitCode())
	assert.Less(t, time.Since(began), 30*time.Second, "it was not waited for")
	assert.Eventually(t, func() bool { return strings.Contains(m.does("farm", "--on", "lab"), "nothing is made or waits") }, 15*time.Second, 200*time.Millisecond)
}

// What is not there, or not as it should be.
func TestWhatALabLacks(t *testing.T) {
	l := farm(t, 0)
	const one = "name: p\nstages:\n  a: {uses: command, with: {run: \"teller > said\", outputs: [said], tools: teller, version: teller}}\n"
	m := l.machine(sleeps)
	began := time.Now()
	out, err := m.command("run", "--on", "lab").CombinedOutput()
	assert.Error(t, err)
	assert.Less(t, time.Since(began), 30*time.Second, "it was not waited for")
	assert.Contains(t, string(out), "no worker of lab makes command")
	assert.Contains(t, string(out), "labbook worker --on lab")

	// Tools that differ.
	path := func(version string) string {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "teller"), []byte("#!/bin/sh\necho "+version+"\n"), 0o777))
		return "PATH=" + dir + ":" + os.Getenv("PATH")
	}
	l.worker(path("two"))
	m = l.machine(one)
	cmd := m.command("run", "--on", "lab")
	cmd.Env = append(cmd.Env, path("one"))
	out, err = cmd.CombinedOutput()
	assert.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), `a is made here: w1 of lab says: it has tool teller "two", wanted "one"`)

	// Blobs that are lost while a run goes on.
	m = l.machine(fmt.Sprintf(`name: p
stages:
  a: {uses: command, with: {run: "echo a > said", outputs: [said]}}
  b: {uses: command, from: a, with: {run: "rm -r %s/team/some/where/objects; echo b > said", outputs: [said]}}
  c: {uses: command, from: [a, b], with: {run: "cat inputs/a/said inputs/b/said > said", outputs: [said]}}
`, l.dir))
	out, err = m.command("run", "--on", "lab").CombinedOutput()
	assert.NoError(t, err, "%s", out)
	assert.NotContains(t, string(out), "made here")

	// A stage that fails.
	m = l.machine("name: p\nstages:\n  a: {uses: command, with: {run: \"echo about to fail; exit 3\", outputs: [said]}}\n")
	out, err = m.command("run", "--on", "lab").CombinedOutput()
	assert.Error(t, err)
	assert.Contains(t, string(out), "the command failed with exit code 3")
	assert.Contains(t, m.does("runs", "show", "latest", "--log", "a"), "about to fail")
}
