package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"labbook/internal/app/project"
	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
	"labbook/models/exchange"
	"labbook/runner/cache"
	"labbook/serve"
)

// form is a format that models go in where there is no labbook.
type form struct {
	name, ending string
	write        func(e *exported) (data []byte, notes []string, err error)
}

// exported is a version that is written.
type exported struct {
	context.Context
	project *project.Project
	version *record.Version
	bundle  *bundle.Bundle
}

// forms are those that export writes; the first is that of standard output.
var forms = []form{{"xgboost", ".json", writeXGBoost}, {"onnx", ".onnx", writeONNX}, {"page", ".html", writePage}}

// formOf gives the format of a name, or, where there is none, that of the ending
// of the file's name.
func formOf(name, file string) (*form, error) {
	var names, endings []string
	for i, f := range forms {
		names, endings = append(names, f.name), append(endings, f.ending+" ("+f.name+")")
		if f.name == name || name == "" && f.ending == strings.ToLower(filepath.Ext(file)) {
			return &forms[i], nil
		}
	}
	switch {
	case name != "":
		return nil, usagef(diag.DidYouMean(name, names), "no format is called %q", name)
	case file == "" || file == "-":
		return &forms[0], nil
	}
	return nil, usagef("name the file with one of the endings "+strings.Join(endings, ", ")+", or say --format", "the name %q does not say which format to write", file)
}

func writeXGBoost(e *exported) (data []byte, notes []string, err error) {
	data, notes, err = exchange.Export(e.bundle)
	if err == nil && !e.bundle.Features.IsIdentity() {
		notes = append(notes, fmt.Sprintf("its trees read encoded columns: `labbook predict %s ROWS --features` writes them", registry.Name(e.version)))
	}
	return data, notes, err
}

func writeONNX(e *exported) (data []byte, notes []string, err error) {
	return exchange.ONNX(e.bundle, about(e.version))
}

func writePage(e *exported) (data []byte, notes []string, err error) {
	data, err = serve.Page(e, e.project.Registry(), e.project.Runs(), e.version)
	return data, nil, err
}

func about(v *record.Version) exchange.About {
	return exchange.About{Model: v.Model, Version: v.Version, Digest: v.Answering(), Metrics: v.Metrics}
}

// exporting is what `labbook export` was asked for.
type exporting struct{ format, to, folder string }

// check says what is wrong with the command line.
func (o *exporting) check() error {
	if o.folder != "" && (o.to != "" || o.format != "") {
		return usagef("export twice: once with --mlflow, once with -o", "--mlflow writes a folder, in a form of its own")
	}
	_, err := formOf(o.format, o.to)
	return err
}

// write writes the version in the form that was asked for, and gives notes on it.
func (o *exporting) write(a *app, e *exported) (notes []string, err error) {
	b, v := e.bundle, e.version
	if o.folder != "" {
		files, notes, err := exchange.MLflow(b, about(v), v.Created)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", registry.Name(v), err)
		}
		return notes, writeModelFolder(a.path(o.folder), files)
	}
	form, err := formOf(o.format, o.to)
	if err != nil {
		return nil, err
	}
	data, notes, err := form.write(e)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", registry.Name(v), err)
	}
	if o.to == "" || o.to == "-" {
		_, err = a.out.Write(data)
		return notes, err
	}
	return notes, cache.WriteFile(a.path(o.to), data)
}

// exportCommand prints the file, or writes it with -o; what the file cannot say
// goes to standard error, so that a pipe gets the file alone.
func (a *app) exportCommand() *cobra.Command {
	var o exporting
	cmd := &cobra.Command{
		Use: "export MODEL[@VERSION]", Short: "Write a model for other programs, or as a page that predicts",
		Long: `Write a registered model in the form of another program: the champion of that
name, or a version as in diamonds@3. The ending of the file's name says which.

.html   a page that predicts offline: one file with the model, a form, reasons and
        the range, to open from an e-mail; it says what labbook says
.onnx   the whole model, from the columns that are asked for to the prediction,
        for onnxruntime in any language; docs/exchange.md has what it can hold
.json   the trees alone, for XGBoost 1.7 and later; they read encoded columns,
        which labbook predict --features writes for rows of your own

With --mlflow it writes a folder instead, which mlflow.pyfunc.load_model loads.
What the file cannot say is noted on standard error.`,
		Example: `  labbook export diamonds -o diamonds.html
  labbook export diamonds -o diamonds.onnx
  labbook export diamonds@3 -o diamonds.json
  labbook export diamonds --mlflow diamonds-model`,
		Args: args(1, 1, "a model, as in diamonds or diamonds@3"),
		RunE: func(cmd *cobra.Command, given []string) error {
			if err := o.check(); err != nil {
				return err
			}
			p, err := a.openProject(true)
			if err != nil {
				return err
			}
			defer p.Close()
			version, b, err := named(cmd.Context(), p, given[0])
			if err != nil {
				return err
			}
			notes, err := o.write(a, &exported{cmd.Context(), p, version, b})
			if err == nil {
				a.note(notes)
			}
			return err
		},
		ValidArgsFunction: a.completeModels,
	}
	names := make([]string, len(forms))
	for i, f := range forms {
		names[i] = f.name
	}
	cmd.Flags().StringVar(&o.format, "format", "", "the format, if not by the ending of the file's name: "+strings.Join(names, ", "))
	cmd.Flags().StringVar(&o.folder, "mlflow", "", "the folder to write for MLflow, whole or not at all")
	cmd.Flags().StringVarP(&o.to, "output", "o", "", "the file to write (default: XGBoost's form to standard output)")
	return cmd
}

// named gives the version of that name, and what it answers with.
func named(ctx context.Context, p *project.Project, name string) (*record.Version, *bundle.Bundle, error) {
	version, err := p.Registry().Resolve(ctx, name)
	if err != nil {
		return nil, nil, usage(err)
	}
	b, err := p.Bundle(version)
	return version, b, err
}

// exchanged are the formats that models come in.
var exchanged = []string{"xgboost"}

// checkFormat says that a format is none of those that models come in.
func checkFormat(format string) error {
	if slices.Contains(exchanged, format) {
		return nil
	}
	return usagef(diag.DidYouMean(format, exchanged), "no format is called %q", format)
}

// note prints what is worth knowing, on standard error.
func (a *app) note(notes []string) {
	if a.quiet {
		return
	}
	for _, n := range notes {
		fmt.Fprintln(a.err, a.colours(a.err).yellow("note:"), n)
	}
}
