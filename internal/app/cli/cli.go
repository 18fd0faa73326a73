// Package cli is labbook's command line: what is typed, what is printed, and
// the exit code. The work itself is done elsewhere.
//
// Each command is a function that gives a cobra.Command, in a file of its name,
// and one line in the list of root. All of them keep to this:
//
//   - Standard output has what was asked for, and nothing else; progress, warnings
//     and hints go to standard error. --quiet silences these, but no error.
//   - What a command prints for people may be worded anew with any version. What
//     --json prints is an interface: fields are added, and none changes its meaning.
//   - Text from data or from others' programs is passed through human.Line or
//     human.Text, so that it cannot steer a terminal.
//   - Errors are returned, not printed; report turns one into words and a code.
//     One that the person can mend on the command line or in a declaration is
//     wrapped by usage: then nothing was done.
//   - A command that only looks opens the project read-only, so that it works on a
//     full disk, beside a run, and in a project of somebody else.
//   - Paths on the command line are relative to the project's folder (-C), also
//     where a command stands in another.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
)

// Exit codes. They are part of the interface: scripts rely on them.
const (
	ExitOK          = 0
	ExitFailed      = 1   // a stage failed, or what was asked for could not be done
	ExitUsage       = 2   // the command line or a declaration is wrong; nothing was done
	ExitDiffers     = 3   // run --verify or reproduce found an output that differs
	ExitInterrupted = 130 // stopped by a signal
)

// Main runs the process's command line and gives its exit code. The first
// interrupt stops cleanly; a second one stops at once. A terminal that is closed
// counts as one, unless the process was told not to heed that (nohup).
func Main() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		<-signals
		// The terminal or the server that reads our output may be gone as well.
		// That is no reason to die before the end of the run is recorded.
		signal.Ignore(syscall.SIGPIPE)
		cancel(errInterrupted)
		for s := range signals {
			if s != syscall.SIGHUP { // a terminal and its shell both send it
				os.Exit(ExitInterrupted)
			}
		}
	}()
	return Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

// Run runs a command line and gives its exit code.
func Run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	a := &app{in: in, out: out, err: errs}
	cmd := a.root()
	cmd.SetArgs(args)
	cmd.SetIn(in)
	cmd.SetOut(out)
	cmd.SetErr(errs)
	return a.report(ctx, cmd.ExecuteContext(ctx))
}

// app is what the commands share: the streams and the global flags.
type app struct {
	in       io.Reader
	out, err io.Writer

	dir     string
	quiet   bool
	noColor bool
	json    bool
	told    bool // with --json: what is printed says itself how it failed
}

// root gives all commands. It is made anew for every call, for flags keep what
// was typed.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "labbook",
		Short: "Pipelines declared like a build, read like a notebook",
		Long: `labbook runs machine-learning pipelines declared in YAML: like a build, only
what changed runs again; like a notebook, every run leaves a page to read; and
the best model is registered, with its history.

  labbook init data.csv --target price   write a first pipeline for your data
  labbook run                            run what changed
  labbook plan                           say what would run, and why

Exit codes: 0 done; 1 a stage failed; 2 the command line or a declaration is
wrong; 3 run --verify or reproduce found a difference; 130 interrupted.`,
		Version:       project.Version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return cmd.Help()
		},
	}
	root.SetHelpCommand(helpCommand(root))
	root.SetVersionTemplate("labbook {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.HiddenDefaultCmd = false
	flags := root.PersistentFlags()
	flags.StringVarP(&a.dir, "directory", "C", ".", "work in this folder")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "print nothing but errors and what was asked for")
	flags.BoolVar(&a.noColor, "no-color", false, "print without colours (so does the variable NO_COLOR)")
	root.AddCommand(
		a.initCommand(),
		a.runCommand(),
		a.watchCommand(),
		a.planCommand(),
		a.whyCommand(),
		a.checkCommand(),
		a.runsCommand(),
		a.modelsCommand(),
		a.predictCommand(),
		a.evaluateCommand(),
		a.getCommand(),
		a.catCommand(),
		a.sqlCommand(),
		a.exportCommand(),
		a.importCommand(),
		a.serveCommand(),
		a.keysCommand(),
		a.auditCommand(),
		a.replayCommand(),
		a.kindsCommand(),
		a.schemaCommand(),
		a.workerCommand(),
		a.farmCommand(),
		a.cacheCommand(),
		a.gcCommand(),
		a.doctorCommand(),
		a.backupCommand(),
		a.restoreCommand(),
		a.bundleCommand(),
		a.reproduceCommand(),
	)
	return root
}

// helpCommand is cobra's, but for a word that is no command, which is an error.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [command]", Short: "Help about any command",
		RunE: func(_ *cobra.Command, words []string) error {
			cmd, rest, err := root.Find(words)
			switch {
			case err != nil:
				return err
			case len(rest) > 0:
				return unknownCommand(cmd, rest[0])
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

// group is a command that only has commands below it.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args[0])
		}
		return cmd.Help()
	}}
	cmd.AddCommand(commands...)
	return cmd
}

// withJSON adds the flag --json.
func (a *app) withJSON(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&a.json, "json", false, "print JSON")
	return cmd
}

// path gives where a path of the command line is, seen from the project.
func (a *app) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(a.dir, name)
}
