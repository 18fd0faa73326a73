package params_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
)

// FuzzDecode decodes any YAML: it gives parameters that can be listed, the same
// each time, and had back from the list, or errors with a hint.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"depth: 017", "rate: 1e-3\nseed: -0", "drop: [a, b]\nderive: {x: y}", "tune: {space: {a: {choose: [1]}}}", "params: {a: [1]}", "drop: []", "columns: {a.b: {min: 1}, '[0]': {}}", "derive: {}", "derive: {x.y: a, '': b}", "tune: {space: {}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, e := defaults(), defaults()
		err := params.DecodeString(text, d)
		if err != nil {
			var list diag.List
			list.Add(err)
			for _, one := range list {
				require.NotEmpty(t, one.Hint, one.What)
			}
			return
		}
		require.NoError(t, params.DecodeString(text, e))
		require.Equal(t, params.Lines(d), params.Lines(e))
		again := defaults()
		require.NoError(t, params.Restore(again, params.Lines(d)), "%q", params.Lines(d))
		require.Equal(t, d.Params.Value(), again.Params.Value())
		d.Params, again.Params = params.Open{}, params.Open{} // they remember the places in their texts
		require.Equal(t, d, again)
	})
}
