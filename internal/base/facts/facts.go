// Package facts is how stages leave numbers for whoever reads their JSON: those
// that JSON does not know included.
package facts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
)

// Number is a float64 whose JSON is null when it is not defined, and "Infinity"
// or "-Infinity" beyond all numbers.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	switch v := float64(n); {
	case math.IsNaN(v):
		return []byte("null"), nil
	case math.IsInf(v, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Infinity"`), nil
	default:
		return json.Marshal(v)
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (n *Number) UnmarshalJSON(data []byte) error {
	switch string(data) {
	case "null":
		*n = Number(math.NaN())
	case `"Infinity"`:
		*n = Number(math.Inf(1))
	case `"-Infinity"`:
		*n = Number(math.Inf(-1))
	default:
		var v float64
		if err := json.Unmarshal(data, &v); err != nil {
			return fmt.Errorf("%s is no number", data)
		}
		*n = Number(v)
	}
	return nil
}

// Numbers gives values as Numbers, and Values gives them back.
func Numbers(values []float64) []Number { return convert[Number](values) }

// Values is the inverse of Numbers.
func Values(numbers []Number) []float64 { return convert[float64](numbers) }

func convert[To, From Number | float64](from []From) []To {
	if from == nil {
		return nil
	}
	to := make([]To, len(from))
	for i, v := range from {
		to[i] = To(v)
	}
	return to
}

// Encode gives the bytes of a file of facts: JSON that a person can read.
func Encode(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err := enc.Encode(v)
	return b.Bytes(), err
}
