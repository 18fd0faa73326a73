package evaluation

import (
	"fmt"

	"labbook/internal/data/metrics"
)

// SetCoverage says how sets of classes did.
type SetCoverage struct {
	// Single is the share of rows whose set is one class alone, and Right the share
	// of these whose class that is; 0 where there are none.
	Single float64 `json:"single"`
	Right  float64 `json:"right"`
	// Classes say how the rows of each class did: a promise to all is none to each.
	Classes []ClassCoverage `json:"classes"`
}

// ClassCoverage is of the rows of a class.
type ClassCoverage struct {
	Class string  `json:"class"`
	Rows  int     `json:"rows"`
	Share float64 `json:"share"` // of them, whose set holds it
	Size  float64 `json:"size"`  // mean number of classes in their sets
}

// coverSets measures sets: in says of each row and class whether it is in.
func coverSets(level float64, s *metrics.Sample, in []bool, units *metrics.Units) *Coverage {
	k, n := len(s.Classes), s.Rows()
	held, sizes := make([]bool, n), make([]float64, n)
	sets := &SetCoverage{Classes: make([]ClassCoverage, k)}
	single, right := 0, 0
	for i, y := range s.Actual {
		for _, is := range in[i*k : (i+1)*k] {
			sizes[i] += float64(bit(is))
		}
		held[i] = in[i*k+int(y)]
		if sizes[i] == 1 {
			single, right = single+1, right+bit(held[i])
		}
		c := &sets.Classes[int(y)]
		c.Rows, c.Share, c.Size = c.Rows+1, c.Share+float64(bit(held[i])), c.Size+sizes[i]
	}
	for i := range sets.Classes {
		c := &sets.Classes[i]
		c.Class = s.Classes[i]
		if c.Rows > 0 {
			c.Share, c.Size = c.Share/float64(c.Rows), c.Size/float64(c.Rows)
		}
	}
	sets.Single = float64(single) / float64(n)
	if single > 0 {
		sets.Right = float64(right) / float64(single)
	}
	c := coverage(level, held, sizes, units)
	c.Sets = sets
	return c
}

// ofSets says in a sentence how sets did.
func (c *Coverage) ofSets(stage string) string {
	text := fmt.Sprintf("the %g %% sets of %s hold the class of %.1f %% of the test rows, with %.3g classes on average; %.1f %% are one class alone, and %.1f %% of these right",
		100*c.Level, stage, 100*c.Share, c.Mean, 100*c.Sets.Single, 100*c.Sets.Right)
	if !c.kept() {
		text += ": fewer than they should, so that the test rows are unlike those of training, or the fit is unstable"
	}
	return text
}
