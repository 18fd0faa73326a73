package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/store/ledger"
	"labbook/runner"
	"labbook/runner/pipeline"
)

// openProject opens the project's stores; readOnly makes and changes nothing.
func (a *app) openProject(readOnly bool) (*project.Project, error) {
	return a.openProjectWith(ledger.Options{ReadOnly: readOnly})
}

// openProjectWith marks only a folder that is not there as wrong usage; trouble
// with the stores in it is a failure.
func (a *app) openProjectWith(options ledger.Options) (*project.Project, error) {
	p, err := project.Open(a.dir, options)
	if errors.Is(err, project.ErrNoFolder) {
		err = usage(err)
	}
	return p, atFault(err)
}

// openLedger opens only the ledger, to look at it.
func (a *app) openLedger() (*ledger.DB, error) {
	db, err := project.OpenLedger(a.dir)
	return db, atFault(err)
}

// selectionFlags are the flags that say which pipelines are meant.
func selectionFlags(cmd *cobra.Command, of *project.Selection) {
	flags := cmd.Flags()
	flags.StringVarP(&of.File, "file", "f", pipeline.DefaultFile, "the pipeline file, relative to the project's folder")
	flags.StringArrayVar(&of.Set, "set", nil, "change a parameter of pipelines, NAME=VALUE, or of a stage, STAGE.with.PATH=VALUE; PIPELINE. may stand before it (again for more)")
	flags.StringSliceVar(&of.Variants, "models", nil, "of the variants that a stage has (each), only these, such as boosting or train/boosting (with commas, or again, for more)")
}

// elsewhere are the flags that say with whom results are shared.
type elsewhere struct {
	on      string
	offline bool
}

// flags adds them to a command.
func (e *elsewhere) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&e.on, "on", "", "a name in farm.yaml: share results in its cache (default: where the history is), and have its workers make stages")
	cmd.Flags().BoolVar(&e.offline, "offline", false, "ask nobody there now; what is made is sent by a later run")
}

// share has the runner share results as the flags say.
func (e *elsewhere) share(p *project.Project, o *runner.Options) (err error) {
	workers := e.on != "" // of whom they are asked for
	if !workers {
		if e.on, err = p.Home(); err != nil {
			return atFault(err)
		}
	}
	switch {
	case e.on != "":
		err = p.On(e.on, e.offline, workers, o)
	case e.offline:
		return usagef("without --on nobody is asked", "--offline is of --on")
	}
	return usage(err)
}

// load reads the pipelines that are meant, all of them or those named.
func load(p *project.Project, of project.Selection, names []string) (*pipeline.Project, error) {
	of.Names = names
	declared, err := p.Load(of)
	return declared, usage(err)
}
