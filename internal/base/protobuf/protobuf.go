// Package protobuf writes and reads protobuf messages field by field, by their
// numbers, without generated code: of large schemas of which little is used, whose
// code would have to be registered as the program starts.
package protobuf

import (
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// Message is an encoded message. Its fields are appended in the order of the calls;
// what is the default in the schema is not written.
type Message []byte

// Bytes writes bytes, or a message within.
func (m *Message) Bytes(field protowire.Number, b []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), b)
}

// Text writes a text.
func (m *Message) Text(field protowire.Number, s string) {
	if s != "" {
		m.Bytes(field, []byte(s))
	}
}

// Texts writes a repeated text; empty ones too.
func (m *Message) Texts(field protowire.Number, all []string) {
	for _, s := range all {
		m.Bytes(field, []byte(s))
	}
}

// Int writes a whole number, an enum or a truth.
func (m *Message) Int(field protowire.Number, v int64) {
	if v != 0 {
		m.Present(field, v)
	}
}

// Present writes a whole number also where it is 0, for schemas in which that is not
// the same as none.
func (m *Message) Present(field protowire.Number, v int64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), uint64(v))
}

// Ints writes a repeated whole number in its packed form.
func (m *Message) Ints(field protowire.Number, all []int64) {
	if len(all) == 0 {
		return
	}
	var packed []byte
	for _, v := range all {
		packed = protowire.AppendVarint(packed, uint64(v))
	}
	m.Bytes(field, packed)
}

// Double writes a floating-point number.
func (m *Message) Double(field protowire.Number, bits uint64) {
	*m = protowire.AppendFixed64(protowire.AppendTag(*m, field, protowire.Fixed64Type), bits)
}

// Duration writes a google.protobuf.Duration.
func (m *Message) Duration(field protowire.Number, d time.Duration) {
	var in Message
	in.Int(1, int64(d/time.Second))
	in.Int(2, int64(d%time.Second))
	m.Bytes(field, in)
}

// Field is a field of a message that is read: a number, or bytes.
type Field struct {
	Number protowire.Number
	Int    int64
	Bytes  []byte // part of the message
}

// Fields reads a message, as far as it reads: one that is broken ends early.
func Fields(b []byte) func(yield func(Field) bool) {
	return func(yield func(Field) bool) {
		for len(b) > 0 {
			number, kind, n := protowire.ConsumeTag(b)
			if n < 0 {
				return
			}
			f := Field{Number: number}
			value := b[n:]
			switch kind {
			case protowire.VarintType:
				v, m := protowire.ConsumeVarint(value)
				f.Int, n = int64(v), m
			case protowire.BytesType:
				f.Bytes, n = protowire.ConsumeBytes(value)
			default:
				n = protowire.ConsumeFieldValue(number, kind, value)
			}
			if n < 0 || !yield(f) {
				return
			}
			b = value[n:]
		}
	}
}

// Get gives the last field of a number at the end of a path of messages, each within
// the one before; its zero value where there is none.
func Get(b []byte, path ...protowire.Number) (found Field) {
	for i, number := range path {
		found = Field{}
		for f := range Fields(b) {
			if f.Number == number {
				found = f
			}
		}
		if b = found.Bytes; b == nil && i < len(path)-1 {
			return Field{}
		}
	}
	return found
}

// Time reads a google.protobuf.Timestamp; the zero time of none.
func (f Field) Time() time.Time {
	if len(f.Bytes) == 0 {
		return time.Time{}
	}
	return time.Unix(Get(f.Bytes, 1).Int, Get(f.Bytes, 2).Int)
}
