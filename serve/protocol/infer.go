// Package protocol reads and writes what clients of other servers send: the Open
// Inference Protocol version 2, which KServe, Triton and others speak, and
// MLflow's scoring protocol. It makes rows of their requests, as a list of
// objects in JSON, which is read as any other is, and knows no server.
package protocol

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"labbook/internal/base/diag"
	"labbook/internal/data/jsonrow"
)

// Infer is a request of the Open Inference Protocol
// (https://github.com/open-inference/open-inference-protocol, REST), with the
// binary extension of Triton for what is sent.
type Infer struct {
	ID      string
	Rows    int
	JSON    []byte   // the rows, a list of objects
	Outputs []string // those asked for; none: all
}

// tensor is a named one of a request.
type tensor struct {
	Name       string           `json:"name"`
	Shape      []int            `json:"shape"`
	Datatype   string           `json:"datatype"`
	Data       *json.RawMessage `json:"data"`
	Parameters struct {
		Size *int `json:"binary_data_size"`
	} `json:"parameters"`
}

// limits of names and ids, which come back in answers.
const longest = 200

// Most bounds what a request may stand for.
type Most struct {
	Rows  int
	Bytes int // of the rows as a list of objects
}

// ParseInfer reads a request. Each tensor is a field: of
// shape [n] or [n, 1], the same n for all. header is how many bytes of the body
// are JSON, and what follows is of tensors that say how many bytes they have; 0
// means all of it. What does not fit is a *diag.Error.
func ParseInfer(body []byte, header int, most Most) (*Infer, error) {
	if header < 0 || header > len(body) {
		return nil, &diag.Error{What: "Inference-Header-Content-Length is not the length of the JSON", Found: strconv.Itoa(header), Wanted: fmt.Sprintf("at most %d", len(body))}
	}
	rest := []byte(nil)
	if header > 0 {
		body, rest = body[:header], body[header:]
	}
	var asked struct {
		ID      string   `json:"id"`
		Inputs  []tensor `json:"inputs"`
		Outputs []struct {
			Name string `json:"name"`
		} `json:"outputs"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, diag.New("the request is none of the Open Inference Protocol: "+err.Error(), `send {"inputs": [{"name": …, "shape": [1], "datatype": "FP64", "data": [1.5]}]}`)
	}
	if len(asked.ID) > longest {
		return nil, diag.New("the id is longer than 200 characters", "")
	}
	if len(asked.Inputs) == 0 {
		return nil, diag.New("there are no inputs", "send a tensor for each field of the model")
	}
	in := &Infer{ID: asked.ID, Rows: -1}
	for _, o := range asked.Outputs {
		in.Outputs = append(in.Outputs, o.Name)
	}
	columns, names := make([][]json.RawMessage, len(asked.Inputs)), make([]string, len(asked.Inputs))
	for i := range asked.Inputs {
		t := &asked.Inputs[i]
		if len(t.Name) > longest || slices.Contains(names[:i], t.Name) {
			return nil, &diag.Error{What: "an input's name is too long, or stands twice", Found: strconv.Quote(cut(t.Name))}
		}
		n, err := t.rows()
		switch {
		case err != nil:
			return nil, err
		case in.Rows >= 0 && n != in.Rows:
			return nil, &diag.Error{What: "inputs are of different lengths", Found: fmt.Sprintf("%d and %d", in.Rows, n), Wanted: "a value of each for every row"}
		case n > most.Rows:
			return nil, &diag.Error{What: "too many rows", Found: strconv.Itoa(n), Wanted: fmt.Sprintf("at most %d", most.Rows)}
		}
		in.Rows, names[i] = n, t.Name
		if columns[i], rest, err = t.values(n, rest); err != nil {
			return nil, err
		}
	}
	if len(rest) > 0 {
		return nil, diag.New(fmt.Sprintf("%d bytes follow that are of no input", len(rest)), "")
	}
	var err error
	in.JSON, err = rowsOf(names, columns, in.Rows, most)
	return in, err
}

func cut(text string) string { return text[:min(len(text), longest)] }

// rows gives how many rows a tensor has.
func (t *tensor) rows() (int, error) {
	if len(t.Shape) == 1 || len(t.Shape) == 2 && t.Shape[1] == 1 {
		if t.Shape[0] > 0 {
			return t.Shape[0], nil
		}
	}
	return 0, &diag.Error{What: "input " + strconv.Quote(cut(t.Name)) + " has another shape than one field", Found: fmt.Sprint(t.Shape[:min(len(t.Shape), 8)]), Wanted: "[n] or [n, 1], n above 0", Hint: "send each field as a tensor of its own"}
}

// values gives a tensor's values as JSON, and what follows of binary data.
func (t *tensor) values(n int, rest []byte) ([]json.RawMessage, []byte, error) {
	wrong := func(what, found, wanted string) error {
		return &diag.Error{What: "input " + strconv.Quote(cut(t.Name)) + ": " + what, Found: cut(found), Wanted: wanted}
	}
	kind, ok := datatypes[t.Datatype]
	if !ok {
		return nil, nil, wrong("there is no such datatype", strconv.Quote(t.Datatype), "BOOL, INT8 to INT64, UINT8 to UINT64, FP32, FP64 or BYTES")
	}
	if size := t.Parameters.Size; size != nil {
		if *size < 0 || *size > len(rest) {
			return nil, nil, wrong("binary_data_size is more than follows the JSON", strconv.Itoa(*size), fmt.Sprintf("at most %d", len(rest)))
		}
		values, err := kind.unpack(rest[:*size], n)
		if err != nil {
			return nil, nil, wrong(err.Error(), strconv.Itoa(*size)+" bytes", fmt.Sprintf("%d values of %s", n, t.Datatype))
		}
		return values, rest[*size:], nil
	}
	if t.Data == nil {
		return nil, nil, wrong("there is no data", "none", "data, or binary data behind the JSON")
	}
	values, err := flatten(nil, *t.Data, 0, n)
	if err != nil {
		return nil, nil, wrong(err.Error(), "", "")
	}
	if len(values) != n {
		return nil, nil, wrong("the data are not as many as the shape says", strconv.Itoa(len(values)), strconv.Itoa(n))
	}
	for i, v := range values {
		if !bytes.Equal(v, null) && !kind.holds(v[0]) {
			return nil, nil, wrong(fmt.Sprintf("value %d is none of %s", i, t.Datatype), string(v), "")
		}
	}
	return values, rest, nil
}

var null = json.RawMessage("null")

// flatten appends what a list holds, and what lists in it hold, and stops beyond
// most.
func flatten(to []json.RawMessage, data json.RawMessage, depth, most int) ([]json.RawMessage, error) {
	var list []json.RawMessage
	if depth > 2 || json.Unmarshal(data, &list) != nil {
		return nil, fmt.Errorf("the data are no list")
	}
	for _, v := range list {
		if len(to) > most {
			break
		}
		if v[0] != '[' {
			to = append(to, v)
			continue
		}
		var err error
		if to, err = flatten(to, v, depth+1, most); err != nil {
			return nil, err
		}
	}
	return to, nil
}

// datatype is one of the protocol.
type datatype struct {
	size   int // bytes of a value; 0: a length of four bytes, and so many
	decode func([]byte) json.RawMessage
	first  string // what values in JSON begin with
}

var datatypes = map[string]datatype{
	"BOOL": {1, func(b []byte) json.RawMessage { return strconv.AppendBool(nil, b[0] != 0) }, "tf"},
	"INT8": integer(1, func(b []byte) int64 { return int64(int8(b[0])) }), "UINT8": integer(1, func(b []byte) int64 { return int64(b[0]) }),
	"INT16": integer(2, func(b []byte) int64 { return int64(int16(binary.LittleEndian.Uint16(b))) }), "UINT16": integer(2, func(b []byte) int64 { return int64(binary.LittleEndian.Uint16(b)) }),
	"INT32": integer(4, func(b []byte) int64 { return int64(int32(binary.LittleEndian.Uint32(b))) }), "UINT32": integer(4, func(b []byte) int64 { return int64(binary.LittleEndian.Uint32(b)) }),
	"INT64":  integer(8, func(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) }),
	"UINT64": {8, func(b []byte) json.RawMessage { return strconv.AppendUint(nil, binary.LittleEndian.Uint64(b), 10) }, numbers},
	"FP32": {4, func(b []byte) json.RawMessage {
		return float(float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), 32)
	}, numbers},
	"FP64": {8, func(b []byte) json.RawMessage { return float(math.Float64frombits(binary.LittleEndian.Uint64(b)), 64) }, numbers},
	"BYTES": {0, func(b []byte) json.RawMessage {
		return jsonrow.AppendString(nil, string(bytes.ToValidUTF8(b, []byte("\ufffd"))))
	}, `"`},
}

const numbers = "-0123456789"

func integer(size int, read func([]byte) int64) datatype {
	return datatype{size, func(b []byte) json.RawMessage { return strconv.AppendInt(nil, read(b), 10) }, numbers}
}

// float writes a number; one that is none is missing, as in tables, and infinity
// is a text, which no number is.
func float(v float64, bits int) json.RawMessage {
	switch {
	case math.IsNaN(v):
		return null
	case math.IsInf(v, 0):
		return json.RawMessage(`"infinity"`)
	}
	return strconv.AppendFloat(nil, v, 'g', -1, bits)
}

// holds says whether a value in JSON that begins so is of the datatype.
func (d *datatype) holds(first byte) bool { return bytes.IndexByte([]byte(d.first), first) >= 0 }

// unpack reads n values, little-endian, which are all of data.
func (d *datatype) unpack(data []byte, n int) ([]json.RawMessage, error) {
	if least := max(d.size, 1) * n; d.size > 0 && len(data) != least || d.size == 0 && len(data) < 4*n {
		return nil, fmt.Errorf("the binary data are of another length")
	}
	values := make([]json.RawMessage, 0, n)
	for range n {
		size := d.size
		if size == 0 {
			if len(data) < 4 {
				return nil, fmt.Errorf("the binary data end early")
			}
			length := binary.LittleEndian.Uint32(data)
			if data = data[4:]; uint64(length) > uint64(len(data)) {
				return nil, fmt.Errorf("the binary data end early")
			}
			size = int(length)
		}
		values, data = append(values, d.decode(data[:size])), data[size:]
	}
	if len(data) > 0 {
		return nil, fmt.Errorf("the binary data are of another length")
	}
	return values, nil
}

// rowsOf writes columns as a list of objects, unless that were too long.
func rowsOf(names []string, columns [][]json.RawMessage, n int, most Most) ([]byte, error) {
	heads, size := make([][]byte, len(names)), 2
	for j, name := range names {
		heads[j] = append(jsonrow.AppendString(nil, name), ':')
		size += n * (len(heads[j]) + 1)
		for _, v := range columns[j] {
			size += len(v)
		}
	}
	if size += 2 * n; size > most.Bytes {
		return nil, &diag.Error{What: "the rows are too large, each with the names of its fields", Found: fmt.Sprintf("%d bytes", size), Wanted: fmt.Sprintf("at most %d", most.Bytes), Hint: "send them in parts"}
	}
	b := append(make([]byte, 0, size), '[')
	for i := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		for j := range columns {
			if j > 0 {
				b = append(b, ',')
			}
			b = append(append(b, heads[j]...), columns[j][i]...)
		}
		b = append(b, '}')
	}
	return append(b, ']'), nil
}

