package cli

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"labbook/internal/diag"
	"labbook/internal/ledger"
	"labbook/serve"
)

// launcher starts runs as processes of this same program, so that a run that
// takes all memory takes no request with it. One at a time: a run uses every
// core.
type launcher struct {
	root   string
	ledger *ledger.DB
	log    *slog.Logger
	busy   sync.Mutex
}

var _ serve.Runner = (*launcher)(nil)

// launchPatience is how long a started run may take to be recorded.
const launchPatience = 30 * time.Second

// Start implements serve.Runner.
func (l *launcher) Start(ctx context.Context, job serve.Job) (string, error) {
	arguments, err := l.arguments(job)
	if err != nil {
		return "", err
	}
	if !l.busy.TryLock() {
		return "", serve.ErrBusy
	}
	program, err := os.Executable()
	if err != nil {
		l.busy.Unlock()
		return "", err
	}
	cmd := exec.Command(program, arguments...)
	var said bytes.Buffer
	cmd.Stderr = &limitedWriter{to: &said, left: 64 << 10}
	if err := cmd.Start(); err != nil {
		l.busy.Unlock()
		return "", err
	}
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		l.busy.Unlock()
		ended <- err
	}()
	return l.await(ctx, cmd.Process.Pid, ended, &said)
}

// arguments gives the command line. What could be taken for a flag is refused.
func (l *launcher) arguments(job serve.Job) ([]string, error) {
	arguments := []string{"-C", l.root, "--no-color", "run"}
	var keys []string
	for key := range job.Params {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		arguments = append(arguments, "--set="+key+"="+string(job.Params[key]))
	}
	for _, model := range job.Models {
		// Behind the pipeline's name, for others may have one called the same.
		arguments = append(arguments, "--models="+job.Pipeline+"/"+strings.TrimPrefix(model, job.Pipeline+"/"))
	}
	for _, stage := range job.Only {
		arguments = append(arguments, "--only="+stage)
	}
	for _, name := range slices.Concat(job.Models, job.Only) {
		if name == "" || strings.ContainsAny(name, ",\"\n") {
			return nil, &diag.Error{What: "a stage's name does not fit", Found: strconv.Quote(name), Wanted: "a name such as train/boosting"}
		}
	}
	if job.Force {
		arguments = append(arguments, "--force")
	}
	return append(arguments, "--", job.Pipeline), nil
}

// await waits until the run is recorded. A process that ends before that says
// what is wrong with what was asked for.
func (l *launcher) await(ctx context.Context, pid int, ended <-chan error, said *bytes.Buffer) (string, error) {
	began := time.Now().Add(-time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(launchPatience)
	for over := false; ; {
		runs, err := l.ledger.Runs(ctx, ledger.Filter{Limit: 20})
		if err != nil {
			return "", err
		}
		for _, run := range runs {
			if run.PID == pid && run.Started.After(began) {
				return run.ID, nil
			}
		}
		if over {
			return "", refusal(said.String())
		}
		select {
		case err := <-ended:
			over = true // the ledger has the last word
			l.log.Info("a run ended", "pid", pid, "error", err)
		case <-tick.C:
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-patience:
			return "", errors.New("the run was started, but is not recorded yet")
		}
	}
}

// refusal makes of what the run printed an error that says what is wrong with
// what was asked for.
func refusal(said string) error {
	e := &diag.Error{What: "the run could not be started"}
	for _, line := range strings.Split(strings.TrimSpace(said), "\n") {
		if hint, ok := strings.CutPrefix(line, "hint: "); ok {
			e.Hint = hint
		} else if what, ok := strings.CutPrefix(line, "labbook: "); ok {
			e.What = what
		}
	}
	return e
}

// limitedWriter passes on the beginning of what is written.
type limitedWriter struct {
	to   *bytes.Buffer
	left int
}

func (w *limitedWriter) Write(p []byte) (int, error) {
	n := min(len(p), w.left)
	w.to.Write(p[:n])
	w.left -= n
	return len(p), nil
}
