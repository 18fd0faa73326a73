package ensemble

import (
	"context"
	"fmt"

	"labbook/internal/base/diag"
	"labbook/internal/data/matrix"
	"labbook/models/estimator"
)

// sofar names the column in which members of a cascade see the sum of what
// those before them predict.
const sofar = "(prediction so far)"

// chain lets each member learn what is left of Y by those before. In a cascade
// it is told, too, what they predict.
func (f *fit) chain(ctx context.Context, data *estimator.Data) ([]part, error) {
	if data.Classes != nil {
		return nil, &diag.Error{What: "classes leave no residual", Found: "method: " + f.params.Method, Wanted: "average or stack",
			Hint: "choose another method, or set task: regression in the features stage"}
	}
	if err := f.checkCascade(data.X); err != nil {
		return nil, err
	}
	var parts []part
	prepared := f.prepared(data)
	for m, member := range f.params.Of {
		rest, step, view := f.seen(m, data), 0, f.reads(data.X, member)
		if m > 0 {
			rest = f.rest(m, data, parts)
		}
		rest.Prepared = prepared[m]
		if m > 0 && f.params.cascades() {
			rest.Prepared, step = f.prepareMember(member, rest.X), m
		}
		var jobs []job
		for r := range f.params.repeats(m) {
			jobs = append(jobs, job{m, r, rest})
		}
		fitted, err := f.run(ctx, jobs)
		if err != nil {
			return nil, err
		}
		for _, model := range fitted {
			parts = append(parts, part{member.Model, view, 1 / float64(len(fitted)), step, model, m})
		}
	}
	return parts, nil
}

// checkCascade says which member of a cascade has nowhere to see what those before
// it predict, because it reads several views itself.
func (f *fit) checkCascade(x *matrix.Matrix) error {
	for m, member := range f.params.Of {
		if m > 0 && f.params.cascades() && sees(x, f.reads(x, member)).Views != nil {
			return &diag.Error{What: fmt.Sprintf("member %d of the cascade, %s, reads several views, and what those before it predict is a column of one", m+1, member.Model),
				Found: fmt.Sprintf("of[%d] without a view", m), Wanted: "a member that reads one view",
				Hint: "say view: for the member, put it first, or use method: residual"}
		}
	}
	return nil
}

// rest gives data as member m reads it, with what the parts leave of Y, and, in a
// cascade, with what they predict as one more column.
func (f *fit) rest(m int, data *estimator.Data, parts []part) *estimator.Data {
	said, left := make([]float64, data.X.Rows), make([]float64, data.X.Rows)
	f.newModel(parts, 1, shapeOf(data.X)).Predict(said, data.X)
	for i, v := range said {
		left[i] = data.Y[i] - v
	}
	rest := f.seen(m, data)
	rest.Y = left
	if f.params.cascades() {
		rest.X = rest.X.Append(sofar, said)
	}
	if data.Valid != nil {
		rest.Valid = f.rest(m, data.Valid, parts)
	}
	return rest
}
