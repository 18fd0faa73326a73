package serve

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/base/diag"
	"labbook/internal/data/jsonrow"
	"labbook/models/estimator"
	"labbook/serve/refusal"
)

// Problem is an error as clients see it (RFC 9457). Errors of huma, which
// checks paths and queries, have the same members.
type Problem struct {
	Type    string          `json:"type" doc:"Always about:blank: the status says which type it is."`
	Title   string          `json:"title" doc:"The status in words."`
	Status  int             `json:"status" doc:"The HTTP status."`
	Detail  string          `json:"detail" doc:"What is wrong, in words."`
	Request string          `json:"request,omitempty" doc:"Id of the request, to find it in /v1/requests."`
	Errors  []jsonrow.Fault `json:"errors,omitempty" doc:"Everything that is wrong, each with its place, what was found and what is allowed."`
	More    int             `json:"more,omitempty" doc:"How many errors are not listed, because there are so many."`

	cause error // for the log and the record only
	from  error // that it tells clients of, for callers in this process
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// Unwrap gives the cause, which clients are not told, and the error that they
// are told of.
func (p *Problem) Unwrap() []error {
	return slices.DeleteFunc([]error{p.cause, p.from}, func(err error) bool { return err == nil })
}

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func problem(status int, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

// internal is a failure that is not the client's: it is told nothing of err.
func internal(err error) *Problem {
	if errors.Is(err, context.Canceled) { // no fault of the server, and hardly anybody reads it
		return problem(http.StatusRequestTimeout, "the connection was closed before the answer was there")
	}
	p := problem(http.StatusInternalServerError, "something went wrong here; the log and the record of the request say what")
	p.cause = err
	return p
}

// problemOf gives an error the status that it deserves.
func problemOf(err error) *Problem {
	var known *Problem
	var faults *jsonrow.Faults
	var wrong *diag.Error
	var gone *estimator.Unavailable
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &gone): // of what its program printed clients are told nothing
		p := problem(http.StatusServiceUnavailable, gone.What)
		p.cause = gone
		return p
	case errors.As(err, &faults):
		status, detail := http.StatusUnprocessableEntity, "the request does not fit the schema: "+faults.Error()
		if faults.Syntax {
			status, detail = http.StatusBadRequest, faults.Error()
		}
		p := problem(status, detail)
		p.Errors, p.More, p.from = faults.List, faults.More, faults
		return p
	case errors.As(err, &wrong):
		p := problem(http.StatusUnprocessableEntity, wrong.What)
		fault := jsonrow.Fault{Location: "body", Message: wrong.What, Hint: wrong.Hint}
		if wrong.Found != "" {
			fault.Value = wrong.Found
		}
		if wrong.Wanted != "" {
			fault.Allowed = wrong.Wanted
		}
		p.Errors, p.from = []jsonrow.Fault{fault}, wrong
		return p
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		p := problem(http.StatusServiceUnavailable, "the request could not be finished in time")
		p.cause = err
		return p
	}
	return internal(err)
}

// overheard tells a caller in this process of a problem as it is, with the error
// that it was made of.
func (x *exchange) overheard(p *Problem) {
	if caller, ok := x.to.(*held); ok {
		caller.problem = p
	}
}

// fail answers with a problem.
func (x *exchange) fail(err error) {
	p := *problemOf(err)
	p.Request = x.record.ID
	if p.cause != nil {
		x.record.Error = p.cause.Error()
	}
	x.overheard(&p)
	status, body := inForm(x.record.Path, &p)
	data, err := json.Marshal(body)
	if err != nil {
		panic("serve: " + err.Error())
	}
	clear(x.header)
	if x.header["Content-Type"] = problemType; body != any(&p) {
		x.header["Content-Type"] = jsonType
	}
	switch p.Status {
	case http.StatusUnauthorized:
		x.header["Www-Authenticate"] = bearer
	case http.StatusTooManyRequests:
		x.header["Retry-After"] = soon
	case http.StatusServiceUnavailable:
		x.header["Retry-After"] = later
	}
	x.status = status
	x.answer = append(x.answer[:0], data...)
}

var (
	problemType = []string{"application/problem+json"}
	jsonType    = []string{"application/json"}
	bearer      = []string{`Bearer realm="labbook"`}
	soon        = []string{"1"} // seconds
	later       = []string{"5"}
)

// asProblem gives the transformer that turns what huma says of paths, queries
// and bodies into a Problem, and gives each Problem its request.
func asProblem(schemas huma.Registry) huma.Transformer {
	return func(ctx huma.Context, _ string, v any) (any, error) {
		var p Problem
		switch e := v.(type) {
		case *huma.ErrorModel:
			p = *problem(e.Status, e.Detail)
			if len(e.Errors) > 0 {
				p = *problemOf(refusal.Of(e, ctx.Operation(), schemas))
				p.Status, p.Title = e.Status, http.StatusText(e.Status)
			}
		case *Problem:
			p = *e
		default:
			return v, nil
		}
		x := exchangeOf(ctx.Context())
		p.Request = x.record.ID
		if p.cause != nil {
			x.record.Error = p.cause.Error()
		}
		if p.Status == http.StatusServiceUnavailable {
			x.header["Retry-After"] = later
		}
		x.overheard(&p)
		return &p, nil
	}
}
