package params_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
)

type group struct {
	Of    []member       `yaml:"of" doc:"Members."`
	Signs map[string]int `yaml:"signs" doc:"By name."`
}

type member struct {
	Model  string      `yaml:"model" doc:"Which."`
	Params params.Open `yaml:"params" doc:"Of the model."`
}

func (m *member) Resolve() error { return m.Params.Into(&linear{Ridge: 1}) }

// TestRestore: what lines are listed from comes back from them.
func TestRestore(t *testing.T) {
	for _, text := range []string{
		"{}",
		"{path: 'a b.csv', rate: 1e-3, seed: 18446744073709551615, wait: 90s, big: .inf, keep: true, drop: [x, '7', 'null', 'NULL', 'Null', '~', 'True', 'NaN']}",
		"{derive: {z: a + 1, a: \"b \\\"c\\\"\\n\"}, columns: {carat: {min: 0}, 'cut=Ideal': {type: category}}}",
		"{tune: {trials: 7, space: {z: {choose: [1, two]}, a: {choose: [x]}}}, model: linear, params: {ridge: 3}}",
		"{derive: {}, drop: []}",
	} {
		v := defaults()
		require.NoError(t, params.DecodeString(text, v), text)
		again := defaults()
		require.NoError(t, params.Restore(again, params.Lines(v)), text)
		assert.Equal(t, params.Lines(v), params.Lines(again), text)
		assert.Equal(t, v.Derive.Keys(), again.Derive.Keys(), text)
		written := defaults()
		require.NoError(t, params.DecodeString(params.YAML(v, defaults(), "  "), written), text)
		assert.Equal(t, params.Lines(v), params.Lines(written), text)
	}
	for _, text := range []string{
		"{of: []}",
		"{of: [{model: a}, {model: b, params: {ridge: 2}}, {model: c}, {model: d}, {model: e}, {model: f}, {model: g}, {model: h}, {model: i}, {model: j}, {model: k}]}",
		"{signs: {x: 1, 'a key': -1}}",
	} {
		var v, again group
		require.NoError(t, params.DecodeString(text, &v), text)
		require.NoError(t, params.Restore(&again, params.Lines(v)), text)
		assert.Equal(t, params.Lines(v), params.Lines(again), text)
	}
}

func TestSetInList(t *testing.T) {
	var v group
	require.NoError(t, params.DecodeString("{of: [{model: a}, {model: b}]}", &v))
	require.NoError(t, params.Set(&v, "of[1].params.ridge", "5"))
	assert.Contains(t, params.Lines(v), params.Line{Path: "of[1].params.ridge", Value: "5"})
	assert.ErrorContains(t, params.Set(&v, "of[2].params.ridge", "5"), "has no [2]")
	assert.ErrorContains(t, params.Set(&v, "signs[0]", "5"), "has no [0]")
}

// An entry of a mapping is set, added where it is not there, and the search for an
// estimator's parameters finds it so.
func TestSetInMapping(t *testing.T) {
	var v struct {
		Options map[string]params.Scalar `yaml:"options" doc:"Options."`
	}
	require.NoError(t, params.DecodeString("{options: {a: 1}}", &v))
	require.NoError(t, params.Set(&v, "options.a", "2"))
	require.NoError(t, params.Set(&v, "options.b", "x"))
	assert.Equal(t, map[string]params.Scalar{"a": "2", "b": "x"}, v.Options)
}

// A mapping that may be a list of its keys is the same, whichever way it is written,
// and comes back from its lines.
func TestListed(t *testing.T) {
	type listed struct {
		Outputs params.Map[string] `yaml:"outputs" listed:"" enum:"|files|table" doc:"Outputs."`
	}
	var list, mapping, again listed
	require.NoError(t, params.DecodeString("outputs: [a.csv, b/c]", &list))
	require.NoError(t, params.DecodeString("outputs: {a.csv: , b/c: }", &mapping))
	assert.Equal(t, list, mapping)
	require.NoError(t, params.DecodeString("outputs: {x.arrow: table, a: files, 'q r': }", &mapping))
	require.NoError(t, params.Restore(&again, params.Lines(&mapping)))
	assert.Equal(t, mapping, again)
	assert.ErrorContains(t, params.DecodeString("outputs: {x: tabel}", &list), "one of")
}

// Settings are what can be set line by line, with the value that holds and the usual one.
func TestSettings(t *testing.T) {
	var told []string
	v := defaults()
	require.NoError(t, params.DecodeString("{model: linear, params: {ridge: 3}, drop: [x, y], columns: {carat: {min: 0}}}", v))
	for _, s := range params.Settings(v, defaults()) {
		told = append(told, s.Path+" = "+s.Value+" ("+s.Default+")")
	}
	assert.Equal(t, []string{`path = "" ()`, "target = none (none)", "rate = 0.1 (0.1)", "depth = 6 (6)", "seed = 42 (42)", "keep = false (false)", "wait = 1m0s (1m0s)",
		"big = 0 (0)", "drop = [x, y] ()", "model = linear (boosting)", "params.ridge = 3 (0)"}, told)
	assert.Empty(t, params.Settings(&group{Of: []member{{Model: "a"}}}, &group{}), "lists of groups are set as a whole")
}
