package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"labbook/internal/base/human"
	"labbook/internal/data/record"
	"labbook/internal/show/status"
	"labbook/runner"
)

// liveProgress keeps a line for every running stage at the bottom of the
// terminal, and prints above them what is over.
type liveProgress struct {
	out io.Writer
	lines
	screen  *mpb.Progress // made for the first stage that runs
	running map[string]*liveLine
}

// newLiveProgress draws on a terminal; close must be called, or its last lines
// stay half drawn.
func newLiveProgress(out io.Writer, c colours) *liveProgress {
	return &liveProgress{out: out, lines: lines{colours: c}, running: map[string]*liveLine{}}
}

// liveLine is a running stage.
type liveLine struct {
	name    string
	started time.Time
	bar     *mpb.Bar

	mu sync.Mutex
	at record.Live
}

// event is the method of progress. What ended is printed above the lines that
// still move.
func (p *liveProgress) event(e runner.Event) {
	key := qualified(e)
	switch e.What {
	case runner.StageStarted:
		p.begin(key, e)
		return
	case runner.StageProgress, runner.StageScored:
		if l := p.running[key]; l != nil {
			l.advance(e)
		}
		return
	case runner.StageEnded:
		if l := p.running[key]; l != nil {
			delete(p.running, key)
			l.bar.Abort(true)
		}
	}
	if line := p.line(e); line != "" {
		if p.screen != nil {
			fmt.Fprintln(p.screen, line)
		} else {
			fmt.Fprintln(p.out, line)
		}
	}
}

// close is the method of progress. It may be called before everything has
// ended, as on an interrupt, and more than once; what comes after it is printed
// plainly.
func (p *liveProgress) close() {
	if p.screen == nil {
		return
	}
	for _, l := range p.running {
		l.bar.Abort(true)
	}
	p.screen.Wait()
	p.screen = nil // what comes yet is printed plainly
}

// begin opens a line for a stage. Another attempt of the same stage takes the
// place of the last one's.
func (p *liveProgress) begin(key string, e runner.Event) {
	if l := p.running[key]; l != nil { // another attempt
		l.bar.Abort(true)
	}
	if p.screen == nil {
		p.screen = mpb.New(mpb.WithOutput(p.out), mpb.WithRefreshRate(120*time.Millisecond))
	}
	l := &liveLine{name: key, started: e.Time}
	l.advance(e)
	l.bar = p.screen.MustAdd(1, nil, mpb.PrependDecorators(decor.Any(func(s decor.Statistics) string {
		return l.text(time.Now(), s.AvailableWidth)
	})))
	p.running[key] = l
}

// advance notes how far a stage is.
func (l *liveLine) advance(e runner.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	runner.Follow(&l.at, e)
}

// text is the line, at most width wide: the stage, how long it has run, and how it
// goes, with a bar where what is counted has an end.
func (l *liveLine) text(now time.Time, width int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	elapsed := now.Sub(l.started)
	spin := []rune("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")[int(elapsed/(120*time.Millisecond))%10]
	text := fmt.Sprintf("%c %s  %s", spin, l.name, human.Duration(elapsed.Truncate(100*time.Millisecond)))
	if at := l.at.Progress; at != nil && at.Total > 0 {
		const cells = 20
		full := int(cells * min(at.Done, at.Total) / at.Total)
		text += "  " + strings.Repeat("━", full) + strings.Repeat("─", cells-full)
	}
	if doing := status.DoingOf(&l.at, l.started, now).String(); doing != "" {
		text += "  " + doing
	}
	if r := []rune(text); width > 1 && len(r) > width-1 {
		text = string(r[:width-2]) + "…"
	}
	return text
}
