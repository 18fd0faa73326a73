package features

import "labbook/internal/data/table"

// onehot gives a category a 0/1 column per level, but for the first if
// DropFirst. A level that is ignored has 0 in all of them.
type onehot struct {
	levels
	DropFirst bool `json:"drop_first"`
	// Missed says that training had missing values, and these are to have a
	// column of their own.
	Missed bool `json:"missed,omitempty"`
}

func fitOnehot(c *table.Column, o Column, dropFirst bool) *onehot {
	e := &onehot{levels: fitLevels(c, o, false), DropFirst: dropFirst}
	if o.Missing == "level" {
		for _, code := range c.Codes {
			e.Missed = e.Missed || code < 0
		}
	}
	return e
}

func (e *onehot) kind() string { return "onehot" }

func (e *onehot) names() []string {
	var names []string
	for _, level := range e.Levels[min(e.first(), len(e.Levels)):] {
		names = append(names, e.Column+"="+level)
	}
	if e.Missed {
		names = append(names, e.Column+" missing")
	}
	return names
}

// first is the first level that has a column.
func (e *onehot) first() int {
	if e.DropFirst {
		return 1
	}
	return 0
}

func (e *onehot) bind(c *table.Column) fill {
	first, width := e.first(), len(e.names())
	codes := e.codes(c)
	return func(dst []float64, stride, lo, hi int) error {
		for i, at := lo, 0; i < hi; i, at = i+1, at+stride {
			code := codes(c.Codes[i])
			if code < 0 {
				var err error
				if code, err = e.resolve(code, c, i); err != nil {
					return err
				}
				if code == codeMissing && e.Missed {
					code = len(e.Levels)
				}
			}
			clear(dst[at : at+width])
			if code >= first {
				dst[at+code-first] = 1
			}
		}
		return nil
	}
}
