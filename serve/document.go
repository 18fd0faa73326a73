package serve

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const apiDescription = `Predictions of the champions of a labbook, everything that they come from, and everything that was asked.

Nothing here needs data science. Send what you know about a thing as JSON to **/v1/{pipeline}/predict** and read the
answer; every field is described with its unit, what is allowed and an example. Each answer says which version of the
model gave it, which run made that, and the id under which the request is kept.

What changes something needs the server's token (button *Authorize*). Errors are problem details (RFC 9457) that list
everything that is wrong at once.

| word | what it means |
|---|---|
| pipeline | the recipe that turns data into a model, and the name under which that answers |
| model, version | what was learned from the data; each time it is trained makes a version, which never changes |
| champion | the version that answers |
| alias | a name that stands at a version: ?version=candidate has that one answer |
| promote, roll back | have another version answer; take that back |
| run | one time that a pipeline was worked through |
| interval | the truth lies between its ends as often as its level says |
| set, abstained | the truth is one of the classes in the set as often as its level says; where that is not one class alone, a model may give no label |
| threshold | from which probability on the positive of two classes is answered |
| outcome, accuracy | what came true of a prediction; how near predictions were to that |
| what if | what would be answered, of a thing that is not there; it counts in no drift and no accuracy |
| drift | what is asked for is no longer like what was learned from |`

// complete adds to the document what is the same for many operations: what the
// groups are, examples that can be sent as they are, and what can go wrong.
func (s *Server) complete(document *huma.OpenAPI, snap *snapshot) {
	for _, name := range snap.names {
		document.Tags = append(document.Tags, &huma.Tag{Name: name, Description: "Ask for " + snap.endpoints[name].Predicts() + ", and look at how good the answers are."})
		describeSaving(document, snap.endpoints[name])
		describeWhatIf(document, snap.endpoints[name])
	}
	document.Tags = append(document.Tags,
		&huma.Tag{Name: "pipelines", Description: "What is served."},
		&huma.Tag{Name: "models", Description: "Versions, what was measured of them, and which one answers."},
		&huma.Tag{Name: "runs", Description: "Training: what was done, what goes on, and starting it."},
		&huma.Tag{Name: "requests", Description: "Everything that was asked and answered."})
	if s.options.Public {
		document.Security = needsToken
	}
	example(document.Paths["/v1/models/{model}/promote"].Post, map[string]any{"version": 1, "reason": "better on what was asked last week"})
	example(document.Paths["/v1/models/{model}/alias"].Post, map[string]any{"alias": "candidate", "version": 1, "reason": "to be looked at for a week"})
	example(document.Paths["/v1/models/{model}/rollback"].Post, map[string]any{"reason": "answers were too high"})
	example(document.Paths["/v1/runs/{run}"].Patch, map[string]any{"name": "with the new measure", "tags": []string{"to-keep"}})
	if len(snap.names) > 0 {
		example(document.Paths["/v1/runs"].Post, map[string]any{"pipeline": snap.names[0]})
	}
	problems := document.Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	for _, path := range document.Paths {
		for _, op := range []*huma.Operation{path.Get, path.Post, path.Patch, path.Delete} {
			if op != nil {
				describeAccess(op, s.options.Public)
				describeProblems(op, problems, s.options.Public)
				describeNull(op, document.Components.Schemas)
			}
		}
	}
	// Huma's own, in whose place that of problems stands.
	delete(document.Components.Schemas.Map(), "ErrorModel")
	delete(document.Components.Schemas.Map(), "ErrorDetail")
}

// written gives the document as JSON, without the schemas that requests are checked
// by and that say less than those of each pipeline, which stand in their place.
func written(document *huma.OpenAPI) ([]byte, error) {
	data, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	var whole, components, schemas map[string]json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(whole["components"], &components); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(components["schemas"], &schemas); err != nil {
		return nil, err
	}
	for _, name := range []string{"SaveInputBody", "PatchPredictionBody", "WhatIf"} {
		delete(schemas, name)
	}
	if components["schemas"], err = json.Marshal(schemas); err != nil {
		return nil, err
	}
	if whole["components"], err = json.Marshal(components); err != nil {
		return nil, err
	}
	return json.Marshal(whole)
}

