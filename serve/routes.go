package serve

import (
	"context"
	"net/http"
	"strings"
	"unicode"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/table"
)

// routeEndpoint adds the routes of one pipeline. Predictions and similar rows
// have handlers of their own, which take JSON and CSV by a schema that is known
// since a moment ago; huma describes them.
func (s *Server) routeEndpoint(api huma.API, snap *snapshot, made *Endpoint) {
	mux := snap.mux
	base := "/v1/" + made.Name
	tags := []string{made.Name}
	schemas := api.OpenAPI().Components.Schemas.Map()
	name := typeName(made.Name)

	taken := inputSchema(made.Features().Inputs, func(f *table.Field) bool { return !f.Missing })
	for _, column := range made.unread() {
		taken.Properties[column] = &huma.Schema{Description: "This version does not read it; it may be left out."}
	}
	schemas[name+"Input"] = taken
	input := &huma.Schema{Ref: "#/components/schemas/" + name + "Input"}
	least, most := 1, made.limits.Rows
	one := &huma.Schema{Type: huma.TypeObject, Properties: predictionProperties(made), Required: made.always()}
	schemas[name+"Prediction"] = one
	answer := &huma.Schema{Type: huma.TypeObject, Properties: originProperties(), Required: append(made.always(), origin...)}
	for k, v := range predictionProperties(made) {
		answer.Properties[k] = v
	}
	schemas[name+"Answer"] = answer
	list := &huma.Schema{Type: huma.TypeObject, Properties: originProperties(), Required: append([]string{"predictions"}, origin...)}
	list.Properties["predictions"] = &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Ref: "#/components/schemas/" + name + "Prediction"}}
	schemas[name+"Answers"] = list

	text, binary := &huma.Schema{Type: huma.TypeString}, &huma.Schema{Type: huma.TypeString, Format: "binary"}
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "predict-" + made.Name, Method: http.MethodPost, Path: base + "/predict", Tags: tags,
		Summary: "Predict " + made.Predicts(),
		Description: "Send one object, a list of objects, an object a line, or CSV with a header; the answer comes in the same form. " +
			"Parquet and Arrow are answered as CSV. Any of them may be packed by gzip or zstd. " +
			"What is unlike everything in training is answered, with a warning.",
		Parameters: []*huma.Param{{Name: "explain", In: "query", Description: "Whether to say what spoke for and against the prediction.", Schema: &huma.Schema{Type: huma.TypeBoolean}}, describeVersion()},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{OneOf: []*huma.Schema{input, {Type: huma.TypeArray, Items: input, MinItems: &least, MaxItems: &most}}}, Examples: examplesOf(made)},
			typeLines:          {Schema: text, Example: linesExample(made)},
			typeCSV:            {Schema: text, Example: csvExample(made)},
			typeParquet:        {Schema: binary},
			typeArrow:          {Schema: binary},
			typeStream:         {Schema: binary},
		}},
		Responses: map[string]*huma.Response{"200": {Description: "The prediction, or one for each row", Headers: originHeaders(), Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{OneOf: []*huma.Schema{{Ref: "#/components/schemas/" + name + "Answer"}, {Ref: "#/components/schemas/" + name + "Answers"}}}},
			typeLines:          {Schema: text},
			typeCSV:            {Schema: text},
		}}},
	})
	mux.HandleFunc("POST "+base+"/predict", snap.versioned(s, made, true, (*Endpoint).ServePredict))
	if made.index != nil {
		s.routeSimilar(api, snap, made, base, tags, name)
	}

	huma.Register(api, huma.Operation{OperationID: "describe-" + made.Name, Method: http.MethodGet, Path: base, Tags: tags,
		Summary: "Describe what the model reads and predicts"}, func(ctx context.Context, in *describeInput) (*reply[Description], error) {
		chosen, err := snap.choose(ctx, s, made, in.Version)
		if err != nil {
			return nil, problemOf(err)
		}
		chosen.mark(exchangeOf(ctx))
		d := snap.describe(chosen, true)
		d.Fresh = s.freshness(ctx)[made.Name]
		return &reply[Description]{d}, nil
	})
	s.routePredictions(api, snap, made, base, tags)
	if s.batches.store != nil {
		s.routeBatches(api, mux, made, base, tags)
	}
	s.routeWhatIf(api, snap, made, base, tags)
	s.routeWatch(api, made, base, tags)
	if made.output != nil && made.output.offer.Shadow != nil {
		s.routeShadow(api, snap, made, base, tags)
	}
}

type describeInput struct {
	Version string `query:"version" maxLength:"64" doc:"Which version of the model is to answer: its number, or an alias such as candidate. Without it the champion answers."`
}

// describeVersion describes the parameter that names who is to answer.
func describeVersion() *huma.Param {
	longest := 64
	return &huma.Param{Name: versionParameter, In: "query", Description: versionWords, Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest}}
}

// reply is an answer with a JSON body.
type reply[T any] struct{ Body T }

// typeName gives the name of a schema: "diamonds-2" becomes Diamonds2.
func typeName(name string) string {
	var b strings.Builder
	up := true
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			up = true
			continue
		}
		if up {
			r, up = unicode.ToUpper(r), false
		}
		b.WriteRune(r)
	}
	return b.String()
}
