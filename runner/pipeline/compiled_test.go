package pipeline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/runner/pipeline"
)

func TestCompiled(t *testing.T) {
	text, err := os.ReadFile("testdata/diamonds.yaml")
	require.NoError(t, err)
	opts := project(t, map[string]string{"pipeline.yaml": string(text)})
	p, err := pipeline.Load(opts)
	require.NoError(t, err)
	p.Pipelines[0].Mutes = notebook.Mutes{{Code: "C005", Column: "id", Reason: "known"}, {Code: "C013", Reason: "too"}}
	data := p.Encode()
	q, err := pipeline.DecodeCompiled(data, opts.Kinds)
	require.NoError(t, err)
	assert.Equal(t, data, q.Encode())
	assert.Equal(t, p.Pipelines[0].Mutes, q.Pipelines[0].Mutes)
	for i, s := range p.Pipelines[0].Stages {
		r := q.Pipelines[0].Stages[i]
		assert.Equal(t, s.Name, r.Name)
		own, parts := s.ParamLines()
		again, others := r.ParamLines()
		assert.Equal(t, own, again)
		assert.Equal(t, parts, others)
		assert.Equal(t, stageNames(s.From), stageNames(r.From))
		assert.Equal(t, s.Declaration(), r.Declaration())
		want, err := s.Params()
		require.NoError(t, err)
		got, err := r.Params()
		require.NoError(t, err)
		if s.Kind.Name != "train" { // which remembers nodes, and nodes their files
			assert.Equal(t, want, got)
		}
	}
	_, err = pipeline.DecodeCompiled(data, opts.Kinds[1:])
	assert.Error(t, err, "a kind is gone")
	for i := range data {
		_, err := pipeline.DecodeCompiled(data[:i], opts.Kinds)
		require.Error(t, err, "truncated")
		damaged := slices.Clone(data)
		damaged[i] ^= 1
		_, err = pipeline.DecodeCompiled(damaged, opts.Kinds)
		require.Error(t, err, "damaged")
	}
}

func TestSourcesHold(t *testing.T) {
	opts := project(t, map[string]string{
		"pipeline.yaml": "include: p/*.yaml\n",
		"p/a.yaml":      "name: a\nenv: [X]\nparams: {n: 1}\nstages: {s: {uses: command}}\n",
	})
	env := map[string]string{}
	opts.Env = func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	p, err := pipeline.Load(opts)
	require.NoError(t, err)
	q, err := pipeline.DecodeCompiled(p.Encode(), opts.Kinds)
	require.NoError(t, err)
	holds := func() bool { return q.Sources.Hold(opts) }
	assert.True(t, holds())

	a := filepath.Join(opts.Dir, "p/a.yaml")
	later := time.Now().Add(time.Hour)
	require.NoError(t, os.Chtimes(a, later, later))
	assert.True(t, holds(), "touched, not changed")
	require.NoError(t, os.WriteFile(a, []byte("name: b\nenv: [X]\nparams: {n: 1}\nstages: {s: {uses: command}}\n"), 0o666))
	require.NoError(t, os.Chtimes(a, later, later))
	assert.False(t, holds(), "changed, of the same size and time")
	require.NoError(t, os.WriteFile(a, []byte("name: a\nenv: [X]\nparams: {n: 1}\nstages: {s: {uses: command}}\n"), 0o666))
	assert.True(t, holds())
	require.NoError(t, os.WriteFile(filepath.Join(opts.Dir, "p/b.yaml"), nil, 0o666))
	assert.False(t, holds(), "a new file matches")
	require.NoError(t, os.Remove(filepath.Join(opts.Dir, "p/b.yaml")))
	env["X"] = "1"
	assert.False(t, holds(), "the environment changed")
	delete(env, "X")
	opts.Set = []string{"n=2"}
	assert.False(t, holds(), "--set changed")
}

// dag is layers of 10 command stages, each reading two of the layer before.
func dag(n int) string {
	var b strings.Builder
	b.WriteString("name: big\nstages:\n")
	for i := range n {
		fmt.Fprintf(&b, "  s%d:\n    uses: command\n", i)
		if i >= 10 {
			fmt.Fprintf(&b, "    from: [s%d, s%d]\n", i-10, (i/10-1)*10+(i+1)%10)
		}
		fmt.Fprintf(&b, "    with:\n      run: cat in > out.txt\n      outputs: [out.txt]\n")
	}
	return b.String()
}

func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			opts := project(b, map[string]string{"pipeline.yaml": dag(n)})
			for b.Loop() {
				_, err := pipeline.Load(opts)
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkDecodeCompiled is what a run over an unchanged project pays instead.
func BenchmarkDecodeCompiled(b *testing.B) {
	for _, n := range []int{10, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			opts := project(b, map[string]string{"pipeline.yaml": dag(n)})
			p, err := pipeline.Load(opts)
			require.NoError(b, err)
			data := p.Encode()
			b.ReportMetric(float64(len(data)), "bytes")
			for b.Loop() {
				q, err := pipeline.DecodeCompiled(data, opts.Kinds)
				require.NoError(b, err)
				for _, s := range q.Pipelines[0].Stages {
					s.ParamLines()
				}
			}
		})
	}
}
