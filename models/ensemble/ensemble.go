// Package ensemble combines estimators that learn from the same rows, each from
// the view of their features that it names: the
// mean of them, a weighted sum learned from rows held out, or a chain in which
// each learns what those before it leave. Whatever the method, what is learned
// is a weighted sum of fitted models.
package ensemble

import (
	"context"

	"labbook/internal/data/matrix"
	"labbook/internal/data/metrics"
	"labbook/models/estimator"
)

// Spec describes the estimator that combines those of base, and itself.
func Spec(base []estimator.Spec) estimator.Spec {
	e := &ensemble{base: base}
	e.self = estimator.Spec{
		Name:    "ensemble",
		Version: 4,
		Doc: `Several estimators as one: averaged, stacked, or each on the residual of those before.

average is soft voting: the mean of numbers, or of the classes' probabilities. select learns its weights from predictions of
rows held out, by greedy forward selection with replacement: Caruana and others, "Ensemble selection from libraries of
models", ICML 2004. stack is Breiman, "Stacked regressions",
Machine Learning 24, 1996: predictions of held-out rows are regressed on with non-negative weights; of classes, the
weights of the mixture that makes held-out classes likeliest. residual is boosting by hand: a linear model first and
trees on its residual let trees bend a plane that goes on where the data ends. cascade is that after Gama and Brazdil,
"Cascade Generalization", Machine Learning 41, 2000: trees can also split where the plane says that prices rise, which no
single column tells them. A member may be an ensemble in turn. Where the features have views, each member reads the
one that it names, so that a linear model has its standardised 0/1 columns and trees have codes.`,
		Tasks:    []metrics.Task{metrics.Regression, metrics.Classification},
		Params:   func() any { return e.defaults() },
		Members:  e.members,
		Views:    func(params any) []string { return e.views(params.(*Params).Of) },
		Sparse:   true,
		Missing:  true,
		Parallel: true,
		Prepare: func(params any, x *matrix.Matrix) any {
			return e.prepare(params.(*Params), x)
		},
		Settle: func(params any, stopped []estimator.Model) any {
			return e.settle(*params.(*Params), stopped)
		},
		Fit: func(ctx context.Context, params any, data *estimator.Data, opt estimator.Options) (estimator.Model, error) {
			return e.fit(ctx, params.(*Params), data, opt)
		},
		Decode: func(data []byte) (estimator.Model, error) { return e.decode(data, 0) },
	}
	return e.self
}

// ensemble knows what can be combined.
type ensemble struct {
	base []estimator.Spec
	self estimator.Spec
}

// lookup gives the estimator of that name, or nil.
func (e *ensemble) lookup(name string) *estimator.Spec {
	if name == e.self.Name {
		return &e.self
	}
	for i := range e.base {
		if e.base[i].Name == name {
			return &e.base[i]
		}
	}
	return nil
}

func (e *ensemble) defaults() *Params {
	p := &Params{Method: "average", Of: []Member{{Model: e.base[0].Name, Weight: 1}}, Repeat: 1, Folds: 5, known: e.lookup}
	for i := range e.base {
		p.names = append(p.names, e.base[i].Name)
		if e.base[i].Name == "boosting" { // it takes every task and matrix
			p.Of[0].Model = "boosting"
		}
	}
	p.names = append(p.names, e.self.Name)
	if err := p.Resolve(); err != nil {
		panic("ensemble: " + err.Error())
	}
	return p
}

// members gives the estimators of the members, and of theirs.
func (e *ensemble) members(params any) []*estimator.Spec {
	var all []*estimator.Spec
	for _, m := range params.(*Params).Of {
		spec := e.lookup(m.Model)
		all = append(all, spec)
		if spec.Members != nil {
			all = append(all, spec.Members(m.Params.Value())...)
		}
	}
	return all
}

// prepare prepares each member that learns from x; see estimator.Spec.
func (e *ensemble) prepare(p *Params, x *matrix.Matrix) []any {
	prepared := make([]any, len(p.Of))
	for m, member := range p.Of {
		if m == 0 || !p.cascades() {
			prepared[m] = e.prepareMember(member, sees(x, e.reads(x, member)))
		}
	}
	return prepared
}

func (e *ensemble) prepareMember(m Member, x *matrix.Matrix) any {
	if spec := e.lookup(m.Model); spec.Prepare != nil {
		return spec.Prepare(m.Params.Value(), x)
	}
	return nil
}
