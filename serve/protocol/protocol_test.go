package protocol

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var some = Most{Rows: 100, Bytes: 10_000}

func TestInferRequests(t *testing.T) {
	for _, tt := range []struct {
		name, body, binary, want string
	}{
		{"tensors", `{"id":"7","inputs":[{"name":"carat","shape":[2],"datatype":"FP64","data":[0.5,1]},{"name":"cut","shape":[2,1],"datatype":"BYTES","data":[["Good"],["Ideal"]]}]}`, "",
			`[{"carat":0.5,"cut":"Good"},{"carat":1,"cut":"Ideal"}]`},
		{"missing", `{"inputs":[{"name":"a","shape":[1],"datatype":"FP64","data":[null]},{"name":"b","shape":[1],"datatype":"BOOL","data":[true]}]}`, "", `[{"a":null,"b":true}]`},
		{"binary", `{"inputs":[{"name":"a","shape":[2],"datatype":"FP32","parameters":{"binary_data_size":8}},{"name":"b","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":11}},{"name":"c","shape":[2],"datatype":"INT16","parameters":{"binary_data_size":4}}]}`,
			"\xcd\xcc\xcc\x3d\x00\x00\xc0\x7f" + "\x03\x00\x00\x00a\"b\x00\x00\x00\x00" + "\xff\xff\x02\x00",
			`[{"a":0.1,"b":"a\"b","c":-1},{"a":null,"b":"","c":2}]`},
	} {
		header := 0
		if tt.binary != "" {
			header = len(tt.body)
		}
		in, err := ParseInfer([]byte(tt.body+tt.binary), header, some)
		require.NoError(t, err, tt.name)
		assert.Equal(t, tt.want, string(in.JSON), tt.name)
	}
	tensor := func(rest string) string { return `{"inputs":[{"name":"a",` + rest + `}]}` }
	for body, want := range map[string]string{
		`{`:             "none of the Open Inference Protocol",
		`{"inputs":[]}`: "there are no inputs",
		tensor(`"shape":[1,2],"datatype":"FP64","data":[1,2]`):                                   "has another shape than one field; found [1 2]",
		tensor(`"shape":[],"datatype":"FP64","data":[]`):                                         "has another shape",
		tensor(`"shape":[0],"datatype":"FP64","data":[]`):                                        "has another shape",
		tensor(`"shape":[2],"datatype":"FP64","data":[1]`):                                       "not as many as the shape says; found 1, wanted 2",
		tensor(`"shape":[1],"datatype":"FP64","data":["x"]`):                                     "value 0 is none of FP64",
		tensor(`"shape":[1],"datatype":"BYTES","data":[1]`):                                      "value 0 is none of BYTES",
		tensor(`"shape":[1],"datatype":"FP16","data":[1]`):                                       "there is no such datatype",
		tensor(`"shape":[1],"datatype":"FP64"`):                                                  "there is no data",
		tensor(`"shape":[1],"datatype":"FP64","data":1`):                                         "the data are no list",
		tensor(`"shape":[1],"datatype":"FP64","data":[[[[1]]]]`):                                 "the data are no list",
		tensor(`"shape":[1],"datatype":"FP64","parameters":{"binary_data_size":8}`):              "more than follows",
		tensor(`"shape":[1],"datatype":"FP64","parameters":{"binary_data_size":-1}`):             "more than follows",
		tensor(`"shape":[101],"datatype":"FP64","data":[]`):                                      "too many rows",
		tensor(`"shape":[1],"datatype":"FP64","data":[1]},{"name":"a","shape":[1],"data":[1]`):   "stands twice",
		tensor(`"shape":[1],"datatype":"FP64","data":[1]},{"name":"b","shape":[2],"data":[1,2]`): "of different lengths",
		tensor(`"shape":[1],"datatype":"BYTES","data":["` + strings.Repeat("x", 10_000) + `"]`):  "too large",
	} {
		_, err := ParseInfer([]byte(body), 0, some)
		assert.ErrorContains(t, err, want, body[:min(len(body), 100)])
	}
	body := tensor(`"shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}`)
	for binary, want := range map[string]string{"\xff\xff\xff\xff1": "end early", "\x00\x00\x00\x001": "another length", "\x01\x00\x00\x0012": "are of no input"} {
		_, err := ParseInfer([]byte(body+binary), len(body), some)
		assert.ErrorContains(t, err, want)
	}
	_, err := ParseInfer([]byte(body), len(body)+1, some)
	assert.ErrorContains(t, err, "is not the length of the JSON")
}

