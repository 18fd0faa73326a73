package serve

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	"labbook/internal/store/registry"
	"labbook/serve/refusal"
)

// Model is a model with its versions.
type Model struct {
	Model    string            `json:"model"`
	Champion int               `json:"champion" doc:"The version that stands as champion; 0: none."`
	Answers  int               `json:"answers" doc:"The version that answers requests; 0: none."`
	Aliases  map[string]int    `json:"aliases" nullable:"false" doc:"The versions that aliases other than champion stand at."`
	Versions []*record.Version `json:"versions" nullable:"false" doc:"The oldest first."`
	History  []record.Move     `json:"history" nullable:"false" doc:"Every move of the champion, the oldest first."`
	Lineage  map[string]string `json:"lineage,omitempty" doc:"What the version that answers was made from: digests of artifacts."`
}

type promoteInput struct {
	Model string `path:"model"`
	Body  struct {
		Version  whole  `json:"version" minimum:"1" doc:"The version to promote."`
		Expected *whole `json:"expected,omitempty" doc:"The champion that is believed to stand; when another one does, nothing happens."`
		Reason   string `json:"reason,omitempty" maxLength:"500"`
	}
}

type rollbackInput struct {
	Model string `path:"model"`
	Body  *struct {
		Expected *whole `json:"expected,omitempty" doc:"The champion that is believed to stand; when another one does, nothing happens."`
		Reason   string `json:"reason,omitempty" maxLength:"500"`
	}
}

// whole is a whole number as JSON Schema has it: 1.0 is one. What is beyond any
// version is cut to what is still beyond.
type whole int

// UnmarshalJSON implements json.Unmarshaler.
func (w *whole) UnmarshalJSON(data []byte) error {
	v, err := strconv.ParseFloat(string(data), 64)
	if err != nil || v != math.Trunc(v) {
		return errors.New("this is no whole number")
	}
	*w = whole(max(-1e9, min(v, 1e9)))
	return nil
}

// Schema implements huma.SchemaProvider.
func (whole) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeInteger} }

func (s *Server) routeModels(api huma.API) {
	tags := []string{"models"}
	huma.Register(api, huma.Operation{OperationID: "list-models", Method: http.MethodGet, Path: "/v1/models", Tags: tags, Summary: "List the models"},
		func(ctx context.Context, _ *struct{}) (*reply[[]*Model], error) {
			names, err := s.options.Registry.Models(ctx)
			if err != nil {
				return nil, internal(err)
			}
			all := []*Model{}
			for _, name := range names {
				m, err := s.Model(ctx, name)
				if err != nil {
					return nil, problemOf(err)
				}
				if mayPipeline(ctx, m.pipeline()) {
					all = append(all, m)
				}
			}
			return &reply[[]*Model]{all}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-model", Method: http.MethodGet, Path: "/v1/models/{model}", Tags: tags,
		Summary: "Read a model's versions, metrics and history"},
		func(ctx context.Context, in *struct {
			Model string `path:"model"`
		}) (*reply[*Model], error) {
			m, err := s.modelFor(ctx, in.Model)
			if err != nil {
				return nil, ofRegistry(err)
			}
			return &reply[*Model]{m}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "promote-model", Errors: []int{http.StatusConflict}, Method: http.MethodPost, Path: "/v1/models/{model}/promote", Tags: tags,
		Summary: "Promote a version to champion", Security: needsToken,
		Description: "The version is loaded and has to reproduce its golden predictions first; requests under way are finished by the version before."},
		func(ctx context.Context, in *promoteInput) (*reply[*record.Move], error) {
			if _, err := s.modelFor(ctx, in.Model); err != nil {
				return nil, ofRegistry(err)
			}
			move, err := s.Promote(ctx, in.Model, int(in.Body.Version), (*int)(in.Body.Expected), in.Body.Reason, exchangeOf(ctx).caller.actor())
			if err != nil {
				return nil, ofRegistry(err)
			}
			return &reply[*record.Move]{move}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "rollback-model", Errors: []int{http.StatusConflict}, Method: http.MethodPost, Path: "/v1/models/{model}/rollback", Tags: tags,
		Summary: "Take the last promotion back", Security: needsToken,
		Description: "The body may be left out. The version that was champion before answers when this returns, as after a promotion; again, and the one before that does."},
		func(ctx context.Context, in *rollbackInput) (*reply[*record.Move], error) {
			var expected *int
			var reason string
			if in.Body != nil {
				expected, reason = (*int)(in.Body.Expected), in.Body.Reason
			}
			if _, err := s.modelFor(ctx, in.Model); err != nil {
				return nil, ofRegistry(err)
			}
			move, err := s.Rollback(ctx, in.Model, expected, reason, exchangeOf(ctx).caller.actor())
			if err != nil {
				return nil, ofRegistry(err)
			}
			return &reply[*record.Move]{move}, nil
		})
	s.routeAlias(api, tags)
}

type aliasInput struct {
	Model string `path:"model"`
	Body  struct {
		Alias    string `json:"alias" minLength:"1" maxLength:"64" pattern:"^[a-z][a-z0-9-]*$" doc:"The alias; the champion is moved by promote and rollback."`
		Version  whole  `json:"version" minimum:"0" doc:"The version that it is to stand at; 0 takes it away."`
		Expected *whole `json:"expected,omitempty" doc:"The version that it is believed to stand at, 0 for none; when it stands elsewhere, nothing happens."`
		Reason   string `json:"reason,omitempty" maxLength:"500"`
	}
}

