package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"

	"labbook/internal/base/parallel"
	"labbook/internal/data/record"
	"labbook/internal/store/offer"
	"labbook/internal/store/registry"
)

// follow looks at the registry and at the keys until ctx ends.
func (s *Server) follow(ctx context.Context) {
	tick := time.NewTicker(s.options.Poll)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := s.guard.register.refresh(ctx); err != nil && ctx.Err() == nil {
			s.options.Log.Error("keys cannot be followed: those that were known still open", "error", err)
		}
		state, err := s.state(ctx)
		if err == nil && state == s.current.Load().state {
			continue
		}
		if err == nil {
			err = s.Refresh(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.options.Log.Error("the registry cannot be followed", "error", err)
		}
	}
}

// state gives a text that changes when something has to be looked at again: an
// alias moved, or a run ended that may have left something to serve.
func (s *Server) state(ctx context.Context) (string, error) {
	aliases, err := s.options.Registry.Aliases(ctx)
	if err != nil {
		return "", err
	}
	runs, err := s.options.Runs.Runs(ctx, record.Filter{Limit: 20})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, a := range aliases {
		fmt.Fprintf(&b, "%v\n", a)
	}
	for _, r := range runs {
		if r.SameAs == "" && r.Status != record.Running {
			fmt.Fprintf(&b, "%s %s\n", r.ID, r.Status)
		}
	}
	return b.String(), nil
}

// Refresh serves what the registry says now. A champion that cannot be loaded,
// or does not reproduce its golden predictions, does not take the place of the
// version that answers.
func (s *Server) Refresh(ctx context.Context) error {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	state, err := s.state(ctx)
	if err != nil {
		return err
	}
	champions, err := s.options.Registry.Champions(ctx)
	if err != nil {
		return err
	}
	aliases, err := s.aliases(ctx)
	if err != nil {
		return err
	}
	before := s.current.Load()
	endpoints, problems := map[string]*Endpoint{}, map[string]string{}
	made, failed := make([]*Endpoint, len(champions)), make([]error, len(champions))
	parallel.Each(runtime.GOMAXPROCS(0), len(champions), func(i int) {
		made[i], failed[i] = s.loadProven(ctx, s.nameOf(champions[i], champions), champions[i])
	})
	for i, v := range champions {
		name, err := s.nameOf(v, champions), failed[i]
		if err == nil {
			endpoints[name] = made[i]
			continue
		}
		s.options.Log.Error("a champion is refused", "pipeline", name, "model", registry.Name(v), "error", err)
		if old := before.endpoints[name]; old != nil {
			endpoints[name] = old.refusing(fmt.Sprintf("%s: %v", registry.Name(v), err))
		} else {
			problems[name] = err.Error()
		}
	}
	snap := s.newSnapshot(endpoints, problems, aliases)
	snap.state = state
	snap.canaries, snap.shadows = s.canaries(ctx, snap), s.shadows(ctx, snap)
	s.current.Store(snap)
	for name, now := range endpoints {
		if old := before.endpoints[name]; old == nil || old.Version.Version != now.Version.Version {
			s.behind.told(name)
			s.options.Log.Info("serving", "pipeline", name, "model", registry.Name(now.Version), "run", now.Version.Run)
		}
	}
	return nil
}

// aliases gives where aliases stand, by model, but for the champion's.
func (s *Server) aliases(ctx context.Context) (map[string]map[string]int, error) {
	all, err := s.options.Registry.Aliases(ctx)
	if err != nil {
		return nil, err
	}
	by := map[string]map[string]int{}
	for _, a := range all {
		if a.Alias == record.Champion || a.Version == 0 {
			continue
		}
		if by[a.Model] == nil {
			by[a.Model] = map[string]int{}
		}
		by[a.Model][a.Alias] = a.Version
	}
	return by, nil
}

// nameOf gives the name that a champion is served under: its pipeline's, or the
// model's when the pipeline makes several.
func (s *Server) nameOf(v *record.Version, champions []*record.Version) string {
	for _, other := range champions {
		if other != v && other.Pipeline == v.Pipeline {
			return v.Model
		}
	}
	if v.Pipeline == "" {
		return v.Model
	}
	return v.Pipeline
}

// loadProven loads the endpoint of a version and has it reproduce its golden
// predictions. One that is served already is taken over.
func (s *Server) loadProven(ctx context.Context, name string, v *record.Version) (*Endpoint, error) {
	if slices.Contains(reserved, name) {
		return nil, errors.New("no pipeline can be served under this name; call it otherwise")
	}
	made, err := s.loader.endpoint(ctx, name, v)
	if err != nil {
		return nil, err
	}
	if old := s.current.Load().endpoints[name]; old != nil && old.Refused == "" && old.output == made.output && old.model == made.model {
		return old, nil
	}
	return made, s.prove(made)
}

