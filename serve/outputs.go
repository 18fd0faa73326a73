package serve

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/base/artifact"
	"labbook/internal/base/diag"
	"labbook/internal/data/record"
	outputs "labbook/internal/store/output"
	"labbook/internal/store/registry"
	"labbook/serve/refusal"
)

// OutputFile is a file that a stage of a run left, as clients see it.
type OutputFile struct {
	Stage  string `json:"stage"`
	File   string `json:"file"`
	Size   int64  `json:"size" doc:"Bytes, as it is."`
	Digest string `json:"digest" doc:"SHA-256 of its bytes."`
	Href   string `json:"href" doc:"Where it is, as it is."`
	// Forms are of tables and matrices only.
	Forms []OutputForm `json:"forms,omitempty" doc:"Where a table or matrix is in other forms."`
}

// OutputForm is a form that a table is given in.
type OutputForm struct {
	Form string `json:"form" enum:"csv,parquet,jsonl,arrow"`
	Href string `json:"href"`
}

// routeOutputs adds the routes of what stages left. A file has a handler of its
// own, for it is not held back as other answers are: huma describes it.
func (s *Server) routeOutputs(api huma.API, mux *http.ServeMux) {
	tags := []string{"runs"}
	huma.Register(api, huma.Operation{OperationID: "list-outputs", Method: http.MethodGet, Path: "/v1/runs/{run}/outputs", Tags: tags,
		Summary: "List the files that the stages of a run left"}, func(ctx context.Context, in *struct {
		Run string `path:"run"`
	}) (*reply[page[OutputFile]], error) {
		run, stages, err := s.run(ctx, in.Run)
		if err != nil {
			return nil, problemOf(err)
		}
		return &reply[page[OutputFile]]{page[OutputFile]{Items: s.outputsOf(run.ID, stages)}}, nil
	})
	text := &huma.Schema{Type: huma.TypeString}
	binary := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	api.OpenAPI().AddOperation(&huma.Operation{OperationID: "get-output", Method: http.MethodGet, Path: "/v1/runs/{run}/output", Tags: tags,
		Summary: "Download a file that a stage of a run left",
		Description: "As it is; or a table or matrix in another form, by the end of the name that is asked for: " +
			"train.csv, train.parquet, train.jsonl and train.arrow are one table. What is no longer kept is 404.",
		Parameters: []*huma.Param{
			{Name: "run", In: "path", Required: true, Schema: text},
			{Name: "stage", In: "query", Required: true, Description: "The stage, as in train/boosting.", Schema: text},
			{Name: "file", In: "query", Description: "The file; it may be left out where there is one.", Schema: text},
		},
		Responses: map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{
			"text/csv": {Schema: text}, "application/json": {Schema: &huma.Schema{}}, "application/x-ndjson": {Schema: text},
			outputs.MediaType(".parquet"): binary, outputs.MediaType(".arrow"): binary, "application/octet-stream": binary}}}})
	mux.HandleFunc("GET /v1/runs/{run}/output", s.serveOutput)
}

// outputsOf lists the files that stages left and that are still kept, in the
// order of the stages.
func (s *Server) outputsOf(run string, stages []*record.Stage) []OutputFile {
	files := []OutputFile{}
	for _, st := range stages {
		left, err := s.left(st)
		if err != nil {
			continue
		}
		for _, b := range left.Files {
			f := OutputFile{Stage: st.Name, File: b.Name, Size: b.Size, Digest: b.Digest, Href: s.options.Behind.Base + outputPath(run, st.Name, b.Name)}
			for _, name := range outputs.Forms(left, b.Name) {
				f.Forms = append(f.Forms, OutputForm{strings.TrimPrefix(path.Ext(name), "."), s.options.Behind.Base + outputPath(run, st.Name, name)})
			}
			files = append(files, f)
		}
	}
	return files
}

func outputPath(run, stage, file string) string {
	return "/v1/runs/" + url.PathEscape(run) + "/output?" + url.Values{"stage": {stage}, "file": {file}}.Encode()
}

// left gives the files that a stage left, proved.
func (s *Server) left(st *record.Stage) (*artifact.Artifact, error) {
	if st.Output == "" || s.options.Outputs == nil {
		return nil, registry.ErrLost
	}
	files, err := s.options.Outputs.Tree(st.Output)
	if err != nil {
		return nil, err
	}
	return &artifact.Artifact{Stage: st.Name, Types: st.Makes, Digest: st.Output, Files: files}, nil
}

// chosenOutput gives the file that a request means.
func (s *Server) chosenOutput(r *http.Request) (*outputs.Chosen, error) {
	asked, err := parameters(r, "stage", "file")
	if err != nil {
		return nil, err
	}
	run, stages, err := s.run(r.Context(), r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(stages, func(st *record.Stage) bool { return st.Name == asked["stage"] })
	if at < 0 {
		return nil, problem(http.StatusNotFound, "run "+run.ID+" has no stage "+strconv.Quote(refusal.Cut(asked["stage"])))
	}
	left, err := s.left(stages[at])
	switch {
	case errors.Is(err, registry.ErrLost):
		return nil, problem(http.StatusNotFound, "what "+stages[at].Name+" left in that run is not kept")
	case err != nil:
		return nil, internal(err)
	}
	c, err := outputs.Choose(left, asked["file"])
	var wrong *diag.Error
	if errors.As(err, &wrong) {
		return nil, problem(http.StatusNotFound, refusal.Cut(wrong.What))
	}
	return c, err
}

// serveOutput sends a file. One that has to be converted is made whole first, one
// such at a time, so that no client gets half of one and none takes the memory
// of many.
func (s *Server) serveOutput(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	x.record.Route = routeOf(r)
	c, err := s.chosenOutput(r)
	if err != nil {
		x.fail(err)
		return
	}
	from, err := s.outputBytes(r.Context(), c)
	if err != nil {
		x.fail(internal(err))
		return
	}
	defer from.Close()
	s.sendFile(x, from, outputs.MediaType(c.Name), outputs.Disposition(c.Name))
}

// sendFile sends a file from its beginning, and lets go of what would hold it back.
func (s *Server) sendFile(x *exchange, from io.ReadSeeker, kind, disposition string) {
	size, err := from.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = from.Seek(0, io.SeekStart)
	}
	if err != nil {
		x.fail(internal(err))
		return
	}
	x.header.Set("Content-Type", kind)
	x.header.Set("Content-Disposition", disposition)
	x.header.Set("Content-Length", strconv.FormatInt(size, 10))
	x.header.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	control := x.stream()
	if control == nil {
		return
	}
	for {
		control.SetWriteDeadline(time.Now().Add(s.options.Limits.Write))
		if _, err := io.CopyN(x, from, 1<<20); err != nil {
			return
		}
	}
}

// outputBytes gives the file to send, at its beginning: that of the cache, or a
// new one, which has no name already, in the form that is asked for.
func (s *Server) outputBytes(ctx context.Context, c *outputs.Chosen) (*os.File, error) {
	if c.As == "" {
		return os.Open(c.Path)
	}
	if err := s.conversions.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer s.conversions.Release(1)
	f, err := os.CreateTemp("", "labbook-output-")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	if err := c.Write(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
