package serve

import (
	"context"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/store/requests"
)

type listRequests struct {
	Pipeline string    `query:"pipeline" maxLength:"100"`
	Caller   string    `query:"caller" maxLength:"64" doc:"The key that they came with."`
	Route    string    `query:"route" maxLength:"200" doc:"The pattern of the path, such as /v1/diamonds/predict."`
	Model    string    `query:"model" maxLength:"100"`
	Version  int       `query:"version" minimum:"0"`
	Status   int       `query:"status" minimum:"0" maximum:"599" doc:"A status, or its first digit: 4 for all of 4xx."`
	From     time.Time `query:"from" doc:"Only from this time on."`
	Until    time.Time `query:"until" doc:"Only before this time."`
	Before   string    `query:"before" maxLength:"64" doc:"Only those before this id: the next page."`
	Limit    int       `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Bodies   bool      `query:"bodies" doc:"With what was sent and answered."`
}

// Recorded is a request as it is told.
type Recorded struct {
	*requests.Request
	Asked    string `json:"asked,omitempty" doc:"The body that was sent, as far as it is kept."`
	Answered string `json:"answered,omitempty" doc:"The body that was answered, as far as it is kept."`
	Cut      bool   `json:"cut,omitempty" doc:"Whether more was sent or answered than is kept."`
}

func outwardRequest(r *requests.Request) *Recorded {
	r.Error = "" // is for those who can read the log
	out := &Recorded{Request: r}
	if r.Request.Kept != nil {
		out.Asked, out.Answered = shownText(r.Request.Kept), shownText(r.Response.Kept)
		out.Cut = r.Request.Truncated() || r.Response.Truncated()
	}
	return out
}

func shownText(data []byte) string {
	if !utf8.Valid(data) {
		return string([]rune(string(data)))
	}
	return string(data)
}

// recalls is how many requests at a time read many recorded bodies, which take
// tens of megabytes.
const recalls = 2

// recall waits until the exchange may read many recorded bodies, which it may
// until its answer is sent.
func (x *exchange) recall(ctx context.Context) error {
	if err := x.server.recalls.Acquire(ctx, 1); err != nil {
		return err
	}
	x.recalls = true
	return nil
}

func (s *Server) routeRequests(api huma.API) {
	tags := []string{"requests"}
	huma.Register(api, huma.Operation{OperationID: "list-requests", Method: http.MethodGet, Path: "/v1/requests", Tags: tags,
		Summary: "List the requests, the newest first"},
		func(ctx context.Context, in *listRequests) (*reply[page[*Recorded]], error) {
			pipeline, err := listed(ctx, in.Pipeline)
			if err != nil {
				return nil, err
			}
			limit := in.Limit
			if in.Bodies {
				limit = min(limit, 100) // bodies are large
				if err := exchangeOf(ctx).recall(ctx); err != nil {
					return nil, problemOf(err)
				}
			}
			found, err := s.options.Requests.Requests(ctx, requests.Filter{Pipeline: pipeline, Caller: in.Caller, Route: in.Route, Model: in.Model, Version: in.Version,
				Status: in.Status, From: in.From, Until: in.Until, Before: in.Before, Limit: limit, Bodies: in.Bodies})
			if err != nil {
				return nil, internal(err)
			}
			list := make([]*Recorded, len(found))
			for i, r := range found {
				list[i] = outwardRequest(r)
			}
			return &reply[page[*Recorded]]{newPage(ctx, list, limit, func(r *Recorded) string { return r.ID })}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-request", Method: http.MethodGet, Path: "/v1/requests/{id}", Tags: tags,
		Summary: "Read a request with what was sent and answered"},
		func(ctx context.Context, in *onePrediction) (*reply[*Recorded], error) {
			found, err := s.options.Requests.Request(ctx, in.ID)
			if err != nil || found == nil || !mayPipeline(ctx, found.Pipeline) {
				return replyFound[Recorded](nil, err, "request", in.ID)
			}
			return &reply[*Recorded]{outwardRequest(found)}, nil
		})
}
