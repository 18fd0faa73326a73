package runner

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/notebook"
	"labbook/internal/data/record"
	"labbook/runner/cache"
)

// behind is a store that keeps everything in another cache too, and brings back
// from there what is not here: what a bucket would be to several machines.
type behind struct {
	*cache.Cache
	far     *cache.Cache
	lease   *cache.Lease
	fetched int
}

func (b *behind) Get(key string) (*cache.Record, error) {
	if r, err := b.Cache.Get(key); err == nil {
		return r, nil
	}
	r, err := b.far.Get(key)
	if err == nil {
		r.From = "far"
	}
	return r, err
}

func (b *behind) Fetch(ctx context.Context, r *cache.Record) ([]cache.Proof, error) {
	for _, ref := range r.Blobs() {
		if b.Cache.Prove(ref.Digest, ref.Size) == nil {
			continue
		}
		if err := b.far.Prove(ref.Digest, ref.Size); err != nil {
			return nil, err
		}
		data, err := os.ReadFile(b.far.Path(ref.Digest))
		if err != nil {
			return nil, err
		}
		if _, err := b.Cache.Put(b.lease, data, false); err != nil {
			return nil, err
		}
		b.fetched++
	}
	return b.Cache.Fetch(ctx, r)
}

func (b *behind) Add(r *cache.Record) error {
	for _, ref := range r.Blobs() {
		data, err := os.ReadFile(b.Cache.Path(ref.Digest))
		if err != nil {
			return err
		}
		if _, err := b.far.Put(b.lease, data, false); err != nil {
			return err
		}
	}
	if err := b.far.Add(r); err != nil {
		return err
	}
	return b.Cache.Add(r)
}

// What another machine made is not made again, and what the store has lost is.
func TestStoreBehindTheCache(t *testing.T) {
	const yaml = `name: p
stages:
  a: {uses: join, with: {text: one}}
  b: {uses: join, from: a, with: {text: two}}
`
	far, err := cache.Open(t.TempDir())
	require.NoError(t, err)
	run := func(p *project) (*Result, *behind) {
		o := p.options()
		b := &behind{Cache: o.Cache, far: far}
		o.Shared = func(_ context.Context, lease *cache.Lease, _ func(string, notebook.Finding)) cache.Store {
			b.lease = lease
			return b
		}
		result, err := Execute(t.Context(), p.load(), o)
		require.NoError(t, err)
		require.Empty(t, result.Failed())
		require.NoError(t, result.Close(t.Context()))
		return result, b
	}
	here := newProject(t, yaml)
	first, _ := run(here)
	assert.Equal(t, []string{"a", "b"}, here.ran)

	there := newProject(t, yaml)
	second, b := run(there)
	assert.Empty(t, there.ran, "both results came from the store")
	assert.Positive(t, b.fetched)
	for i, s := range second.Runs[0].Stages {
		assert.Equal(t, record.Cached, s.Status)
		assert.Equal(t, "in far's cache, made by run "+first.Runs[0].ID, s.Reason)
		assert.Equal(t, first.Runs[0].Stages[i].Output, s.Output)
	}

	require.NoError(t, os.Remove(far.Path(first.Runs[0].Stages[1].Record.Files[0].Digest)))
	third := newProject(t, yaml)
	again, _ := run(third)
	assert.Equal(t, []string{"b"}, third.ran, "what is lost is made again, and nothing else")
	assert.Equal(t, first.Runs[0].Stages[1].Output, again.Runs[0].Stages[1].Output)
}
