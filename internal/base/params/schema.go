package params

import (
	"math"
	"reflect"
	"strings"
)

// Schema gives the JSON Schema (2020-12) of what may be written for v, a
// pointer to a struct that holds the defaults, ready for encoding/json. Where
// another type than a text is wanted a reference ${…} may stand as well, as
// "#/$defs/reference" of the document that the schema is put into.
func Schema(v any) map[string]any {
	return schemaOf(reflect.ValueOf(v).Elem(), limits{})
}

func schemaOf(v reflect.Value, lim limits) map[string]any {
	t := v.Type()
	if m, ok := asOrdered(v); ok {
		if s := mapSchema(m.elem(), lim); !lim.listed {
			return s
		} else {
			one := textSchema(limits{})
			return map[string]any{"anyOf": []any{one, map[string]any{"type": "array", "items": one}, s}}
		}
	}
	switch v.Addr().Interface().(type) {
	case *Strings, *Command:
		one := textSchema(lim)
		return map[string]any{"anyOf": []any{one, map[string]any{"type": "array", "items": one}}}
	case *Scalar:
		return map[string]any{"type": []any{"string", "number", "boolean"}}
	case *Open:
		return map[string]any{}
	case Unmarshaler: // only the type knows
		return map[string]any{}
	}
	if t == durationType {
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		s := schemaOf(fresh(t.Elem()).Elem(), lim)
		return map[string]any{"anyOf": []any{s, map[string]any{"type": "null"}}}
	case reflect.Struct:
		return structSchema(v)
	case reflect.Map:
		return mapSchema(t.Elem(), lim)
	case reflect.Slice:
		return orReference(map[string]any{"type": "array", "items": elementSchema(t.Elem(), lim)})
	case reflect.String:
		return textSchema(lim)
	case reflect.Bool:
		return orReference(map[string]any{"type": "boolean"})
	case reflect.Float32, reflect.Float64:
		return orReference(bound(map[string]any{"type": "number"}, lim))
	}
	return orReference(bound(map[string]any{"type": "integer"}, lim))
}

func elementSchema(t reflect.Type, lim limits) map[string]any {
	return schemaOf(fresh(t).Elem(), lim)
}

func mapSchema(elem reflect.Type, lim limits) map[string]any {
	return orReference(map[string]any{"type": "object", "additionalProperties": elementSchema(elem, lim)})
}

func structSchema(v reflect.Value) map[string]any {
	properties := map[string]any{}
	for _, f := range fieldsOf(v.Type()) {
		fv := v.FieldByIndex(f.index)
		s := schemaOf(fv, f.limits())
		s["description"] = f.doc()
		switch fv.Kind() {
		case reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64, reflect.Float64:
			if x := fv.Interface(); fv.Type() != durationType && (!fv.CanFloat() || !math.IsInf(fv.Float(), 0)) {
				s["default"] = x
			}
		case reflect.String:
			if fv.String() != "" {
				s["default"] = fv.String()
			}
		}
		properties[f.name] = s
	}
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
}

func textSchema(lim limits) map[string]any {
	if lim.enum == nil {
		return map[string]any{"type": "string"}
	}
	return orReference(map[string]any{"enum": lim.enum})
}

func bound(s map[string]any, lim limits) map[string]any {
	if !lim.bounded {
		return s
	}
	if !math.IsInf(lim.low, 0) {
		s[map[bool]string{true: "exclusiveMinimum", false: "minimum"}[lim.lowOpen]] = lim.low
	}
	if !math.IsInf(lim.high, 0) {
		s[map[bool]string{true: "exclusiveMaximum", false: "maximum"}[lim.hiOpen]] = lim.high
	}
	return s
}

func orReference(s map[string]any) map[string]any {
	return map[string]any{"anyOf": []any{s, map[string]any{"$ref": "#/$defs/reference"}}}
}

// Summary gives the first sentence of a Markdown text.
func Summary(doc string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(doc), "\n\n")
	line = strings.Join(strings.Fields(line), " ")
	if i := strings.Index(line, ". "); i >= 0 {
		line = line[:i+1]
	}
	return line
}
