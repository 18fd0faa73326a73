package params_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
)

type grown struct {
	Depth int     `yaml:"depth" doc:"How deep."`
	Rate  float64 `yaml:"rate" doc:"How fast."`
}

type part struct {
	Model  string      `yaml:"model" doc:"Its name."`
	Params params.Open `yaml:"params" doc:"Its own."`
	Weight float64     `yaml:"weight" doc:"What it counts."`
}

func (m *part) SetDefaults() { m.Weight = 1 }

type reads struct {
	Drop  []string `yaml:"drop" doc:"What it leaves out."`
	Scale bool     `yaml:"scale" doc:"Whether to scale."`
}

func (r *reads) SetDefaults() { r.Drop = []string{"id"} }

type blend struct {
	Method string                  `yaml:"method" doc:"How."`
	Of     []part                  `yaml:"of" doc:"Of what."`
	Reads  *reads                  `yaml:"reads" doc:"What it reads."`
	Views  params.Map[params.Open] `yaml:"views" doc:"More of them."`
}

func (w *blend) Resolve() error {
	for i := range w.Of {
		if err := w.Of[i].Params.Into(&grown{Depth: 6, Rate: 0.3}); err != nil {
			return err
		}
	}
	for i := range w.Views {
		if err := w.Views[i].Value.Into(&reads{Drop: []string{"id"}}); err != nil {
			return err
		}
	}
	return nil
}

// What is written names only what is not as where nothing is said, in elements of
// lists too, and is read as what was written.
func TestYAML(t *testing.T) {
	usual := func() *blend { return &blend{Method: "average", Of: []part{{Model: "tree", Weight: 1}}} }
	for text, want := range map[string]string{
		"{}": "of:\n  - model: tree\n",
		"{method: average, of: [{model: tree, params: {depth: 6, rate: 0.1}}, {model: line, weight: 2}]}": "of:\n  - model: tree\n    params:\n      rate: 0.1\n  - model: line\n    weight: 2\n",
		"{reads: {drop: [id]}, views: {a: {}, b: {scale: true}}}":                                         "of:\n  - model: tree\nreads: {}\nviews:\n  a: {}\n  b:\n    scale: true\n",
		"{reads: {drop: []}}": "of:\n  - model: tree\nreads:\n  drop: []\n",
	} {
		v, again := usual(), usual()
		require.NoError(t, params.DecodeString(text, v))
		written := params.YAML(v, usual(), "")
		assert.Equal(t, want, written)
		require.NoError(t, params.DecodeString(written, again))
		assert.Equal(t, params.Lines(v), params.Lines(again))
	}
}

// What is held over something usual is written as it differs from that.
func TestOpenOver(t *testing.T) {
	o := params.OpenOver(&grown{6, 0.1}, &grown{6, 0.3})
	v := &blend{Of: []part{{Model: "tree", Params: o, Weight: 1}}}
	assert.Equal(t, "of:\n  - model: tree\n    params:\n      rate: 0.1\n", params.YAML(v, &blend{}, ""))
	v.Of[0].Params = o.With(&grown{3, 0.3})
	assert.Equal(t, "of:\n  - model: tree\n    params:\n      depth: 3\n", params.YAML(v, &blend{}, ""))
}
