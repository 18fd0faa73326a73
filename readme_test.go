package main

import (
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestReadme executes the README's commands, in their order, in a copy of the
// project as git would give it, and with the results that its cache holds: where
// the pipeline ran before, it is not run again. `make test` is left out: it is
// what runs this.
func TestReadme(t *testing.T) {
	if testing.Short() {
		t.Skip("builds labbook and runs the whole pipeline")
	}
	dir := copyProject(t)
	shareCache(t, dir)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	require.NotEmpty(t, blocks)
	defer func() {
		require.FileExists(t, filepath.Join(dir, "reports", "diamonds.html"))
		require.FileExists(t, filepath.Join(dir, "reports", "penguins.html"))
	}()
	for _, block := range blocks {
		for line := range strings.Lines(block[1]) {
			command, _, _ := strings.Cut(strings.TrimSpace(line), " #")
			command = strings.TrimSpace(command)
			if command == "" || command == "make test" {
				continue
			}
			if command == "make serve" {
				serveUntilDone(t, dir)
				continue
			}
			cmd := exec.Command("sh", "-c", command)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s\n%s", command, out)
			t.Logf("$ %s\n%s", command, out)
		}
	}
}

// TestMakeClean tries that nothing generated is left, and all else is.
func TestMakeClean(t *testing.T) {
	dir := copyProject(t)
	before := filesBelow(t, dir)
	for _, name := range []string{"bin/labbook", "reports/diamonds.html", "runs/labbook.db", "runs/labbook.db-wal", "runs/requests.db", "runs/token",
		"runs/cache/objects/0f/12", "runs/20261127-051644-mbfxpx/report.html"} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, nil, 0o444))
	}
	cmd := exec.Command("make", "clean")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	after := filesBelow(t, dir)
	gone := slices.DeleteFunc(slices.Clone(before), func(name string) bool { return slices.Contains(after, name) })
	left := slices.DeleteFunc(after, func(name string) bool { return slices.Contains(before, name) })
	require.Empty(t, gone, "these should have stayed")
	require.Empty(t, left, "these should have gone")
}

// filesBelow lists the files and folders below a folder.
func filesBelow(t *testing.T, dir string) (all []string) {
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		all = append(all, path)
		return err
	}))
	return all
}

// serveUntilDone starts the server where the README says it listens, and ends
// it with the test, which is skipped where somebody else listens there.
func serveUntilDone(t *testing.T, dir string) {
	const address = "127.0.0.1:8080"
	if free, err := net.Listen("tcp", address); err != nil {
		t.Skipf("the rest of the README needs %s: %v", address, err)
	} else {
		free.Close()
	}
	server := exec.Command("bin/labbook", "serve")
	server.Dir = dir
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		server.Process.Signal(os.Interrupt)
		server.Wait()
	})
	require.Eventually(t, func() bool {
		response, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	}, 20*time.Second, 50*time.Millisecond)
}

// shareCache gives the copy what the project's cache holds, by links where both
// are on one file system: nothing there is ever written in its place.
func shareCache(t *testing.T, dir string) {
	const cache = "runs/cache"
	if _, err := os.Stat(cache); err != nil {
		return
	}
	to := filepath.Join(dir, cache)
	require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o777))
	if exec.Command("cp", "-al", cache, to).Run() != nil {
		require.NoError(t, os.RemoveAll(to))
		out, err := exec.Command("cp", "-a", cache, to).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

// copyProject copies what git knows, or would, of the project.
func copyProject(t *testing.T) string {
	list := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
	out, err := list.Output()
	if err != nil {
		t.Skip("needs git and a repository to know the project's files")
	}
	dir := t.TempDir()
	for _, name := range strings.Split(strings.TrimRight(string(out), "\x00"), "\x00") {
		data, err := os.ReadFile(name)
		if os.IsNotExist(err) {
			continue // deleted, and not committed yet
		}
		require.NoError(t, err)
		to := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(to), 0o777))
		require.NoError(t, os.WriteFile(to, data, 0o777))
	}
	return dir
}
