package params_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/internal/base/tree"
)

type column struct {
	Type string   `yaml:"type" doc:"How values are held." enum:"number|category"`
	Min  *float64 `yaml:"min" doc:"Smallest value."`
}

func (c *column) SetDefaults() { c.Type = "number" }

type tune struct {
	Trials int                `yaml:"trials" doc:"Trials." range:"[1,1000]" unit:"trials"`
	Space  params.Map[choice] `yaml:"space" doc:"What is searched."`
}

func (t *tune) SetDefaults() { t.Trials = 50 }

type choice struct {
	Choose []params.Scalar `yaml:"choose" doc:"Candidates."`
}

type demo struct {
	Path    string             `yaml:"path" doc:"Where."`
	Target  string             `yaml:"target" doc:"Transform." enum:"none|log"`
	Rate    float64            `yaml:"rate" doc:"Rate." range:"(0,1]"`
	Depth   int                `yaml:"depth" doc:"Depth." range:"[1,64]"`
	Seed    uint64             `yaml:"seed" doc:"Seed."`
	Keep    bool               `yaml:"keep" doc:"Keep."`
	Wait    time.Duration      `yaml:"wait" doc:"Patience." range:">=1s"`
	Big     float64            `yaml:"big" doc:"May be infinite." range:"[0,inf]"`
	Drop    params.Strings     `yaml:"drop" doc:"Columns." `
	Derive  params.Map[string] `yaml:"derive" doc:"New columns."`
	Columns map[string]column  `yaml:"columns" doc:"Declared."`
	Tune    *tune              `yaml:"tune" doc:"Search."`
	Model   string             `yaml:"model" doc:"Estimator." enum:"linear|boosting"`
	Params  params.Open        `yaml:"params" doc:"Of the model."`
}

type linear struct {
	Ridge float64 `yaml:"ridge" doc:"Penalty." range:">=0"`
}

func (d *demo) Resolve() error {
	if d.Model == "linear" {
		return d.Params.Into(&linear{})
	}
	if d.Depth == 13 {
		return params.Fault("depth", "13 brings bad luck", "another depth", "take 12")
	}
	return nil
}

func defaults() *demo {
	return &demo{Target: "none", Rate: 0.1, Depth: 6, Seed: 42, Wait: time.Minute, Model: "boosting"}
}

func TestDecode(t *testing.T) {
	d := defaults()
	require.NoError(t, params.DecodeString(`
path: a.csv
rate: 1e-3
depth: 1_0
seed: 18446744073709551615
wait: 90s
big: .inf
drop: x
derive: {z: a + 1, a: b}
columns: {carat: {min: 0}}
tune: {space: {max: {choose: [1, 0.5, auto]}}}
model: linear
params: {ridge: 1E2}
`, d))
	assert.Equal(t, 0.001, d.Rate)
	assert.Equal(t, 10, d.Depth)
	assert.Equal(t, uint64(1<<64-1), d.Seed)
	assert.Equal(t, 90*time.Second, d.Wait)
	assert.Equal(t, params.Strings{"x"}, d.Drop)
	assert.Equal(t, []string{"z", "a"}, d.Derive.Keys())
	assert.Equal(t, "number", d.Columns["carat"].Type)
	assert.Equal(t, 50, d.Tune.Trials)
	assert.Equal(t, 100.0, d.Params.Value().(*linear).Ridge)

	var text string
	for _, l := range params.Lines(d) {
		text += fmt.Sprintf("%s = %s\n", l.Path, l.Value)
	}
	assert.Equal(t, `big = +Inf
columns.carat.min = 0
columns.carat.type = number
depth = 10
derive = {z, a}
derive.a = b
derive.z = "a + 1"
drop = [x]
keep = false
model = linear
params.ridge = 100
path = a.csv
rate = 0.001
seed = 18446744073709551615
target = none
tune.space = {max}
tune.space.max.choose = ["1", "0.5", auto]
tune.trials = 50
wait = 1m30s
`, text)
}

