package project

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/learn/checks"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/serve"
	"labbook/stages"
)

// Selection says which of a project's pipelines are meant, and what is changed
// in them this time only.
type Selection struct {
	File     string   // the pipeline file, relative to the project's folder
	Set      []string // parameters, as pipeline.Options.Set
	Variants []string // of the variants that a stage has, only these; all when empty
	Names    []string // of the pipelines, only these; all when empty
}

// Declared is the whole of what a project declares.
func Declared() Selection { return Selection{File: pipeline.DefaultFile} }

// options are the pipeline package's, for this project.
func (p *Project) options(of Selection) pipeline.Options {
	return pipeline.Options{Dir: p.Root, File: of.File, Set: of.Set, Variants: of.Variants, Env: os.LookupEnv,
		Kinds: stages.All(stages.Deps{Registry: p.Registry(), Trials: p.Ledger}), Reserved: serve.Reserved(), Checks: checks.Codes()}
}

// Load reads the pipelines that are meant. Every error is about what was
// written: the declarations, or the selection.
func (p *Project) Load(of Selection) (*pipeline.Project, error) {
	declared, err := p.loadCompiled(p.options(of))
	if err != nil {
		if _, missing := os.Stat(filepath.Join(p.Root, of.File)); os.IsNotExist(missing) {
			return nil, diag.New(fmt.Sprintf("there is no %s in %s", of.File, p.named),
				"`labbook init data.csv --target COLUMN` writes a first one; or name the folder with -C, the file with -f")
		}
		return nil, err
	}
	if len(of.Names) == 0 {
		return declared, nil
	}
	// Without sources the runner remembers nothing of the whole project.
	chosen := pipeline.Project{}
	for _, one := range declared.Pipelines {
		if slices.Contains(of.Names, one.Name) {
			chosen.Pipelines = append(chosen.Pipelines, one)
		}
	}
	for _, name := range of.Names {
		if declared.Lookup(name) == nil {
			return nil, diag.New(fmt.Sprintf("no pipeline is called %q", name), diag.DidYouMean(name, Names(declared)))
		}
	}
	return &chosen, nil
}

// Names gives the names of pipelines, in their order.
func Names(declared *pipeline.Project) []string {
	names := make([]string, len(declared.Pipelines))
	for i, one := range declared.Pipelines {
		names[i] = one.Name
	}
	return names
}

// loadCompiled loads the pipelines from the form in which the last command
// that read them left them, if nothing has changed since; else from YAML. The
// form is one of this very program, so its name has the program's identity.
func (p *Project) loadCompiled(options pipeline.Options) (*pipeline.Project, error) {
	if len(options.Variants) > 0 {
		return pipeline.Load(options) // for this time only, not the project as it stands
	}
	path := filepath.Join(p.Cache.Dir(), "compiled", cache.DigestOf([]byte(programIdentity() + "\n" + options.File))[:24])
	if data, err := os.ReadFile(path); err == nil {
		if declared, err := pipeline.DecodeCompiled(data, options.Kinds); err == nil && declared.Sources.Hold(options) {
			return declared, nil
		}
	}
	declared, err := pipeline.Load(options)
	if err != nil {
		return nil, err
	}
	// What cannot be remembered is only read again.
	if !p.looks && os.MkdirAll(filepath.Dir(path), 0o777) == nil {
		cache.WriteFile(path, declared.Encode())
	}
	return declared, nil
}

// declaredFor is how long what was declared is taken to be so still, by what is asked
// again and again.
const declaredFor = time.Second

// latest is what a project declared when it was last asked.
type latest struct {
	mu       sync.Mutex
	looked   time.Time
	declared *pipeline.Project
	err      error
}

// lately gives what Declared selects, as it was less than declaredFor ago.
func (p *Project) lately() (*pipeline.Project, error) {
	l := &p.latest
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Since(l.looked) >= declaredFor {
		l.declared, l.err = p.Load(Declared())
		l.looked = time.Now()
	}
	return l.declared, l.err
}
