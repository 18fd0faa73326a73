package pipeline

import (
	"encoding/json"
	"fmt"

	"labbook/internal/base/params"
	"labbook/runner/stage"
)

// JSONSchema gives the JSON Schema of a pipeline file with these kinds, for
// completion and checks in editors. Load is stricter: it also knows names,
// cycles and what parameters mean together.
func JSONSchema(kinds stage.Kinds) []byte {
	root := params.Schema(&declaration{})
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "labbook pipeline"
	properties(root)["include"] = property(root, "include", anyOfTexts())
	properties(root)["mute"] = property(root, "mute", map[string]any{"type": "object", "additionalProperties": map[string]any{
		"anyOf": []any{map[string]any{"type": "string"}, map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "string"}}},
	}})
	properties(root)["schedule"] = property(root, "schedule", map[string]any{"anyOf": []any{
		map[string]any{"type": "string"}, params.Schema(&scheduleDecl{}),
	}})
	properties(root)["params"] = property(root, "params", map[string]any{"type": "object"})
	properties(root)["stages"] = property(root, "stages", map[string]any{
		"type": "object", "additionalProperties": map[string]any{"$ref": "#/$defs/stage"},
	})
	root["$defs"] = map[string]any{
		"stage":     stageSchema(kinds),
		"variant":   variantSchema(),
		"reference": map[string]any{"type": "string", "pattern": `^\$\{.*\}$`},
	}
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("pipeline: the schema of the kinds cannot be written: %v", err))
	}
	return append(text, '\n')
}

// stageSchema lets the schema of with depend on uses.
func stageSchema(kinds stage.Kinds) map[string]any {
	s := params.Schema(&stageDecl{})
	var uses, cases []any
	for _, k := range kinds {
		uses = append(uses, map[string]any{"const": k.Name, "description": params.Summary(k.Doc)})
		with := map[string]any{"type": []any{"object", "null"}, "maxProperties": 0}
		if k.Params != nil {
			with = params.Schema(k.Params())
			with["type"] = []any{"object", "null"}
		}
		cases = append(cases, map[string]any{
			"if":   map[string]any{"properties": map[string]any{"uses": map[string]any{"const": k.Name}}, "required": []any{"uses"}},
			"then": map[string]any{"properties": map[string]any{"with": with}},
		})
	}
	common(s)
	properties(s)["uses"] = property(s, "uses", map[string]any{"oneOf": uses})
	properties(s)["each"] = property(s, "each", map[string]any{
		"type": "object", "minProperties": 1, "additionalProperties": map[string]any{"$ref": "#/$defs/variant"},
	})
	s["required"] = []any{"uses"}
	s["allOf"] = cases
	return s
}

// variantSchema is that of a stage without what a variant must not have; its
// with is not checked further.
func variantSchema() map[string]any {
	s := params.Schema(&stageDecl{})
	common(s)
	for _, key := range variantKeys {
		delete(properties(s), key)
	}
	s["type"] = []any{"object", "null"}
	return s
}

// common replaces what the types of stageDecl do not say themselves.
func common(s map[string]any) {
	properties(s)["from"] = property(s, "from", anyOfTexts())
	properties(s)["needs"] = property(s, "needs", anyOfTexts())
	properties(s)["with"] = property(s, "with", map[string]any{"type": []any{"object", "null"}})
	properties(s)["if"] = property(s, "if", map[string]any{"type": []any{"string", "boolean"}})
	properties(s)["cores"] = property(s, "cores", map[string]any{"anyOf": []any{
		map[string]any{"type": "integer", "minimum": 1, "maximum": 1024}, map[string]any{"const": "all"},
		map[string]any{"$ref": "#/$defs/reference"},
	}})
	properties(s)["memory"] = property(s, "memory", map[string]any{"anyOf": []any{
		map[string]any{"type": "string", "pattern": `^[0-9.]+ ?([kKMGT]B)$`}, map[string]any{"$ref": "#/$defs/reference"},
	}})
}

func anyOfTexts() map[string]any {
	text := map[string]any{"type": "string"}
	return map[string]any{"anyOf": []any{text, map[string]any{"type": "array", "items": text}}}
}

func properties(s map[string]any) map[string]any { return s["properties"].(map[string]any) }

// property gives a schema the description that the struct's tags gave.
func property(s map[string]any, name string, schema map[string]any) map[string]any {
	schema["description"] = properties(s)[name].(map[string]any)["description"]
	return schema
}
