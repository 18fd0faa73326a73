package params

import (
	"reflect"

	"labbook/internal/base/tree"
)

// Map is a mapping whose order means something: entries as written.
type Map[T any] []Entry[T]

// Entry is a name with its value.
type Entry[T any] struct {
	Key   string
	Value T
}

// Get gives the value under a name.
func (m Map[T]) Get(key string) (value T, ok bool) {
	for _, e := range m {
		if e.Key == key {
			return e.Value, true
		}
	}
	return value, false
}

// Keys gives the names in order.
func (m Map[T]) Keys() []string {
	keys := make([]string, len(m))
	for i, e := range m {
		keys[i] = e.Key
	}
	return keys
}

// ordered is how the package works on a Map of any type.
type ordered interface {
	reset(n int)
	add(i int, key string) reflect.Value // entry i, settable
	size() int
	entry(i int) (key string, value reflect.Value)
	elem() reflect.Type
}

func (m *Map[T]) reset(n int) {
	if *m = nil; n > 0 {
		*m = make(Map[T], n)
	}
}
func (m *Map[T]) size() int { return len(*m) }
func (m *Map[T]) add(i int, key string) reflect.Value {
	(*m)[i].Key = key
	return reflect.ValueOf(&(*m)[i].Value).Elem()
}
func (m *Map[T]) entry(i int) (string, reflect.Value) {
	return (*m)[i].Key, reflect.ValueOf(&(*m)[i].Value).Elem()
}
func (m *Map[T]) elem() reflect.Type { return reflect.TypeFor[T]() }

// Strings is a list of texts that may be written as a single one.
type Strings []string

// Command is a program with its arguments. Written as a single text it is one
// for the shell, which stops where a line fails: sh -e -c TEXT.
type Command []string

// Scalar is a single value of any type, as the text that was written: a
// candidate value of another parameter, whose type is not known here.
type Scalar string

// UnmarshalTree implements Unmarshaler.
func (s *Scalar) UnmarshalTree(n *tree.Node) error {
	if n.Kind != tree.Scalar {
		e := n.Fault("")
		e.Wanted, e.Hint = "a single value", "write one text, number, true or false"
		return e
	}
	*s = Scalar(n.Text)
	return nil
}

// Open is a parameter whose type depends on another one: it remembers what was
// written until Into says what it is. The zero Open is one where nothing was
// written.
type Open struct {
	node  *tree.Node
	path  string
	value any
	usual []Line // of the value where nothing is written
}

// OpenOf is an Open that holds a decoded value, a pointer to a struct.
func OpenOf(v any) Open { return Open{value: v} }

// OpenOver is OpenOf for a value of which YAML writes only what is not as usual,
// a value of the same type.
func OpenOver(v, usual any) Open { return Open{value: v, usual: Lines(usual)} }

// Into decodes what was written strictly over v, a pointer to a struct that
// holds the defaults; from then on Value gives v.
func (o *Open) Into(v any) error {
	o.usual, o.value = Lines(v), v
	return DecodeAt(o.path, o.node, v)
}

// With gives an Open with another value, of the same type, in its place.
func (o *Open) With(v any) Open { return Open{value: v, usual: o.usual} }

// Value gives what Into or OpenOf was given; nil before.
func (o *Open) Value() any { return o.value }

// Written says whether something was written.
func (o *Open) Written() bool { return o.node != nil && o.node.Kind != tree.Null }
