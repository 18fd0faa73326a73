package estimator

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
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
	if data.X.Views != nil && s.Views == nil {
		return &diag.Error{What: fmt.Sprintf("the %s model reads one matrix, and the features have views", s.Name), Found: "the views " + strings.Join(viewNames(data.X), ", "),
			Wanted: "features without views", Hint: "leave views out, or train an ensemble whose members read them, as in of: [{model: " + s.Name + ", view: " + data.X.Views[0].Name + "}]"}
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
	for _, v := range x.Views {
		if err := s.CheckMatrix(v.Matrix); err != nil {
			return err
		}
	}
	if x.Views != nil {
		return nil
	}
	for i := range x.Rows {
		var columns []int32
		var values []float64
		if x.Sparse != nil {
			columns, values = x.SparseRow(i)
		} else {
			values = x.Row(i)
		}
		at := slices.IndexFunc(values, func(v float64) bool {
			return v-v != 0 && (!s.Missing || !math.IsNaN(v)) // v-v is 0 of finite values only
		})
		if at < 0 {
			continue
		}
		column := at
		if columns != nil {
			column = int(columns[at])
		}
		return s.unusable(i, x.Names[column], values[at])
	}
	return nil
}

// CheckViews says which view the estimator would read with these parameters that x
// does not have.
func (s *Spec) CheckViews(params any, x *matrix.Matrix) error {
	if s.Views == nil {
		return nil
	}
	for _, name := range s.Views(params) {
		switch {
		case name == "" || x.View(name) != nil:
		case x.Views == nil:
			return &diag.Error{What: fmt.Sprintf("a member of the %s reads a view, and the features have none", s.Name), Found: "view: " + name,
				Wanted: "no view", Hint: "declare views: {" + name + ": {…}} in the features"}
		default:
			return &diag.Error{What: fmt.Sprintf("a member of the %s reads a view that the features do not have", s.Name), Found: "view: " + name,
				Wanted: "one of " + strings.Join(viewNames(x), ", "), Hint: diag.DidYouMean(name, viewNames(x))}
		}
	}
	return nil
}

func viewNames(x *matrix.Matrix) []string {
	var names []string
	for _, v := range x.Views {
		names = append(names, v.Name)
	}
	return names
}

func (s *Spec) unusable(row int, column string, value float64) error {
	found, problem := fmt.Sprint(value), "cannot be used"
	if math.IsNaN(value) {
		found, problem = "nothing", "is missing"
	}
	return &diag.Error{
		What:   fmt.Sprintf("row %d: %s %s, and the %s model needs a number there", row+1, column, problem, s.Name),
		Found:  found,
		Wanted: "a finite number",
		Hint:   "give the value, or declare numbers: {impute: median} in the features stage",
	}
}
