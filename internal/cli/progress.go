package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"labbook/internal/human"
	"labbook/internal/ledger"
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
		return quietProgress{a.err, c}
	case isTerminal(a.err):
		return newLiveProgress(a.err, c)
	}
	return &plainProgress{out: a.err, colours: c}
}

// jsonProgress prints one event a line.
type jsonProgress struct{ out *json.Encoder }

func (p jsonProgress) event(e runner.Event) { p.out.Encode(e) }
func (p jsonProgress) close()               {}

// quietProgress prints failures only.
type quietProgress struct {
	out io.Writer
	colours
}

func (p quietProgress) event(e runner.Event) {
	if e.What == runner.StageEnded && e.Status == ledger.Failed {
		fmt.Fprintln(p.out, eventLine(e, p.colours))
	}
}
func (p quietProgress) close() {}

// plainProgress prints a line for what starts and for what ends.
type plainProgress struct {
	out io.Writer
	colours
}

func (p *plainProgress) event(e runner.Event) {
	if line := eventLine(e, p.colours); line != "" {
		fmt.Fprintln(p.out, line)
	}
}
func (p *plainProgress) close() {}

// eventLine says an event in a line, "" when it is not worth one: a stage that
// is up to date is counted at the end. What a stage prints is in its log, and
// shown here when it failed.
func eventLine(e runner.Event, c colours) string {
	name := qualified(e)
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
		return fmt.Sprintf("%s %s waits for %s, which makes the same", c.dim("·"), name, e.Text)
	case runner.StageWarned:
		return fmt.Sprintf("%s %s: %s", c.yellow("! warning"), name, e.Warning.Text)
	case runner.StageLog:
		if text, own := strings.CutPrefix(e.Text, "labbook: "); own {
			return fmt.Sprintf("%s %s: %s", c.dim("·"), name, text)
		}
	case runner.StageEnded:
		switch e.Status {
		case ledger.Succeeded:
			return fmt.Sprintf("%s %s  %s", c.green("✓"), name, human.Duration(e.Took))
		case ledger.Failed:
			return fmt.Sprintf("%s %s failed after %s\n%s", c.red("✕"), name, human.Duration(e.Took), indent(e.Error))
		case ledger.Skipped:
			return fmt.Sprintf("%s %s skipped: %s", c.dim("–"), name, e.Reason)
		case ledger.Interrupted:
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

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n    ")
}
