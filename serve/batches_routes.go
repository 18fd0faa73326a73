package serve

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/formats"
	outputs "labbook/internal/store/output"
	"labbook/serve/batch"
	"labbook/serve/refusal"
)

// removed is the answer of what removed something.
type removed struct {
	Batch  string `json:"batch" doc:"Id of the batch."`
	Status string `json:"status" enum:"removed" doc:"It is gone, with its file and its result; one under way is stopped."`
}

type oneBatch struct {
	Batch string `path:"batch"`
}

// routeBatches adds the routes of files that are predicted while nobody waits. Files
// go in and out as they are, so these have handlers of their own.
func (s *Server) routeBatches(api huma.API, mux *http.ServeMux, made *Endpoint, base string, tags []string) {
	path := base + "/batches"
	text, binary := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeString, Format: "binary"}
	longest := 200
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[batch.Batch](), true, "Batch")
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "start-batch-" + made.Name, Method: http.MethodPost, Path: path, Tags: tags, DefaultStatus: http.StatusAccepted,
		Summary: "Predict a file of any number of rows, while nobody waits",
		Description: "Send the file as the body: CSV, an object a line, Parquet or Arrow; the first two may be packed by gzip or zstd. What it is, its bytes tell. " +
			"One batch is worked at at a time, by the version that is asked for, or the champion that stands when it is begun. Its result, the rows with their predictions, is kept for a day. " +
			"All rows are answered or none: each that cannot be is told with its line.",
		Errors: []int{http.StatusConflict},
		Parameters: []*huma.Param{{Name: "name", In: "query", Description: "What to call it, such as the name of the file.",
			Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest}},
			{Name: versionParameter, In: "query", Description: versionWords, Schema: text}},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			typeCSV: {Schema: text, Example: csvExample(made)}, typeLines: {Schema: text, Example: linesExample(made)},
			typeParquet: {Schema: binary}, typeArrow: {Schema: binary}, typeStream: {Schema: binary},
		}},
		Responses: map[string]*huma.Response{"202": {Description: "It is taken", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}},
			Headers: map[string]*huma.Param{"Location": {Description: "Where it is.", Schema: text}}}},
	})
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) { s.startBatch(w.(*exchange), r, made) })

	huma.Register(api, huma.Operation{OperationID: "list-batches-" + made.Name, Method: http.MethodGet, Path: path, Tags: tags,
		Summary: "List the batches that are kept, the newest first", Description: "A key without the scope read sees those that it brought."},
		func(ctx context.Context, _ *struct{}) (*reply[page[*batch.Batch]], error) {
			all, err := s.batches.list(exchangeOf(ctx).caller, made.Name)
			if err != nil {
				return nil, problemOf(err)
			}
			return &reply[page[*batch.Batch]]{page[*batch.Batch]{Items: all}}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "get-batch-" + made.Name, Method: http.MethodGet, Path: path + "/{batch}", Tags: tags,
		Summary: "Read how a batch stands"},
		func(ctx context.Context, in *oneBatch) (*reply[*batch.Batch], error) {
			b, err := s.batches.find(exchangeOf(ctx).caller, made.Name, in.Batch)
			if err != nil {
				return nil, problemOf(err)
			}
			return &reply[*batch.Batch]{b}, nil
		})
	huma.Register(api, huma.Operation{OperationID: "remove-batch-" + made.Name, Method: http.MethodDelete, Path: path + "/{batch}", Tags: tags,
		Summary: "Stop a batch, and remove it with all that came of it", Security: needsToken, Description: "A key without the scope admin removes those that it brought. The records stay."},
		func(ctx context.Context, in *oneBatch) (*reply[removed], error) {
			caller := exchangeOf(ctx).caller
			b, err := s.batches.find(caller, made.Name, in.Batch)
			if err != nil {
				return nil, problemOf(err)
			}
			if b.Caller != caller.Name && !caller.may(toRule) {
				return nil, problem(http.StatusForbidden, "another key brought this batch; the scope admin removes those of others")
			}
			if err := s.batches.store.Remove(b.ID); err != nil {
				return nil, internal(err)
			}
			return &reply[removed]{removed{b.ID, "removed"}}, nil
		})

	enum := []any{}
	for _, form := range batch.Forms {
		enum = append(enum, "result."+string(form))
	}
	api.OpenAPI().AddOperation(&huma.Operation{OperationID: "get-batch-result-" + made.Name, Method: http.MethodGet, Path: path + "/{batch}/{file}", Tags: tags,
		Summary: "Download the result of a batch", Errors: []int{http.StatusConflict},
		Description: "The rows with their predictions, in the order and with the columns in which they came. In other forms than CSV a column is numbers where all its values are. " +
			"What is not done yet is 409.",
		Parameters: []*huma.Param{{Name: "batch", In: "path", Required: true, Schema: text}, {Name: "file", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString, Enum: enum}}},
		Responses: map[string]*huma.Response{"200": {Description: "The file", Content: map[string]*huma.MediaType{
			typeCSV: {Schema: text}, typeLines: {Schema: text}, typeParquet: {Schema: binary}, typeArrow: {Schema: binary}}}}})
	mux.HandleFunc("GET "+path+"/{batch}/{file}", func(w http.ResponseWriter, r *http.Request) { s.serveResult(w.(*exchange), r, made.Name) })
}