// Numbers that YAML readers disagree on, and other wrong values: each is
// refused with what to write instead.
func TestDecodeErrors(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"depht: 3", "p.yaml:1:1: unknown key \"depht\"; wanted one of path, target, rate, depth, seed, keep, wait, big, drop, derive, columns, tune, model, params\n   1 | depht: 3\n       ^\nhint: did you mean \"depth\"?"},
		{"depth: 017", "p.yaml:1:8: the value of depth does not fit; found the number 017, wanted a whole number from 1 to 64\n   1 | depth: 017\n              ^\nhint: a leading 0 means octal to some readers of YAML; write 17"},
		{"depth: 0x11", "p.yaml:1:8: the value of depth does not fit; found the number 0x11, wanted a whole number from 1 to 64\n   1 | depth: 0x11\n              ^\nhint: write it in decimal: 17"},
		{"depth: 2.5", "p.yaml:1:8: the value of depth does not fit; found the number 2.5, wanted a whole number from 1 to 64\n   1 | depth: 2.5\n              ^\nhint: write 2 or 3"},
		{"depth: 65", "p.yaml:1:8: the value of depth does not fit; found the number 65, wanted a whole number from 1 to 64\n   1 | depth: 65\n              ^\nhint: write a value from 1 to 64"},
		{"depth: \"6\"", "p.yaml:1:8: the value of depth does not fit; found the text \"6\", wanted a whole number from 1 to 64\n   1 | depth: \"6\"\n              ^\nhint: remove the quotes: 6"},
		{"depth: [1]", "p.yaml:1:8: the value of depth does not fit; found a list, wanted a whole number from 1 to 64\n   1 | depth: [1]\n              ^\nhint: write a single value"},
		{"depth: 13", "p.yaml:1:8: 13 brings bad luck; found the number 13, wanted another depth\n   1 | depth: 13\n              ^\nhint: take 12"},
		{"rate: 0", "p.yaml:1:7: the value of rate does not fit; found the number 0, wanted a number above 0 and at most 1\n   1 | rate: 0\n             ^\nhint: write a value above 0 and at most 1"},
		{"rate: .nan", "p.yaml:1:7: the value of rate does not fit; found the text \".nan\", wanted a number above 0 and at most 1\n   1 | rate: .nan\n             ^\nhint: write a number"},
		{"big: -.inf", "p.yaml:1:6: the value of big does not fit; found the text \"-.inf\", wanted a number at least 0\n   1 | big: -.inf\n            ^\nhint: write a finite number"},
		{"rate:", "p.yaml:1:7: the value of rate does not fit; found nothing, wanted a number above 0 and at most 1\n   1 | rate:\n            ^\nhint: write a value, or remove the line to keep the default"},
		{"seed: -1", "p.yaml:1:7: the value of seed does not fit; found the number -1, wanted a whole number, at least 0\n   1 | seed: -1\n             ^\nhint: write a number of at most 64 bits, without a sign"},
		{"keep: yes", "p.yaml:1:7: the value of keep does not fit; found the text \"yes\", wanted true or false\n   1 | keep: yes\n             ^\nhint: write true"},
		{"path: 5", "p.yaml:1:7: the value of path does not fit; found the number 5, wanted a text\n   1 | path: 5\n             ^\nhint: put it in quotes: \"5\""},
		{"path: true", "p.yaml:1:7: the value of path does not fit; found true, wanted a text\n   1 | path: true\n             ^\nhint: put it in quotes: \"true\""},
		{"target: lgo", "p.yaml:1:9: the value of target does not fit; found the text \"lgo\", wanted one of none, log\n   1 | target: lgo\n               ^\nhint: did you mean \"log\"?"},
		{"wait: 5", "p.yaml:1:7: the value of wait does not fit; found the number 5, wanted a duration such as 10m at least 1s\n   1 | wait: 5\n             ^\nhint: write a number with its unit: 90s, 10m, 1h30m"},
		{"drop: {a: 1}", "p.yaml:1:7: the value of drop does not fit; found a mapping, wanted a text or a list of texts\n   1 | drop: {a: 1}\n             ^\nhint: write [a, b]"},
		{"columns: {x: {typ: number}}", "p.yaml:1:15: unknown key \"typ\" in columns.x; wanted one of type, min\n   1 | columns: {x: {typ: number}}\n                     ^\nhint: did you mean \"type\"?"},
		{"model: linear\nparams: {rigde: 1}", "p.yaml:2:10: unknown key \"rigde\" in params; wanted one of ridge\n   2 | params: {rigde: 1}\n                ^\nhint: did you mean \"ridge\"?"},
		{"- a", "p.yaml:1:1: the value of this does not fit; found a list, wanted a mapping of path, target, rate, depth, seed, keep, wait, big, drop, derive, columns, tune, model, params\n   1 | - a\n       ^\nhint: write name: value"},
	} {
		n, err := tree.Parse("p.yaml", []byte(c.yaml))
		require.NoError(t, err, c.yaml)
		err = params.Decode(n, defaults())
		require.Error(t, err, c.yaml)
		assert.Equal(t, c.want, err.Error(), c.yaml)
	}
}

func TestDecodeReportsAll(t *testing.T) {
	err := params.DecodeString("depth: 0\nrate: 2\nkeep: 1\n", defaults())
	var list diag.List
	require.ErrorAs(t, err, &list)
	assert.Len(t, list, 3)
}

func TestDescribe(t *testing.T) {
	fields := params.Describe(defaults())
	paths := make([]string, len(fields))
	for i, f := range fields {
		paths[i] = f.Path
	}
	assert.Equal(t, []string{"path", "target", "rate", "depth", "seed", "keep", "wait", "big", "drop", "derive",
		"columns", "columns.<name>.type", "columns.<name>.min", "tune", "tune.trials", "tune.space",
		"tune.space.<name>.choose", "model", "params"}, paths)
	assert.Equal(t, params.Field{Path: "depth", Type: "whole number", Default: "6", Doc: "Depth.", Range: "from 1 to 64"}, fields[3])
	assert.Equal(t, params.Field{Path: "tune.trials", Type: "whole number", Default: "50", Doc: "Trials.", Range: "from 1 to 1000", Unit: "trials"}, fields[14])
}

func TestSet(t *testing.T) {
	d := defaults()
	d.Model = "linear"
	require.NoError(t, params.Decode(nil, d))
	require.NoError(t, params.Set(d, "depth", "7"))
	require.NoError(t, params.Set(d, "path", "007"))
	require.NoError(t, params.Set(d, "params.ridge", "0.5"))
	require.NoError(t, params.Set(d, "tune.trials", "3"))
	require.NoError(t, params.Set(d, "drop", "[a, b]"))
	assert.Equal(t, 7, d.Depth)
	assert.Equal(t, "007", d.Path)
	assert.Equal(t, 0.5, d.Params.Value().(*linear).Ridge)
	assert.Equal(t, 3, d.Tune.Trials)
	assert.Equal(t, params.Strings{"a", "b"}, d.Drop)
	assert.EqualError(t, params.Set(d, "params.rige", "1"), "unknown parameter \"params.rige\"; wanted one of ridge\nhint: did you mean \"ridge\"?")
	assert.EqualError(t, params.Set(d, "rate", "7"), "the value of rate does not fit; found the number 7, wanted a number above 0 and at most 1\nhint: write a value above 0 and at most 1")
}
