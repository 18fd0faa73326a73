package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func workspace(t *testing.T) (*Workspace, string) {
	dir := t.TempDir()
	w := &Workspace{Dir: filepath.Join(dir, "work"), Scratch: dir}
	require.NoError(t, w.Make())
	out := filepath.Join(dir, "out")
	require.NoError(t, os.Mkdir(out, 0o777))
	return w, out
}

func shell(t *testing.T, w *Workspace, script string) error {
	_, err := w.Run(t.Context(), []string{"sh", "-c", script}, nil, io.Discard)
	return err
}

func collect(w *Workspace, out string, patterns ...string) ([]string, error) {
	return w.Collect(patterns, func(name string) string { return filepath.Join(out, name) })
}

func TestOutputsAreMovedAndTheRestIsNamed(t *testing.T) {
	w, out := workspace(t)
	require.NoError(t, shell(t, w, "mkdir d && echo 1 > d/a && echo 2 > d/b && echo 3 > x.csv && echo 4 > rest"))
	left, err := collect(w, out, "d", "*.csv")
	require.NoError(t, err)
	assert.Equal(t, []string{"rest"}, left)
	for name, want := range map[string]string{"d/a": "1\n", "d/b": "2\n", "x.csv": "3\n"} {
		data, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		assert.Equal(t, want, string(data))
	}
}

func TestOutputsThatLeaveAreRefused(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("x"), 0o600))
	for name, script := range map[string]string{
		"file":            "ln -s " + secret + " o",
		"relative":        "ln -s ../../secret o",
		"through folder":  "ln -s / d && ln -s d" + secret + " o",
		"link to nothing": "ln -s nowhere o",
		"pipe":            "mkfifo o",
	} {
		t.Run(name, func(t *testing.T) {
			w, out := workspace(t)
			require.NoError(t, shell(t, w, script))
			_, err := collect(w, out, "o")
			assert.ErrorContains(t, err, "o")
			_, err = os.Stat(filepath.Join(out, "o"))
			assert.ErrorIs(t, err, os.ErrNotExist)
		})
	}
}

func TestLinksInsideBecomeFiles(t *testing.T) {
	w, out := workspace(t)
	require.NoError(t, shell(t, w, "echo 1 > v1 && ln -s v1 latest"))
	_, err := collect(w, out, "latest")
	require.NoError(t, err)
	info, err := os.Lstat(filepath.Join(out, "latest"))
	require.NoError(t, err)
	assert.True(t, info.Mode().IsRegular())
}

func TestMissingOutputNamesWhatWasWritten(t *testing.T) {
	w, out := workspace(t)
	require.NoError(t, shell(t, w, "echo 1 > other"))
	_, err := collect(w, out, "wanted")
	assert.EqualError(t, err, "the command did not make its output wanted; it wrote other")
}

func TestUndeclaredReadIsNamed(t *testing.T) {
	project := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(project, "data"), 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(project, "data", "x.csv"), nil, 0o666))
	w, _ := workspace(t)
	err := shell(t, w, "cat data/x.csv")
	assert.ErrorContains(t, err, "exit code 1")
	assert.Equal(t, []string{"data/x.csv"}, w.Undeclared(project))
}

// Python names a script that it cannot open by its absolute path.
func TestUndeclaredReadByAbsolutePathIsNamed(t *testing.T) {
	project := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(project, "train.py"), nil, 0o666))
	w, _ := workspace(t)
	assert.Error(t, shell(t, w, "echo \"can't open file '$PWD/train.py'\"; exit 2"))
	assert.Equal(t, []string{"train.py"}, w.Undeclared(project))
}

// "The data has 3 runs" was taken for a wish to read the folders data and runs.
func TestUndeclaredReadsAreOfFiles(t *testing.T) {
	project := t.TempDir()
	for _, name := range []string{"data/x.csv", "runs/labbook.db"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(project, name)), 0o777))
		require.NoError(t, os.WriteFile(filepath.Join(project, name), nil, 0o666))
	}
	w, _ := workspace(t)
	assert.Error(t, shell(t, w, "echo the data has 3 runs, see runs/labbook.db; exit 1"))
	assert.Empty(t, w.Undeclared(project))
}

func TestEnvironmentIsListed(t *testing.T) {
	t.Setenv("SECRET", "1")
	w, _ := workspace(t)
	var out strings.Builder
	_, err := w.Run(t.Context(), []string{"env"}, []string{"WANTED=2"}, &out)
	require.NoError(t, err)
	assert.NotContains(t, out.String(), "SECRET")
	assert.Contains(t, out.String(), "WANTED=2\n")
}