func TestInvocations(t *testing.T) {
	for body, want := range map[string]string{
		`{"dataframe_split":{"index":[0,1],"columns":["a","b"],"data":[[1,"x"],[NaN,"NaN"]]}}`: `[{"a":1,"b":"x"},{"a":null,"b":"NaN"}]`,
		`{"dataframe_records":[{"a":1},{"a":2}],"params":{}}`:                                  `[{"a":1},{"a":2}]`,
		`{"instances":[{"a":"\"NaN"}]}`:                                                        `[{"a":"\"NaN"}]`,
		`{"inputs":{"b":["x","y"],"a":[1,2]}}`:                                                 `[{"a":1,"b":"x"},{"a":2,"b":"y"}]`,
		`{"inputs":{"a":1}}`:                                                                   `[{"a":1}]`,
	} {
		list, err := ParseInvocation([]byte(body), some)
		require.NoError(t, err, body)
		assert.Equal(t, want, string(list), body)
	}
	for body, want := range map[string]string{
		`[`:                              "none of MLflow",
		`{}`:                             "holds 0 members",
		`{"a":1}`:                        "of a form that is not known",
		`{"instances":[[1,2]]}`:          "row 0 has no names",
		`{"instances":[]}`:               "there are no rows",
		`{"inputs":{}}`:                  "there are no rows",
		`{"inputs":{"a":[1],"b":[1,2]}}`: "of different lengths",
		`{"inputs":1}`:                   "the rows are no list",
		`{"instances":[{"a":1}],"params":{"x":1}}`:                 "takes no params",
		`{"instances":[{"a":1}],"inputs":[{"a":1}]}`:               "holds 2 members",
		`{"dataframe_split":{"columns":["a","a"]}}`:                "there are no rows",
		`{"dataframe_split":{"columns":["a"],"data":[[1,2]]}}`:     "row 0 of dataframe_split is of another length",
		`{"dataframe_split":{"columns":["a","a"],"data":[[1,2]]}}`: "a column stands twice",
		`{"dataframe_split":{"columns":"a"}}`:                      "cannot be read",
	} {
		_, err := ParseInvocation([]byte(body), some)
		assert.ErrorContains(t, err, want, body)
	}
}

func FuzzInfer(f *testing.F) {
	f.Add([]byte(`{"inputs":[{"name":"a","shape":[1],"datatype":"FP64","data":[1]}]}`), 0)
	body := `{"inputs":[{"name":"a","shape":[1],"datatype":"BYTES","parameters":{"binary_data_size":5}}]}`
	f.Add([]byte(body+"\x01\x00\x00\x00x"), len(body))
	f.Fuzz(func(t *testing.T, body []byte, header int) {
		in, err := ParseInfer(body, header, some)
		if err != nil {
			return
		}
		var rows []map[string]any
		if err := json.Unmarshal(in.JSON, &rows); err != nil || len(rows) != in.Rows || len(in.JSON) > some.Bytes {
			t.Fatalf("%d rows, %v: %s", in.Rows, err, in.JSON)
		}
	})
}

func FuzzInvocation(f *testing.F) {
	f.Add([]byte(`{"dataframe_split":{"columns":["a"],"data":[[NaN],["\"NaN"]]}}`))
	f.Add([]byte(`{"inputs":{"a":[[1],2]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := ParseInvocation(body, some)
		if err != nil {
			return
		}
		var rows []map[string]any
		if err := json.Unmarshal(list, &rows); err != nil || len(rows) > some.Rows {
			t.Fatalf("%d rows, %v: %s", len(rows), err, list)
		}
	})
}
