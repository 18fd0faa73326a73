// Package refusal says of what a library found wrong with requests what is
// allowed instead.
package refusal

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"labbook/internal/base/diag"
	"labbook/internal/data/jsonrow"
)

// checked turns what huma found wrong with paths, queries and bodies into
// faults that say what is allowed, as those of predictions do. It asks the
// operation's schema, and not huma's words.
type checked struct {
	operation *huma.Operation
	schemas   huma.Registry
	told      map[string]int // how many faults of a place were told already
}

// Most bounds the faults that are told of one request.
const Most = 100

// Of gives all that huma found wrong with a request for an operation.
func Of(e *huma.ErrorModel, operation *huma.Operation, schemas huma.Registry) *jsonrow.Faults {
	c := checked{operation, schemas, map[string]int{}}
	all := &jsonrow.Faults{Syntax: e.Status == http.StatusBadRequest, More: max(0, len(e.Errors)-Most)}
	for _, d := range e.Errors[:min(Most, len(e.Errors))] {
		f := jsonrow.Fault{Location: d.Location, Message: "this is no JSON: " + d.Message}
		if e.Status == http.StatusUnprocessableEntity {
			f = c.fault(d)
		}
		all.List = append(all.List, f)
	}
	return all
}

// fault is that of one detail.
func (c checked) fault(d *huma.ErrorDetail) jsonrow.Fault {
	f := jsonrow.Fault{Location: d.Location, Message: d.Message, Value: shortened(d.Value)}
	missing, told := c.missing(d), c.told[d.Location]
	c.told[d.Location]++
	if told < len(missing) { // huma tells of one after the other
		f.Location, f.Message, f.Value = d.Location+"."+missing[told], missing[told]+" is missing", nil
		f.Allowed = allowed(c.at(f.Location))
		return f
	}
	owner, name := parent(d.Location)
	switch {
	case d.Message == validation.MsgUnexpectedProperty:
		f.Message, f.Hint = fmt.Sprintf("there is no field %q", Cut(name)), diag.DidYouMean(Cut(name), c.members(owner))
		if whole, ok := d.Value.(map[string]any); ok {
			f.Value = shortened(whole[name])
		}
	case owner == "query" && c.parameter(name) == nil:
		f.Message, f.Value, f.Hint = fmt.Sprintf("there is no parameter %q", Cut(name)), nil, diag.DidYouMean(Cut(name), c.members(owner))
	default:
		if schema := c.at(d.Location); schema != nil {
			f.Message, f.Allowed = name+" does not fit", allowed(schema)
		}
	}
	return f
}

// missing gives the members that the object of a detail must have and lacks,
// sorted.
func (c checked) missing(d *huma.ErrorDetail) []string {
	whole, isObject := d.Value.(map[string]any)
	schema := c.at(d.Location)
	if !isObject || schema == nil {
		return nil
	}
	var names []string
	for _, name := range schema.Required {
		if _, there := whole[name]; !there {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// parent splits "body.params.seed" before its last member.
func parent(location string) (owner, name string) {
	i := strings.LastIndexByte(location, '.')
	if i < 0 {
		return "", location
	}
	return location[:i], location[i+1:]
}

// parameter gives the operation's parameter of that name, or nil.
func (c checked) parameter(name string) *huma.Param {
	i := slices.IndexFunc(c.operation.Parameters, func(p *huma.Param) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return c.operation.Parameters[i]
}

// at gives the schema of a place such as "query.limit" or "body.models[0]"; nil
// when there is none.
func (c checked) at(location string) *huma.Schema {
	steps := strings.Split(location, ".")
	if steps[0] != "body" {
		if p := c.parameter(steps[len(steps)-1]); p != nil {
			return p.Schema
		}
		return nil
	}
	var schema *huma.Schema
	if b := c.operation.RequestBody; b != nil && b.Content["application/json"] != nil {
		schema = c.resolve(b.Content["application/json"].Schema)
	}
	for _, step := range steps[1:] {
		if schema == nil {
			return nil
		}
		name, _, item := strings.Cut(step, "[")
		below := schema.Properties[name]
		if more, ok := schema.AdditionalProperties.(*huma.Schema); below == nil && ok {
			below = more
		}
		if schema = c.resolve(below); item && schema != nil {
			schema = c.resolve(schema.Items)
		}
	}
	return schema
}

func (c checked) resolve(s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return c.schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// members gives the names that can stand in a place.
func (c checked) members(owner string) []string {
	if owner == "query" {
		var names []string
		for _, p := range c.operation.Parameters {
			if p.In == "query" {
				names = append(names, p.Name)
			}
		}
		return names
	}
	schema := c.at(owner)
	if schema == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(schema.Properties))
}

// allowed says what a schema takes: a list of values, or words.
func allowed(s *huma.Schema) any {
	if s == nil {
		return nil
	}
	if len(s.Enum) > 0 {
		return s.Enum
	}
	words := map[string]string{huma.TypeInteger: "a whole number", huma.TypeNumber: "a number", huma.TypeBoolean: "true or false",
		huma.TypeString: "a text", huma.TypeArray: "a list", huma.TypeObject: "an object"}[s.Type]
	switch {
	case s.Format == "date-time":
		return "a time such as 2026-11-22T08:30:00Z"
	case s.Minimum != nil && s.Maximum != nil:
		words += fmt.Sprintf(" from %v to %v", *s.Minimum, *s.Maximum)
	case s.Minimum != nil:
		words += fmt.Sprintf(" from %v", *s.Minimum)
	case s.MinLength != nil && s.MaxLength != nil:
		words += fmt.Sprintf(" of %d to %d characters", *s.MinLength, *s.MaxLength)
	case s.MaxLength != nil:
		words += fmt.Sprintf(" of at most %d characters", *s.MaxLength)
	case s.MaxItems != nil:
		words += fmt.Sprintf(" of at most %d", *s.MaxItems)
	case len(s.OneOf) > 0:
		var parts []string
		for _, one := range s.OneOf {
			parts = append(parts, fmt.Sprint(allowed(one)))
		}
		words = strings.Join(parts, ", or ")
	}
	if words == "" {
		return nil
	}
	return words
}

// maxValue bounds the values that an answer repeats, in bytes of JSON.
const maxValue = 200

// shortened gives a value as far as it is worth repeating.
func shortened(v any) any {
	if v == nil {
		return nil
	}
	if text, ok := v.(string); ok {
		return Cut(text)
	}
	if data, err := json.Marshal(v); err != nil || len(data) > maxValue {
		return nil
	}
	return v
}

// Cut bounds what hostile names cost in messages.
func Cut(text string) string {
	if len(text) > 80 {
		return strings.ToValidUTF8(text[:80], "") + "…"
	}
	return text
}
