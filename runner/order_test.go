package runner

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
	"labbook/runner/cache"
)

// An order may be written down and read elsewhere: it comes to the same key.
func TestOrderIsData(t *testing.T) {
	order := &Order{
		Pipeline: "p", Run: "r", Stage: "train/a", Machine: "amd64 v1", Kind: "train", Version: 3,
		Params: []params.Line{{Path: "depth", Value: "6"}}, Parts: []params.Line{{Path: "boosting.version", Value: "1"}},
		Env: []string{"LC_ALL=C=D"}, Files: []OrderFile{{"a b.csv", 3, "5f70", true}}, Tools: []OrderTool{{"python3", `"Python 3.13.1"`}},
		Inputs: []OrderInput{{"split", []artifact.Type{artifact.Split}, "9f86"}, {"", nil, "aa"}},
	}
	assert.Equal(t, `labbook key 1
kind train 3
machine amd64 v1
param depth 6
param boosting.version 1
env LC_ALL "C=D"
file "a b.csv" 5f70 x
tool python3 "Python 3.13.1"
input split 9f86
input - aa
`, order.Key())
	data, err := json.Marshal(order)
	require.NoError(t, err)
	var again Order
	require.NoError(t, json.Unmarshal(data, &again))
	assert.Equal(t, order, &again)
	assert.Equal(t, order.Key(), again.Key())
}

// posted is an executor that hands orders on as they would travel: as JSON.
type posted struct {
	Executor
	t    *testing.T
	mu   sync.Mutex
	done []string
}

func (p *posted) Do(ctx context.Context, order *Order, watch Watch) (*cache.Record, error) {
	data, err := json.Marshal(order)
	require.NoError(p.t, err)
	var arrived Order
	require.NoError(p.t, json.Unmarshal(data, &arrived))
	assert.Equal(p.t, order.Key(), arrived.Key())
	p.mu.Lock()
	p.done = append(p.done, arrived.Pipeline+"/"+arrived.Stage)
	p.mu.Unlock()
	return p.Executor.Do(ctx, &arrived, watch)
}

// Work is done from the order alone, and the results are the same.
func TestOrdersAreDoneByWhoeverHasThem(t *testing.T) {
	const yaml = `name: p
stages:
  a: {uses: join, with: {text: one}}
  b: {uses: join, from: a, with: {text: two}}
  c: {uses: join, from: [a, b], with: {text: three, keep: 4}}
`
	plain := newProject(t, yaml).run()
	p := newProject(t, yaml)
	post := &posted{t: t}
	o := p.options()
	o.Executor = func(here Executor) Executor { post.Executor = here; return post }
	result, err := Execute(t.Context(), p.load(), o)
	require.NoError(t, err)
	require.Empty(t, result.Failed())
	assert.Equal(t, []string{"p/a", "p/b", "p/c"}, post.done)
	for i, s := range result.Runs[0].Stages {
		assert.Equal(t, plain.Runs[0].Stages[i].Output, s.Output, s.Name)
	}
	require.NoError(t, result.Close(t.Context()))
}
