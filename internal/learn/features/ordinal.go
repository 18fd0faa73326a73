package features

import (
	"math"

	"labbook/internal/data/table"
)

// ordinal gives a category the place of its level: in the declared order if
// there is one, else in the sorted levels of training. What is ignored becomes
// missing.
type ordinal struct {
	levels
	// Native says that the place is but a code, which trees may split by sets
	// of levels.
	Native bool `json:"native,omitempty"`
}

func fitOrdinal(c *table.Column, o Column) *ordinal {
	return &ordinal{levels: fitLevels(c, o, c.Ordered), Native: o.Encode == "native" && !c.Ordered}
}

func (e *ordinal) kind() string    { return "ordinal" }
func (e *ordinal) names() []string { return []string{e.Column} }

func (e *ordinal) bind(c *table.Column) fill {
	codes := e.codes(c)
	return func(dst []float64, stride, lo, hi int) error {
		for i, at := lo, 0; i < hi; i, at = i+1, at+stride {
			code := codes(c.Codes[i])
			if code < 0 {
				var err error
				if code, err = e.resolve(code, c, i); err != nil {
					return err
				}
				if code < 0 {
					dst[at] = math.NaN()
					continue
				}
			}
			dst[at] = float64(code)
		}
		return nil
	}
}
