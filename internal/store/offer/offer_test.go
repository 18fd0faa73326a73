package offer

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzDecode reads any service.json: what is read is written so that it is read again.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"format":1,"model":"stones","artifact":"ab","predict":"price","samples":[{"name":"a","input":{"carat":1}}],
		"golden":[{"input":{},"value":1e300,"probabilities":[0.5]}],"similar":{"match":["cut"],"nearest":"carat"},"canary":{"alias":"b","share":0.1}}`))
	f.Add([]byte(`{"format":2,"model":"stones"}`))
	f.Add([]byte(`{"format":1,"model":"m","samples":[{"name":"a"}],"golden":[null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		o, err := Decode(data)
		if err != nil {
			return
		}
		require.NotEmpty(t, o.Model)
		first, err := o.Encode()
		require.NoError(t, err)
		again, err := Decode(first)
		require.NoError(t, err)
		second, err := again.Encode()
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
	})
}