// refusing is the endpoint with the reason why it stays.
func (s *Endpoint) refusing(why string) *Endpoint {
	stays := &Endpoint{Name: s.Name, Version: s.Version, Refused: why, limits: s.limits, model: s.model, output: s.output, index: s.index, alike: s.alike}
	stays.prepare()
	return stays
}

// prove has an endpoint answer its golden inputs, through the handler that
// clients reach, and compares. It says nothing against one without any, beyond
// that its samples must be answered.
func (s *Server) prove(made *Endpoint) error {
	for i, g := range made.Golden() {
		got, err := s.ask(made, g.Input)
		if err == nil {
			err = got.matches(made, &g)
		}
		if err != nil {
			return fmt.Errorf("golden prediction %d is not reproduced: %w", i+1, err)
		}
	}
	return nil
}

// answered is an answer, read as a client reads it.
type answered struct {
	value         float64
	label         string // "" where the model abstains
	probabilities map[string]float64
	// What the truth is in as often as level says: of numbers an interval, of classes
	// a set. The level is 0 where nothing was promised.
	low, high, level float64
	set              []string
}

// ask sends an input through the endpoint's handler, without recording it.
func (s *Server) ask(made *Endpoint, input json.RawMessage) (*answered, error) {
	r, err := http.NewRequest(http.MethodPost, "/v1/"+made.Name+"/predict?explain=false", bytes.NewReader(input))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	x := s.begin(nil, r)
	defer x.release()
	if x.body, err = io.ReadAll(r.Body); err != nil {
		return nil, err
	}
	x.protect(http.HandlerFunc(made.ServePredict), r)
	if x.status != http.StatusOK {
		return nil, fmt.Errorf("the answer is %d: %s", x.status, x.answer)
	}
	return readAnswer(made, x.answer)
}

// readAnswer reads the prediction of an answer. One that holds none, as null, is
// an error and not 0.
func readAnswer(made *Endpoint, data []byte) (*answered, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	var a answered
	a.readPromise(members)
	if made.Features().Classes == nil {
		return &a, readMember(members[made.Predicts()], &a.value)
	}
	shares, label := map[string]*float64{}, error(nil)
	if string(members["abstained"]) != "true" {
		label = readMember(members[made.Predicts()], &a.label)
	}
	if err := errors.Join(label, readMember(members["probabilities"], &shares)); err != nil {
		return nil, err
	}
	a.probabilities = make(map[string]float64, len(shares))
	for class, share := range shares {
		if share == nil {
			return nil, errNoPrediction
		}
		a.probabilities[class] = *share
	}
	return &a, nil
}

// readPromise reads the interval or the set of an answer, if it has one.
func (a *answered) readPromise(members map[string]json.RawMessage) {
	var interval struct{ Low, High, Level float64 }
	var set struct {
		Classes []string
		Level   float64
	}
	switch {
	case readMember(members["interval"], &interval) == nil:
		a.low, a.high, a.level = interval.Low, interval.High, interval.Level
	case readMember(members["set"], &set) == nil:
		a.set, a.level = set.Classes, set.Level
	}
}

var errNoPrediction = errors.New("the answer holds no prediction")

func readMember(data json.RawMessage, into any) error {
	if len(data) == 0 || string(data) == "null" {
		return errNoPrediction
	}
	return json.Unmarshal(data, into)
}

// tolerance is the relative difference between an answer and a golden one that
// is put down to another processor's arithmetic.
const tolerance = 1e-9

func (a *answered) matches(made *Endpoint, g *offer.Golden) error {
	classes := made.Features().Classes
	if classes == nil {
		if !near(a.value, g.Value) {
			return fmt.Errorf("%v, not %v", a.value, g.Value)
		}
		return nil
	}
	if int(g.Value) >= len(classes) || len(g.Probabilities) != len(classes) {
		return errors.New("it has other classes")
	}
	for k, class := range classes {
		if got, ok := a.probabilities[class]; !ok || !near(got, g.Probabilities[k]) {
			return fmt.Errorf("%s has probability %v, not %v", class, got, g.Probabilities[k])
		}
	}
	return nil
}

func near(a, b float64) bool {
	return math.Abs(a-b) <= tolerance*max(math.Abs(a), math.Abs(b), 1e-3)
}

// Healthy says what cannot be served as it should be, by pipeline.
func (s *Server) Healthy() map[string]string {
	snap := s.current.Load()
	wrong := maps.Clone(snap.problems)
	for name, made := range snap.endpoints {
		if made.Refused != "" {
			if wrong == nil {
				wrong = map[string]string{}
			}
			wrong[name] = made.Refused
		}
	}
	return wrong
}
