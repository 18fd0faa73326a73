// Package onnx builds graphs of tensors and writes them in the Open Neural
// Network Exchange format, ONNX: https://onnx.ai/onnx/repo-docs/IR.html. It knows
// the format and nothing of models; what operators mean is defined at
// https://onnx.ai/onnx/operators. Equal calls give equal bytes.
package onnx

import (
	"math"
	"slices"
	"strconv"

	"labbook/internal/base/protobuf"
)

// The versions of the format and of the sets of operators that graphs use:
// those of ONNX 1.16, which onnxruntime reads from 1.18 on.
const (
	IR      = 10
	Opset   = 21
	OpsetML = 5
	// OpsetMicrosoft is that of onnxruntime's own operators.
	OpsetMicrosoft = 1
)

// The domains of operators; that of the common ones is "".
const (
	ML        = "ai.onnx.ml"
	Microsoft = "com.microsoft"
)

// Value names a tensor of the graph.
type Value string

// Graph is a graph that grows. Nodes that are asked for twice are made once, and
// what no output needs is not written.
type Graph struct {
	inputs, outputs protobuf.Message // fields of a GraphProto
	steps           []step
	needed          map[Value]bool // by outputs, and in the end by all that they need
	made            map[string]Value
	taken           map[string]bool
	count           int
}

// step is a node, or a constant, which has no operator.
type step struct {
	output   Value
	domain   string
	constant bool
	in       []Value
	encoded  protobuf.Message
}

// New makes an empty graph whose inputs and outputs will have these names, which
// no other value gets.
func New(names ...string) *Graph {
	g := &Graph{needed: map[Value]bool{}, made: map[string]Value{}, taken: map[string]bool{}}
	for _, name := range names {
		g.taken[name] = true
	}
	return g
}

func (g *Graph) fresh() Value {
	for {
		g.count++
		name := "v" + strconv.Itoa(g.count)
		if !g.taken[name] {
			return Value(name)
		}
	}
}

// Type is what a value holds, and its number of columns; rows are any.
type Type struct {
	elem elemType
	cols int
}

// NumberColumns, StringColumns and Labels are the types of inputs and outputs:
// N x cols, or N.
func NumberColumns(cols int) Type { return Type{doubleType, cols} }

// StringColumns is documented at NumberColumns.
func StringColumns(cols int) Type { return Type{stringType, cols} }

// Labels is documented at NumberColumns.
func Labels() Type { return Type{stringType, 0} }

// valueInfo encodes a ValueInfoProto.
func valueInfo(name, doc string, t Type) []byte {
	var dims protobuf.Message
	dim := func(field func(m *protobuf.Message)) {
		var m protobuf.Message
		field(&m)
		dims.Bytes(1, m)
	}
	dim(func(m *protobuf.Message) { m.Text(2, "rows") })
	if t.cols > 0 {
		dim(func(m *protobuf.Message) { m.Present(1, int64(t.cols)) })
	}
	var tensorType, typeProto, info protobuf.Message
	tensorType.Present(1, int64(t.elem))
	tensorType.Bytes(2, dims)
	typeProto.Bytes(1, tensorType)
	info.Text(1, name)
	info.Bytes(2, typeProto)
	info.Text(3, doc)
	return info
}

// Input adds an input.
func (g *Graph) Input(name, doc string, t Type) Value {
	g.inputs.Bytes(11, valueInfo(name, doc, t))
	return Value(name)
}

// Output makes v an output of that name.
func (g *Graph) Output(name, doc string, t Type, v Value) {
	g.node(name, "", "Identity", nil, []Value{v})
	g.outputs.Bytes(12, valueInfo(name, doc, t))
	g.needed[Value(name)] = true
}

// Const adds a constant.
func (g *Graph) Const(t Tensor) Value {
	v, known := g.again(string(t))
	if !known {
		g.steps = append(g.steps, step{output: v, constant: true, encoded: t.named(string(v))})
	}
	return v
}

// again gives the value that was made by this key, or a fresh one, which it keeps
// in mind unless the key is too large to be worth it.
func (g *Graph) again(key string) (v Value, known bool) {
	if v, known = g.made[key]; known {
		return v, true
	}
	v = g.fresh()
	if len(key) < 1<<16 {
		g.made[key] = v
	}
	return v, false
}

