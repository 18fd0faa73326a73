package serve

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"golang.org/x/sync/semaphore"

	"labbook/internal/base/diag"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
	"labbook/serve/refusal"
)

// Beside the champion any version of its model answers whoever asks for it, by its
// number or by an alias. It is loaded when it is first asked for, has to reproduce its
// golden predictions as a champion does, and reads what it was trained on, which may be
// other fields than the champion reads.

// versionParameter is how a query names who is to answer.
const versionParameter = "version"

// versionWords describe it.
const versionWords = "Which version of the model is to answer: its number, or an alias such as candidate. Without it the champion answers. It reads its own fields, which may be others than the champion's; GET of this pipeline shows them with the same parameter."

// besides are versions that answer although they are no champions, as they were last
// asked for.
type besides struct {
	loading *semaphore.Weighted // one at a time is loaded
	mu      sync.Mutex
	known   map[string]*other // by pipeline and version
	order   []string          // of known, the last used at the end
}

// other is a version, or why it does not answer.
type other struct {
	made *Endpoint
	err  error
}

// keepOthers is how many versions are kept that are no champions.
const keepOthers = 4

func newBesides() *besides {
	return &besides{loading: semaphore.NewWeighted(1), known: map[string]*other{}}
}

func (o *besides) get(key string) *other {
	o.mu.Lock()
	defer o.mu.Unlock()
	found := o.known[key]
	if found != nil {
		o.order = append(slices.DeleteFunc(o.order, func(k string) bool { return k == key }), key)
	}
	return found
}

func (o *besides) put(key string, one *other) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.known[key], o.order = one, append(o.order, key)
	for len(o.order) > keepOthers {
		delete(o.known, o.order[0])
		o.order = o.order[1:]
	}
}

// versioned has the version answer that a request names; where it names none the champion,
// or, where predictions are asked for, who share chooses.
func (snap *snapshot) versioned(s *Server, made *Endpoint, share bool, h func(*Endpoint, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x, text := w.(*exchange), ""
		if r.URL.RawQuery != "" {
			query, _ := url.ParseQuery(r.URL.RawQuery) // what is wrong with it, h says
			text = query.Get(versionParameter)
		}
		chosen, err := snap.choose(r.Context(), s, made, text)
		if err != nil {
			x.record.Pipeline, x.record.Model = made.Name, made.Version.Model
			x.fail(err)
			return
		}
		if share && text == "" {
			chosen = snap.share(made, x)
		}
		h(chosen, w, r)
	}
}

// choose gives the version of made's model that a text names: a number, an alias, or
// nothing, which is the champion.
func (snap *snapshot) choose(ctx context.Context, s *Server, made *Endpoint, text string) (*Endpoint, error) {
	if text == "" || text == record.Champion {
		return made, nil
	}
	number, err := strconv.Atoi(text)
	if err != nil {
		number = snap.aliases[made.Version.Model][text]
	}
	if number == made.Version.Version {
		return made, nil
	}
	if number < 1 {
		return nil, s.noVersion(ctx, snap, made, text)
	}
	return snap.other(ctx, s, made, number, text)
}

// other gives a version that is no champion, loaded and proven.
func (snap *snapshot) other(ctx context.Context, s *Server, made *Endpoint, number int, text string) (*Endpoint, error) {
	key := fmt.Sprintf("%s %d", made.Name, number)
	if known := snap.others.get(key); known != nil {
		return known.made, known.err
	}
	if err := snap.others.loading.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer snap.others.loading.Release(1)
	if known := snap.others.get(key); known != nil {
		return known.made, known.err
	}
	ctx = context.WithoutCancel(ctx) // others wait for it too
	versions, err := s.options.Registry.Versions(ctx, made.Version.Model)
	if err != nil {
		return nil, internal(err)
	}
	at := slices.IndexFunc(versions, func(v *record.Version) bool { return v.Version == number })
	if at < 0 {
		return nil, s.noVersion(ctx, snap, made, text)
	}
	one := &other{}
	if one.made, err = s.loader.endpoint(ctx, made.Name, versions[at]); err == nil {
		err = s.prove(one.made)
	}
	if err != nil {
		s.options.Log.Error("a version does not answer", "pipeline", made.Name, "model", registry.Name(versions[at]), "error", err)
		one.made, one.err = nil, unloaded(versions[at], err)
	}
	snap.others.put(key, one)
	return one.made, one.err
}

// unloaded is the answer in the place of a version that cannot be loaded, or is not what
// it was.
func unloaded(v *record.Version, err error) error {
	var known *diag.Error
	if errors.As(err, &known) && !v.Retired.IsZero() {
		p := problem(http.StatusConflict, known.What)
		p.cause = err
		return p
	}
	p := problem(http.StatusServiceUnavailable, registry.Name(v)+" cannot be loaded, or does not reproduce its golden predictions; the log says which")
	p.cause = err
	return p
}

// noVersion says which versions there are.
func (s *Server) noVersion(ctx context.Context, snap *snapshot, made *Endpoint, text string) error {
	fault := jsonrow.Fault{Location: "query." + versionParameter, Message: made.Version.Model + " has no such version or alias", Value: refusal.Cut(text)}
	var allowed []string
	if versions, err := s.options.Registry.Versions(ctx, made.Version.Model); err == nil {
		for _, v := range versions[max(0, len(versions)-refusal.Most):] {
			if v.Retired.IsZero() {
				allowed = append(allowed, strconv.Itoa(v.Version))
			}
		}
	}
	aliases := append(slices.Sorted(maps.Keys(snap.aliases[made.Version.Model])), record.Champion)
	fault.Hint = diag.DidYouMean(refusal.Cut(text), aliases)
	fault.Allowed = append(allowed, aliases...)
	return &jsonrow.Faults{List: []jsonrow.Fault{fault}}
}
