package runner

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/artifact"
	"labbook/internal/base/params"
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
