package ensemble

import (
	"fmt"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/params"
	"labbook/models/estimator"
)

// Params are what a pipeline can say in `params`. They are made by
// Spec.Params, which tells them what members there can be.
type Params struct {
	Method string   `yaml:"method" enum:"average|select|stack|residual|cascade" doc:"average: the members' mean. select: their mean with the weights that do best on rows held out, as validation says: those of train, a share of 0.2 if it says nothing; members that the others can do without are left out. stack: a sum of the members with non-negative weights, learned from predictions of rows that were held out. residual: each member learns what those before it leave, which only numbers can. cascade: the same, and each member sees what those before it predict together as one more column; all but the last should be simple, as their word is taken on rows that they learned from."`
	Of     []Member `yaml:"of" doc:"The estimators that are combined, in their order."`
	Repeat int      `yaml:"repeat" range:"[1,100]" doc:"How often each member is fitted, with seeds of its own, and averaged; it steadies members that draw rows or columns."`
	Folds  int      `yaml:"folds" range:"[2,100]" doc:"Parts of the training rows that stack holds out in turn."`

	known func(name string) *estimator.Spec
	names []string
}

// Member is one of the estimators that are combined.
type Member struct {
	Model  string      `yaml:"model" doc:"The estimator, which may be an ensemble in turn."`
	View   string      `yaml:"view" doc:"The view of the features that it reads, where they have views; the first that is not of words, if it names none. An ensemble that names none reads all."`
	Params params.Open `yaml:"params" doc:"Its own parameters."`
	Weight float64     `yaml:"weight" range:">0" doc:"What it counts in an average."`
	Repeat int         `yaml:"repeat" range:"[0,100]" doc:"As the ensemble's repeat, and instead of it; 0 keeps that."`
}

// SetDefaults implements what package params asks for.
func (m *Member) SetDefaults() { *m = Member{Weight: 1} }

// deepest is how deep ensembles may stand within each other.
const deepest = 8

// Resolve implements what package params asks for: it decodes the members'
// parameters.
func (p *Params) Resolve() error {
	if len(p.Of) == 0 {
		return params.Fault("of", "an ensemble of nothing", "at least one {model: …}", "name the estimators to combine")
	}
	for i := range p.Of {
		m := &p.Of[i]
		spec := p.known(m.Model)
		switch {
		case spec == nil:
			return params.Fault(fmt.Sprintf("of[%d].model", i), fmt.Sprintf("there is no model %q", m.Model), "one of "+strings.Join(p.names, ", "), diag.DidYouMean(m.Model, p.names))
		case m.Params.Value() != nil: // and perhaps changed since
		case spec.Params != nil:
			if err := m.Params.Into(spec.Params()); err != nil {
				return err
			}
		case m.Params.Written():
			return params.Fault(fmt.Sprintf("of[%d].params", i), fmt.Sprintf("the %s model has no parameters", m.Model), "", "leave params out")
		}
		if own, ok := m.Params.Value().(*Params); ok && own.Selects() {
			return params.Fault(fmt.Sprintf("of[%d].params.method", i), "a member has no rows held out to learn weights from", "average, stack, residual or cascade", "list its members among those of the whole, or use method: stack")
		}
	}
	return nil
}

// cascades says whether members see what those before them predict.
func (p *Params) cascades() bool { return p.Method == "cascade" }

// repeats says how often member m is fitted.
func (p *Params) repeats(m int) int {
	if n := p.Of[m].Repeat; n > 0 {
		return n
	}
	return p.Repeat
}
