package cli

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/stages"
)

// Each kind that there is can be named in `uses`, and its parameters, all of
// them and no other, stand in `with` where it is.
func TestSchemaKnowsEveryKind(t *testing.T) {
	var s struct {
		Defs struct {
			Stage struct {
				Properties struct {
					Uses struct {
						OneOf []struct{ Const, Description string }
					}
				}
				AllOf []struct {
					If struct {
						Properties struct{ Uses struct{ Const string } }
					}
					Then struct {
						Properties struct {
							With struct{ Properties map[string]any }
						}
					}
				}
			}
		} `json:"$defs"`
	}
	require.NoError(t, json.Unmarshal(schema(), &s))
	kinds := stages.All(stages.Deps{})
	require.Len(t, s.Defs.Stage.Properties.Uses.OneOf, len(kinds))
	require.Len(t, s.Defs.Stage.AllOf, len(kinds))
	for i, k := range kinds {
		assert.Equal(t, k.Name, s.Defs.Stage.Properties.Uses.OneOf[i].Const)
		assert.NotEmpty(t, s.Defs.Stage.Properties.Uses.OneOf[i].Description, k.Name)
		assert.Equal(t, k.Name, s.Defs.Stage.AllOf[i].If.Properties.Uses.Const)
		var want []string
		if k.Params != nil {
			for _, f := range params.Describe(k.Params()) {
				name, _, _ := strings.Cut(f.Path, ".")
				want = append(want, strings.TrimSuffix(name, "[]"))
			}
		}
		slices.Sort(want)
		assert.Equal(t, slices.Compact(want), slices.Sorted(maps.Keys(s.Defs.Stage.AllOf[i].Then.Properties.With.Properties)), k.Name)
	}
}

// A reference that leads nowhere makes an editor give up on the whole schema.
func TestSchemaReferencesLead(t *testing.T) {
	var s map[string]any
	require.NoError(t, json.Unmarshal(schema(), &s))
	seen := 0
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if ref, ok := v["$ref"].(string); ok {
				name, inside := strings.CutPrefix(ref, "#/$defs/")
				assert.True(t, inside, ref)
				assert.Contains(t, s["$defs"], name)
				seen++
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(s)
	assert.Positive(t, seen)
}
