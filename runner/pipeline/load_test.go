package pipeline_test

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/runner/pipeline"
)

// TestLoadDesign loads the example that the design document shows.
func TestLoadDesign(t *testing.T) {
	text, err := os.ReadFile("testdata/diamonds.yaml")
	require.NoError(t, err)
	p, err := load(t, string(text), "seed=7")
	require.NoError(t, err)

	assert.Equal(t, "diamonds", p.Name)
	assert.Equal(t, "What is a diamond worth?", p.Title)
	assert.Equal(t, []pipeline.Param{{Name: "seed", Value: "7"}}, p.Params)
	assert.Equal(t, "load explore split onehot ordinal train/linear train/log-linear train/boosting evaluate register serve", stageNames(p.Stages))
	assert.Equal(t, "split train/linear train/log-linear train/boosting", stageNames(p.Lookup("evaluate").From))
	assert.Equal(t, []string{"data/diamonds*.csv"}, p.Lookup("load").Files)

	boosting := p.Lookup("train/boosting")
	assert.Equal(t, "train", boosting.Group)
	assert.Equal(t, "boosting", boosting.Variant)
	assert.Equal(t, "ordinal", stageNames(boosting.From))
	v, err := boosting.Params()
	require.NoError(t, err)
	tuned := v.(*trainParams)
	assert.Equal(t, 100, tuned.Tune.Trials)
	assert.Equal(t, []string{"learning_rate", "max_depth", "subsample"}, tuned.Tune.Space.Keys())
	assert.Equal(t, 100, tuned.Params.Value().(*boostingParams).Trees)

	own, _ := p.Lookup("split").ParamLines()
	assert.Equal(t, []params.Line{{Path: "seed", Value: "7"}, {Path: "test", Value: "0.2"}}, own)
	assert.Equal(t, "price > 0 && x * y * z > 0", mustParams[loadParams](t, p.Lookup("load")).Keep)
}

func mustParams[T any](t *testing.T, s *pipeline.Stage) *T {
	v, err := s.Params()
	require.NoError(t, err)
	return v.(*T)
}

func TestLoadStage(t *testing.T) {
	p, err := load(t, `
name: demo
env: [DATA]
params: {full: true, size: 10, list: [a, b], where: "${params.size}/x"}
stages:
  b: {uses: command, from: a, needs: c, timeout: 10m, retries: 2, cores: all, memory: 1.5 GB, env: [HOME, A, HOME],
      with: {run: "echo $${HOME} ${params.size}%", outputs: "${params.list}"}}
  a: {uses: command, cores: 2, with: {run: 'cat ${env.DATA}/x'}}
  c: {uses: command, title: See, notes: "size ${params.size}", with: {run: '${params.where}'}}
`)
	require.NoError(t, err)
	assert.Equal(t, "a c b", stageNames(p.Stages))
	b, c := p.Lookup("b"), p.Lookup("c")
	assert.Equal(t, "a", stageNames(b.From))
	assert.Equal(t, "c", stageNames(b.Needs))
	assert.Equal(t, 10*time.Minute, b.Timeout)
	assert.Equal(t, 2, b.Retries)
	assert.Equal(t, pipeline.AllCores, b.Cores)
	assert.EqualValues(t, 1_500_000_000, b.Memory)
	assert.Contains(t, b.Declaration(), "memory: 1.5 GB\n")
	assert.Equal(t, []string{"A", "HOME"}, b.Env)
	assert.Equal(t, commandParams{Run: "echo ${HOME} 10%", Outputs: params.Strings{"a", "b"}}, *mustParams[commandParams](t, b))
	assert.Equal(t, "cat /data/x", mustParams[commandParams](t, p.Lookup("a")).Run)
	assert.Equal(t, "size 10", c.Notes)
	assert.Equal(t, "10/x", mustParams[commandParams](t, c).Run)
	assert.Equal(t, 5, b.Line-1)
}

func TestLoadConditions(t *testing.T) {
	const text = `
name: demo
params: {full: false, mode: fast, size: 10}
stages:
  a: {uses: command, if: params.full}
  b: {uses: command, from: a}
  c: {uses: command, if: '${params.mode} == "fast" && params.size > 5'}
  d:
    uses: command
    each:
      x: {if: params.full}
      y: {}
      z:
  e: {uses: command, from: [c, d]}
  f: {uses: command, needs: d/x}
`
	p, err := load(t, text)
	require.NoError(t, err)
	var off string
	for _, s := range p.Stages {
		if !s.Enabled {
			off += s.Name + ": " + s.Disabled + "\n"
		}
	}
	assert.Equal(t, "a: `if: params.full` is false\nb: needs a, which is skipped\nd/x: `if: params.full` is false\nf: needs d/x, which is skipped\n", off)
	assert.Equal(t, "c d/y d/z", stageNames(p.Lookup("e").From), "a group means its enabled variants")

	p, err = load(t, text, "full=true", "demo.mode=slow")
	require.NoError(t, err)
	assert.True(t, p.Lookup("b").Enabled)
	assert.False(t, p.Lookup("c").Enabled)
	assert.False(t, p.Lookup("e").Enabled)
}

func TestLoadIncludes(t *testing.T) {
	opts := project(t, map[string]string{
		"pipeline.yaml":     "include: [pipelines/*.yaml, extra/c.yaml]\n",
		"pipelines/b.yaml":  "name: b\nparams: {n: 1}\nstages: {s: {uses: command}}\n",
		"pipelines/a.yaml":  "name: a\nparams: {n: 1}\nstages: {s: {uses: command, with: {run: 'x${params.n}'}}}\n",
		"extra/c.yaml":      "name: c\ninclude: ../pipelines/a.yaml\nstages: {s: {uses: command}}\n",
		"pipelines/note.md": "not read",
	})
	opts.Set = []string{"a.n=5"}
	p, err := pipeline.Load(opts)
	require.NoError(t, err)
	require.Len(t, p.Pipelines, 3)
	assert.Equal(t, "a", p.Pipelines[0].Name)
	assert.Equal(t, "c", p.Pipelines[2].Name)
	assert.Equal(t, "extra/c.yaml", p.Pipelines[2].File)
	assert.Equal(t, "x5", mustParams[commandParams](t, p.Lookup("a").Lookup("s")).Run)
	assert.Equal(t, "1", p.Lookup("b").Params[0].Value)
}
