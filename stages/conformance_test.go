package stages

import (
	"context"
	"os"
	"reflect"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/base/params"
	"labbook/internal/testdata"
	"labbook/runner/stage"
)

// TestKindsConform holds every kind to the contract of package stage: the same
// bytes whatever the granted cores, the folder and the time, and none of these
// in the output, the facts or the cell. The process's id is not looked for, as it is
// sooner or later a number among others: where it stood, TestGolden would fail.
func TestKindsConform(t *testing.T) {
	kinds := All(Deps{})
	kinds.Validate()
	for _, kind := range kinds {
		describesKind(t, kind)
	}
	cores, others := 1, []int{2, 3}
	if testing.Short() {
		cores, others = 3, nil
	}
	first := tryAll(t, cores)
	host, err := os.Hostname()
	require.NoError(t, err)
	for name, o := range first {
		for _, word := range []string{os.TempDir(), host} {
			// As a word: a short name is part of others.
			within := regexp.MustCompile(`(^|[^\w.])` + regexp.QuoteMeta(word) + `($|\W)`)
			for _, f := range o.out.Files {
				data, err := os.ReadFile(f.Path)
				require.NoError(t, err)
				require.False(t, len(word) > 4 && within.Match(data), "%s: %s holds %q", name, f.Name, word)
			}
			require.False(t, len(word) > 4 && within.Match(o.Told), "%s: its facts hold %q", name, word)
			require.False(t, len(word) > 4 && within.Match(o.cell), "%s: its cell holds %q", name, word)
		}
	}
	for _, cores := range others {
		again := tryAll(t, cores)
		for _, try := range trials {
			require.Equal(t, first[try.name].asked, again[try.name].asked, "%s asks for something else with %d cores", try.name, cores)
			require.Equal(t, first[try.name].left, again[try.name].left, "%s leaves other bytes with %d cores", try.name, cores)
			require.Equal(t, string(first[try.name].cell), string(again[try.name].cell), "%s shows another cell with %d cores", try.name, cores)
		}
	}
}

// describesKind checks what a kind says of itself, and that its parameters come
// back from their lines.
func describesKind(t *testing.T, kind stage.Kind) {
	require.Regexp(t, `\.(\n|$)`, kind.Doc, "%s: a Doc ends its first sentence", kind.Name)
	if kind.Params == nil {
		return
	}
	require.NotSame(t, kind.Params(), kind.Params(), kind.Name)
	for _, field := range params.Describe(kind.Params()) {
		require.NotEmpty(t, field.Doc, "%s: %s has no doc", kind.Name, field.Path)
	}
	for _, try := range trials {
		if try.kind != kind.Name {
			continue
		}
		p, again := kind.Params(), kind.Params()
		require.NoError(t, params.DecodeString(try.with, p), try.name)
		require.NoError(t, params.Restore(again, params.Lines(p)), try.name)
		require.Equal(t, params.Lines(p), params.Lines(again), try.name)
		require.Equal(t, withoutOpen(p), withoutOpen(again), try.name)
	}
}

// withoutOpen gives a copy of parameters in which each Open is empty: it remembers
// where in its text it stood, and its value is held by its lines.
func withoutOpen(p any) any {
	v := reflect.New(reflect.TypeOf(p).Elem())
	v.Elem().Set(reflect.ValueOf(p).Elem())
	for i := range v.Elem().NumField() {
		switch f := v.Elem().Field(i); o := f.Addr().Interface().(type) {
		case *params.Open:
			*o = params.Open{}
		case *params.Map[params.Open]:
			*o = nil
		default:
			if f.Kind() == reflect.Pointer && !f.IsNil() && f.Elem().Kind() == reflect.Struct {
				f.Set(reflect.ValueOf(withoutOpen(f.Interface())))
			}
		}
	}
	return v.Interface()
}

// TestKindsStop holds every kind to heeding its context: one that was told to
// stop before it began leaves an error or a whole result.
func TestKindsStop(t *testing.T) {
	testdata.OnlyComputes(t)
	shop := newShop(t)
	ctx, stop := context.WithCancel(context.Background())
	stop()
	done := tryAll(t, 2)
	for _, kind := range All(Deps{Registry: shop.Registry}) {
		for _, try := range trials {
			if try.kind != kind.Name {
				continue
			}
			config := done[try.name].config // asked once more
			config.Out, config.Temp = t.TempDir(), t.TempDir()
			if err := kind.Run(stage.New(ctx, config)); err != nil {
				require.ErrorIs(t, err, context.Canceled, try.name)
			}
			break
		}
	}
}
