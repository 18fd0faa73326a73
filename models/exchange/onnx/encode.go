package onnx

import (
	"encoding/binary"
	"math"

	"labbook/internal/base/protobuf"
)

// The messages are those of onnx.proto3 (https://github.com/onnx/onnx, Apache
// License 2.0), as far as graphs of tensors need them. They are encoded field by
// field with protowire instead of by generated code, of which nothing but this
// much would be used, and whose order of bytes is not promised to stay. The field
// numbers stand here with the names that the schema gives them.

// elemType is TensorProto.DataType.
type elemType int64

// The types of values that are used.
const (
	floatType  elemType = 1
	uint8Type  elemType = 2
	int64Type  elemType = 7
	stringType elemType = 8
	boolType   elemType = 9
	doubleType elemType = 11
)

// Tensor is an encoded TensorProto without a name.
type Tensor []byte

func tensor(t elemType, dims []int, raw []byte) Tensor {
	var m protobuf.Message
	shape := make([]int64, len(dims))
	for i, d := range dims {
		shape[i] = int64(d)
	}
	m.Ints(1, shape)       // dims
	m.Present(2, int64(t)) // data_type
	if t != stringType {
		m.Bytes(9, raw) // raw_data
	}
	return Tensor(m)
}

// Doubles makes a tensor of float64; no dims make a scalar.
func Doubles(values []float64, dims ...int) Tensor {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
	}
	return tensor(doubleType, dims, raw)
}

// Floats makes a tensor of float32.
func Floats(values []float32, dims ...int) Tensor {
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	return tensor(floatType, dims, raw)
}

// Ints makes a tensor of int64.
func Ints(values []int64, dims ...int) Tensor {
	raw := make([]byte, 0, 8*len(values))
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(v))
	}
	return tensor(int64Type, dims, raw)
}

// Bytes makes a tensor of uint8.
func Bytes(values []byte, dims ...int) Tensor { return tensor(uint8Type, dims, values) }

// Bool makes a scalar.
func Bool(v bool) Tensor {
	if v {
		return tensor(boolType, nil, []byte{1})
	}
	return tensor(boolType, nil, []byte{0})
}

// Strings makes a tensor of strings.
func Strings(values []string, dims ...int) Tensor {
	m := protobuf.Message(tensor(stringType, dims, nil))
	m.Texts(6, values) // string_data
	return Tensor(m)
}

// named gives the tensor with a name, as an initializer has one.
func (t Tensor) named(name string) []byte {
	m := protobuf.Message(t[:len(t):len(t)])
	m.Text(8, name)
	return m
}

// Attr is an encoded AttributeProto.
type Attr []byte

func attribute(name string, kind int64, value func(m *protobuf.Message)) Attr {
	var m protobuf.Message
	m.Text(1, name)
	value(&m)
	m.Present(20, kind) // type
	return Attr(m)
}

// Int, Str, IntList, StrList and Of are the attributes of these types.
func Int(name string, v int64) Attr {
	return attribute(name, 2, func(m *protobuf.Message) { m.Present(3, v) })
}

// Str is documented at Int.
func Str(name, v string) Attr {
	return attribute(name, 3, func(m *protobuf.Message) { m.Bytes(4, []byte(v)) })
}

// IntList is documented at Int.
func IntList(name string, v []int64) Attr {
	return attribute(name, 7, func(m *protobuf.Message) { m.Ints(8, v) })
}

// StrList is documented at Int.
func StrList(name string, v []string) Attr {
	return attribute(name, 8, func(m *protobuf.Message) { m.Texts(9, v) })
}

// Of is documented at Int.
func Of(name string, t Tensor) Attr {
	return attribute(name, 4, func(m *protobuf.Message) { m.Bytes(5, t) })
}
