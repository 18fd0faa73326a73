package estimator

import (
	"fmt"
	"math"
	"slices"

	"labbook/internal/diag"
	"labbook/internal/matrix"
)

// Check says, as a *diag.Error, what keeps the estimator from learning from
// data: the task, the form of the matrix, no rows, or values that it cannot
// take. Whoever calls Fit calls it first, once for all fits of the same data.
func (s *Spec) Check(data *Data) error {
	if !slices.Contains(s.Tasks, data.Task()) {
		return &diag.Error{
			What: fmt.Sprintf("the %s model does no %s", s.Name, data.Task()),
			Hint: "choose another model, or set task: in the features stage",
		}
	}
	if len(data.Y) == 0 {
		return diag.New("there are no rows to learn from", "look at what keep and split leave")
	}
	if data.X.Sparse != nil && !s.Sparse {
		return &diag.Error{What: fmt.Sprintf("the %s model does not learn from sparse features such as text", s.Name),
			Hint: "choose another model, or leave the text out in the features stage"}
	}
	if i := slices.IndexFunc(data.Y, func(y float64) bool { return math.IsNaN(y) || math.IsInf(y, 0) }); i >= 0 {
		return &diag.Error{What: fmt.Sprintf("row %d of the training part has no usable target", i+1),
			Found: fmt.Sprint(data.Y[i]), Wanted: "a finite number", Hint: "drop such rows at load with keep"}
	}
	return s.CheckMatrix(data.X)
}

// CheckMatrix says which value of x the estimator cannot take: an infinite one,
// or a missing one unless it has a use for that.
func (s *Spec) CheckMatrix(x *matrix.Matrix) error {
	values := x.Dense
	if x.Sparse != nil {
		values = x.Sparse.Data
	}
	at := slices.IndexFunc(values, func(v float64) bool {
		return v-v != 0 && (!s.Missing || !math.IsNaN(v)) // v-v is 0 of finite values only
	})
	if at < 0 {
		return nil
	}
	row, column := place(x, at)
	found, problem := fmt.Sprint(values[at]), "cannot be used"
	if math.IsNaN(values[at]) {
		found, problem = "nothing", "is missing"
	}
	return &diag.Error{
		What:   fmt.Sprintf("row %d: %s %s, and the %s model needs a number there", row+1, x.Names[column], problem, s.Name),
		Found:  found,
		Wanted: "a finite number",
		Hint:   "give the value, or declare numbers: {impute: median} in the features stage",
	}
}

// place gives the row and column of the value at an index of what is stored.
func place(x *matrix.Matrix, at int) (row, column int) {
	if x.Sparse == nil {
		return at / x.Cols, at % x.Cols
	}
	row, exact := slices.BinarySearch(x.Sparse.Indptr, at)
	if !exact {
		return row - 1, int(x.Sparse.Indices[at])
	}
	// Empty rows share their beginning with the one that has the value.
	for x.Sparse.Indptr[row+1] == at {
		row++
	}
	return row, int(x.Sparse.Indices[at])
}
