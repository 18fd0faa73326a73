package pipeline_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/runner/pipeline"
)

func TestSetOfStage(t *testing.T) {
	plain, err := load(t, trained)
	require.NoError(t, err)
	lines := func(p *pipeline.Pipeline, stage string) map[string]string {
		own, _ := p.Lookup(stage).ParamLines()
		all := map[string]string{}
		for _, l := range own {
			all[l.Path] = l.Value
		}
		return all
	}
	for _, c := range []struct {
		set, stage, path, value string
		param                   pipeline.Param
	}{
		{"train/boosting.with.params.n_estimators=7", "train/boosting", "params.n_estimators", "7", pipeline.Param{Name: "train/boosting.with.params.n_estimators", Value: "7"}},
		{"stones.train/boosting.with.params={n_estimators: 7}", "train/boosting", "params.n_estimators", "7", pipeline.Param{Name: "train/boosting.with.params", Value: "{n_estimators: 7}"}},
		{"train.with.target=log", "train/linear", "target", "log", pipeline.Param{Name: "train.with.target", Value: "log"}},
		{"train/linear.with.tune.trials=3", "train/linear", "tune.trials", "3", pipeline.Param{Name: "train/linear.with.tune.trials", Value: "3"}},
		{"load.with.path=[a.csv, b.csv]", "load", "path", "[a.csv, b.csv]", pipeline.Param{Name: "load.with.path", Value: "[a.csv, b.csv]"}},
		{`load.with.columns."a.b".min=-1`, "load", `columns."a.b".min`, "-1", pipeline.Param{Name: `load.with.columns."a.b".min`, Value: "-1"}},
	} {
		p, err := load(t, trained, c.set)
		require.NoError(t, err, c.set)
		assert.Equal(t, c.value, lines(p, c.stage)[c.path], c.set)
		assert.NotEqual(t, c.value, lines(plain, c.stage)[c.path], c.set)
		assert.Equal(t, []pipeline.Param{c.param}, p.Params, c.set)
		again, err := load(t, trained, "stones."+c.param.Name+"="+c.param.Value)
		require.NoError(t, err, "what is recorded can be set")
		assert.Equal(t, lines(p, c.stage), lines(again, c.stage))
	}
	both, err := load(t, trained, "train.with.target=log", "train/linear.with.target=none")
	require.NoError(t, err)
	assert.Equal(t, "none", lines(both, "train/linear")["target"], "the last holds")
	assert.Equal(t, "log", lines(both, "train/boosting")["target"])
}

// What is wrong is said as of a file.
func TestSetOfStageWrong(t *testing.T) {
	for set, want := range map[string]string{
		"train/boosting.with.params.n_estimators=0":       "--set train/boosting.with.params.n_estimators=0: the value of with.params.n_estimators does not fit; found the number 0, wanted a whole number from 1 to 10000\nhint: write a value from 1 to 10000",
		"stones.train/boosting.with.params.n_estimators=": "found nothing, wanted a whole number",
		"train/boosting.with.params.n_estimator=5":        "did you mean \"n_estimators\"?",
		"train/bosting.with.params.n_estimators=5":        "--set train/bosting.with.params.n_estimators=5: there is no stage \"train/bosting\"\nhint: did you mean \"train/boosting\"?",
		"nothing.with.x=5":                                "there is no stage \"nothing\"\nhint: known are: load, split, features/onehot",
		"stnes.train/boosting.with.target=log":            "there is no pipeline \"stnes\"\nhint: did you mean \"stones\"?",
		"evaluate.with.x=1":                               "takes no parameters",
		"split.with.test.x=1":                             "split has no test.x that could be set",
		"load.with.path[0]=b.csv":                         "load has no path[0] that could be set",
		"load.with.=b.csv":                                "the value of with does not fit",
		"split.with.test=[":                               "--set split.with.test=[: ",
		"split.with.test=${params.x}":                     "unknown parameter \"x\"",
		"train/boosting.params=1":                         "hint: a stage's parameter is train/boosting.with.params",
	} {
		_, err := load(t, trained, set)
		assert.ErrorContains(t, err, want, set)
	}
}
