package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"labbook/internal/base/diag"
	"labbook/runner"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/serve"
	"labbook/stages"
)

// loading are the flags that say which pipelines are meant.
type loading struct {
	file   string
	set    []string
	models []string
}

func (l *loading) flags(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&l.file, "file", "f", pipeline.DefaultFile, "the pipeline file, relative to the project's folder")
	cmd.Flags().StringArrayVar(&l.set, "set", nil, "change a parameter: NAME=VALUE, or PIPELINE.NAME=VALUE (again for more)")
	cmd.Flags().StringSliceVar(&l.models, "models", nil, "of the variants that a stage has (each), only these, such as boosting or train/boosting (with commas, or again, for more)")
}

// options are the pipeline package's, for these stores.
func (l *loading) options(s *stores) pipeline.Options {
	return pipeline.Options{Dir: s.root, File: l.file, Set: l.set, Variants: l.models, Env: os.LookupEnv,
		Kinds: stages.All(stages.Deps{Registry: s.registry(), Trials: s.ledger}), Reserved: serve.Reserved()}
}

// load reads the pipelines, all of them or those named.
func (a *app) load(l loading, s *stores, names []string) (*pipeline.Project, error) {
	project, err := s.loadCompiled(l.options(s))
	if err != nil {
		if _, missing := os.Stat(filepath.Join(s.root, l.file)); os.IsNotExist(missing) {
			return nil, usagef("`labbook init data.csv --target COLUMN` writes a first one; or name the folder with -C, the file with -f",
				"there is no %s in %s", l.file, a.dir)
		}
		return nil, usage(err)
	}
	if len(names) == 0 {
		return project, nil
	}
	// Without sources the runner remembers nothing of the whole project.
	chosen := pipeline.Project{}
	for _, p := range project.Pipelines {
		if slices.Contains(names, p.Name) {
			chosen.Pipelines = append(chosen.Pipelines, p)
		}
	}
	for _, name := range names {
		if project.Lookup(name) == nil {
			return nil, usagef(diag.DidYouMean(name, pipelineNames(project)), "no pipeline is called %q", name)
		}
	}
	return &chosen, nil
}

func pipelineNames(project *pipeline.Project) []string {
	names := make([]string, len(project.Pipelines))
	for i, p := range project.Pipelines {
		names[i] = p.Name
	}
	return names
}

// options are the runner's options for these stores.
func (s *stores) options() runner.Options {
	return runner.Options{Project: s.root, Cache: s.cache, Ledger: s.ledger}
}

// loadCompiled loads the pipelines from the form in which the last command
// that read them left them, if nothing has changed since; else from YAML. The
// form is one of this very program, so its name has the program's identity.
func (s *stores) loadCompiled(options pipeline.Options) (*pipeline.Project, error) {
	if len(options.Variants) > 0 {
		return pipeline.Load(options) // is for once, and not the project as it stands
	}
	path := filepath.Join(s.cache.Dir(), "compiled", cache.DigestOf([]byte(programIdentity() + "\n" + options.File))[:24])
	if data, err := os.ReadFile(path); err == nil {
		if project, err := pipeline.DecodeCompiled(data, options.Kinds); err == nil && project.Sources.Hold(options) {
			return project, nil
		}
	}
	project, err := pipeline.Load(options)
	if err != nil {
		return nil, err
	}
	// What cannot be remembered is only read again.
	if !s.looks && os.MkdirAll(filepath.Dir(path), 0o777) == nil {
		cache.WriteFile(path, project.Encode())
	}
	return project, nil
}

// programIdentity tells builds of labbook apart.
func programIdentity() string {
	path, err := os.Executable()
	if err != nil {
		return version()
	}
	info, err := os.Stat(path)
	if err != nil {
		return version()
	}
	return fmt.Sprint(version(), info.Size(), info.ModTime().UnixNano())
}
