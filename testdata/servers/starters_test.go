package servers

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// What docs/workers.md says of starting workers is done here as it stands there.

// starter gives the block of that language below a heading.
func starter(t *testing.T, heading, language string) string {
	page, err := os.ReadFile("../../docs/workers.md")
	require.NoError(t, err)
	_, text, found := strings.Cut(string(page), "\n## "+heading+"\n")
	require.True(t, found, heading)
	_, text, found = strings.Cut(text, "```"+language+"\n")
	require.True(t, found, heading)
	text, _, _ = strings.Cut(text, "```")
	return text
}

const three = `name: p
stages:
  a: {uses: command, %[1]s with: {run: "echo a > said; sleep 1", outputs: [said]}}
  b: {uses: command, %[1]s with: {run: "echo b > said; sleep 1", outputs: [said]}}
  c: {uses: command, %[1]s from: [a, b], with: {run: "cat inputs/a/said inputs/b/said > said", outputs: [said]}}
`

// makes starts workers with a block of the page, as it stands there but for how long
// they stay without work, has them make a pipeline, and sees them leave.
func (l *lab) makes(block, on string, workers int, extra ...string) {
	idle := regexp.MustCompile(`--idle \w+`)
	require.Regexp(l.t, idle, block)
	m := l.machine(fmt.Sprintf(three, on))
	cmd := m.command()
	shell := exec.Command("bash", "-euc", idle.ReplaceAllString(block, "--idle 10s"))
	shell.Dir, shell.Env = m.dir, append(append(cmd.Env, "PATH="+filepath.Dir(labbook)+":"+os.Getenv("PATH"), "TMPDIR="+l.t.TempDir()), extra...)
	out, err := os.Create(filepath.Join(m.dir, "said")) // a file: workers in the background keep it
	require.NoError(l.t, err)
	defer out.Close()
	shell.Stdout, shell.Stderr = out, out
	err = shell.Run()
	said, _ := os.ReadFile(out.Name())
	require.NoError(l.t, err, "%s", said)
	there := func() (now struct {
		Workers []struct{ Name string }
		Stages  []any
	}) {
		require.NoError(l.t, json.Unmarshal([]byte(m.does("farm", "--on", "lab", "--json")), &now))
		return now
	}
	require.Eventually(l.t, func() bool { return len(there().Workers) == workers }, 30*time.Second, 50*time.Millisecond, "workers")
	ran := m.does("run", "--on", "lab")
	assert.Contains(l.t, ran, "3 stages: 3 ran")
	assert.NotContains(l.t, ran, "made here")
	assert.Equal(l.t, "a\nb\n", string(m.gives("c:said")))
}

func TestProcesses(t *testing.T) {
	l := farm(t, 0)
	l.makes(starter(t, "Processes", "sh"), "", 3)
	assert.Eventually(t, func() bool {
		return strings.Contains(l.machine("").does("farm", "--on", "lab"), "no workers")
	}, 40*time.Second, 200*time.Millisecond, "they did not leave")
}

// Two hosts, which are this one at two ports, each with a folder of its own.
func TestSSH(t *testing.T) {
	sshd := needs(t, "sshd", "/usr/sbin/sshd")
	l := farm(t, 0)
	dir := t.TempDir()
	for _, name := range []string{"host", "user"} {
		out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, name)).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	hosts := []string{"gpu1", "gpu2"}
	client := fmt.Sprintf("User root\nIdentityFile %s/user\nStrictHostKeyChecking no\nUserKnownHostsFile %s/known\nLogLevel ERROR\n", dir, dir)
	server := fmt.Sprintf("ListenAddress 127.0.0.1\nHostKey %[1]s/host\nAuthorizedKeysFile %[1]s/user.pub\nPidFile none\nStrictModes no\nPermitRootLogin prohibit-password\n"+
		"SetEnv PATH=%[2]s:%[3]s AWS_ACCESS_KEY_ID=%[4]s AWS_SECRET_ACCESS_KEY=%[5]s AWS_EC2_METADATA_DISABLED=true\n", dir, filepath.Dir(labbook), os.Getenv("PATH"), user, password)
	match := ""
	var ports []string
	for _, host := range hosts {
		home := filepath.Join(dir, host)
		require.NoError(t, os.MkdirAll(filepath.Join(home, "lab"), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(home, "lab", "farm.yaml"), []byte(l.farm()), 0o666))
		ports = append(ports, free())
		_, port, _ := net.SplitHostPort(ports[len(ports)-1])
		client += fmt.Sprintf("Host %s\n  HostName 127.0.0.1\n  Port %s\n", host, port)
		server += "Port " + port + "\n"
		match += fmt.Sprintf("Match LocalPort %s\n  ForceCommand export HOME=%s; cd; eval \"$SSH_ORIGINAL_COMMAND\"\n", port, home)
	}
	m := &machine{t, dir}
	m.write("sshd", server+match)
	m.write("config", client)
	m.write("ssh", "#!/bin/sh\nexec /usr/bin/ssh -F "+dir+"/config \"$@\"\n")
	require.NoError(t, os.Chmod(filepath.Join(dir, "ssh"), 0o777))
	require.NoError(t, os.MkdirAll("/run/sshd", 0o755))
	daemon(t, sshd, "-D", "-e", "-f", filepath.Join(dir, "sshd"))
	for _, port := range ports {
		listens(t, port)
	}
	t.Cleanup(func() {
		for _, host := range hosts {
			if log, err := os.ReadFile(filepath.Join(dir, host, "lab", "worker.log")); t.Failed() {
				t.Logf("%s said: %s %v", host, log, err)
			}
		}
	})
	l.makes(starter(t, "ssh", "sh"), "on: gpu,", 2, "PATH="+dir+":"+os.Getenv("PATH"))
	for _, host := range hosts {
		log := filepath.Join(dir, host, "lab", "worker.log")
		assert.Eventually(t, func() bool {
			data, err := os.ReadFile(log)
			return err == nil && strings.Contains(string(data), "nothing to do for 10")
		}, 40*time.Second, 50*time.Millisecond, "it did not leave")
	}
}

