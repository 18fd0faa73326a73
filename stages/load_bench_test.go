package stages

import (
	"context"
	"path/filepath"
	"testing"

	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/testdata"
	"labbook/runner/stage"

	"github.com/stretchr/testify/require"
)

// BenchmarkLoad is reading, cleaning and writing the shipped diamonds, and
// BenchmarkSplit is dividing them.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		loadDiamonds(b)
	}
}

func loadDiamonds(b *testing.B) string {
	kind, out := load(), b.TempDir()
	config := stage.Config{Out: out, Cores: 2, Params: kind.Params(),
		Files: []stage.File{{Path: "data/diamonds.csv", Abs: filepath.Join(testdata.Root(), "data", "diamonds.csv")}}}
	require.NoError(b, params.DecodeString("{path: data/diamonds.csv, keep: price > 0 && x * y * z > 0}", config.Params))
	require.NoError(b, kind.Run(stage.New(context.Background(), config)))
	return out
}

func BenchmarkSplit(b *testing.B) {
	loaded := filepath.Join(loadDiamonds(b), table.File)
	kind := split()
	for b.Loop() {
		config := stage.Config{Out: b.TempDir(), Params: kind.Params(), Inputs: []*artifact.Artifact{{Stage: "load", Types: []artifact.Type{artifact.Table},
			Files: []artifact.Blob{{Name: table.File, Path: loaded}}}}}
		require.NoError(b, kind.Run(stage.New(context.Background(), config)))
	}
}
