package pipeline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
)

type loadParams struct {
	Path    params.Strings     `yaml:"path" doc:"Files."`
	Columns params.Map[column] `yaml:"columns" doc:"Declared columns."`
	Keep    string             `yaml:"keep" doc:"Rows to keep."`
}

type column struct {
	Type  string         `yaml:"type" doc:"How values are held." enum:"number|category|text|date"`
	Unit  string         `yaml:"unit" doc:"Unit."`
	Min   *float64       `yaml:"min" doc:"Smallest value."`
	Order params.Strings `yaml:"order" doc:"Levels."`
}

type splitParams struct {
	Test float64 `yaml:"test" doc:"Share." range:"(0,1)"`
	Seed uint64  `yaml:"seed" doc:"Seed."`
}

type featuresParams struct {
	Target string         `yaml:"target" doc:"Target."`
	Drop   params.Strings `yaml:"drop" doc:"Columns to drop."`
	Encode struct {
		Categories string `yaml:"categories" doc:"How." enum:"onehot|ordinal"`
	} `yaml:"encode" doc:"Encoding."`
}

type trainParams struct {
	Model  string      `yaml:"model" doc:"Estimator." enum:"linear|boosting"`
	Target string      `yaml:"target" doc:"Transform." enum:"none|log"`
	Params params.Open `yaml:"params" doc:"Of the estimator."`
	Tune   *tuneParams `yaml:"tune" doc:"Search."`
}

type tuneParams struct {
	Trials   int               `yaml:"trials" doc:"Trials." range:"[1,10000]"`
	Minimize string            `yaml:"minimize" doc:"Metric."`
	Space    params.Map[space] `yaml:"space" doc:"Space."`
}

type space struct {
	Log    []float64       `yaml:"log" doc:"Ends on a log scale."`
	Int    []int           `yaml:"int" doc:"Whole ends."`
	Choose []params.Scalar `yaml:"choose" doc:"Candidates."`
}

type boostingParams struct {
	Trees int `yaml:"n_estimators" doc:"Trees." range:"[1,10000]"`
}

func (p *trainParams) Resolve() error {
	if p.Model == "boosting" {
		return p.Params.Into(&boostingParams{Trees: 100})
	}
	return p.Params.Into(&struct{}{})
}

type commandParams struct {
	Run     string         `yaml:"run" doc:"Shell command."`
	Inputs  params.Strings `yaml:"inputs" doc:"Files it reads."`
	Outputs params.Strings `yaml:"outputs" doc:"Files it writes."`
}

type anyParams struct {
	Target  string                    `yaml:"target" doc:"Target."`
	Group   params.Strings            `yaml:"group" doc:"Groups."`
	Model   string                    `yaml:"model" doc:"Registered name."`
	Best    string                    `yaml:"best" doc:"Metric."`
	Predict string                    `yaml:"predict" doc:"Column."`
	Similar map[string]params.Strings `yaml:"similar" doc:"Neighbours."`
	Samples string                    `yaml:"samples" doc:"Folder."`
}

// fakes are kinds with the parameters and inputs of real ones, that do nothing.
func fakes() stage.Kinds {
	run := func(*stage.Context) error { return nil }
	some := func() any { return new(anyParams) }
	kinds := stage.Kinds{
		{Name: "load", Params: func() any { return new(loadParams) }, Makes: []artifact.Type{artifact.Table}, Files: func(p any) []string { return p.(*loadParams).Path }},
		{Name: "explore", Params: some, Reads: []stage.Port{stage.One(artifact.Table, artifact.Files)}},
		{Name: "split", Params: func() any { return &splitParams{0.2, 42} }, Reads: []stage.Port{stage.One(artifact.Table)}, Makes: []artifact.Type{artifact.Split}},
		{Name: "features", Params: func() any { return new(featuresParams) }, Reads: []stage.Port{stage.One(artifact.Split)}, Makes: []artifact.Type{artifact.Features}},
		{Name: "train", Params: func() any { return &trainParams{Target: "none"} }, Reads: []stage.Port{stage.One(artifact.Features)}, Makes: []artifact.Type{artifact.Model}},
		{Name: "evaluate", Reads: []stage.Port{stage.One(artifact.Split), stage.Some(1, artifact.Model)}, Makes: []artifact.Type{artifact.Evaluation}},
		{Name: "register", Params: some, Reads: []stage.Port{stage.One(artifact.Evaluation)}, Makes: []artifact.Type{artifact.Registration}},
		{Name: "serve", Params: some, Reads: []stage.Port{stage.One(artifact.Registration), stage.One(artifact.Table)}},
		{Name: "command", Params: func() any { return new(commandParams) }, Reads: []stage.Port{stage.Some(0)}, Makes: []artifact.Type{artifact.Files}, Files: func(p any) []string { return p.(*commandParams).Inputs }},
	}
	for i := range kinds {
		kinds[i].Version, kinds[i].Doc, kinds[i].Run = 1, "A fake.", run
	}
	kinds.Validate()
	return kinds
}

// project writes files (name to text) to a folder of the test.
func project(t testing.TB, files map[string]string) pipeline.Options {
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
	return pipeline.Options{Dir: dir, Kinds: fakes()}
}

// load loads one file's text.
func load(t testing.TB, text string, set ...string) (*pipeline.Pipeline, error) {
	opts := project(t, map[string]string{"pipeline.yaml": text})
	opts.Set = set
	opts.Env = func(name string) (string, bool) { return "/data", name == "DATA" }
	p, err := pipeline.Load(opts)
	if err != nil {
		return nil, err
	}
	return p.Pipelines[0], nil
}

func stageNames(stages []*pipeline.Stage) string {
	var names []string
	for _, s := range stages {
		names = append(names, s.Name)
	}
	return strings.Join(names, " ")
}
