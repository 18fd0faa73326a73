package params

import (
	"reflect"
	"strings"
)

// Setting is a parameter of one line with the value that it has.
type Setting struct {
	Field
	Value string // as in Lines
}

// Settings lists the parameters of v, a pointer to a struct that has been decoded, that
// take a line, in the order of its fields, those that an Open holds in their place.
// Their defaults are those of usual, of the same type, and of what the Open holds. What
// stands in a list of groups, or below names of a person's choice, is left out.
func Settings(v, usual any) []Setting {
	s := settings{usual: Values(usual)}
	s.structure(reflect.ValueOf(v).Elem(), "")
	return s.all
}

type settings struct {
	usual map[string]string
	all   []Setting
}

func (s *settings) structure(v reflect.Value, path string) {
	for _, f := range fieldsOf(v.Type()) {
		s.value(v.FieldByIndex(f.index), f, join(path, f.name))
	}
}

func (s *settings) value(v reflect.Value, f field, path string) {
	if text, ok := single(v); ok {
		switch {
		case v.Kind() == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct, v.Kind() == reflect.Slice && base(v.Type().Elem()).Kind() == reflect.Struct:
			return // a group, or a list of groups, of which nothing is written
		}
		lim := f.limits()
		s.all = append(s.all, Setting{Value: text, Field: Field{Path: path, Type: strings.TrimPrefix(typeWords(v.Type()), "a "), Default: said(s.usual[path]),
			Doc: f.doc(), Range: lim.words(), Enum: lim.enum, Unit: f.tag.Get("unit")}})
		return
	}
	if o, ok := v.Interface().(Open); ok {
		if o.value != nil {
			for _, line := range o.usual {
				s.usual[join(path, line.Path)] = line.Value
			}
			s.structure(reflect.ValueOf(o.value).Elem(), path)
		}
		return
	}
	if _, ok := asOrdered(v); ok {
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		s.value(v.Elem(), f, path)
	case reflect.Struct:
		s.structure(v, path)
	}
}

// said gives the text of a default, "" where it says nothing.
func said(text string) string {
	if text == "null" || text == "[]" || text == `""` {
		return ""
	}
	return text
}
