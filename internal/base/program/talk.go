package program

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
)

// Talk is a program that goes on running and is talked to over its standard input
// and output; both can be given deadlines.
type Talk struct {
	In, Out *os.File
	// Ended is closed when the program has ended.
	Ended <-chan struct{}

	cmd   *exec.Cmd
	tail  *tail
	watch *watched
	stop  sync.Once
	how   string // set before Ended is closed
}

// limit begins a program with a bound on the memory that it may address, in KiB.
const limit = `ulimit -v "$1" 2>/dev/null; shift; exec "$@"`

// Start starts a program in the workspace. What it prints on its standard error is
// kept, the end of it. It may use so many bytes of memory, 0 for any. It ends with
// this process, at the latest.
func (w *Workspace) Start(argv, env []string, memory int64) (*Talk, error) {
	if _, err := exec.LookPath(argv[0]); err != nil && !InProject(argv[0]) {
		return nil, diag.New(fmt.Sprintf("there is no program %q in PATH", argv[0]), "install it, or correct the name")
	}
	if memory > 0 {
		argv = append([]string{"sh", "-c", limit, "sh", strconv.FormatInt(memory>>10, 10)}, argv...)
	}
	var files [6]*os.File // read and write ends of input, output and errors
	for i := 0; i < len(files); i += 2 {
		var err error
		if files[i], files[i+1], err = os.Pipe(); err != nil {
			closeAll(files[:i])
			return nil, err
		}
	}
	t := &Talk{In: files[1], Out: files[2], tail: &tail{out: io.Discard}}
	t.cmd = exec.Command(argv[0], argv[1:]...)
	t.cmd.Dir, t.cmd.Env = w.Dir, w.environment(env)
	t.cmd.Stdin, t.cmd.Stdout, t.cmd.Stderr = files[0], files[3], files[5]
	t.cmd.SysProcAttr = ownGroup()
	t.watch = watching().watched(w.Scratch, files[3])
	err := t.cmd.Start()
	closeAll([]*os.File{files[0], files[3], files[5]})
	if err != nil {
		t.watch.began(0)
		closeAll([]*os.File{files[1], files[2], files[4]})
		return nil, err
	}
	t.watch.began(t.cmd.Process.Pid)
	ended := make(chan struct{})
	t.Ended = ended
	go t.wait(files[4], ended)
	return t, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// wait waits for the end of the program and of what it says.
func (t *Talk) wait(errs *os.File, ended chan<- struct{}) {
	said := make(chan struct{})
	go func() {
		defer close(said)
		io.Copy(t.tail, errs)
	}()
	err := t.cmd.Wait()
	syscall.Kill(-t.cmd.Process.Pid, syscall.SIGKILL) // what it started
	errs.SetReadDeadline(soon())
	<-said
	errs.Close()
	t.watch.ended(true)
	t.how = howEnded(err)
	close(ended)
}

// howEnded says how a program ended.
func howEnded(err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "ended by itself"
	case !errors.As(err, &exit):
		return err.Error()
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return fmt.Sprintf("was ended by signal %d (%s)", status.Signal(), status.Signal())
	}
	return fmt.Sprintf("ended with exit code %d", exit.ExitCode())
}

// How says how the program ended; "" while it runs.
func (t *Talk) How() string {
	select {
	case <-t.Ended:
		return t.how
	default:
		return ""
	}
}

// Said gives the last lines, at most so many, that the program printed on its
// standard error, as one.
func (t *Talk) Said(lines int) string { return t.tail.lines(lines) }

// Pid is the number of its process.
func (t *Talk) Pid() int { return t.cmd.Process.Pid }

// Stop ends the program, with all that it started, and waits until it has.
func (t *Talk) Stop() {
	t.stop.Do(func() {
		t.In.Close()
		syscall.Kill(-t.cmd.Process.Pid, syscall.SIGKILL)
		<-t.Ended
		t.Out.Close()
	})
}

// lines gives the last lines that are not blank.
func (t *tail) lines(most int) string {
	var kept []string
	for _, line := range lastLines(t.text()) {
		kept = append(kept, human.Line(line, 200))
		if len(kept) == most {
			break
		}
	}
	text := ""
	for i := len(kept) - 1; i >= 0; i-- {
		if text != "" {
			text += " | "
		}
		text += kept[i]
	}
	return text
}
