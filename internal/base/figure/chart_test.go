package figure

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNumbers(t *testing.T) {
	values := Numbers{0, -1.5, 1.0 / 3, 1e300, 1e-300, 123456789.123, math.NaN(), math.Inf(1), math.Copysign(0, -1)}
	data, err := json.Marshal(values)
	require.NoError(t, err)
	assert.Equal(t, `[0,-1.5,0.3333333333333333,1e+300,1e-300,123456789.123,null,null,-0]`, string(data))
	var back Numbers
	require.NoError(t, json.Unmarshal(data, &back))
	for i, v := range values[:6] {
		assert.Equal(t, v, back[i])
	}
	assert.True(t, math.IsNaN(back[6]) && math.IsNaN(back[7]))
	again, err := json.Marshal(back)
	require.NoError(t, err)
	assert.Equal(t, string(data), string(again))
}

func TestWhatCannotBeDrawn(t *testing.T) {
	for text, fault := range map[string]string{
		`{}`:                                   "one content",
		`{"bars":{"names":["a"],"values":[]}}`: "0 of 1 values",
		`{"bars":{"names":["a"],"values":[1e200]}}`:                               "too large",
		`{"bars":{"names":["a"],"values":[1]},"matrix":{"form":"signed"}}`:        "one content",
		`{"xy":{"bins":{"columns":9,"rows":9,"runs":[[0,8,1,1]]}}}`:               "outside the grid",
		`{"xy":{"bins":{"columns":1000000000,"rows":9}}}`:                         "cannot be drawn",
		`{"xy":{"series":[{"mark":"blink","x":[],"y":[]}]}}`:                      `"blink" is none of`,
		`{"histogram":{"edges":[2,1],"counts":[1]}}`:                              "ascend",
		`{"groups":[{"name":"a","rows":1,"five":[3,2,1,0,0]}]}`:                   "ascend",
		`{"matrix":{"form":"confusion","rows":["a"],"columns":[],"values":[[]]}}`: "classes",
		`{"parallel":{"dimensions":[{"name":"d","values":[]}],"scores":[1]}}`:     "0 of 1 values",
		`{"x":{"scale":"spiral"},"bars":{"names":[],"values":[]}}`:                "spiral",
	} {
		var c Chart
		require.NoError(t, json.Unmarshal([]byte(text), &c), text)
		assert.ErrorContains(t, c.Check(), fault, text)
	}
}

// What was decoded is encoded to the same bytes ever after.
func FuzzChartJSON(f *testing.F) {
	f.Add([]byte(`{"title":"t","x":{"name":"n","ends":[0,1]},"xy":{"series":[{"x":[1,null],"y":[2,3]}]}}`))
	f.Add([]byte(`{"groups":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var c, again Chart
		if json.Unmarshal(data, &c) != nil {
			return
		}
		first, err := json.Marshal(&c)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(first, &again); err != nil {
			t.Fatal(err)
		}
		second, err := json.Marshal(&again)
		if err != nil || string(first) != string(second) {
			t.Fatalf("%s, then %s: %v", first, second, err)
		}
		c.Check()
	})
}
