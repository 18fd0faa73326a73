package program

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
)

// Spent is what a program used, with the programs it ran.
type Spent struct {
	CPU    time.Duration
	Memory int64 // peak resident bytes of the largest process
}

// How a program is stopped: it is asked to end, and killed soon after, with all
// that it started.
const (
	patience = 300 * time.Millisecond
	drain    = 500 * time.Millisecond // for output that others still hold open
)

// Run runs a program in the workspace and waits for it. What it prints on either
// channel goes to out, and what it writes to file descriptor 3 to w.Progress, a line
// at a time. env adds "NAME=value" to the little it sees otherwise.
// When it uses more than w.Memory it is killed, and the error is a *MemoryError.
// When ctx ends, the program and all of its process group are stopped; when this
// process is killed, the program is with all that it started.
func (w *Workspace) Run(ctx context.Context, argv, env []string, out io.Writer) (Spent, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = w.Dir
	cmd.Env = w.environment(env)
	w.tail = &tail{out: out}
	read, write, err := os.Pipe()
	if err != nil {
		return Spent{}, err
	}
	defer read.Close()
	cmd.Stdout, cmd.Stderr = write, write
	told, err := w.listen(cmd)
	if err != nil {
		write.Close()
		return Spent{}, err
	}
	defer told()
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error {
		group := -cmd.Process.Pid
		time.AfterFunc(patience, func() { syscall.Kill(group, syscall.SIGKILL) })
		return syscall.Kill(group, syscall.SIGTERM)
	}
	watch := watching().watched(w.Scratch, write)
	err = cmd.Start()
	write.Close()
	if err != nil {
		watch.began(0)
	}
	if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		return Spent{}, diag.New(fmt.Sprintf("there is no program %q in PATH", argv[0]), "install it, or correct the name")
	}
	if err != nil {
		return Spent{}, err
	}
	watch.began(cmd.Process.Pid)
	copied := make(chan error, 1)
	go func() {
		_, err := io.Copy(w.tail, read)
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			// It would wait for ever for somebody to read what it prints.
			syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		}
		copied <- err
	}()
	held := w.holdMemory(cmd.Process.Pid)
	err = cmd.Wait()
	exceeded := held()
	// Nothing that the program started outlives it: it could write to what are
	// outputs by now. One that left the group may hold the pipe open for ever.
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	watch.ended(ctx.Err() != nil || exceeded)
	read.SetReadDeadline(soon())
	failed := <-copied
	spent := usage(cmd.ProcessState)
	switch {
	case ctx.Err() != nil:
		return spent, context.Cause(ctx)
	case exceeded:
		return spent, &MemoryError{w.Memory}
	case failed != nil && !errors.Is(failed, os.ErrDeadlineExceeded):
		return spent, fmt.Errorf("what it printed cannot be kept: %w", failed)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return spent, &Failure{w.failure(exit)}
	}
	return spent, err
}

// environment gives what a program sees, besides env: "NAME=value".
func (w *Workspace) environment(env []string) []string {
	return append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.Scratch, "TMPDIR=" + w.Scratch,
		"LANG=C.UTF-8", "TZ=UTC", "PWD=" + w.Dir,
		// Else git would find the project's repository around the workspace.
		"GIT_CEILING_DIRECTORIES=" + filepath.Dir(w.Dir),
	}, env...)
}

// soon is when what others still hold open is given up.
func soon() time.Time { return time.Now().Add(drain) }

// Failure is the error of a program that ran and did not end well.
type Failure struct{ text string }

func (f *Failure) Error() string { return f.text }

// failure says how a program ended, with the last line it printed.
func (w *Workspace) failure(exit *exec.ExitError) string {
	text := fmt.Sprintf("the command failed with exit code %d", exit.ExitCode())
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		text = fmt.Sprintf("the command was ended by signal %d (%s)", status.Signal(), status.Signal())
	}
	if last := w.tail.last(); last != "" {
		text += ": " + last
	}
	return text
}

func usage(s *os.ProcessState) Spent {
	if s == nil {
		return Spent{}
	}
	spent := Spent{CPU: s.UserTime() + s.SystemTime()}
	if r, ok := s.SysUsage().(*syscall.Rusage); ok {
		spent.Memory = int64(r.Maxrss) * maxrssUnit
	}
	return spent
}

// Undeclared gives the project's files that the program's last words mention
// and that it was not given: most likely those it failed to read. Words that
// happen to name a folder, or what labbook and git generate, are only words; a
// path inside the private folder is taken for one inside the project.
func (w *Workspace) Undeclared(project string) []string {
	var found []string
	said := strings.ReplaceAll(w.tail.text(), w.Dir+string(filepath.Separator), "")
	for _, word := range strings.FieldsFunc(said, func(r rune) bool {
		return strings.ContainsRune(" \t\r\n\"'`‘’“”()[]{}<>,;:=", r)
	}) {
		name := filepath.ToSlash(filepath.Clean(strings.TrimRight(word, ".!?")))
		if name == "." || !filepath.IsLocal(name) || w.given[name] || slices.Contains(found, name) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(w.Dir, name)); err == nil {
			continue
		}
		top, _, _ := strings.Cut(name, "/")
		info, err := os.Stat(filepath.Join(project, name))
		if err == nil && info.Mode().IsRegular() && !slices.Contains([]string{"runs", "reports", ".git"}, top) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// tail passes what is written on and keeps the end of it.
type tail struct {
	out  io.Writer
	mu   sync.Mutex
	kept []byte
}

// enough is how many bytes are kept at least.
const enough = 16 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - 2*enough; over > 0 {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-enough:]...)
	}
	t.mu.Unlock()
	return t.out.Write(p)
}

func (t *tail) text() string {
	if t == nil {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.kept)
}

// lastLines gives the lines of a text that are not blank, the last one first.
func lastLines(text string) (lines []string) {
	all := strings.Split(text, "\n")
	for i := len(all) - 1; i >= 0; i-- {
		if line := strings.TrimSpace(all[i]); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// last gives the last line that is not blank.
func (t *tail) last() string {
	lines := strings.Split(strings.TrimSpace(t.text()), "\n")
	return human.Line(strings.TrimSpace(lines[len(lines)-1]), 200)
}
