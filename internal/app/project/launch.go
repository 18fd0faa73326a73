package project

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/program"
	"labbook/internal/data/record"
	"labbook/internal/store/ledger"
	"labbook/runner"
	"labbook/serve"
)

// launcher starts runs as processes of this same program, so that a run that
// takes all memory takes no request with it. One at a time: a run uses every
// core. When the server dies they are interrupted.
type launcher struct {
	root   string
	ledger *ledger.DB
	log    *slog.Logger
	busy   chan struct{}            // holds one while a run's process lives
	under  atomic.Pointer[launched] // nil until it has begun
}

// launched is a process that was started for a run.
type launched struct {
	pid   int
	began time.Time
}

// Runner starts runs of this project, as processes. What they say is logged.
func (p *Project) Runner(log *slog.Logger) *launcher { return newLauncher(p.Root, p.Ledger, log) }

// newLauncher starts nothing yet. A nil log is allowed only where nothing is
// started.
func newLauncher(root string, ledger *ledger.DB, log *slog.Logger) *launcher {
	return &launcher{root: root, ledger: ledger, log: log, busy: make(chan struct{}, 1)}
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
	return l.start(ctx, arguments)
}

// start starts the process and waits until its run is recorded.
func (l *launcher) start(ctx context.Context, arguments []string) (string, error) {
	if err := l.take(ctx); err != nil {
		return "", err
	}
	labbook, err := os.Executable()
	if err != nil {
		<-l.busy
		return "", err
	}
	cmd := exec.Command(labbook, arguments...)
	var said bytes.Buffer
	cmd.Stdout = &limitedWriter{to: &said, left: 64 << 10}
	cmd.SysProcAttr = program.WithParent()
	began := time.Now().Add(-time.Second)
	if err := cmd.Start(); err != nil {
		<-l.busy
		return "", err
	}
	run := &launched{cmd.Process.Pid, began}
	l.under.Store(run)
	ended := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		<-l.busy
		ended <- err
	}()
	return l.await(ctx, run, ended, &said)
}

// take takes the one place for a run, or says that one is under way. Of one
// whose end is recorded only the process is still there, for the moment that its
// report takes: that is waited for, since everybody was told of the end.
func (l *launcher) take(ctx context.Context) error {
	select {
	case l.busy <- struct{}{}:
		l.under.Store(nil)
		return nil
	default:
	}
	p := l.under.Load()
	if p == nil {
		return record.ErrBusy
	}
	run, err := l.runOf(ctx, p)
	if err != nil {
		return err
	}
	if run == nil || run.Status == record.Running {
		return record.ErrBusy
	}
	select {
	case l.busy <- struct{}{}:
		l.under.Store(nil)
		return nil
	case <-ctx.Done():
		return record.ErrBusy
	}
}

// runOf gives the run of a process, nil before it is recorded.
func (l *launcher) runOf(ctx context.Context, p *launched) (*record.Run, error) {
	runs, err := l.ledger.Runs(ctx, record.Filter{Limit: 20})
	for _, run := range runs {
		if run.PID == p.pid && run.Started.After(p.began) {
			return run, nil
		}
	}
	return nil, err
}

// arguments gives the command line. What could be taken for a flag is refused.
func (l *launcher) arguments(job serve.Job) ([]string, error) {
	arguments := []string{"-C", l.root, "--no-color", "run", "--json"}
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
func (l *launcher) await(ctx context.Context, p *launched, ended <-chan error, said *bytes.Buffer) (string, error) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(launchPatience)
	for over := false; ; {
		run, err := l.runOf(ctx, p)
		if err != nil {
			return "", err
		}
		if run != nil {
			return run.ID, nil
		}
		if over {
			return "", refusal(said)
		}
		select {
		case err := <-ended:
			over = true // the ledger has the last word
			l.log.Info("a run ended", "pid", p.pid, "error", err)
		case <-tick.C:
		case <-ctx.Done():
			return "", context.Cause(ctx)
		case <-patience:
			return "", errors.New("the run was started, but is not recorded yet")
		}
	}
}

// refusal gives what the run's first events say is wrong with what was asked
// for.
func refusal(events io.Reader) error {
	for d := json.NewDecoder(events); ; {
		var e runner.Event
		if d.Decode(&e) != nil {
			return diag.New("the run could not be started", "")
		}
		if e.What == runner.RunRefused {
			return diag.New(e.Error, e.Hint)
		}
	}
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