func TestStoppedWithAllItStarted(t *testing.T) {
	w, _ := workspace(t)
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	began := time.Now()
	_, err := w.Run(ctx, []string{"sh", "-c", "trap '' TERM; sleep 600 & sleep 600"}, nil, io.Discard)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, time.Since(began), time.Minute)
}

func TestWhatIsLeftRunningIsStopped(t *testing.T) {
	w, _ := workspace(t)
	require.NoError(t, shell(t, w, "sleep 600 & echo $! > pid"))
	text, err := os.ReadFile(filepath.Join(w.Dir, "pid"))
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return gone(pid) }, time.Minute, time.Millisecond, "it goes on")
}

// gone says whether a process has ended; its parent may not have asked how yet.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil && syscall.Kill(pid, 0) != nil || strings.Contains(string(stat), ") Z ")
}

func TestFailureSaysHow(t *testing.T) {
	w, _ := workspace(t)
	assert.EqualError(t, shell(t, w, "echo first; echo worst >&2; exit 3"), "the command failed with exit code 3: worst")
	assert.ErrorContains(t, shell(t, w, "kill -9 $$"), "signal 9 (killed)")
	_, err := w.Run(t.Context(), []string{"no-such-program"}, nil, io.Discard)
	assert.ErrorContains(t, err, `there is no program "no-such-program" in PATH`)
}

// The file that a link leads to was moved away before the link was followed.
func TestLinkToAnotherOutput(t *testing.T) {
	for _, patterns := range [][]string{{"a", "latest"}, {"latest", "a"}, {"*"}} {
		w, out := workspace(t)
		require.NoError(t, shell(t, w, "echo 1 > a && ln -s a latest"))
		_, err := collect(w, out, patterns...)
		require.NoError(t, err)
		for _, name := range []string{"a", "latest"} {
			data, err := os.ReadFile(filepath.Join(out, name))
			require.NoError(t, err)
			assert.Equal(t, "1\n", string(data))
		}
	}
}

// Links that nobody declared, such as those of a virtual environment, failed
// the stage.
func TestUndeclaredLinksAreLeft(t *testing.T) {
	w, out := workspace(t)
	require.NoError(t, shell(t, w, "echo 1 > a; mkdir -p venv/bin; ln -s /bin/sh venv/bin/python; ln -s bin venv/lib64; ln -s nowhere b"))
	left, err := collect(w, out, "a")
	require.NoError(t, err)
	assert.Equal(t, []string{"b", "venv/bin/python", "venv/lib64"}, left)
}

func TestLinkToAFolderIsRefused(t *testing.T) {
	w, out := workspace(t)
	require.NoError(t, shell(t, w, "mkdir d && echo 1 > d/a && ln -s d o"))
	_, err := collect(w, out, "o")
	assert.EqualError(t, err, "output o is a link to a folder; write the folder itself")
}

func TestTheWorkspaceIsNoPattern(t *testing.T) {
	w, out := workspace(t)
	w.Dir += "[1]*?"
	require.NoError(t, w.Make())
	require.NoError(t, shell(t, w, "echo 1 > o.txt"))
	_, err := collect(w, out, "*.txt")
	require.NoError(t, err)
	assert.FileExists(t, filepath.Join(out, "o.txt"))
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// A program waited for ever to print what nobody could keep.
func TestLogThatCannotBeKeptEndsTheProgram(t *testing.T) {
	w, _ := workspace(t)
	began := time.Now()
	_, err := w.Run(t.Context(), []string{"sh", "-c", "trap '' TERM; head -c 1000000 /dev/zero; sleep 600"}, nil, full{})
	assert.ErrorIs(t, err, syscall.ENOSPC)
	assert.Less(t, time.Since(began), time.Minute)
}

// A program that was just written can be run while other programs are begun.
func TestProgramsAreNotBusy(t *testing.T) {
	own := filepath.Join(t.TempDir(), "own")
	require.NoError(t, os.WriteFile(own, append([]byte("#!/bin/sh\nexit 0\n"), make([]byte, 1<<20)...), 0o755))
	var group errgroup.Group
	for range 8 {
		group.Go(func() error {
			for range 10 {
				dir := t.TempDir()
				w := &Workspace{Dir: filepath.Join(dir, "work"), Scratch: dir}
				if err := errors.Join(w.Make(), w.Add("own", own, true)); err != nil {
					return err
				}
				if _, err := w.Run(t.Context(), []string{"./own"}, nil, io.Discard); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
}
