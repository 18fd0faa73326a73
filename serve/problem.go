package serve

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/diag"
	"labbook/internal/jsonrow"
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
}

// Error implements error.
func (p *Problem) Error() string { return p.Detail }

// Unwrap gives the cause, which clients are not told.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func problem(status int, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: detail}
}

// internal is a failure that is not the client's: it is told nothing of err.
func internal(err error) *Problem {
	p := problem(http.StatusInternalServerError, "something went wrong here; the log and the record of the request say what")
	p.cause = err
	return p
}

// problemOf gives an error the status that it deserves.
func problemOf(err error) *Problem {
	var known *Problem
	var faults *jsonrow.Faults
	var wrong *diag.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &faults):
		status, detail := http.StatusUnprocessableEntity, "the input does not fit the schema: "+faults.Error()
		if faults.Syntax {
			status, detail = http.StatusBadRequest, faults.Error()
		}
		p := problem(status, detail)
		p.Errors, p.More = faults.List, faults.More
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
		p.Errors = []jsonrow.Fault{fault}
		return p
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		p := problem(http.StatusServiceUnavailable, "the request could not be finished in time")
		p.cause = err
		return p
	}
	return internal(err)
}

// fail answers with a problem.
func (x *exchange) fail(err error) {
	p := *problemOf(err)
	p.Request = x.record.ID
	if p.cause != nil {
		x.record.Error = p.cause.Error()
	}
	data, err := json.Marshal(&p)
	if err != nil {
		panic("serve: " + err.Error())
	}
	clear(x.header)
	x.header["Content-Type"] = problemType
	x.status = p.Status
	x.answer = append(x.answer[:0], data...)
}

var (
	problemType = []string{"application/problem+json"}
	jsonType    = []string{"application/json"}
)

// asProblem turns what huma says of paths and queries into a Problem.
func asProblem(ctx huma.Context, _ string, v any) (any, error) {
	switch e := v.(type) {
	case *huma.ErrorModel:
		p := problem(e.Status, e.Detail)
		for _, d := range e.Errors {
			p.Errors = append(p.Errors, jsonrow.Fault{Location: d.Location, Message: d.Message, Value: d.Value})
		}
		p.Request = exchangeOf(ctx.Context()).record.ID
		return p, nil
	case *Problem:
		p := *e
		x := exchangeOf(ctx.Context())
		p.Request = x.record.ID
		if p.cause != nil {
			x.record.Error = p.cause.Error()
		}
		return &p, nil
	}
	return v, nil
}