// routeAlias adds how aliases are moved.
func (s *Server) routeAlias(api huma.API, tags []string) {
	huma.Register(api, huma.Operation{OperationID: "set-model-alias", Errors: []int{http.StatusConflict}, Method: http.MethodPost, Path: "/v1/models/{model}/alias", Tags: tags,
		Summary: "Have an alias stand at a version", Security: needsToken,
		Description: "Whoever asks for ?version=ALIAS is answered by that version when this returns. It is loaded and has to reproduce its golden predictions first."},
		func(ctx context.Context, in *aliasInput) (*reply[*record.Move], error) {
			if _, err := s.modelFor(ctx, in.Model); err != nil {
				return nil, ofRegistry(err)
			}
			move, err := s.SetAlias(ctx, in.Model, in.Body.Alias, int(in.Body.Version), (*int)(in.Body.Expected), in.Body.Reason, exchangeOf(ctx).caller.actor())
			if err != nil {
				return nil, ofRegistry(err)
			}
			return &reply[*record.Move]{move}, nil
		})
}

// SetAlias has an alias stand at a version, as registry.SetAlias does, and has that
// answer to it when it returns, under the same conditions as Promote.
func (s *Server) SetAlias(ctx context.Context, model, alias string, version int, expected *int, reason, actor string) (*record.Move, error) {
	r := s.options.Registry
	if version != 0 {
		v, err := r.Resolve(ctx, registry.Reference{Model: model, Version: version}.String())
		if err != nil {
			return nil, err
		}
		if err := s.rehearse(ctx, v, alias); err != nil {
			return nil, err
		}
	}
	move, err := r.SetAlias(ctx, model, alias, version, expected, reason, actor)
	if err != nil {
		return nil, err
	}
	return move, s.Refresh(ctx)
}

// ofRegistry gives what the registry says the status that it deserves: 404 for
// names that it does not know, 409 when the champion stands elsewhere than was
// thought.
func ofRegistry(err error) error {
	p := problemOf(err)
	var wrong *diag.Error
	switch {
	case errors.Is(err, registry.ErrConflict):
		p.Status = http.StatusConflict
	case errors.As(err, &wrong) && p.Status == http.StatusUnprocessableEntity:
		p.Status = http.StatusNotFound
		p.Errors[0].Location = "path"
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// Model gives what there is to know about a model; it must exist.
func (s *Server) Model(ctx context.Context, name string) (*Model, error) {
	r := s.options.Registry
	versions, err := r.Versions(ctx, name)
	if err != nil {
		return nil, err
	}
	m := &Model{Model: name, Versions: versions}
	if m.Aliases, err = r.AliasesOf(ctx, name); err != nil {
		return nil, err
	}
	if m.Champion, err = r.Standing(ctx, name); err != nil {
		return nil, err
	}
	if m.History, err = r.History(ctx, name); err != nil {
		return nil, err
	}
	if m.History == nil {
		m.History = []record.Move{}
	}
	for _, made := range s.Endpoints() {
		if made.Version.Model == name {
			m.Answers, m.Lineage = made.Version.Version, made.Bundle().Lineage
		}
	}
	return m, nil
}

// pipeline gives the one that made the newest version.
func (m *Model) pipeline() string {
	if len(m.Versions) == 0 {
		return ""
	}
	return m.Versions[len(m.Versions)-1].Pipeline
}

// modelFor gives a model to whoever asks, unless that is bound to other
// pipelines: then there is none.
func (s *Server) modelFor(ctx context.Context, name string) (*Model, error) {
	m, err := s.Model(ctx, name)
	if err == nil && !mayPipeline(ctx, m.pipeline()) {
		return nil, problem(http.StatusNotFound, "no model is called "+strconv.Quote(refusal.Cut(name)))
	}
	return m, err
}

// Promote makes a version the champion, and has it answer when it returns. A
// version that cannot be loaded, or does not reproduce its golden predictions,
// is not promoted. expected, if not nil, is the champion that must stand.
func (s *Server) Promote(ctx context.Context, model string, version int, expected *int, reason, actor string) (*record.Move, error) {
	r := s.options.Registry
	v, err := r.Resolve(ctx, registry.Reference{Model: model, Version: version}.String())
	if err != nil {
		return nil, err
	}
	if err := s.rehearse(ctx, v, record.Champion); err != nil {
		return nil, err
	}
	stands, err := r.Standing(ctx, model)
	if err != nil {
		return nil, err
	}
	if expected != nil {
		stands = *expected
	}
	if reason == "" {
		reason = "promoted by hand"
	}
	move, err := r.Promote(ctx, model, version, stands, reason, actor)
	if err != nil {
		return nil, err
	}
	return move, s.Refresh(ctx)
}

// Rollback takes the last promotion back, and has the version before answer
// when it returns, under the same conditions as Promote.
func (s *Server) Rollback(ctx context.Context, model string, expected *int, reason, actor string) (*record.Move, error) {
	r := s.options.Registry
	before, err := r.Before(ctx, model)
	if err != nil {
		return nil, err
	}
	if err := s.rehearse(ctx, before, record.Champion); err != nil {
		return nil, err
	}
	if reason == "" {
		reason = "rolled back by hand"
	}
	move, err := r.Rollback(ctx, model, expected, reason, actor)
	if err != nil {
		return nil, err
	}
	return move, s.Refresh(ctx)
}

// rehearse loads a version and has it reproduce its golden predictions, without
// anybody being answered by it, before an alias stands at it. What keeps it from that is told to the log only.
func (s *Server) rehearse(ctx context.Context, v *record.Version, alias string) error {
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	made, err := s.loader.endpoint(ctx, v.Pipeline, v)
	if err == nil {
		err = s.prove(made)
	}
	if err == nil {
		return nil
	}
	p := problem(http.StatusConflict, registry.Name(v)+" does not become "+alias+": it cannot be loaded, or does not reproduce its golden predictions")
	p.cause = err
	return p
}
