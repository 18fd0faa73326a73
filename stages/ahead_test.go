package stages

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/models/training"
	"labbook/runner/stage"
)

// Every parameter that names columns (see the tag names of package params) is
// held against the columns there are before anything runs: a name that none has
// is an error, and no name is where nothing can be known.
func TestKindsLookAhead(t *testing.T) {
	for _, k := range All(Deps{}) {
		if k.Params == nil {
			continue
		}
		for _, named := range naming(reflect.TypeOf(k.Params()).Elem(), nil) {
			t.Run(k.Name+" "+named.path, func(t *testing.T) {
				require.NotNil(t, k.Columns, "the kind does not look ahead")
				p := k.Params()
				switch p := p.(type) {
				case *splitParams:
					p.By = partition.Time // which is what uses column
				case *features.Options:
					p.Target = "a"
				case *training.Options:
					p.Features = &features.Options{Target: "a"}
				}
				named.set(reflect.ValueOf(p).Elem())
				_, err := k.Columns(&stage.Ahead{Params: p})
				assert.NoError(t, err, "nothing is known, so nothing is wrong")
				_, err = k.Columns(known(t, p))
				assert.ErrorContains(t, err, `"nowhere"`)
				assert.True(t, params.IsFault(err), "the error knows no parameter")
			})
		}
	}
}

// known is a stage that reads, as a file and of every kind, the columns a and b.
func known(t *testing.T, p any) *stage.Ahead {
	file := filepath.Join(t.TempDir(), "a.csv")
	require.NoError(t, os.WriteFile(file, []byte("a,b\n1,2\n"), 0o666))
	columns := []string{"a", "b"}
	return &stage.Ahead{Params: p, Files: []stage.File{{Path: "a.csv", Abs: file}},
		From: []stage.Upstream{{Stage: "up", Columns: stage.Columns{table.File: columns, partition.FileTrain: columns, partition.FileTest: columns}}}}
}

// name is a parameter that names columns.
type name struct {
	path  string
	index []int
	tag   string
}

// naming gives those of a type and of the structs within it.
func naming(t reflect.Type, index []int) []name {
	var all []name
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(index[:len(index):len(index)], i)
		if tag := f.Tag.Get("names"); tag != "" {
			all = append(all, name{f.Tag.Get("yaml"), at, tag})
		}
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct && f.IsExported() {
			for _, n := range naming(inner, at) {
				n.path = f.Tag.Get("yaml") + "." + n.path
				all = append(all, n)
			}
		}
	}
	return all
}

// set names a column that is nowhere.
func (n name) set(v reflect.Value) {
	for _, i := range n.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	text := "nowhere"
	if n.tag == "formula" {
		text = "nowhere + 1 > b"
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf(text), reflect.New(v.Type().Elem()).Elem())
	default:
		element := reflect.New(v.Type().Elem()).Elem()
		if strings.HasPrefix(element.Type().Name(), "Entry[") {
			element.FieldByName("Key").SetString("made")
			element.FieldByName("Value").SetString(text)
		} else {
			element.SetString(text)
		}
		v.Set(reflect.Append(v, element))
	}
}