// startBatch makes a batch of the file that came.
func (s *Server) startBatch(x *exchange, r *http.Request, made *Endpoint) {
	pipeline := made.Name
	x.record.Pipeline = pipeline
	asked, err := parameters(r, "name", versionParameter)
	name, wanted := asked["name"], 0
	if version := asked[versionParameter]; err == nil && version != "" {
		var other *Endpoint // it has to answer, or nobody would hear of it for long
		if other, err = s.current.Load().choose(r.Context(), s, made, version); err == nil {
			wanted = other.Version.Version
		}
	}
	switch {
	case err != nil:
	case len(name) > 200 || strings.ContainsRune(name, 0):
		err = problem(http.StatusUnprocessableEntity, "name is at most 200 bytes, without a NUL")
	case x.upload == nil || x.upload.File().Size == 0:
		err = problem(http.StatusUnprocessableEntity, "there is no file: send it as the body")
	case strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/"):
		err = problem(http.StatusUnsupportedMediaType, "send the file itself as the body, not a form; curl does so with --data-binary @FILE")
	}
	if err != nil {
		x.fail(err)
		return
	}
	b := &batch.Batch{ID: x.record.ID, Pipeline: pipeline, Name: name, Wanted: wanted, Caller: x.caller.Name, Client: x.record.Client}
	if err := x.upload.Keep(b); err != nil {
		x.fail(unstored(err))
		return
	}
	x.batch = b.ID
	answer, err := json.Marshal(b)
	if err != nil {
		x.fail(internal(err))
		return
	}
	x.header["Content-Type"] = jsonType
	x.header.Set("Location", "/v1/"+pipeline+"/batches/"+b.ID)
	x.status, x.answer = http.StatusAccepted, append(x.answer[:0], answer...)
}

// sees says whether a caller may know of a batch.
func sees(c *Caller, b *batch.Batch) bool {
	return c == nobody || c.may(toRead) || c.Name == b.Caller
}

// list gives the batches of a pipeline that a caller may know of, the newest first.
func (b *batches) list(c *Caller, pipeline string) ([]*batch.Batch, error) {
	all, err := b.store.List()
	if err != nil {
		return nil, internal(err)
	}
	seen := []*batch.Batch{}
	for _, one := range all {
		if one.Pipeline == pipeline && sees(c, one) {
			seen = append(seen, b.outward(one))
		}
	}
	return seen, nil
}

// find gives a batch that a caller may know of.
func (b *batches) find(c *Caller, pipeline, id string) (*batch.Batch, error) {
	all, err := b.list(c, pipeline)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		if one.ID == id {
			return one, nil
		}
	}
	return nil, problem(http.StatusNotFound, "there is no batch "+strconv.Quote(refusal.Cut(id))+"; they are kept for a day after their end")
}

// outward says where the result of a batch is.
func (b *batches) outward(one *batch.Batch) *batch.Batch {
	if one.Result != nil {
		for _, form := range batch.Forms {
			one.Result.Forms = append(one.Result.Forms, batch.ResultForm{Form: string(form),
				Href: b.server.options.Behind.Base + "/v1/" + one.Pipeline + "/batches/" + one.ID + "/result." + string(form)})
		}
	}
	return one
}

// serveResult sends the result of a batch. A form that is not there yet is made
// first, one such at a time.
func (s *Server) serveResult(x *exchange, r *http.Request, pipeline string) {
	x.record.Route, x.record.Pipeline = routeOf(r), pipeline
	_, err := parameters(r)
	var b *batch.Batch
	if err == nil {
		b, err = s.batches.find(x.caller, pipeline, r.PathValue("batch"))
	}
	if err != nil {
		x.fail(err)
		return
	}
	form, named := strings.CutPrefix(r.PathValue("file"), "result.")
	switch {
	case !named || !slices.Contains(batch.Forms, formats.Format(form)):
		err = problem(http.StatusNotFound, "a batch has result.csv, result.parquet, result.jsonl and result.arrow, and no "+strconv.Quote(refusal.Cut(r.PathValue("file"))))
	case b.Status == batch.Failed:
		err = problem(http.StatusConflict, "the batch failed, so it has no result: "+b.Detail)
	case b.Result == nil:
		err = problem(http.StatusConflict, "the batch is "+string(b.Status)+"; its result can be had when it is done")
	}
	if err != nil {
		x.fail(err)
		return
	}
	x.record.Model, x.record.Version, x.record.Run = b.Model, b.Version, b.Run
	if err := s.conversions.Acquire(r.Context(), 1); err != nil {
		x.fail(problemOf(err))
		return
	}
	from, err := s.batches.store.Open(b, formats.Format(form))
	s.conversions.Release(1)
	var elsewhere *batch.Elsewhere
	var away *batch.Away
	switch {
	case errors.As(err, &elsewhere):
		err = problem(http.StatusConflict, elsewhere.Error())
	case errors.As(err, &away):
		p := problem(http.StatusServiceUnavailable, "the result cannot be brought from the cache that the servers share; try again later")
		p.cause = away
		err = p
	case errors.Is(err, fs.ErrNotExist):
		err = problem(http.StatusNotFound, "the batch is gone")
	case err != nil:
		err = unstored(err)
	}
	if err != nil {
		x.fail(err)
		return
	}
	defer from.Close()
	name := b.ID
	if b.Name != "" {
		name, _, _ = strings.Cut(b.Name, ".")
	}
	x.header.Set("X-Labbook-Model", b.Model+"@"+strconv.Itoa(b.Version))
	x.header.Set("X-Labbook-Run", b.Run)
	s.sendFile(x, from, outputs.MediaType("result."+form), outputs.Disposition(name+"."+form))
}
