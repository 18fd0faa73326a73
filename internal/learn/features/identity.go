package features

import (
	"slices"

	"labbook/internal/data/metrics"
	"labbook/internal/data/table"
)

// Identity gives the features of a model whose matrix is made elsewhere: a
// column of numbers for each name, passed on as it is, missing values included.
// The names must be distinct. With classes it is a classification, else a
// regression.
func Identity(names []string, target table.Field, classes []string) *Features {
	f := &Features{Task: metrics.Regression, Target: target, Classes: slices.Clone(classes)}
	if classes != nil {
		f.Task = metrics.Classification
	}
	for _, name := range names {
		f.Inputs = append(f.Inputs, table.Field{Name: name, Type: table.Number, Missing: true})
		f.encoders = append(f.encoders, &number{Column: name})
	}
	f.seal()
	return f
}

// IsIdentity says whether the matrix is the inputs as they are.
func (f *Features) IsIdentity() bool {
	if len(f.encoders) != len(f.Inputs) {
		return false
	}
	for i, e := range f.encoders {
		if n, ok := e.(*number); !ok || *n != (number{Column: f.Inputs[i].Name}) {
			return false
		}
	}
	return true
}
