package pipeline_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/runner/pipeline"
)

const trained = `
name: stones
stages:
  load: {uses: load, with: {path: a.csv}}
  split: {uses: split, from: load, with: {test: 0.2, seed: 1}}
  features: {uses: features, from: split, with: {target: price}, each: {onehot: {}, ordinal: {}}}
  train:
    uses: train
    each:
      linear: {from: features/onehot, with: {model: linear}}
      boosting: {from: features/ordinal, with: {model: boosting}}
      other: {from: features/ordinal, if: "false", with: {model: boosting}}
  evaluate: {uses: evaluate, from: [split, train]}
`

func TestVariantsChoose(t *testing.T) {
	for _, c := range []struct {
		names   []string
		read    string // by evaluate
		enabled string
	}{
		{nil, "split train/linear train/boosting", "load split features/onehot features/ordinal train/linear train/boosting evaluate"},
		{[]string{"linear"}, "split train/linear", "load split features/onehot features/ordinal train/linear evaluate"},
		{[]string{"stones/boosting"}, "split train/boosting", "load split features/onehot features/ordinal train/boosting evaluate"},
		{[]string{"stones/train/boosting", "train/linear"}, "split train/linear train/boosting", "load split features/onehot features/ordinal train/linear train/boosting evaluate"},
		{[]string{"other"}, "split train/linear train/boosting train/other", "load split features/onehot features/ordinal"},
	} {
		opts := project(t, map[string]string{"pipeline.yaml": trained})
		opts.Variants = c.names
		got, err := pipeline.Load(opts)
		require.NoError(t, err, c.names)
		p := got.Pipelines[0]
		assert.Equal(t, c.read, stageNames(p.Lookup("evaluate").From), c.names)
		var enabled []*pipeline.Stage
		for _, s := range p.Stages {
			if s.Enabled {
				enabled = append(enabled, s)
			}
		}
		assert.Equal(t, c.enabled, stageNames(enabled), c.names)
		assert.Equal(t, len(c.names) == 0, got.Sources.Hold(opts), "nothing remembers what was chosen once")
	}
}

func TestVariantsUnknown(t *testing.T) {
	opts := project(t, map[string]string{"pipeline.yaml": trained})
	for _, name := range []string{"linaer", "train", "split", "elsewhere/linear", ""} {
		opts.Variants = []string{"boosting", name}
		_, err := pipeline.Load(opts)
		require.ErrorContains(t, err, `no stage has a variant "`+name+`"`)
	}
}
