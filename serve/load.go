package serve

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"labbook/internal/base/artifact"
	"labbook/internal/data/record"
	"labbook/internal/store/offer"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
	"labbook/models/estimator"
)

// loader finds and opens what an endpoint is made of. It is safe for concurrent
// use.
type loader struct {
	registry *registry.Registry
	runs     Runs
	limits   *Limits

	mu      sync.Mutex        // guards what follows; not held while something is read
	bundles map[string]*model // by model and artifact, the last few of each model
	order   []string          // of bundles, the last used at the end
	outputs map[string]*output
}

// keepBundles is how many models stay in memory besides those that are served,
// so that a rollback need not load anything.
const keepBundles = 2

// warmed is how many processes are kept ready for a model that is asked of a program:
// while one is started anew, the other answers.
const warmed = 2

// model is a version of a model, loaded.
type model struct {
	version *record.Version
	bundle  *bundle.Bundle
	// own is what the serve stage of its pipeline left about this version, or
	// nil.
	own *offer.Offer
}

// output is that of a serve stage.
type output struct {
	offer *offer.Offer
	left  *artifact.Artifact
}

// lookBack is how many runs are looked through for the output of a serve stage.
const lookBack = 200

// latest gives what the newest serve stage of the version's pipeline left about
// its model, and what one left about this very version; nil when there is none.
func (l *loader) latest(ctx context.Context, v *record.Version) (newest, own *output, err error) {
	runs, err := l.runs.Runs(ctx, record.Filter{Pipeline: v.Pipeline, Limit: lookBack})
	if err != nil {
		return nil, nil, err
	}
	var ids []string
	for _, run := range runs {
		if run.SameAs == "" {
			ids = append(ids, run.ID)
		}
	}
	// The version's own run is looked at even when it is long ago.
	if v.Run != "" && !slices.Contains(ids, v.Run) {
		ids = append(ids, v.Run)
	}
	for _, id := range ids {
		outputs, err := l.ofRun(ctx, id)
		if err != nil {
			return nil, nil, err
		}
		for _, o := range outputs {
			if o.offer.Model != v.Model {
				continue
			}
			if newest == nil {
				newest = o
			}
			if own == nil && o.offer.Artifact == v.Answering() {
				own = o
			}
		}
		if newest != nil && own != nil {
			break
		}
	}
	return newest, own, nil
}

// ofRun gives what the serve stages of a run left. Outputs that garbage
// collection took are passed over.
func (l *loader) ofRun(ctx context.Context, run string) ([]*output, error) {
	stages, err := l.runs.Stages(ctx, run)
	if err != nil {
		return nil, err
	}
	var found []*output
	for _, st := range stages {
		if st.Left(artifact.Service) {
			if o, err := l.output(st); err == nil {
				found = append(found, o)
			}
		}
	}
	return found, nil
}

func (l *loader) output(st *record.Stage) (*output, error) {
	l.mu.Lock()
	known := l.outputs[st.Output]
	l.mu.Unlock()
	if known != nil {
		return known, nil
	}
	left, err := l.registry.Output(st)
	if err != nil {
		return nil, err
	}
	o := &output{left: left}
	if o.offer, err = offer.Open(left); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.outputs == nil || len(l.outputs) > lookBack {
		l.outputs = map[string]*output{}
	}
	l.outputs[st.Output] = o
	return o, nil
}

// index opens the index of similar rows, if there is one.
func (o *output) index() (*offer.Index, error) {
	if o.offer.Similar == nil {
		return nil, nil
	}
	t, err := offer.OpenIndex(o.left)
	if err != nil {
		return nil, err
	}
	return offer.NewIndex(t, o.offer.Similar)
}

// model loads a version, or finds it loaded.
func (l *loader) model(v *record.Version, own *output) (*model, error) {
	key := v.Model + " " + v.Answering()
	l.mu.Lock()
	m := l.bundles[key]
	l.mu.Unlock()
	if m == nil {
		files, err := l.registry.Answering(v)
		if err != nil {
			return nil, err
		}
		b, err := bundle.Load(files.ReadFile)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", registry.Name(v), err)
		}
		if w, ok := b.Model.(estimator.Warmer); ok {
			if err := w.Warm(warmed); err != nil {
				return nil, fmt.Errorf("%s: %w", registry.Name(v), err)
			}
		}
		m = &model{version: v, bundle: b}
	}
	if own != nil && m.own == nil {
		m = &model{version: m.version, bundle: m.bundle, own: own.offer}
	}
	l.remember(key, m, v.Model)
	return m, nil
}

// remember keeps a model, and forgets the ones of its name that were not used
// for longest.
func (l *loader) remember(key string, m *model, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.order = slices.DeleteFunc(l.order, func(k string) bool { return k == key })
	l.order = append(l.order, key)
	l.bundles[key] = m
	var same []string
	for _, k := range l.order {
		if l.bundles[k].version.Model == name {
			same = append(same, k)
		}
	}
	for ; len(same) > keepBundles+1; same = same[1:] {
		delete(l.bundles, same[0])
		l.order = slices.DeleteFunc(l.order, func(k string) bool { return k == same[0] })
	}
}

// endpoint makes the endpoint of a version.
func (l *loader) endpoint(ctx context.Context, name string, v *record.Version) (*Endpoint, error) {
	newest, own, err := l.latest(ctx, v)
	if err != nil {
		return nil, err
	}
	m, err := l.model(v, own)
	if err != nil {
		return nil, err
	}
	s := &Endpoint{Name: name, Version: v, model: m, limits: l.limits}
	if newest != nil {
		s.output, s.alike = newest, newest
		if own != nil && own.offer.Similar != nil { // among the rows that this version was trained on
			s.alike = own
		}
		if s.index, err = s.alike.index(); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: the index of similar rows cannot be read", registry.Name(v)), err)
		}
	}
	s.prepare()
	return s, nil
}
