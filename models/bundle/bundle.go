// Package bundle is a fitted model with all that is needed to use it: schema,
// features, target transform, bounds and ranges. It is written and read here, and
// what it predicts, answers and explains is said here; how it comes about is the
// business of package training.
package bundle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"labbook/internal/base/diag"
	"labbook/internal/data/metrics"
	"labbook/internal/learn/features"
	"labbook/models"
	"labbook/models/calibration"
	"labbook/models/estimator"
)

// Bundle is a trained model with all that is needed to use it. It is immutable
// once made; Predict may be called from several goroutines at once.
//
// On disk it is model.json, estimator.bin and the files of its features. Beside
// them lie FileRows and FileDeclared, which prediction has no use for.
type Bundle struct {
	// Estimator is the name in models.All, and Version that of its Spec when it was
	// trained.
	Estimator string
	Version   int
	// Params are the estimator's parameters, defaults included: the canonical
	// value at each dotted path.
	Params map[string]string
	// Transform was applied to the target.
	Transform Transform
	Weights   Weights // of the rows that it was trained on
	// ClassWeights are what rows of a class count besides; 1 of a class without.
	ClassWeights map[string]float64
	Bounds       *Bounds // of its predictions; nil where they have none
	// Rows is how many rows it was trained on.
	Rows int
	Seed uint64
	// Calibration turns the probabilities of a classifier into what is said of them;
	// nil where none was asked for.
	Calibration *calibration.Map
	// Threshold says when the positive of two classes is predicted; nil: where it is
	// the likelier one.
	Threshold *metrics.Threshold
	// Prior is the share of each class in training: what is said of a row that tells
	// the model nothing. Nil where the model says that itself.
	Prior []float64
	// Interval gives the ranges of numbers, and the sets of classes; nil when none
	// was asked for.
	Interval *Ranges
	// Validation holds the metrics taken inside the training part.
	Validation []metrics.Value
	// Lineage names what it was made from: the digest of the features stage's
	// artifact under "features", and so on.
	Lineage map[string]string

	Features *features.Features
	Model    estimator.Model
}

// The files of a bundle.
const (
	fileModel     = "model.json"
	fileEstimator = "estimator.bin"
	// FileRows is the table.RowSet of the training part: the rows on which the
	// model is not to be judged. An imported model has none.
	FileRows = "rows.bin"
	// FileDeclared is how the model came about, from the table on, so that it can
	// be made again of other rows; see package training. An imported model, and one
	// of an older program, has none.
	FileDeclared = "declared.json"
)

// Files names the files that a bundle can have.
func Files() []string {
	return []string{FileDeclared, fileEstimator, features.File, fileModel, fileSpread, features.FileVocabulary, FileRows}
}

// The formats of model.json: the second says besides how a classifier's
// probabilities become answers, the third that ranges read features of their own,
// which programs that know only those before would pass over.
const (
	bundleFormat   = 1
	answeredFormat = 2
	apartFormat    = 3
)

// document is model.json.
type document struct {
	Format       int                `json:"format"`
	Estimator    string             `json:"estimator"`
	Version      int                `json:"version"`
	Params       map[string]string  `json:"params,omitempty"`
	Transform    Transform          `json:"target_transform"`
	Weights      Weights            `json:"weights,omitempty"`
	ClassWeights map[string]float64 `json:"class_weights,omitempty"`
	Bounds       *Bounds            `json:"bounds,omitempty"`
	Task         metrics.Task       `json:"task"`
	Target       string             `json:"target"`
	Unit         string             `json:"unit,omitempty"`
	Classes      []string           `json:"classes,omitempty"`
	Rows         int                `json:"rows"`
	Columns      int                `json:"columns"`
	Seed         uint64             `json:"seed"`
	Calibration  *calibration.Map   `json:"calibration,omitempty"`
	Threshold    *metrics.Threshold `json:"threshold,omitempty"`
	Prior        []float64          `json:"prior,omitempty"`
	Interval     *Ranges            `json:"interval,omitempty"`
	Validation   []metrics.Value    `json:"validation,omitempty"`
	Lineage      map[string]string  `json:"lineage,omitempty"`
}

// format gives the least one that holds the bundle.
func (b *Bundle) format() int {
	if b.Interval != nil && b.Interval.Apart {
		return apartFormat
	}
	if b.Calibration != nil || b.Threshold != nil || b.Prior != nil || b.Interval != nil && b.Features.Classes != nil {
		return answeredFormat
	}
	return bundleFormat
}

