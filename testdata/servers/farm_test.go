// Package servers tries labbook with the real servers of others. It is a module of its
// own, so that what these are made of is none of labbook's: make farm-test.
package servers

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/testdata/servers/port"
)

var labbook, versitygw, temporal string // programs

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "labbook-farm-")
	if err != nil {
		panic(err)
	}
	labbook = filepath.Join(dir, "labbook")
	built("-C", "../..", "build", "-o", labbook, ".")
	versitygw, temporal = built("tool", "-n", "versitygw"), built("tool", "-n", "engine") // which the build cache keeps
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// built has go build something, and gives what it says.
func built(args ...string) string {
	cmd := exec.Command("go", args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "go", strings.Join(args, " ")+":", err)
		os.Exit(1)
	}
	return strings.TrimSpace(string(out))
}

// server is an S3 server over a folder, with a bucket.
type server struct {
	t       *testing.T
	dir     string
	address string
	cmd     *exec.Cmd
}

const user, password = "lab", "only-for-tests"

func start(t *testing.T) *server {
	s := &server{t: t, dir: t.TempDir(), address: free()}
	require.NoError(t, os.Mkdir(filepath.Join(s.dir, "team"), 0o777))
	s.run()
	t.Cleanup(s.kill)
	return s
}

// free gives an address that nobody listens at.
func free() string { return fmt.Sprintf("127.0.0.1:%d", port.Free("127.0.0.1")) }

// listens waits until somebody does.
func listens(t *testing.T, address string) {
	require.Eventually(t, func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, 30*time.Second, 10*time.Millisecond)
}

// run starts the server, and waits until it listens.
func (s *server) run() {
	s.cmd = exec.Command(versitygw, "--port", s.address, "--quiet", "posix", s.dir)
	s.cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+user, "ROOT_SECRET_KEY="+password)
	require.NoError(s.t, s.cmd.Start())
	listens(s.t, s.address)
}

// kill kills it: kill -9.
func (s *server) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// machine is a project on a machine of its own.
type machine struct {
	t   *testing.T
	dir string
}

// machine gives a new one, with that pipeline.
func (s *server) machine(pipeline string) *machine {
	m := &machine{s.t, s.t.TempDir()}
	m.write("pipeline.yaml", pipeline)
	m.write("farm.yaml", fmt.Sprintf("lab: {cache: \"s3://team/some/where?endpoint=http://%s\"}\n", s.address))
	data, err := os.ReadFile("../../testdata/data/penguins.csv")
	require.NoError(s.t, err)
	m.write("penguins.csv", string(data))
	return m
}

func (m *machine) write(name, text string) {
	require.NoError(m.t, os.WriteFile(filepath.Join(m.dir, name), []byte(text), 0o666))
}

// does runs labbook, which succeeds, and gives all that it printed.
func (m *machine) does(args ...string) string {
	out, err := m.command(args...).CombinedOutput()
	require.NoError(m.t, err, "%s", out)
	return string(out)
}

// command gives labbook, to be run there.
func (m *machine) command(args ...string) *exec.Cmd {
	cmd := exec.Command(labbook, args...)
	cmd.Dir = m.dir
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "AWS_ACCESS_KEY_ID="+user, "AWS_SECRET_ACCESS_KEY="+password, "AWS_EC2_METADATA_DISABLED=true", "LAB_TOKEN=hunter2hunter2")
	return cmd
}

// gives gives the bytes that a stage left.
func (m *machine) gives(file string) []byte {
	to := filepath.Join(m.t.TempDir(), "out")
	m.does("get", file, "-o", to)
	data, err := os.ReadFile(to)
	require.NoError(m.t, err)
	return data
}

// What one machine made, byte for byte.
func TestTheSameBytes(t *testing.T) {
	s := start(t)
	const pipeline = `name: p
stages:
  load: {uses: load, with: {path: penguins.csv}}
  explore: {uses: explore, from: load}
  large: {uses: command, with: {run: "head -c 150000000 /dev/zero | tr '\\0' x > large; seq 1000000 > numbers", outputs: [large, numbers]}}
`
	a, b := s.machine(pipeline), s.machine(pipeline)
	assert.Contains(t, a.does("run", "--on", "lab", "--no-png"), "3 stages: 3 ran")
	assert.Contains(t, b.does("plan", "--on", "lab"), "3 stages up to date, 3 of them in lab's cache")
	out := b.does("run", "--on", "lab", "--no-png")
	assert.Contains(t, out, "p: nothing to do, 3 stages up to date")
	assert.Contains(t, out, "157 MB come from lab's cache")
	assert.NotContains(t, out, "!  ")
	for _, file := range []string{"load:table.arrow", "large:large", "large:numbers"} {
		assert.True(t, bytes.Equal(a.gives(file), b.gives(file)), file)
	}
	assert.Contains(t, b.does("cache", "check", "--on", "lab"), "3 records: all sound")
	assert.Contains(t, b.does("gc", "--on", "lab", "--dry-run"), "0 records and 0 blobs")
}

// A server that is killed while a run has it breaks nothing; the next run sends.
func TestAKilledServer(t *testing.T) {
	s := start(t)
	pipeline := fmt.Sprintf(`name: p
stages:
  load: {uses: load, with: {path: penguins.csv}}
  kill: {uses: command, needs: load, with: {run: "kill -9 %d; echo killed > said", outputs: [said]}}
  after: {uses: command, from: kill, with: {run: "echo after > said", outputs: [said]}}
`, s.cmd.Process.Pid)
	a, b := s.machine(pipeline), s.machine(pipeline)
	out := a.does("run", "--on", "lab", "--no-png")
	assert.Contains(t, out, "3 stages: 3 ran")
	assert.Equal(t, 1, strings.Count(out, "lab's cache cannot be reached"), out)
	assert.Contains(t, out, "not sent to lab's cache; the next run with it sends what it lacks")
	s.kill()
	s.run()
	assert.Contains(t, a.does("run", "--on", "lab", "--no-png"), "nothing to do")
	assert.Contains(t, b.does("run", "--on", "lab", "--no-png"), "p: nothing to do, 3 stages up to date")
	assert.Equal(t, "after\n", string(b.gives("after:said")))
}

// Of two results of one key the first stands, and the second is reported.
func TestTheFirstStands(t *testing.T) {
	s := start(t)
	const pipeline = `name: p
stages:
  chance: {uses: command, with: {run: "od -An -N8 -tx8 /dev/urandom > said", outputs: [said]}}
`
	a, b, c := s.machine(pipeline), s.machine(pipeline), s.machine(pipeline)
	b.does("run", "--on", "lab", "--offline")
	a.does("run", "--on", "lab")
	out := b.does("run", "--on", "lab")
	assert.Contains(t, out, "not reproducible: made again, said differed")
	c.does("run", "--on", "lab")
	assert.Equal(t, a.gives("chance:said"), c.gives("chance:said"))
	assert.NotEqual(t, a.gives("chance:said"), b.gives("chance:said"))
}