// Number is a scalar constant.
func (g *Graph) Number(v float64) Value { return g.Const(Doubles([]float64{v})) }

// NaN is the scalar that is no number.
func (g *Graph) NaN() Value { return g.Number(math.NaN()) }

// Axis is the constant list of one axis.
func (g *Graph) Axis(axis int64) Value { return g.Const(Ints([]int64{axis}, 1)) }

// Op adds a node of the common operators with one output.
func (g *Graph) Op(op string, in ...Value) Value { return g.OpIn("", op, nil, in...) }

// OpIn adds a node of a domain's operators, with attributes.
func (g *Graph) OpIn(domain, op string, attrs []Attr, in ...Value) Value {
	key := domain + "\x00" + op
	for _, a := range attrs {
		key += "\x00" + string(a)
	}
	for _, v := range in {
		key += "\x01" + string(v)
	}
	v, known := g.again(key)
	if !known {
		g.node(string(v), domain, op, attrs, in)
	}
	return v
}

func (g *Graph) node(output, domain, op string, attrs []Attr, in []Value) {
	var m protobuf.Message
	for _, v := range in {
		m.Bytes(1, []byte(v))
	}
	m.Text(2, output)
	m.Text(4, op)
	for _, a := range attrs {
		m.Bytes(5, a)
	}
	m.Text(7, domain)
	g.steps = append(g.steps, step{Value(output), domain, false, in, m})
}

// gather gives the nodes and the constants that outputs need, as fields of a
// GraphProto, and the domains of their operators.
func (g *Graph) gather() (nodes, constants protobuf.Message, domains map[string]bool) {
	for _, s := range slices.Backward(g.steps) {
		for _, v := range s.in {
			g.needed[v] = g.needed[v] || g.needed[s.output]
		}
	}
	domains = map[string]bool{}
	for _, s := range g.steps {
		switch {
		case !g.needed[s.output]:
		case s.constant:
			constants.Bytes(5, s.encoded)
		default:
			nodes.Bytes(1, s.encoded)
			domains[s.domain] = true
		}
	}
	return nodes, constants, domains
}

// Cast gives v as doubles.
func (g *Graph) Cast(v Value) Value {
	return g.OpIn("", "Cast", []Attr{Int("to", int64(doubleType))}, v)
}

// CastInt gives v as int64.
func (g *Graph) CastInt(v Value) Value {
	return g.OpIn("", "Cast", []Attr{Int("to", int64(int64Type))}, v)
}

// Concat puts columns side by side.
func (g *Graph) Concat(columns []Value) Value {
	if len(columns) == 1 {
		return columns[0]
	}
	return g.OpIn("", "Concat", []Attr{Int("axis", 1)}, columns...)
}

// Reduce folds the columns of each row into one by an operator such as ReduceSum.
func (g *Graph) Reduce(op string, v Value) Value { return g.Op(op, v, g.Axis(1)) }

// Property is a line of a model's metadata.
type Property struct{ Key, Value string }

// About is what a file says beside its graph.
type About struct {
	Name       string // of the graph
	Doc        string
	Version    int64
	Properties []Property
}

// limit is how large a protobuf message may be: 2 GB.
const limit = math.MaxInt32

// Encode gives the file, or ok false where it would be larger than the format
// allows.
func (g *Graph) Encode(about About) (data []byte, ok bool) {
	graph, constants, domains := g.gather()
	if len(graph)+len(constants)+len(g.inputs) > limit-1<<20 {
		return nil, false
	}
	graph.Text(2, about.Name)
	graph = append(graph, constants...)
	graph = append(graph, g.inputs...)
	graph = append(graph, g.outputs...)
	var m protobuf.Message
	m.Present(1, IR)
	m.Text(2, "labbook") // producer_name
	m.Present(5, about.Version)
	m.Text(6, about.Doc)
	m.Bytes(7, graph)
	for _, set := range []struct {
		domain  string
		version int64
	}{{"", Opset}, {ML, OpsetML}, {Microsoft, OpsetMicrosoft}} {
		if !domains[set.domain] {
			continue
		}
		var s protobuf.Message
		s.Text(1, set.domain)
		s.Present(2, set.version)
		m.Bytes(8, s)
	}
	for _, p := range about.Properties {
		var s protobuf.Message
		s.Text(1, p.Key)
		s.Text(2, p.Value)
		m.Bytes(14, s)
	}
	return m, true
}