// Save writes the bundle's files, each with one call of write.
func (b *Bundle) Save(write func(name string, data []byte) error) error {
	f := b.Features
	doc := document{
		Format: b.format(), Estimator: b.Estimator, Version: b.Version, Params: b.Params, Transform: b.Transform, Weights: b.Weights, ClassWeights: b.ClassWeights, Bounds: b.Bounds,
		Task: f.Task, Target: f.Target.Name, Unit: f.Target.Unit, Classes: f.Classes,
		Rows: b.Rows, Columns: len(f.Names()), Seed: b.Seed, Calibration: b.Calibration, Threshold: b.Threshold, Prior: b.Prior, Interval: b.Interval, Validation: b.Validation, Lineage: b.Lineage,
	}
	var model bytes.Buffer
	enc := json.NewEncoder(&model)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	learned, err := b.Model.MarshalBinary()
	if err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	if err := write(fileEstimator, learned); err != nil {
		return err
	}
	if b.Interval != nil && b.Interval.Spread != nil {
		if learned, err = b.Interval.Spread.MarshalBinary(); err != nil {
			return fmt.Errorf("bundle: %w", err)
		}
		if err := write(fileSpread, learned); err != nil {
			return err
		}
		if b.Interval.Apart {
			if err := b.Interval.Features.Save(func(name string, data []byte) error { return write(prefixSpread+name, data) }); err != nil {
				return err
			}
		}
	}
	if err := f.Save(write); err != nil {
		return err
	}
	return write(fileModel, model.Bytes())
}

// Load reads a bundle, each of its files with one call of read. It survives
// any bytes.
func Load(read func(name string) ([]byte, error)) (*Bundle, error) {
	model, err := read(fileModel)
	if err != nil {
		return nil, err
	}
	var doc document
	if err := json.Unmarshal(model, &doc); err != nil {
		return nil, fmt.Errorf("bundle: %s: %w", fileModel, err)
	}
	if doc.Format < bundleFormat || doc.Format > apartFormat {
		return nil, fmt.Errorf("bundle: format %d, this program reads %d to %d", doc.Format, bundleFormat, apartFormat)
	}
	spec := models.Lookup(doc.Estimator)
	if spec == nil {
		return nil, &diag.Error{What: fmt.Sprintf("this program has no model %q", doc.Estimator),
			Hint: diag.DidYouMean(doc.Estimator, models.Names())}
	}
	b := &Bundle{
		Estimator: doc.Estimator, Version: doc.Version, Params: doc.Params, Transform: doc.Transform, Weights: doc.Weights, ClassWeights: doc.ClassWeights, Bounds: doc.Bounds,
		Rows: doc.Rows, Seed: doc.Seed, Calibration: doc.Calibration, Threshold: doc.Threshold, Prior: doc.Prior, Interval: doc.Interval, Validation: doc.Validation, Lineage: doc.Lineage,
	}
	if b.Features, err = features.Load(read); err != nil {
		return nil, err
	}
	learned, err := read(fileEstimator)
	if err != nil {
		return nil, err
	}
	if b.Model, err = spec.Decode(learned); err != nil {
		return nil, fmt.Errorf("bundle: %s: %w", fileEstimator, err)
	}
	if err := b.Check(); err != nil {
		return nil, err
	}
	if b.Interval != nil {
		if err := b.Interval.read(read, len(b.Features.Main().Names())); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// Check says what keeps the parts of a bundle that was decoded, or made of
// another program's model, from fitting together.
func (b *Bundle) Check() error {
	outputs := 1
	if b.Features.Task == metrics.Classification {
		outputs = len(b.Features.Classes)
	}
	if err := b.checkAnswers(); err != nil {
		return fmt.Errorf("bundle: %w", err)
	}
	if b.Model.Outputs() != outputs {
		return fmt.Errorf("bundle: the model has %d outputs, its features want %d", b.Model.Outputs(), outputs)
	}
	if n, ok := columns(b.Model); ok && n != len(b.Features.Names()) {
		return fmt.Errorf("bundle: the model reads %d columns, its features make %d", n, len(b.Features.Names()))
	}
	if err := b.checkViews(); err != nil {
		return err
	}
	switch b.Weights {
	case "", Equal, ByTarget, Balanced:
	default:
		return fmt.Errorf("bundle: no weights are called %q", b.Weights)
	}
	switch b.Transform {
	case None, Log, Log1p:
		return b.Bounds.check()
	}
	return fmt.Errorf("bundle: no target transform is called %q", b.Transform)
}

// checkViews says what keeps the model from reading the views of the features.
func (b *Bundle) checkViews() error {
	var names []string
	var columns []int
	if knows, ok := b.Model.(interface{ Views() ([]string, []int) }); ok {
		names, columns = knows.Views()
	}
	if !slices.Equal(names, b.Features.Views()) {
		return fmt.Errorf("bundle: the model reads the views %q, its features have %q", names, b.Features.Views())
	}
	for i, name := range names {
		if n := len(b.Features.View(name).Names()); n != columns[i] {
			return fmt.Errorf("bundle: the model reads %d columns of the view %s, its features make %d", columns[i], name, n)
		}
	}
	return nil
}

// columns gives how many columns a model reads, if it knows.
func columns(m estimator.Model) (int, bool) {
	knows, ok := m.(interface{ Columns() int })
	if !ok {
		return 0, false
	}
	return knows.Columns(), true
}
