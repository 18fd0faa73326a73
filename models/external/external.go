// Package external is the estimator of others: a program that fits and one that
// predicts, in whatever language, over Arrow.
//
// What is learned is the files that fit leaves, with the programs themselves: a
// fitted model is whole, wherever the work tree goes. It answers by a process that
// reads rows as an Arrow IPC stream and writes predictions as another, batch by
// batch, and stays.
package external

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/base/program"
	"labbook/internal/data/metrics"
	"labbook/models/estimator"
)

// Params are what a pipeline can say in `params`.
type Params struct {
	Fit     params.Command           `yaml:"fit" doc:"The program that learns: [python3, fit.py]. Files of the project that it and predict name are copied to it, and into the model."`
	Predict params.Command           `yaml:"predict" doc:"The program that predicts: [python3, predict.py]. It goes on for as long as it is asked."`
	Files   params.Strings           `yaml:"files" doc:"Other files of the project that these read: modules, word lists. Paths, folders or patterns."`
	Options map[string]params.Scalar `yaml:"options" doc:"What the programs are told besides, as options of job.json: {max_depth: 6}. A search names them options.max_depth."`
	Tools   params.Strings           `yaml:"tools" doc:"Programs outside the project that the model depends on. Their bytes are part of what is asked, and the model answers only by the same ones. Where nothing is said, they are the programs that fit and predict begin with."`
	Version params.Command           `yaml:"version" doc:"A command that prints the versions of what the model depends on, in place of the bytes of tools: [python3, -c, 'import sklearn; print(sklearn.__version__)']."`
	Timeout time.Duration            `yaml:"timeout" range:"[100ms,1h]" doc:"How long predict may take for an answer to at most 4,096 rows; starting it may take a minute more."`
	Memory  int                      `yaml:"memory" range:"[0,1048576]" unit:"MiB" doc:"How much memory a process that predicts may address; 0 is any."`
}

// Resolve implements what package params asks for.
func (p *Params) Resolve() error {
	for path := range p.Options {
		if strings.ContainsAny(path, ".[]") {
			return params.Fault("options", fmt.Sprintf("%q cannot be the name of an option", path), "letters, digits and _", "rename it")
		}
	}
	for i, path := range p.Files {
		if !filepath.IsLocal(filepath.FromSlash(path)) {
			return params.FaultOf(fmt.Sprintf("files[%d]", i), &diag.Error{What: "the file lies outside the project", Found: path, Wanted: "a relative path without ..", Hint: "copy it into the project"})
		}
	}
	return nil
}

// Spec describes the estimator.
func Spec() estimator.Spec {
	return estimator.Spec{
		Name:    "command",
		Version: 1,
		Doc: `Programs of others that fit and predict: scikit-learn, LightGBM, CatBoost, R, or anything that reads Arrow.

fit runs in a folder of its own with the files that are named. LABBOOK_TRAIN names an Arrow file with the columns of the features,
LABBOOK_TARGET one with the column target (and weight, where rows weigh), LABBOOK_JOB a JSON file with task, classes, seed and
options; what it leaves in the folder LABBOOK_MODEL is the model. predict finds the same folder and job, reads rows as an Arrow IPC
stream on standard input and, after each record batch, writes one with as many rows on standard output: a column of numbers, or a
probability column for each class, called as the class. It may print to standard error only. It ends when its input does.

The same answers on any day are for the programs to see to: set their seeds. The page docs/python.md has whole examples.`,
		Tasks:   []metrics.Task{metrics.Regression, metrics.Classification},
		Params:  func() any { return &Params{Timeout: 30 * time.Second, Memory: 8192} },
		Missing: true,
		Whole:   func(p any) error { return p.(*Params).whole() },
		Files:   func(p any) (needed, wanted []string) { return p.(*Params).Files, p.(*Params).named() },
		Tools:   func(p any) []estimator.Tool { return p.(*Params).tools() },
		Fit:     fit,
		Decode:  decode,
	}
}

// whole says which program is lacking.
func (p *Params) whole() error {
	for _, each := range []struct {
		name string
		argv params.Command
	}{{"fit", p.Fit}, {"predict", p.Predict}} {
		if len(each.argv) == 0 || each.argv[0] == "" {
			return params.Fault(each.name, fmt.Sprintf("nothing says which program is to %s", each.name), "", fmt.Sprintf("add %s: [python3, %s.py]", each.name, each.name))
		}
	}
	return nil
}

// named gives the words of the commands that may name a file of the project.
func (p *Params) named() (all []string) {
	for _, word := range slices.Concat(p.Fit, p.Predict) {
		named := filepath.ToSlash(filepath.Clean(word))
		if !strings.ContainsAny(word, " \n*?[\"'$;|&<>") && !strings.HasPrefix(word, "-") && strings.ContainsAny(word, "./") && filepath.IsLocal(named) {
			all = append(all, named)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// tools gives the programs outside the project that the model depends on.
func (p *Params) tools() []estimator.Tool {
	if len(p.Version) > 0 {
		return []estimator.Tool{{Name: program.VersionName(p.Tools, p.Version), Ask: p.Version}}
	}
	names := p.Tools
	if len(names) == 0 {
		for _, name := range slices.Concat(program.Outside(p.Fit), program.Outside(p.Predict)) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	var all []estimator.Tool
	for _, name := range names {
		all = append(all, estimator.Tool{Name: name})
	}
	return all
}
