package params_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"labbook/internal/diag"
	"labbook/internal/params"
)

// FuzzDecode decodes any YAML: it gives parameters that can be listed, the same
// each time, or errors with a hint.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{"depth: 017", "rate: 1e-3\nseed: -0", "drop: [a, b]\nderive: {x: y}", "tune: {space: {a: {choose: [1]}}}", "params: {a: [1]}"} {
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
	})
}
