package servers

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// postgres is a server of PostgreSQL on a socket in a folder of its own, which can be
// killed and started again.
type postgres struct {
	t           *testing.T
	bin, folder string
	cmd         *exec.Cmd
}

// startPostgres starts one; where it is not installed the test is skipped.
func startPostgres(t *testing.T) *postgres {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		t.Skip("PostgreSQL is not installed")
	}
	folder, err := os.MkdirTemp("", "labbook-pg-") // short: a socket's path may have 107 bytes
	require.NoError(t, err)
	p := &postgres{t: t, bin: filepath.Dir(found[len(found)-1]), folder: folder}
	t.Cleanup(func() { os.RemoveAll(folder) })
	if os.Getuid() == 0 {
		require.NoError(t, os.Chmod(folder, 0o777))
	}
	out, err := p.command("initdb", "-D", p.data(), "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale", "C", "--no-sync").CombinedOutput()
	require.NoError(t, err, "%s", out)
	p.run()
	t.Cleanup(p.kill)
	return p
}

func (p *postgres) data() string    { return filepath.Join(p.folder, "data") }
func (p *postgres) address() string { return "postgres://postgres@/postgres?host=" + p.folder }

// command gives a program of PostgreSQL, which refuses to run as root.
func (p *postgres) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	if os.Getuid() == 0 {
		cmd = exec.Command("runuser", append([]string{"-u", "nobody", "--", cmd.Path}, args...)...)
	}
	cmd.Dir = p.folder
	return cmd
}

// run starts the server, and waits until it answers. The children of one that was killed
// have to be gone before.
func (p *postgres) run() {
	socket := filepath.Join(p.folder, ".s.PGSQL.5432")
	require.Eventually(p.t, func() bool {
		os.Remove(socket)
		p.cmd = p.command("postgres", "-D", p.data(), "-c", "listen_addresses=", "-c", "fsync=off", "-c", "unix_socket_directories="+p.folder)
		require.NoError(p.t, p.cmd.Start())
		ended := make(chan struct{})
		go func() { p.cmd.Wait(); close(ended) }()
		for {
			if p.command("pg_isready", "-q", "-h", p.folder).Run() == nil {
				return true
			}
			select {
			case <-ended:
				return false
			case <-time.After(20 * time.Millisecond):
			}
		}
	}, 30*time.Second, 50*time.Millisecond)
}

// kill kills it: kill -9.
func (p *postgres) kill() {
	data, err := os.ReadFile(filepath.Join(p.data(), "postmaster.pid"))
	require.NoError(p.t, err)
	first, _, _ := strings.Cut(string(data), "\n")
	pid, err := strconv.Atoi(first)
	require.NoError(p.t, err, fmt.Sprintf("%q", data))
	syscall.Kill(pid, syscall.SIGKILL)
}
