package training

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"labbook/internal/base/artifact"
	"labbook/internal/base/facts"
	"labbook/internal/base/params"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/learn/partition"
	"labbook/models"
	"labbook/models/bundle"
	"labbook/models/calibration"
	"labbook/models/estimator"
)

// Declared is all that a model depends on besides the rows: how features are
// made, and how it is trained. With it the model can be made again of other rows
// of such a table.
type Declared struct {
	Features features.Options
	Train    Options
	// Chosen are the features that quality chose; nil where it was not asked for.
	Chosen *features.Options
}

// declaredForm is bundle.FileDeclared: the value of each parameter by its path.
type declaredForm struct {
	Features map[string]string `json:"features"`
	Train    map[string]string `json:"train"`
	Chosen   map[string]string `json:"chosen,omitempty"`
}

// Encode gives the bytes of bundle.FileDeclared.
func (d *Declared) Encode() ([]byte, error) {
	train := d.Train
	train.Features = nil // which are told apart
	form := declaredForm{Features: params.Values(&d.Features), Train: params.Values(&train)}
	if d.Chosen != nil {
		form.Chosen = params.Values(d.Chosen)
	}
	return facts.Encode(form)
}

// OpenDeclared reads what an artifact of the type model keeps of its making; nil
// where it keeps nothing, as of an import or an older program.
func OpenDeclared(a *artifact.Artifact) (*Declared, error) {
	if _, err := a.Blob(bundle.FileDeclared); err != nil {
		return nil, nil
	}
	data, err := a.ReadFile(bundle.FileDeclared)
	if err != nil {
		return nil, err
	}
	d, err := decodeDeclared(data)
	if err != nil {
		return nil, fmt.Errorf("%s of %s: %w", bundle.FileDeclared, a.Called(), err)
	}
	if spec := models.Lookup(d.Train.Model); spec != nil && spec.Files != nil {
		b, err := bundle.Open(a)
		if err != nil {
			return nil, err
		}
		d.Train.Programs = estimator.FilesOf(b.Model)
	}
	return d, nil
}

// decodeDeclared is the inverse of Encode; it survives any bytes.
func decodeDeclared(data []byte) (*Declared, error) {
	var form declaredForm
	if err := json.Unmarshal(data, &form); err != nil {
		return nil, err
	}
	d := &Declared{Features: features.Defaults(), Train: *Defaults()}
	if form.Chosen != nil {
		chosen := features.Defaults()
		d.Chosen = &chosen
		if err := params.Restore(d.Chosen, params.LinesOf(form.Chosen)); err != nil {
			return nil, err
		}
	}
	return d, errors.Join(params.Restore(&d.Features, params.LinesOf(form.Features)), params.Restore(&d.Train, params.LinesOf(form.Train)))
}

// Settled gives the declaration of a fit like the one that b is, to whatever rows in
// whole: with the parameters that were found and the rounds that they were stopped
// at, and so without a search, a validation, or what is found by rows held out.
func (d *Declared) Settled(b *bundle.Bundle) (*Declared, error) {
	found, err := settledParams(b)
	if err != nil {
		return nil, err
	}
	t, made := d.Train, d.Features
	if t.Quality != "" {
		if d.Chosen == nil {
			return nil, errors.New("what quality chose of features is not known")
		}
		t.Model, t.Quality, t.Candidates, made = b.Estimator, "", 0, *d.Chosen
	}
	if spec := models.Lookup(b.Estimator); !t.Refit && spec.Settle != nil { // b itself was stopped
		found = spec.Settle(found, []estimator.Model{b.Model})
	}
	t.Validation, t.Tune, t.Budget, t.Interval, t.Threshold, t.Calibrate, t.Refit = ValidationOptions{}, nil, 0, nil, nil, string(calibration.None), true
	if found != nil {
		t.Params = params.OpenOver(found, models.Lookup(b.Estimator).Params())
	}
	return &Declared{Features: made, Train: t}, nil
}

// Found gives the parameters of a stage that trains what b is with all that was
// found: parameters, rounds, weights of members. It validates and answers as
// declared, and has the features where own says that it makes them itself.
func (d *Declared) Found(b *bundle.Bundle, own bool) (*Options, error) {
	settled, err := d.Settled(b)
	if err != nil {
		return nil, err
	}
	t := settled.Train
	t.Validation, t.Interval, t.Threshold, t.Calibrate = d.Train.Validation, d.Train.Interval, d.Train.Threshold, d.Train.Calibrate
	if held := d.Train.heldBy(b.Rows); d.Train.Quality != "" && (b.Calibration != nil || b.Threshold != nil || b.Interval != nil) {
		t.Validation = ValidationOptions{Share: held.Share, Folds: held.Folds} // of which the answers were learned
	}
	if own {
		t.Features = &settled.Features
	}
	return &t, nil
}

// settledParams gives the parameters by which a bundle's estimator was fitted in
// the end; nil where it has none.
func settledParams(b *bundle.Bundle) (any, error) {
	spec := models.Lookup(b.Estimator)
	if spec.Params == nil {
		return nil, nil
	}
	found := spec.Params()
	if err := params.Restore(found, params.LinesOf(b.Params)); err != nil {
		return nil, fmt.Errorf("the parameters of %s cannot be read: %w", b.Estimator, err)
	}
	return found, nil
}

// Fit makes the model of a table whose rows belong together as structure says:
// features, search, validation and all, for the task and the classes of like. It
// takes rows later that have levels which these lack, even where they are declared
// to be an error.
func (d *Declared) Fit(ctx context.Context, t *table.Table, structure *partition.Structure, like *features.Features, work *Work) (*bundle.Bundle, error) {
	from, err := newSource(t, structure, d.Features.Lenient(), like, work.Cores)
	if err != nil {
		return nil, err
	}
	trained, err := d.Train.Train(ctx, from, work)
	if err != nil {
		return nil, err
	}
	return trained.Bundle, nil
}

// Fits is about how many fits of estimators one Fit comes to.
func (d *Declared) Fits() int {
	o, divisions, recipes := d.Train, 1, 1
	if v := o.validation(); v.Folds > 0 {
		divisions += v.Folds
	} else if v.Share > 0 {
		divisions++
	}
	if o.Tune != nil {
		recipes += o.Tune.Trials
	}
	if o.Quality != "" {
		candidates := len(o.Specs())
		if place(o.Quality) == best {
			candidates += usualTrials
		}
		return (1 + foldsOfCandidates) * cmp.Or(o.Candidates, candidates)
	}
	return divisions * recipes * len(o.Specs())
}
