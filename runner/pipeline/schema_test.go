package pipeline_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/runner/pipeline"
)

func TestJSONSchema(t *testing.T) {
	var s struct {
		Properties map[string]struct{ Description string }
		Defs       map[string]struct {
			Properties map[string]any
			AllOf      []struct {
				Then struct {
					Properties struct {
						With struct{ Properties map[string]any }
					}
				}
			}
		} `json:"$defs"`
	}
	text := pipeline.JSONSchema(fakes())
	require.NoError(t, json.Unmarshal(text, &s))
	assert.Equal(t, text, pipeline.JSONSchema(fakes()))
	for _, key := range []string{"name", "title", "notes", "include", "params", "env", "stages"} {
		assert.NotEmpty(t, s.Properties[key].Description, key)
	}
	stage := s.Defs["stage"]
	require.Len(t, stage.AllOf, len(fakes()))
	assert.Equal(t, map[string]any{
		"description": "Share.", "default": 0.2,
		"anyOf": []any{
			map[string]any{"type": "number", "exclusiveMinimum": 0.0, "exclusiveMaximum": 1.0},
			map[string]any{"$ref": "#/$defs/reference"},
		},
	}, stage.AllOf[2].Then.Properties.With.Properties["test"])
	assert.NotContains(t, s.Defs["variant"].Properties, "uses")
}
