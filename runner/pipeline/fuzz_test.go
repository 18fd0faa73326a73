package pipeline_test

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/runner/pipeline"
)

// FuzzLoad loads any text: it ends soon, with a project or with errors that
// have a place and a hint, and never panics.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/errors/*.yaml")
	require.NoError(f, err)
	for _, name := range append(files, "testdata/diamonds.yaml") {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(string(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(dir, "pipeline.yaml")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
		kinds := fakes()
		start := time.Now()
		p, err := pipeline.Load(pipeline.Options{Dir: dir, Kinds: kinds})
		require.Less(t, time.Since(start), 5*time.Second)
		if err != nil {
			var list diag.List
			list.Add(err)
			for _, e := range list {
				require.NotEmpty(t, e.File, e.What)
				require.NotEmpty(t, e.Hint, e.What)
			}
			return
		}
		data := p.Encode()
		q, err := pipeline.DecodeCompiled(data, kinds)
		require.NoError(t, err)
		require.Equal(t, data, q.Encode())
		for _, pipe := range q.Pipelines {
			for _, s := range pipe.Stages {
				_, err := s.Params()
				require.NoError(t, err)
			}
		}
	})
}

// FuzzDecodeCompiled reads any bytes: they are refused or give a project that
// can be walked.
func FuzzDecodeCompiled(f *testing.F) {
	opts := project(f, map[string]string{"pipeline.yaml": dag(12)})
	p, err := pipeline.Load(opts)
	require.NoError(f, err)
	data := p.Encode()
	f.Add(data[:len(data)-sha256.Size])
	f.Fuzz(func(t *testing.T, data []byte) {
		sum := sha256.Sum256(data)
		data = append(data[:len(data):len(data)], sum[:]...)
		p, err := pipeline.DecodeCompiled(data, opts.Kinds)
		if err != nil {
			return
		}
		for _, pipe := range p.Pipelines {
			for _, s := range pipe.Stages {
				s.ParamLines()
				_, _ = s.Params()
				s.Declaration()
			}
		}
	})
}
