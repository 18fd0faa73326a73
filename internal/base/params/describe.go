package params

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/tree"
)

// Field describes a parameter for people.
type Field struct {
	Path    string   `json:"path"`              // "tune.trials", "columns.<name>.type", "steps[].name"
	Type    string   `json:"type"`              // "whole number", "list of texts"
	Default string   `json:"default,omitempty"` // as in Lines; "" when there is none
	Doc     string   `json:"doc"`
	Range   string   `json:"range,omitempty"` // "from 1 to 64"
	Enum    []string `json:"enum,omitempty"`
	Unit    string   `json:"unit,omitempty"`
}

// Describe lists the parameters of v, a pointer to a struct that holds the
// defaults, in the order of its fields; a group stands before its members. Those
// of a field with the tag like, which names another kind, are described there.
func Describe(v any) []Field {
	if v == nil {
		return nil
	}
	var d describer
	d.structure(reflect.ValueOf(v).Elem(), "", true)
	return d.fields
}

type describer struct{ fields []Field }

// structure describes a struct's fields; known says that v holds defaults that
// mean something.
func (d *describer) structure(v reflect.Value, path string, known bool) {
	for _, f := range fieldsOf(v.Type()) {
		fv := v.FieldByIndex(f.index)
		lim := f.limits()
		out := Field{
			Path: join(path, f.name), Doc: f.doc(), Unit: f.tag.Get("unit"),
			Type:  strings.TrimPrefix(fieldWords(fv), "a "),
			Range: lim.words(), Enum: lim.enum,
		}
		if lim.listed {
			out.Type = "list of texts, or mapping of them to texts"
		}
		if text, ok := single(fv); ok && known {
			out.Default = said(text)
		}
		d.fields = append(d.fields, out)
		if f.tag.Get("like") == "" {
			d.members(fv, out.Path, known)
		}
	}
}

func fieldWords(v reflect.Value) string {
	if m, ok := asOrdered(v); ok {
		return "ordered mapping of names to " + plural(m.elem())
	}
	if _, ok := v.Interface().(Open); ok {
		return "depends on another parameter"
	}
	return typeWords(v.Type())
}

// members describes what stands below a field that is not a single value.
func (d *describer) members(v reflect.Value, path string, known bool) {
	t := v.Type()
	switch m, ok := asOrdered(v); {
	case ok:
		d.element(m.elem(), path+".<name>")
	case t == reflect.TypeFor[Open]():
	case t.Kind() == reflect.Struct:
		d.structure(v, path, known)
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Struct:
		if v.IsNil() {
			v = fresh(t.Elem())
		}
		d.structure(v.Elem(), path, true)
	case t.Kind() == reflect.Map:
		d.element(t.Elem(), path+".<name>")
	case t.Kind() == reflect.Slice:
		d.element(t.Elem(), path+"[]")
	}
}

func (d *describer) element(t reflect.Type, path string) {
	d.members(fresh(t).Elem(), path, true)
}

// Set changes one parameter of v, a pointer to a struct, by the text of its
// value: the path is as in Lines. It works through an Open that has been
// decoded, elements of lists that are there, and entries of a mapping of single values. Texts are taken as they are; anything else is read as YAML.
func Set(v any, path, value string) error {
	target, f, keep, err := walk(reflect.ValueOf(v), path)
	if err != nil {
		return err
	}
	n := &tree.Node{Kind: tree.Scalar, Text: value}
	if base(target.Type()).Kind() != reflect.String {
		if n, err = tree.Parse("", []byte(value)); err != nil {
			return fmt.Errorf("the value of %s: %w", path, err)
		}
	}
	n = unplaced(n)
	d := decoder{}
	d.value(n, target, f.limits(), path)
	if len(d.errs) == 0 && keep != nil {
		keep()
	}
	return d.errs.Err()
}

// unplaced gives a tree without places: of a value that stands in no file.
func unplaced(n *tree.Node) *tree.Node {
	c := *n
	c.File, c.Line, c.Col = nil, 0, 0
	c.Items, c.Pairs = nil, nil
	for _, item := range n.Items {
		c.Items = append(c.Items, unplaced(item))
	}
	for _, p := range n.Pairs {
		c.Pairs = append(c.Pairs, tree.Pair{Key: unplaced(p.Key), Value: unplaced(p.Value)})
	}
	return &c
}

func base(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// walk finds the field at a path, making the structs on the way. What keep, if it is
// not nil, does is to be done once the field is set: of an entry of a mapping.
func walk(v reflect.Value, path string) (at reflect.Value, f field, keep func(), err error) {
	rest := path
	for {
		for v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(fresh(v.Type().Elem()))
			}
			v = v.Elem()
		}
		if o, ok := v.Interface().(Open); ok && o.value != nil {
			v = reflect.ValueOf(o.value)
			continue
		}
		if v.Kind() == reflect.Map {
			entry := fresh(v.Type().Elem()).Elem()
			if _, ok := single(entry); ok {
				return entry, field{}, func() {
					if v.IsNil() {
						v.Set(reflect.MakeMap(v.Type()))
					}
					v.SetMapIndex(reflect.ValueOf(rest).Convert(v.Type().Key()), entry)
				}, nil
			}
		}
		if v.Kind() != reflect.Struct {
			return v, field{}, nil, diag.New(fmt.Sprintf("the parameter %q has no parts that can be set", strings.TrimSuffix(path, "."+rest)), "set it as a whole")
		}
		name, more, nested := strings.Cut(rest, ".")
		name, indices, _ := strings.Cut(name, "[")
		fields := fieldsOf(v.Type())
		i := indexOf(fields, name)
		if i < 0 {
			e := diag.New(fmt.Sprintf("unknown parameter %q", path), diag.DidYouMean(name, fieldNames(fields)))
			e.Wanted = "one of " + names(fields)
			return v, field{}, nil, e
		}
		v = v.FieldByIndex(fields[i].index)
		if indices != "" {
			at, err := strconv.Atoi(strings.TrimSuffix(indices, "]"))
			if err != nil || v.Kind() != reflect.Slice || at < 0 || at >= v.Len() {
				return v, field{}, nil, diag.New(fmt.Sprintf("the parameter %q has no [%s", path, indices), "count from 0")
			}
			v = v.Index(at)
		}
		if !nested {
			return v, fields[i], nil, nil
		}
		rest = more
	}
}