// A real Slurm of one node.
func TestSlurm(t *testing.T) {
	munged, controller, node := needs(t, "munged", "/usr/sbin/munged"), needs(t, "slurmctld", "/usr/sbin/slurmctld"), needs(t, "slurmd", "/usr/sbin/slurmd")
	l := farm(t, 0)
	dir, err := os.MkdirTemp("", "slurm") // short, for sockets
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755)) // munge asks who may write there
	key := make([]byte, 128)
	rand.Read(key)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "munge.key"), key, 0o600))
	_, first, _ := net.SplitHostPort(free())
	_, second, _ := net.SplitHostPort(free())
	config := filepath.Join(dir, "slurm.conf")
	require.NoError(t, os.WriteFile(config, []byte(strings.NewReplacer("DIR", dir, "FIRST", first, "SECOND", second).Replace(`
ClusterName=lab
SlurmctldHost=localhost
SlurmctldPort=FIRST
SlurmdPort=SECOND
AuthInfo=socket=DIR/munge.socket
SlurmUser=root
StateSaveLocation=DIR/state
SlurmdSpoolDir=DIR/spool
SlurmctldPidFile=DIR/slurmctld.pid
SlurmdPidFile=DIR/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
NodeName=localhost CPUs=8
PartitionName=all Nodes=ALL Default=YES State=UP
`)), 0o644))
	for _, name := range []string{"state", "spool"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	slurm := "SLURM_CONF=" + config
	daemon(t, munged, "--foreground", "--force", "--socket="+filepath.Join(dir, "munge.socket"), "--key-file="+filepath.Join(dir, "munge.key"),
		"--pid-file="+filepath.Join(dir, "munged.pid"), "--seed-file="+filepath.Join(dir, "seed"), "--log-file="+filepath.Join(dir, "munged.log"))
	require.Eventually(t, func() bool { _, err := os.Stat(filepath.Join(dir, "munge.socket")); return err == nil }, 20*time.Second, 20*time.Millisecond)
	daemon(t, controller, "-D", "-f", config)
	daemon(t, node, "-D", "-N", "localhost", "-f", config)
	asks := func(program string, args ...string) string {
		cmd := exec.Command(program, args...)
		cmd.Env = append(os.Environ(), slurm)
		out, _ := cmd.CombinedOutput()
		return strings.TrimSpace(string(out))
	}
	require.Eventually(t, func() bool { return asks("sinfo", "-h", "-o", "%t") == "idle" }, 20*time.Second, 50*time.Millisecond)
	l.makes(starter(t, "Slurm", "sh"), "", 3, slurm, "USER=lab")
	assert.Eventually(t, func() bool { return asks("squeue", "-h") == "" }, 40*time.Second, 100*time.Millisecond, "they did not leave")
	assert.Equal(t, 3, strings.Count(asks("scontrol", "show", "jobs"), "JobState=COMPLETED"))
}

// needs gives a program that only root may use.
func needs(t *testing.T, name, path string) string {
	if _, err := os.Stat(path); err != nil || os.Getuid() != 0 {
		t.Skip("needs " + name + " and root")
	}
	return path
}

// daemon runs a program for as long as the test does.
func daemon(t *testing.T, program string, args ...string) {
	cmd := exec.Command(program, args...)
	var said strings.Builder
	cmd.Stderr = &said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		if time.AfterFunc(5*time.Second, func() { cmd.Process.Kill() }); cmd.Wait() != nil && t.Failed() {
			t.Logf("%s said:\n%s", program, said.String())
		}
	})
}

// Kubernetes knows each field of what is its own.
func TestKubernetes(t *testing.T) {
	kinds := map[string]any{"ServiceAccount": &core.ServiceAccount{}, "ConfigMap": &core.ConfigMap{}, "Deployment": &apps.Deployment{}}
	for _, text := range strings.Split(starter(t, "Kubernetes", "yaml"), "\n---\n") {
		var of struct{ APIVersion, Kind string }
		require.NoError(t, yaml.Unmarshal([]byte(text), &of))
		if of.APIVersion == "keda.sh/v1alpha1" {
			continue // see the tests of the command line
		}
		require.Contains(t, kinds, of.Kind)
		assert.NoError(t, yaml.UnmarshalStrict([]byte(text), kinds[of.Kind]), of.Kind)
		delete(kinds, of.Kind)
	}
	assert.Empty(t, kinds)
}