// describeAccess says which scope an operation needs of a key, and whether it needs
// one here.
func describeAccess(op *huma.Operation, public bool) {
	n := needOf(op.Method, op.Path)
	op.Description = strings.TrimSpace(op.Description + " A key needs the scope " + n.names() + ".")
	if n.changes {
		least, longest := 1, longestKey
		op.Parameters = append(op.Parameters, &huma.Param{Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MinLength: &least, MaxLength: &longest, Pattern: "^[!-~]+$"},
			Description: "A text of the client's choice, such as a UUID: sent again with it within a day, the request is not done again, and answered as the first time."})
		op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusConflict)
	}
	if !public && op.Security == nil {
		op.Security = []map[string][]string{{}, needsToken[0]}
	}
}

// describeNull says that null may stand for what may be left out of a body, for
// that is how bodies are read.
func describeNull(op *huma.Operation, schemas huma.Registry) {
	if op.RequestBody == nil || strings.HasSuffix(op.Path, "/predict") || strings.HasSuffix(op.Path, "/similar") {
		return
	}
	body := op.RequestBody.Content["application/json"]
	if body == nil {
		return
	}
	schema := body.Schema
	for schema.Ref != "" {
		schema = schemas.SchemaFromRef(schema.Ref)
	}
	for name, member := range schema.Properties {
		if member.Ref == "" && member.Type != "" && !slices.Contains(schema.Required, name) {
			member.Nullable = true
			if member.Enum != nil && !slices.Contains(member.Enum, nil) {
				member.Enum = append(member.Enum, nil)
			}
		}
	}
}

// example gives the body of an operation its only example.
func example(op *huma.Operation, value any) {
	op.RequestBody.Content["application/json"].Example = value
}

// describeSaving says of the bodies that save a prediction and tell its outcome
// what the pipeline's schema says: huma knows but that they are JSON.
func describeSaving(document *huma.OpenAPI, made *Endpoint) {
	base := "/v1/" + made.Name + "/predictions"
	save := document.Paths[base].Post.RequestBody.Content["application/json"]
	longest := 2000
	note := &huma.Schema{Type: huma.TypeString, MaxLength: &longest, Description: "What to remember about it."}
	save.Schema = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Required: []string{"input"},
		Properties: map[string]*huma.Schema{"input": {Ref: "#/components/schemas/" + typeName(made.Name) + "Input"}, "note": note}}
	save.Examples = map[string]*huma.Example{}
	for name, one := range examplesOf(made) {
		save.Examples[name] = &huma.Example{Summary: one.Summary, Value: map[string]any{"input": one.Value, "note": "to be compared with what comes true"}}
	}
	outcome, value := &huma.Schema{Type: huma.TypeNumber, Description: "What came true."}, any(1)
	if f := made.Features(); f.Classes != nil {
		outcome.Type, value = huma.TypeString, f.Classes[0]
		for _, class := range f.Classes {
			outcome.Enum = append(outcome.Enum, class)
		}
	} else if typical := typicalOf(&f.Target); typical != nil {
		value = typical
	}
	tell := document.Paths[base+"/{id}"].Patch.RequestBody.Content["application/json"]
	tell.Schema = &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Properties: map[string]*huma.Schema{"outcome": outcome, "note": note},
		Description: "What is named is changed; null takes it back."}
	tell.Example = map[string]any{"outcome": value}
}

// describeWhatIf says of questions about rows that are not there what the pipeline's
// schema says.
func describeWhatIf(document *huma.OpenAPI, made *Endpoint) {
	op := document.Paths["/v1/"+made.Name+"/what-if"].Post
	ask := op.RequestBody.Content["application/json"]
	said := document.Components.Schemas.Map()["WhatIf"]
	own := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: false, Required: []string{"input"}, Properties: maps.Clone(said.Properties)}
	own.Properties["input"] = &huma.Schema{Ref: "#/components/schemas/" + typeName(made.Name) + "Input"}
	fields := &huma.Schema{Type: huma.TypeString}
	for _, name := range inputNames(made.Features()) {
		fields.Enum = append(fields.Enum, name)
	}
	own.Properties["change"] = &huma.Schema{Type: huma.TypeArray, Items: fields, Description: said.Properties["change"].Description}
	if classes := made.Features().Classes; classes != nil {
		class := &huma.Schema{Type: huma.TypeString, Description: said.Properties["class"].Description}
		for _, name := range classes {
			class.Enum = append(class.Enum, name)
		}
		own.Properties["class"] = class
	}
	ask.Schema, ask.Examples = own, map[string]*huma.Example{}
	for name, one := range examplesOf(made) {
		ask.Examples[name] = &huma.Example{Summary: one.Summary, Value: map[string]any{"input": one.Value, "changes": true}}
	}
	object := &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}
	answer := *document.Components.Schemas.Map()[typeName(made.Name)+"Answer"]
	answer.Properties = maps.Clone(answer.Properties)
	answer.Properties["changes"] = &huma.Schema{Type: huma.TypeArray, Description: "Ways to another answer, the smallest first: which fields from what to what, what is answered then, and how far that is, in shares of training.",
		Items: &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{"from": object, "to": object, "distance": {Type: huma.TypeNumber}}, AdditionalProperties: true}}
	op.Responses["200"].Content["application/json"].Schema = &answer
}

