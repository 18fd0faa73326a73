package project

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/program"
	"labbook/internal/data/record"
	"labbook/runner"
	"labbook/runner/pipeline"
	"labbook/serve"
)

// launcher runs what the queue holds, as processes of this same program, so that a
// run that takes all memory takes no request with it. One at a time: a run uses
// every core. When the server ends they are interrupted; the queue stays, and is
// gone on with by the next.
type launcher struct {
	project *Project
	log     *slog.Logger
	asked   chan struct{}          // holds one when something was queued or has ended
	busy    chan struct{}          // holds one while a run's process lives
	under   atomic.Pointer[string] // the id of its run; "": not known
	process atomic.Pointer[os.Process]
}

// Runner starts, queues and stops runs of this project. Work must be called for
// anything to be run. What runs say is logged.
func (p *Project) Runner(log *slog.Logger) *launcher {
	return &launcher{project: p, log: log, asked: make(chan struct{}, 1), busy: make(chan struct{}, 1)}
}

var _ serve.Runner = (*launcher)(nil)

// Start implements serve.Runner.
func (l *launcher) Start(ctx context.Context, job serve.Job) (*serve.Place, error) {
	if _, err := arguments(job); err != nil {
		return nil, err
	}
	if err := l.check(job); err != nil {
		return nil, err
	}
	before, err := l.before(ctx)
	if err != nil {
		return nil, err
	}
	if job.Wait != nil && !*job.Wait && before > 0 {
		return nil, record.ErrBusy
	}
	job.Wait = nil
	q := &record.Queued{Pipeline: job.Pipeline, Asked: time.Now()}
	if q.Job, err = json.Marshal(job); err != nil {
		return nil, err
	}
	if q.ID, err = record.NewRunID(q.Asked, rand.Reader); err != nil {
		return nil, err
	}
	if err := l.project.Ledger.Enqueue(q); err != nil {
		return nil, err
	}
	l.wake()
	return &serve.Place{Run: q.ID, Before: before}, nil
}

func (l *launcher) wake() {
	select {
	case l.asked <- struct{}{}:
	default: // somebody has already
	}
}

// check refuses what the declaration as it is now does not have.
func (l *launcher) check(job serve.Job) error {
	_, err := l.declared(job)
	return err
}

// Foresee implements serve.Runner.
func (l *launcher) Foresee(ctx context.Context, job serve.Job) ([]serve.ForeseenStage, error) {
	declared, err := l.declared(job)
	if err != nil {
		return nil, err
	}
	o := l.project.Options()
	o.Only, o.Force = job.Only, job.Force
	planned, err := runner.Plan(ctx, declared, o)
	if err != nil {
		return nil, refused(job.Pipeline, err)
	}
	if err := l.project.Cache.Save(); err != nil { // it costs the next one the hashing
		l.log.Debug("what was learned of files is not kept", "error", err)
	}
	var stages []serve.ForeseenStage
	for _, p := range planned {
		if p.Action == runner.Skip {
			continue
		}
		s := serve.ForeseenStage{Name: p.Stage.Name, Runs: p.Action == runner.Run, Waits: p.Action == runner.Waits || p.Action == runner.Asks}
		if s.Runs || s.Waits {
			s.Why, s.Expected = p.Reason, p.Expected
		}
		stages = append(stages, s)
	}
	return stages, nil
}

// declared gives what a job asks for, as it is declared now.
func (l *launcher) declared(job serve.Job) (*pipeline.Project, error) {
	of := Declared()
	of.Names, of.Set = []string{job.Pipeline}, settings(job.Pipeline, job.Params)
	for _, model := range job.Models {
		of.Variants = append(of.Variants, variant(job, model))
	}
	declared, err := l.project.Load(of)
	if err == nil {
		_, err = runner.Select(declared, job.Only)
	}
	return declared, refused(job.Pipeline, err)
}

// refused gives an error about what was asked for as clients get it: the first, in a
// line, without the flag and the name of the pipeline that they did not write there.
func refused(pipeline string, err error) error {
	if err == nil {
		return nil
	}
	var all diag.List
	all.Add(err)
	return diag.New(strings.TrimPrefix(strings.TrimPrefix(all[0].Clause(), "--set "), pipeline+"."), strings.ReplaceAll(all[0].Hint, "--set ", ""))
}

// before counts the runs that one that is asked for now comes after. A run whose end
// is recorded counts no more, though its process takes a moment yet.
func (l *launcher) before(ctx context.Context) (n int, err error) {
	queue, err := l.project.Ledger.Queue(ctx)
	if err != nil {
		return 0, err
	}
	n = len(queue)
	if len(l.busy) == 0 {
		return n, nil
	}
	if id := l.under.Load(); id != nil && *id != "" {
		run, err := l.project.Ledger.FindRun(ctx, "", *id)
		if err != nil || run.Status != record.Running {
			return n, nil // queued still, or ended
		}
	}
	return n + 1, nil
}

// Queue implements serve.Runner.
func (l *launcher) Queue(ctx context.Context) ([]*record.Queued, error) {
	return l.project.Ledger.Queue(ctx)
}

// Work runs what is queued, and what is due, one after the other, until ctx ends. Then
// it interrupts what goes on, and waits a moment for that.
func (l *launcher) Work(ctx context.Context) {
	go l.keep(ctx)
	tick := time.NewTicker(time.Second) // another server may have queued something, and ended
	defer tick.Stop()
	for said := ""; ; {
		err := l.next(ctx)
		if err == nil {
			said = ""
		} else if ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			l.log.Warn("what is queued could not be begun", "error", err)
		}
		select {
		case <-tick.C:
		case <-l.asked:
		case <-ctx.Done():
			l.interrupt()
			return
		}
	}
}

