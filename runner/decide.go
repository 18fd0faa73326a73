package runner

import (
	"context"
	"errors"

	"labbook/internal/data/record"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
)

// Action is what is to be done about a stage.
type Action string

// The actions.
const (
	Cached Action = "cached" // its result is in the cache, every byte of it
	Run    Action = "run"
	Asks   Action = "asks"  // somebody, before it is known; it may turn out cached
	Waits  Action = "waits" // for stages that will run; it may turn out cached
	Skip   Action = "skip"  // `if` does not hold
)

// Decision is what to do about a stage, and why, in words.
type Decision struct {
	Action Action
	Reason string
	// Record is the result that stands, of Cached.
	Record *cache.Record
	// Changes are what differs from the last time, of Run and Cached.
	Changes []Change
}

// decide is the one place that says whether a stage runs. The dry run, `why`
// and the execution all ask it. last is the stage as it last came out, or nil;
// waits are the stages read whose outputs are not known yet.
func (o *Options) decide(ctx context.Context, s *pipeline.Stage, a *asked, waits []string, last *record.Stage) Decision {
	switch {
	case !s.Enabled:
		return Decision{Action: Skip, Reason: s.Disabled}
	case len(waits) > 0:
		return Decision{Action: Waits, Reason: "waits for " + names(waits)}
	}
	store := o.storeOf(s.Kind)
	record, err := store.Get(a.key)
	if err == nil {
		_, err = store.Fetch(ctx, record)
	}
	if err == nil && s.Kind.Stands != nil {
		err = o.stands(ctx, s, a, record)
	}
	var changes []Change
	if last != nil && last.KeyText != a.key {
		changes = Diff(last.KeyText, a.key, s)
	}
	d := Decision{Action: Run, Changes: changes}
	switch {
	case err == nil && o.Force:
		d.Reason = "forced"
	case err == nil:
		d.Action, d.Record, d.Reason = Cached, record, "nothing changed"
		if record.From != "" {
			d.Reason = "in " + record.From + "'s cache, made by run " + record.Run
		} else if len(changes) > 0 {
			d.Reason = "made before, by run " + record.Run
		}
	case !errors.Is(err, cache.ErrNoRecord):
		d.Reason = err.Error()
	case last == nil:
		d.Reason = "never run before"
	case last.KeyText == a.key && s.Kind.Acts: // where, the ledger of several machines does not say
		d.Reason = "it was not done on this machine, or its record was removed"
	case last.KeyText == a.key:
		d.Reason = "its result was removed from the cache"
	}
	return d
}

// storeOf gives where results of a kind are looked for. What a kind that acts did was
// done here, and means nothing to others.
func (o *Options) storeOf(kind *stage.Kind) cache.Store {
	if kind.Acts {
		return o.Cache
	}
	return o.store
}

// because adds to the changes of inputs what caused them, and gives the reason
// that the changes are, if there is none yet. cause says it of an input.
func (d *Decision) because(cause func(input string) string) {
	for i := range d.Changes {
		if d.Changes[i].What == "input" {
			d.Changes[i].Cause = cause(d.Changes[i].Name)
		}
	}
	if d.Reason != "" {
		return
	}
	d.Reason = "keys are written in another form now"
	if len(d.Changes) > 0 {
		d.Reason = reason(d.Changes)
	}
}

// cause is what a stage's followers give as the reason of its change.
func (d *Decision) cause(s *pipeline.Stage) string {
	if len(d.Changes) > 0 && d.Changes[0].What == "input" {
		return d.Changes[0].Cause
	}
	if len(d.Changes) > 0 {
		if d.Changes[0].What == "answer" {
			return "in " + s.Name + " " + d.Changes[0].String()
		}
		return s.Name + " has " + d.Changes[0].String()
	}
	if d.Action == Run {
		return s.Name + " ran again (" + d.Reason + ")"
	}
	return ""
}

// stands asks a kind with an effect whether the effect of the record holds.
func (o *Options) stands(ctx context.Context, s *pipeline.Stage, a *asked, r *cache.Record) error {
	config, err := o.config(s.Kind, a.order)
	if err != nil {
		return err
	}
	if ok, why := s.Kind.Stands(stage.New(ctx, config), o.artifact(s.Name, s.Makes, r.Tree, r.Files)); !ok {
		return errors.New(why)
	}
	return nil
}