// examplesOf gives the samples as examples of the document.
func examplesOf(made *Endpoint) map[string]*huma.Example {
	examples := map[string]*huma.Example{}
	for _, sample := range made.Samples() {
		examples[sample.Name] = &huma.Example{Summary: strings.ReplaceAll(sample.Name, "-", " "), Value: sample.Input}
	}
	if len(examples) == 0 {
		examples["typical"] = &huma.Example{Summary: "typical values", Value: made.example()}
	}
	return examples
}

// linesExample gives the first sample on a line.
func linesExample(made *Endpoint) string {
	one, err := json.Marshal(made.example())
	if err != nil {
		return ""
	}
	return string(one) + "\n"
}

// csvExample gives the first sample as CSV, with its header.
func csvExample(made *Endpoint) string {
	one, err := json.Marshal(made.example())
	if err != nil {
		return ""
	}
	decoded, err := made.decoder.Decode(one, 1)
	if err != nil {
		return ""
	}
	var header, values []string
	for _, c := range decoded.Table.Columns {
		value := ""
		if !c.IsMissing(0) {
			value = c.String(0)
		}
		header, values = append(header, c.Name), append(values, value)
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	if w.WriteAll([][]string{header, values}) != nil {
		return ""
	}
	return b.String()
}

// problemsOf says which statuses an operation can have besides its own, by what
// it takes.
func problemsOf(op *huma.Operation, public bool) []int {
	statuses := []int{http.StatusForbidden, http.StatusMisdirectedRequest, http.StatusUnprocessableEntity, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusServiceUnavailable}
	if public || len(op.Security) == 1 {
		statuses = append(statuses, http.StatusUnauthorized)
	}
	if strings.Contains(op.Path, "{") {
		statuses = append(statuses, http.StatusNotFound)
	}
	if op.RequestBody != nil {
		statuses = append(statuses, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return append(statuses, op.Errors...)
}

// problemWords are what the statuses mean here.
var problemWords = map[int]string{
	http.StatusBadRequest:            "The body is no JSON, or the query is none.",
	http.StatusUnauthorized:          "No key was shown, or one that opens nothing.",
	http.StatusForbidden:             "The key lacks the scope or the pipeline, or a page of another origin asks.",
	http.StatusMisdirectedRequest:    "The server is addressed by a name that is not its own.",
	http.StatusNotFound:              "There is no such thing.",
	http.StatusRequestTimeout:        "The body did not arrive in time.",
	http.StatusConflict:              "It cannot be done as things stand; the detail says why.",
	http.StatusRequestEntityTooLarge: "The body is too large.",
	http.StatusUnsupportedMediaType:  "The body is of another type than those that are taken.",
	http.StatusUnprocessableEntity:   "The schema does not allow it: every wrong field and parameter is listed.",
	http.StatusTooManyRequests:       "More requests than one client may make.",
	http.StatusInternalServerError:   "A fault of the server.",
	http.StatusNotImplemented:        "The server does not do this.",
	http.StatusServiceUnavailable:    "The request cannot be recorded, the pipeline not be served, or a large body finds no room, now.",
}

// describeProblems says what can go wrong with an operation.
func describeProblems(op *huma.Operation, schema *huma.Schema, public bool) {
	content := map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	delete(op.Responses, "default")
	if op.Method == http.MethodGet && op.Responses["200"].Content["text/event-stream"] == nil {
		op.Responses["304"] = &huma.Response{Description: "The answer is the one that If-None-Match names."}
	}
	for _, status := range problemsOf(op, public) {
		response := &huma.Response{Description: cmp.Or(problemWords[status], http.StatusText(status)), Content: content}
		if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
			response.Headers = map[string]*huma.Param{"Retry-After": {Description: "When to come again, in seconds.", Schema: &huma.Schema{Type: huma.TypeInteger}}}
		}
		op.Responses[strconv.Itoa(status)] = response
	}
}
