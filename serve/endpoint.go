package serve

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/record"
	"labbook/internal/data/table"
	"labbook/internal/learn/features"
	"labbook/internal/store/offer"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
	"labbook/serve/together"
)

// Endpoint answers for one pipeline with one version of its model. It is
// immutable.
type Endpoint struct {
	Name    string // of the pipeline
	Version *record.Version
	// Refused is why the champion of the registry is not this version, or "".
	Refused string

	limits     *Limits
	model      *model
	output     *output      // of the newest serve stage; nil when there is none
	index      *offer.Index // nil: similar rows cannot be asked for
	alike      *output      // whose index it is
	likely     *jsonrow.Decoder
	decoder    *jsonrow.Decoder
	together   *together.Group
	rows       sync.Pool // of *jsonrow.Row
	explainers sync.Pool // of *explainer
	told       func() *features.Reasons
	promise    atomic.Pointer[Promise] // what became of it; nil: not known yet
	judged     judged
	watching   sync.Once
	watch      *watch
	drifting   sync.Mutex // guards drift, which driftAt is the newest request of
	drift      *Drift
	driftAt    string
	looking    bool     // for a newer one
	tail       []byte   // the end of each answer: model, version and run
	answer     []byte   // `"price":`
	unit       []byte   // `,"unit":"USD"`, or nothing
	classes    [][]byte // `"Ideal":` per class
	threshold  []byte   // `,"threshold":{"positive":"yes","at":0.2}`, or nothing
}

// Bundle is the model that answers.
func (s *Endpoint) Bundle() *bundle.Bundle { return s.model.bundle }

// Features says what the model reads and predicts.
func (s *Endpoint) Features() *features.Features { return s.model.bundle.Features }

// Predicts is what the answer is called.
func (s *Endpoint) Predicts() string {
	if s.output != nil && s.output.offer.Predict != "" {
		return s.output.offer.Predict
	}
	return s.Features().Target.Name
}

// Samples are inputs to try: those that the pipeline offers, else a typical row
// where there is such a thing, which there is not of texts.
func (s *Endpoint) Samples() []offer.Sample {
	if s.output != nil && len(s.output.offer.Samples) > 0 {
		return s.output.offer.Samples
	}
	if slices.ContainsFunc(s.Features().Inputs, func(f table.Field) bool { return f.Type == table.Text }) {
		return nil
	}
	return []offer.Sample{{Name: "typical-values", Input: jsonrow.AppendObject(nil, s.model.bundle.Typical(), 0)}}
}

// Similar says what likeness is; nil when similar rows cannot be asked for.
func (s *Endpoint) Similar() *offer.Similar {
	if s.index == nil {
		return nil
	}
	return s.alike.offer.Similar
}

// mayChange says whether somebody can change a field.
func (s *Endpoint) mayChange(field string) bool {
	return s.output == nil || len(s.output.offer.Change) == 0 || slices.Contains(s.output.offer.Change, field)
}

// Golden are the predictions that this version has to reproduce.
func (s *Endpoint) Golden() []offer.Golden {
	if s.model.own == nil {
		return nil
	}
	return s.model.own.Golden
}

// Interval is that of the predictions, or nil.
func (s *Endpoint) Interval() *offer.Interval {
	if s.model.own == nil {
		return nil
	}
	return s.model.own.Interval
}

// prepare compiles what every request needs.
func (s *Endpoint) prepare() {
	f := s.Features()
	s.decoder = jsonrow.New(f.Inputs, jsonrow.Options{Ignored: append(s.unread(), f.Target.Name)})
	s.together = together.New(s.model.bundle)
	s.rows.New = func() any { return s.decoder.NewRow() }
	s.told = sync.OnceValue(f.Reasons)
	if s.index != nil {
		q := s.alike.offer.Similar
		s.likely = jsonrow.New(s.index.Table.Fields(), jsonrow.Options{
			Required: append([]string{q.Nearest}, q.Match...), Closed: true, Ignored: append(inputNames(f), f.Target.Name, "n")})
	}
	s.answer = append(jsonrow.AppendString(nil, s.Predicts()), ':')
	if unit := f.Target.Unit; unit != "" {
		s.unit = jsonrow.AppendString([]byte(`,"unit":`), unit)
	}
	for _, class := range f.Classes {
		s.classes = append(s.classes, append(jsonrow.AppendString(nil, class), ':'))
	}
	if t := s.model.bundle.Threshold; t != nil {
		s.threshold = jsonrow.AppendString([]byte(`,"threshold":{"positive":`), f.Classes[t.Positive])
		s.threshold = append(jsonrow.AppendNumber(append(s.threshold, `,"at":`...), t.At), '}')
	}
	s.tail = jsonrow.AppendString([]byte(`,"model":`), s.Version.Model)
	s.tail = append(s.tail, `,"version":`...)
	s.tail = jsonrow.AppendNumber(s.tail, float64(s.Version.Version))
	s.tail = append(s.tail, `,"run":`...)
	s.tail = jsonrow.AppendString(s.tail, s.Version.Run)
	s.tail = append(s.tail, `,"request":`...)
}

// unread gives the columns of the table that this version does not read. They
// may be sent: a client is not to be refused because the champion has changed.
func (s *Endpoint) unread() []string { return unread(s.output, s.Features()) }

// unread gives the columns of the table that features were made from, and of the
// one that a serve stage had last, which may be nil.
func unread(o *output, f *features.Features) []string {
	names := slices.Clone(f.Unread)
	if o == nil {
		return names
	}
	read := append(inputNames(f), f.Target.Name)
	for _, name := range o.offer.Columns {
		if !slices.Contains(read, name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Unread gives the fields that a server passes over where this version, which
// has these features, is asked: whoever else asks it passes over the same.
func Unread(ctx context.Context, r *registry.Registry, runs Runs, v *record.Version, f *features.Features) []string {
	newest, _, err := (&loader{registry: r, runs: runs}).latest(ctx, v)
	if err != nil {
		newest = nil
	}
	return unread(newest, f)
}

func inputNames(f *features.Features) []string {
	names := make([]string, len(f.Inputs))
	for i, field := range f.Inputs {
		names[i] = field.Name
	}
	return names
}

// field gives the input of that name, or nil.
func (s *Endpoint) field(name string) *table.Field {
	inputs := s.Features().Inputs
	for i := range inputs {
		if inputs[i].Name == name {
			return &inputs[i]
		}
	}
	return nil
}
