package serve

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/record"
)

// said is what changes of what people say of a run; what is left out stays.
type said struct {
	Name *string   `json:"name,omitempty" maxLength:"100" doc:"A name for the run; empty takes it away."`
	Note *string   `json:"note,omitempty" maxLength:"2000" doc:"What it is about."`
	Tags *[]string `json:"tags,omitempty" maxItems:"20" doc:"Words to find it by, without blanks."`
}

func (s *Server) routeRemarks(api huma.API) {
	huma.Register(api, huma.Operation{OperationID: "remark-run", Errors: []int{http.StatusNotFound}, Method: http.MethodPatch, Path: "/v1/runs/{run}", Tags: []string{"runs"},
		Summary: "Name a run, note something about it, give it tags", Security: needsToken, Description: "What is left out stays as it is. It decides nothing."},
		func(ctx context.Context, in *struct {
			Run  string `path:"run"`
			Body said
		}) (*reply[*record.Remark], error) {
			run, _, err := s.run(ctx, in.Run)
			if err != nil {
				return nil, problemOf(err)
			}
			r, err := s.remark(ctx, run.ID)
			if err != nil {
				return nil, internal(err)
			}
			if in.Body.Name != nil {
				r.Name = strings.TrimSpace(*in.Body.Name)
			}
			if in.Body.Note != nil {
				r.Note = strings.TrimSpace(*in.Body.Note)
			}
			if in.Body.Tags != nil {
				r.Tags = record.TagsOf(strings.Join(*in.Body.Tags, " "))
			}
			if err := s.options.Runs.PutRemark(run.ID, r); err != nil {
				return nil, internal(err)
			}
			return &reply[*record.Remark]{r}, nil
		})
}

// remark gives what people say of a run.
func (s *Server) remark(ctx context.Context, run string) (*record.Remark, error) {
	all, err := s.options.Runs.Remarks(ctx, []string{run})
	if r := all[run]; r != nil || err != nil {
		return r, err
	}
	return &record.Remark{Tags: []string{}}, nil
}
