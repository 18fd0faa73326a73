package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"labbook/internal/base/params"
	"labbook/runner/cache"
	"labbook/runner/pipeline"
	"labbook/runner/stage"
)

// worth is how long a stage has to be expected to run to be sent elsewhere: below, the
// way there and back counts.
const worth = time.Second

// elsewhere says that a job is offered to the executor of others.
func (x *execution) elsewhere(j *job) bool {
	return x.executor != nil && !j.Kind.Acts && j.On != pipeline.Here && (j.expected == 0 || j.expected >= worth)
}

// urgency gives a job's place among those of the execution, as Order.Priority: by how
// long it takes from its beginning to the pipeline's end.
func (x *execution) urgency(j *job) int {
	if x.longest <= 0 {
		return 3
	}
	return 1 + min(4, int(5*(1-j.priority/x.longest)))
}

// grant waits for what a job takes of this machine.
func (x *execution) grant(ctx context.Context, j *job) (cores int, release func(), err error) {
	held, err := x.slots.acquire(ctx, j.priority, grant{x.want(j), j.Memory}, func(bool) {})
	return held.cores, func() { x.slots.release(held) }, err
}

// Bench does orders in a process that has no project: what they read lies in its
// cache.
type Bench struct {
	Cache *cache.Cache
	Kinds stage.Kinds
	Lease *cache.Lease // of this order alone
	// Lies gives where a file of an order lies, the i-th, under its own base name.
	Lies func(i int, f OrderFile) string
	// Project is an empty folder.
	Project string
}

// Executor gives what does orders there.
func (b Bench) Executor() Executor {
	o := Options{Project: b.Project, Cache: b.Cache, lies: b.Lies, passes: true}.withDefaults()
	kinds := map[string]*stage.Kind{}
	for i := range b.Kinds {
		kinds[b.Kinds[i].Name] = &b.Kinds[i]
	}
	return &local{&o, kinds, b.Lease, &meter{}}
}

// Machine names the architecture that keys have.
func Machine() string { return machine() }

// Refusal is why an order is not for whoever has it: from it he comes to another key.
type Refusal struct{ Why string }

func (e *Refusal) Error() string { return e.Why }

// Check derives the order's key anew from what there is here: the kind and its parts,
// the parameters as they are read here, the machine, and the tools, which are asked.
// The error is a *Refusal where it is another.
func (b Bench) Check(ctx context.Context, order *Order) error {
	kind := b.Kinds.Lookup(order.Kind)
	switch {
	case kind == nil:
		return &Refusal{"it has no kind " + order.Kind}
	case kind.Version != order.Version:
		return &Refusal{fmt.Sprintf("it has version %d of the kind %s, wanted %d", kind.Version, kind.Name, order.Version)}
	case order.Machine != machine():
		return &Refusal{"it is a " + machine() + ", wanted " + order.Machine}
	case kind.Acts:
		return &Refusal{"the kind " + kind.Name + " acts, and is done where the project is"}
	}
	own := *order
	own.Kind, own.Version, own.Machine = kind.Name, kind.Version, machine()
	if kind.Params != nil {
		p := kind.Params()
		if err := params.Restore(p, order.Params); err != nil {
			return &Refusal{"it cannot read the parameters: " + err.Error()}
		}
		own.Params, own.Parts, own.Tools = params.Lines(p), nil, nil
		if kind.Parts != nil {
			own.Parts = kind.Parts(p)
		}
		if kind.Tools != nil {
			o := Options{Cache: b.Cache}
			found, err := newTools(&o).find(ctx, &pipeline.Stage{Kind: kind, Tools: kind.Tools(p)}, order.Env)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err != nil {
				what, _, _ := strings.Cut(err.Error(), "\n")
				return &Refusal{what}
			}
			for _, t := range found {
				own.Tools = append(own.Tools, OrderTool{t.name, t.value})
			}
		}
	}
	if own.Key() == order.Key() {
		return nil
	}
	theirs := map[string]string{}
	for _, in := range ingredients(order.Key()) {
		theirs[in.label+" "+in.name] = in.value
	}
	for _, in := range ingredients(own.Key()) {
		if value, ok := theirs[in.label+" "+in.name]; !ok || value != in.value {
			return &Refusal{fmt.Sprintf("it has %s %s %s, wanted %s", in.label, in.name, in.value, cmp.Or(value, "none"))}
		}
	}
	return &Refusal{"it comes to another key"}
}

// Late gives the error of an order that took longer than its timeout.
func Late(after time.Duration) error { return &lateError{after} }

// IsLate says whether an error is that.
func IsLate(err error) bool {
	var late *lateError
	return errors.As(err, &late)
}
