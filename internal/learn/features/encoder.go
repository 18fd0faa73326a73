package features

import (
	"encoding/json"
	"fmt"

	"labbook/internal/data/matrix"
	"labbook/internal/data/table"
)

// An encoder turns one column of a table into columns of the matrix. It is
// fitted once and immutable after; its exported fields are its JSON form. It
// implements dense or sparse besides.
//
// To add one: a file with its struct, and a line in newEncoder and in
// Fit's choice.
type encoder interface {
	// kind is its name in newEncoder.
	kind() string
	// source names the column that it reads, and reads gives that one's type.
	source() string
	reads() table.Type
	// names gives a name per column that it makes.
	names() []string
	// describe says in a few words what becomes of the column.
	describe() string
	// valid says what is wrong with a decoded encoder, or nil.
	valid() error
}

// dense is an encoder whose columns hold a number in nearly every row.
type dense interface {
	encoder
	// bind prepares to encode the rows of c, whose type is the source's.
	bind(c *table.Column) fill
}

// fill encodes rows lo to hi: the values of row lo go to the beginning of dst,
// those of each further row stride later.
type fill func(dst []float64, stride, lo, hi int) error

// sparse is an encoder with many columns that are mostly zero, such as a
// vocabulary's. One of them makes the whole matrix sparse.
type sparse interface {
	encoder
	// encode gives all rows of c; its columns count from 0. The result does
	// not depend on cores.
	encode(c *table.Column, cores int) (*matrix.CSR, error)
}

// newEncoder gives an empty encoder of that kind to decode into, or nil.
func newEncoder(kind string) encoder {
	switch kind {
	case "number":
		return new(number)
	case "onehot":
		return new(onehot)
	case "ordinal":
		return new(ordinal)
	case "date":
		return new(date)
	case "curve":
		return new(curve)
	case "ranks":
		return new(ranks)
	case "missing":
		return new(missing)
	case "target":
		return new(targetMean)
	case "terms":
		return new(terms)
	}
	return nil
}

// tagged is an encoder with its kind, as JSON has it.
type tagged struct {
	Kind    string          `json:"kind"`
	Encoder json.RawMessage `json:"encoder"`
}

func encodeEncoder(e encoder) (tagged, error) {
	data, err := json.Marshal(e)
	return tagged{e.kind(), data}, err
}

func decodeEncoder(t tagged) (encoder, error) {
	e := newEncoder(t.Kind)
	if e == nil {
		return nil, fmt.Errorf("no encoder is called %q", t.Kind)
	}
	if err := json.Unmarshal(t.Encoder, e); err != nil {
		return nil, fmt.Errorf("encoder %s: %w", t.Kind, err)
	}
	if err := e.valid(); err != nil {
		return nil, fmt.Errorf("encoder %s of column %q: %w", t.Kind, e.source(), err)
	}
	return e, nil
}
