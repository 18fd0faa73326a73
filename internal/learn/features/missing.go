package features

import "labbook/internal/data/table"

// missing is 1 where a number is missing and 0 where it is not, for models that
// are given something in its place.
type missing struct {
	Column string `json:"column"`
}

// fitMissing gives nil for a column that lacks nothing.
func fitMissing(c *table.Column) *missing {
	for i := range c.Len() {
		if c.IsMissing(i) {
			return &missing{c.Name}
		}
	}
	return nil
}

func (e *missing) kind() string      { return "missing" }
func (e *missing) source() string    { return e.Column }
func (e *missing) reads() table.Type { return table.Number }
func (e *missing) names() []string   { return []string{e.Column + " missing"} }
func (e *missing) describe() string  { return "1 where it is missing, else 0" }
func (e *missing) valid() error      { return nil }

func (e *missing) bind(c *table.Column) fill {
	return func(dst []float64, stride, lo, hi int) error {
		for i, at := lo, 0; i < hi; i, at = i+1, at+stride {
			dst[at] = 0
			if c.IsMissing(i) {
				dst[at] = 1
			}
		}
		return nil
	}
}
