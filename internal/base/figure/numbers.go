package figure

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
)

// Numbers are numbers as they are, in JSON with all digits that tell them
// apart. What is no number, or infinite, is null and comes back as NaN.
type Numbers []float64

// MarshalJSON is the method of json.Marshaler.
func (n Numbers) MarshalJSON() ([]byte, error) {
	out := make([]byte, 0, 8*len(n)+2)
	out = append(out, '[')
	for i, v := range n {
		if i > 0 {
			out = append(out, ',')
		}
		switch size := math.Abs(v); {
		case math.IsNaN(v) || math.IsInf(v, 0):
			out = append(out, "null"...)
		case size >= 1e15 || size != 0 && size < 1e-6:
			out = strconv.AppendFloat(out, v, 'e', -1, 64)
		default:
			out = strconv.AppendFloat(out, v, 'f', -1, 64)
		}
	}
	return append(out, ']'), nil
}

// UnmarshalJSON is the method of json.Unmarshaler.
func (n *Numbers) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*n = nil
		return nil
	}
	var values []*float64
	if err := json.Unmarshal(data, &values); err != nil {
		return err
	}
	*n = make(Numbers, len(values))
	for i, v := range values {
		(*n)[i] = math.NaN()
		if v != nil {
			(*n)[i] = *v
		}
	}
	return nil
}
