package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"labbook/internal/base/human"
	"labbook/internal/data/record"
	"labbook/internal/show/status"
	"labbook/runner"
)

// progress shows how an execution goes. event is called by one goroutine at a
// time; close ends what is on the screen.
type progress interface {
	event(runner.Event)
	close()
}

// newProgress chooses how: events as JSON, nothing, live lines on a terminal,
// or plain ones.
func (a *app) newProgress() progress {
	c := a.colours(a.err)
	switch {
	case a.json:
		return jsonProgress{json.NewEncoder(a.out)}
	case a.quiet:
		return &quietProgress{out: a.err, lines: lines{colours: c}}
	case isTerminal(a.err):
		return newLiveProgress(a.err, c)
	}
	return &plainProgress{out: a.err, lines: lines{colours: c}}
}

// jsonProgress prints one event a line.
type jsonProgress struct{ out *json.Encoder }

// event is the method of progress. An event that cannot be written is lost: a
// closed pipe stops no run.
func (p jsonProgress) event(e runner.Event) { p.out.Encode(e) }
func (p jsonProgress) close()               {}

// quietProgress prints failures only.
type quietProgress struct {
	out io.Writer
	lines
}

// event is the method of progress.
func (p *quietProgress) event(e runner.Event) {
	if line := p.line(e); e.What == runner.StageEnded && e.Status == record.Failed {
		fmt.Fprintln(p.out, line)
	}
}
func (p *quietProgress) close() {}

// plainProgress prints a line for what starts and for what ends.
type plainProgress struct {
	out io.Writer
	lines
}

// event is the method of progress.
func (p *plainProgress) event(e runner.Event) {
	if line := p.line(e); line != "" {
		fmt.Fprintln(p.out, line)
	}
}
func (p *plainProgress) close() {}

// lines says events in words. It keeps the ends of the logs of running stages,
// which are shown when they fail.
type lines struct {
	colours
	tails map[string][]string
}

// How many lines of a failed stage's log are shown, and how many letters of each.
const (
	tailLines = 12
	tailWidth = 240
)

// line says an event in a line, "" when it is not worth one: a stage that is up
// to date is counted at the end.
func (l *lines) line(e runner.Event) string {
	name, c := qualified(e), l.colours
	e.Text, e.Reason, e.Error = human.Line(e.Text, tailWidth), human.Line(e.Reason, 0), human.Text(e.Error, 0)
	switch e.What {
	case runner.StageStarted:
		line := fmt.Sprintf("%s %s", c.dim("·"), name)
		if e.Attempt > 1 {
			line += fmt.Sprintf(", attempt %d", e.Attempt)
		}
		if e.Reason != "" {
			line += c.dim("  " + e.Reason)
		}
		return line
	case runner.StageWaiting:
		if e.Wait.For == record.ForRun || e.Wait.For == record.ForMemory {
			return fmt.Sprintf("%s %s %s", c.dim("·"), name, human.Line(status.WaitOf(e.Wait), tailWidth))
		}
	case runner.StageWarned:
		return fmt.Sprintf("%s %s: %s", c.weigh("! ", e.Warning.Level), name, found(c, e.Warning))
	case runner.StageLog:
		if text, own := strings.CutPrefix(e.Text, "labbook: "); own {
			return fmt.Sprintf("%s %s: %s", c.dim("·"), name, text)
		}
		if l.tails == nil {
			l.tails = map[string][]string{}
		}
		tail := append(l.tails[name], e.Text)
		l.tails[name] = tail[max(0, len(tail)-tailLines):]
	case runner.StageEnded:
		tail := l.tails[name]
		delete(l.tails, name)
		switch e.Status {
		case record.Succeeded:
			return fmt.Sprintf("%s %s  %s", c.green("✓"), name, human.Duration(e.Took))
		case record.Failed:
			text := fmt.Sprintf("%s %s failed after %s", c.red("✕"), name, human.Duration(e.Took))
			if len(tail) > 0 {
				text += "\n" + c.dim(indent(strings.Join(tail, "\n")))
			}
			return text + "\n" + indent(e.Error)
		case record.Skipped:
			return fmt.Sprintf("%s %s skipped: %s", c.dim("–"), name, e.Reason)
		case record.Interrupted:
			return fmt.Sprintf("%s %s interrupted", c.dim("–"), name)
		}
	}
	return ""
}

// qualified is a stage's name behind its pipeline's.
func qualified(e runner.Event) string {
	if e.Stage == "" {
		return e.Pipeline
	}
	return e.Pipeline + "/" + e.Stage
}

// indent sets a text of several lines off from what is around it.
func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}
