// Package testpostgres starts servers of PostgreSQL for tests.
package testpostgres

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Password is that of the user postgres. It is like no word of a test.
const Password = "hunter2-Wq7xZ!@/:%"

// Server is a server that listens on a socket in a folder of its own.
type Server struct {
	Folder string // of the socket: the host to name
	bin    string
}

// Installed says whether servers can be started here, and else why not.
func Installed() (bin, why string) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the client alone has none
	if len(found) == 0 {
		return "", "PostgreSQL is not installed"
	}
	return filepath.Dir(found[len(found)-1]), ""
}

// Start starts a server, with the user postgres, its Password and the database
// postgres. It is to be removed.
func Start() (*Server, error) {
	bin, why := Installed()
	if why != "" {
		return nil, fmt.Errorf("%s", why)
	}
	folder, err := os.MkdirTemp("", "labbook-pg-") // short: a socket's path may have 107 bytes
	if err != nil {
		return nil, err
	}
	s := &Server{Folder: folder, bin: bin}
	password := filepath.Join(folder, "password")
	err = os.WriteFile(password, []byte(Password+"\n"), 0o600)
	if err == nil {
		err = s.run("initdb", "-D", s.data(), "-A", "scram-sha-256", "--pwfile", password, "-U", "postgres", "-E", "UTF8", "--locale", "C", "--no-sync")
	}
	if err == nil {
		err = s.Run()
	}
	if err != nil {
		os.RemoveAll(folder)
		return nil, err
	}
	return s, nil
}

// At gives the server that was started in a folder.
func At(folder string) *Server {
	bin, _ := Installed()
	return &Server{folder, bin}
}

func (s *Server) data() string { return filepath.Join(s.Folder, "data") }

// Run has a server that was stopped listen again.
func (s *Server) Run() error {
	options := "-c listen_addresses= -c fsync=off -c unix_socket_directories=" + s.Folder
	return s.run("pg_ctl", "-D", s.data(), "-w", "-l", filepath.Join(s.Folder, "log"), "-o", options, "start")
}

// Stop stops the server at once, whatever it is at.
func (s *Server) Stop() error { return s.run("pg_ctl", "-D", s.data(), "-m", "immediate", "stop") }

// Remove stops the server and removes all of it.
func (s *Server) Remove() {
	s.Stop()
	os.RemoveAll(s.Folder)
}

// run runs a program of PostgreSQL. It refuses to run as root; its own user need not
// exist.
func (s *Server) run(name string, args ...string) error {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	if os.Getuid() == 0 {
		if err := exec.Command("chown", "-R", "nobody", s.Folder).Run(); err != nil {
			return err
		}
		cmd = exec.Command("runuser", append([]string{"-u", "nobody", "--", cmd.Path}, args...)...)
	}
	cmd.Dir = s.Folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}