// interrupt ends the run that goes on, if there is one.
func (l *launcher) interrupt() {
	patience := time.After(stopPatience)
	for {
		select {
		case l.busy <- struct{}{}: // for good
			return
		default:
		}
		if p := l.process.Swap(nil); p != nil {
			p.Signal(os.Interrupt)
		}
		select {
		case <-time.After(stopEvery):
		case <-patience:
			return
		}
	}
}

// next begins the first run of the queue, if there is one and no other goes on.
func (l *launcher) next(ctx context.Context) error {
	select {
	case l.busy <- struct{}{}:
	default:
		return nil
	}
	q, err := l.project.Ledger.TakeQueued(ctx)
	if q == nil || err != nil {
		<-l.busy
		return err
	}
	var job serve.Job
	var given []string
	if err = json.Unmarshal(q.Job, &job); err == nil {
		given, err = arguments(job)
	}
	if err == nil {
		_, err = l.start(q.ID, append([]string{"run", "--json", "--as=" + q.ID}, given...), func(said *bytes.Buffer) { l.settle(q, refusal(said)) })
	}
	if err != nil {
		l.settle(q, err)
		<-l.busy
	}
	return err
}

// settle records how a queued run ended that did not come to record anything.
func (l *launcher) settle(q *record.Queued, why error) {
	if _, err := l.project.Ledger.FindRun(context.Background(), "", q.ID); err == nil {
		return
	}
	now := time.Now()
	run := &record.Run{ID: q.ID, Pipeline: q.Pipeline, Status: record.Failed, Started: q.Asked, Ended: now, Error: why.Error()}
	if _, wanted := l.project.said().of(context.Background(), q.ID, saidStop); wanted {
		run.Status, run.Error = record.Interrupted, record.OnRequest
		l.project.said().end(q.ID)
	}
	if err := l.project.Ledger.StartRun(run); err != nil {
		l.log.Error("the end of a queued run could not be recorded", "run", q.ID, "error", err)
	}
}

// start starts a process, which takes the one place until it has ended, and comes after
// this one for the processor; then ended is told the beginning of what it printed. The
// caller has the place.
func (l *launcher) start(run string, args []string, ended func(said *bytes.Buffer)) (*os.Process, error) {
	labbook, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(labbook, append([]string{"-C", l.project.Root, "--no-color"}, args...)...)
	var said bytes.Buffer
	cmd.Stdout = &limitedWriter{to: &said, left: 64 << 10}
	cmd.SysProcAttr = program.WithParent()
	started := make(chan error)
	go func() {
		program.Yield() // answers come first
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		l.under.Store(&run)
		l.process.Store(cmd.Process)
		l.log.Info("a run begins", "run", run, "pid", cmd.Process.Pid)
		started <- nil
		err := cmd.Wait()
		l.log.Info("a run ended", "run", run, "pid", cmd.Process.Pid, "error", err)
		ended(&said)
		<-l.busy
		l.wake()
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return cmd.Process, nil
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

// keep begins what is due until ctx ends. What it starts is `labbook run --due`:
// that claims, so that two servers start one run.
func (l *launcher) keep(ctx context.Context) {
	tick := time.NewTicker(20 * time.Second)
	defer tick.Stop()
	for said := ""; ; {
		err := l.due(ctx, time.Now())
		if err == nil {
			said = ""
		} else if ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			l.log.Warn("what is due could not be started", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (l *launcher) due(ctx context.Context, now time.Time) error {
	declared, err := l.project.Load(Declared())
	if err != nil || !slices.ContainsFunc(declared.Pipelines, func(p *pipeline.Pipeline) bool { return p.Schedule != nil }) {
		return err
	}
	names, err := l.project.Due(ctx, declared, now, true)
	if err != nil || len(names) == 0 {
		return err
	}
	select {
	case l.busy <- struct{}{}:
	default:
		return nil // it is looked again
	}
	if _, err = l.start("", []string{"run", "--json", "--due"}, func(*bytes.Buffer) {}); err != nil {
		<-l.busy
		err = fmt.Errorf("run --due: %w", err)
	}
	return err
}

// Watch runs all pipelines now, and again whenever something is saved that they
// depend on, until ctx ends. A save stops the run that an earlier one began, and no
// other.
func (l *launcher) Watch(ctx context.Context) {
	w := l.project.Watch(Declared())
	for {
		select {
		case l.busy <- struct{}{}:
		case <-ctx.Done():
			return
		}
		ended := make(chan struct{})
		process, err := l.start("", []string{"run", "--json"}, func(said *bytes.Buffer) {
			if strings.Contains(said.String(), string(runner.RunRefused)) {
				l.log.Warn("what is declared cannot be run; it is watched", "error", refusal(said))
			}
			close(ended)
		})
		if err != nil {
			<-l.busy
			l.log.Error("what was saved could not be run", "error", err)
		}
		changed := w.Changed(ctx)
		if changed == nil {
			return
		}
		l.log.Info("saved", "files", changed)
		if process == nil {
			continue
		}
		select {
		case <-ended:
		default:
			process.Signal(os.Interrupt)
			<-ended
		}
	}
}
