package farm

import (
	"fmt"
	"os"
	"strings"

	"labbook/internal/data/metrics"
	"labbook/runner"
)

// following tells what a worker says of an order, each thing once.
type following struct {
	watch  runner.Watch
	name   string
	lines  int // of the log, that were told
	last   progress
	scored int
	worker string
}

// state tells what is new of an execution.
func (f *following) state(key string, s State) {
	if f.worker != s.Worker {
		f.worker, f.lines = s.Worker, 0
		f.line(fmt.Sprintf("labbook: %s of %s makes it", s.Worker, f.name))
		f.lines = 0
	}
	var b beat
	if len(s.Details) == 0 || unseal(key, s.Details, &b) != nil {
		return
	}
	for i, line := range b.Tail {
		if n := b.Lines - len(b.Tail) + i; n >= f.lines {
			f.line(line)
		}
	}
	f.lines = max(f.lines, b.Lines)
	if p := b.Progress; p != nil && *p != f.last && f.watch.Progress != nil {
		f.last = *p
		f.watch.Progress(p.Step, p.Done, p.Total, p.Unit)
	}
	if s := b.Scored; s != nil && s.Number != f.scored && f.watch.Scored != nil {
		f.scored = s.Number
		f.watch.Scored(s.Number, s.Of, metrics.Value(s.Value))
	}
}

// rest tells the lines of a log that were not told.
func (f *following) rest(path string) {
	data, err := os.ReadFile(path)
	if err != nil {
		return
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if n++; n > f.lines {
			f.line(strings.TrimRight(line, "\r\n"))
		}
	}
}

func (f *following) line(text string) {
	if f.watch.Line != nil {
		f.watch.Line(text)
	}
}