// Output is a tensor of an answer.
type Output struct {
	Name       string         `json:"name"`
	Shape      []int          `json:"shape"`
	Datatype   string         `json:"datatype"`
	Parameters map[string]any `json:"parameters,omitempty"`
	Data       any            `json:"data"`
}

// Inferred is the answer of the protocol.
type Inferred struct {
	Model      string         `json:"model_name"`
	Version    string         `json:"model_version"`
	ID         string         `json:"id,omitempty"`
	Parameters map[string]any `json:"parameters,omitempty"`
	Outputs    []Output       `json:"outputs"`
}

// Tensor is what is told of an input or output of a model.
type Tensor struct {
	Name     string `json:"name"`
	Datatype string `json:"datatype"`
	Shape    []int  `json:"shape"` // -1 is any number
}

// Metadata is what is told of a model.
type Metadata struct {
	Name     string   `json:"name"`
	Versions []string `json:"versions"`
	Platform string   `json:"platform"`
	Inputs   []Tensor `json:"inputs"`
	Outputs  []Tensor `json:"outputs"`
}

// Error is how the protocol tells of errors.
type Error struct {
	Error string `json:"error"`
}

// Choose gives those of outputs that are asked for, in that order; all where none
// are named. One that there is not is a *diag.Error.
func Choose(outputs []Output, names []string) ([]Output, error) {
	if len(names) == 0 {
		return outputs, nil
	}
	known := make([]string, len(outputs))
	for i := range outputs {
		known[i] = outputs[i].Name
	}
	var chosen []Output
	for _, name := range names {
		i := slices.Index(known, name)
		if i < 0 {
			return nil, &diag.Error{What: "there is no such output", Found: strconv.Quote(cut(name)), Wanted: diag.Names(known)}
		}
		chosen = append(chosen, outputs[i])
	}
	return chosen, nil
}
