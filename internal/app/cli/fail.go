package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
	"labbook/runner"
)

// errInterrupted is the cause of a context that a signal ended: whatever error
// comes of it is told as an interruption.
var errInterrupted = runner.ErrInterrupted

// errStopped is of a run that somebody stopped from elsewhere.
var errStopped = errors.New(record.OnRequest)

// exit is an error with the code it exits with. A nil err prints nothing: all
// has been said.
type exit struct {
	code int
	err  error
}

// Error is the method of error.
func (e *exit) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

// Unwrap gives the error that is told.
func (e *exit) Unwrap() error { return e.err }

// usage marks an error as one of the command line or a declaration.
func usage(err error) error {
	if err == nil {
		return nil
	}
	return &exit{ExitUsage, err}
}

// usagef is usage of a new error.
func usagef(hint, format string, args ...any) error {
	return usage(diag.New(fmt.Sprintf(format, args...), hint))
}

// report prints an error, if there is one, and gives the exit code.
func (a *app) report(ctx context.Context, err error) int {
	if err == nil {
		return ExitOK
	}
	code := ExitFailed
	if e := (*exit)(nil); errors.As(err, &e) {
		code = e.code
		if err = e.err; err == nil {
			return code
		}
	}
	if errors.Is(context.Cause(ctx), errInterrupted) {
		err = errInterrupted
	}
	if errors.Is(err, errInterrupted) || errors.Is(err, errStopped) {
		fmt.Fprintf(a.err, "labbook: %v; what was finished is kept, run again to go on\n", err)
		return ExitInterrupted
	}
	a.printError(err, code)
	if a.json && !a.told {
		a.printJSON(failure{problems(err, code)})
	}
	return code
}

// failure is what a command with --json prints where it has nothing else to say, so
// that an editor need not read the words on standard error.
type failure struct {
	Errors []problem `json:"errors"`
}

type problem struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	What   string `json:"what"`
	Found  string `json:"found,omitempty"`
	Wanted string `json:"wanted,omitempty"`
	Hint   string `json:"hint,omitempty"`
}

// problems gives the parts of an error: one for each that is a person's to mend.
func problems(err error, code int) []problem {
	var all diag.List
	all.Add(err)
	found := make([]problem, 0, len(all))
	for _, e := range all {
		found = append(found, problem{e.File, e.Line, e.Col, e.What, e.Found, e.Wanted, cmp.Or(e.Hint, hintFor(err, code))})
	}
	return found
}

// printError prints an error so that its last lines say what to do next.
func (a *app) printError(err error, code int) {
	c := a.colours(a.err)
	text := strings.TrimRight(human.Text(err.Error(), 0), "\n")
	if !strings.Contains(text, "\nhint: ") {
		if hint := hintFor(err, code); hint != "" {
			text += "\nhint: " + hint
		}
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if rest, ok := strings.CutPrefix(l, "hint: "); ok {
			lines[i] = c.bold("hint:") + " " + rest
		}
	}
	fmt.Fprintln(a.err, c.red("labbook: ")+strings.Join(lines, "\n"))
}

// hintFor says what to do about an error that does not say it itself, if that
// is known.
func hintFor(err error, code int) string {
	switch {
	case code == ExitDiffers:
		return "the output of a stage may depend on its inputs, parameters and seed only; `labbook runs show latest` says what differed"
	case errors.Is(err, registry.ErrLost):
		return "`labbook run` makes it again where its data are unchanged; or promote another version"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "the disk is full: `labbook gc` frees what no run and no model needs"
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return "labbook writes below runs/ and reports/: check their permissions, or copy the project to where you may write"
	case errors.Is(err, fs.ErrNotExist):
		return "check the name; paths are relative to the project's folder (-C)"
	case errors.Is(err, context.DeadlineExceeded):
		return "give the stage a longer timeout"
	case code == ExitUsage:
		return "`labbook --help` lists the commands"
	}
	return ""
}

// unknownCommand is the error for a word that is no command.
func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return usagef(diag.DidYouMean(word, names), "unknown command %q for %s", word, cmd.CommandPath())
}

// flagError says which flag was meant.
func flagError(cmd *cobra.Command, err error) error {
	text := err.Error()
	hint := fmt.Sprintf("`%s --help` lists the flags", cmd.CommandPath())
	if name, ok := strings.CutPrefix(text, "unknown flag: --"); ok {
		name, _, _ = strings.Cut(name, "=")
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near, ok := diag.Closest(name, names); ok {
			hint = fmt.Sprintf("did you mean --%s?", near)
		}
	}
	return usagef(hint, "%s", text)
}

// args checks the number of arguments, in words.
func args(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		switch {
		case len(given) < least:
			return usagef("`"+cmd.CommandPath()+" --help` has examples", "%s needs %s", cmd.CommandPath(), what)
		case most >= 0 && len(given) > most:
			return usagef("`"+cmd.CommandPath()+" --help` has examples", "%s takes %s; found %q besides", cmd.CommandPath(), what, given[most])
		}
		return nil
	}
}
