package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"labbook/internal/data/jsonrow"
	"labbook/internal/data/table"
	"labbook/internal/store/registry"
	"labbook/serve/refusal"
)

// defaultSimilar is how many rows are given when nothing is said.
const defaultSimilar = 5

func (s *Server) routeSimilar(api huma.API, snap *snapshot, made *Endpoint, base string, tags []string, name string) {
	q := made.Similar()
	asked := append(slices.Clone(q.Match), q.Nearest)
	body := inputSchema(made.index.Table.Fields(), func(f *table.Field) bool { return slices.Contains(asked, f.Name) })
	for i := range made.index.Table.Columns {
		f := made.index.Table.Columns[i].Field
		f.Missing = !slices.Contains(asked, f.Name)
		body.Properties[f.Name] = fieldSchema(&f, true)
	}
	for _, other := range append(inputNames(made.Features()), made.Features().Target.Name) {
		if body.Properties[other] == nil {
			body.Properties[other] = &huma.Schema{Description: "It may stand there, and is passed over."}
		}
	}
	least, most := 1.0, float64(made.limits.Similar)
	n := &huma.Schema{Type: huma.TypeInteger, Minimum: &least, Maximum: &most, Default: defaultSimilar}
	body.Properties["n"] = n
	row := inputSchema(made.index.Table.Fields(), func(*table.Field) bool { return false })
	row.Properties["difference"] = &huma.Schema{Type: huma.TypeNumber, Description: "How far it is in " + q.Nearest + "."}
	answer := &huma.Schema{Type: huma.TypeObject, Properties: originProperties(), Required: append([]string{"similar", "matching", "searched"}, origin...)}
	delete(answer.Properties, "warnings")
	answer.Properties["similar"] = &huma.Schema{Type: huma.TypeArray, Items: row}
	answer.Properties["searched"] = &huma.Schema{Type: huma.TypeObject, Description: "Among which rows they were found.", Properties: map[string]*huma.Schema{
		"rows": {Type: huma.TypeInteger}, "of": {Type: huma.TypeString, Description: "In words: " + made.searched() + "."}}}
	answer.Properties["matching"] = &huma.Schema{Type: huma.TypeInteger, Description: "How many rows are equal in " + strings.Join(q.Match, ", ") + "."}
	schemas := api.OpenAPI().Components.Schemas.Map()
	schemas[name+"SimilarInput"], schemas[name+"Similar"] = body, answer
	api.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "similar-" + made.Name, Method: http.MethodPost, Path: base + "/similar", Tags: tags,
		Summary: "Find the rows that are most like one",
		Description: made.searched() + " are searched. " + fmt.Sprintf("Those found are equal in %s, and nearest in %s: the nearest first; of two equally near the one with less, "+
			"and of equal ones that which stands first in the data.", strings.Join(q.Match, ", "), q.Nearest),
		Parameters: []*huma.Param{{Name: "n", In: "query", Description: "How many; may stand in the body too.", Schema: n}, describeVersion()},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/" + name + "SimilarInput"}, Examples: examplesOf(made)}}},
		Responses: map[string]*huma.Response{"200": {Description: "The rows", Content: map[string]*huma.MediaType{
			"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/" + name + "Similar"}}}}},
	})
	snap.mux.HandleFunc("POST "+base+"/similar", snap.versioned(s, made, false, (*Endpoint).ServeSimilar))
}

// searched says among which rows similar ones are found.
func (s *Endpoint) searched() string {
	switch own := s.alike.offer; {
	case !own.Similar.Trained:
		return "All rows of the table"
	case own.Artifact == s.Version.Answering():
		return "The rows that " + registry.Name(s.Version) + " was trained on"
	}
	return "The rows that another version of " + s.Version.Model + " was trained on"
}

// ServeSimilar answers with the rows that are most like one.
func (s *Endpoint) ServeSimilar(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	s.mark(x)
	if s.index == nil {
		x.fail(problem(http.StatusNotFound, "similar rows cannot be asked of "+registry.Name(s.Version)+": its pipeline does not say what likeness is"))
		return
	}
	if kind := contentKind(r, x.body); kind != "json" {
		x.fail(problem(http.StatusUnsupportedMediaType, "send application/json"))
		return
	}
	n, err := s.howMany(r, x.body)
	if err != nil {
		x.fail(err)
		return
	}
	asked, err := s.likely.Decode(x.body, 1)
	if err != nil {
		x.fail(err)
		return
	}
	value := asked.Table.Column(s.Similar().Nearest).Num[0]
	rows, matching := s.near(asked.Table, n)
	b := append(x.answer[:0], `{"similar":[`...)
	for i, row := range rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = jsonrow.AppendObject(b, s.index.Table, row)
		b = append(b[:len(b)-1], `,"difference":`...)
		b = jsonrow.AppendNumber(b, s.index.Distance(row, value))
		b = append(b, '}')
	}
	b = append(b, `],"matching":`...)
	b = strconv.AppendInt(b, int64(matching), 10)
	b = append(b, `,"searched":{"rows":`...)
	b = strconv.AppendInt(b, int64(s.index.Table.Rows()), 10)
	b = append(jsonrow.AppendString(append(b, `,"of":`...), s.searched()), '}')
	b = append(b, s.tail...)
	b = append(b, '"')
	b = append(b, x.record.ID...)
	x.answer = append(b, '"', '}')
	x.header["Content-Type"] = jsonType
	x.status = http.StatusOK
}

// near gives at most n rows of the index that are most like the first of a table, and
// how many are equal in what has to be.
func (s *Endpoint) near(asked *table.Table, n int) (rows []int, matching int) {
	q := s.Similar()
	codes := make([]int32, len(q.Match))
	for k, name := range q.Match {
		codes[k] = asked.Column(name).Codes[0]
	}
	return s.index.Find(codes, asked.Column(q.Nearest).Num[0], n)
}

// howMany gives n, from the query or the body; both must be right.
func (s *Endpoint) howMany(r *http.Request, data []byte) (int, error) {
	given, err := parameters(r, "n", versionParameter)
	if err != nil {
		return 0, err
	}
	text, n := given["n"], 0
	if bytes.Contains(data, []byte(`"n"`)) && s.field("n") == nil {
		var given struct{ N json.RawMessage }
		if json.Unmarshal(data, &given) == nil && given.N != nil {
			var w whole
			if w.UnmarshalJSON(given.N) != nil || int(w) < 1 || int(w) > s.limits.Similar {
				return 0, s.wrongN("body.n", string(given.N))
			}
			n = int(w)
		}
	}
	if text != "" {
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > s.limits.Similar {
			return 0, s.wrongN("query.n", text)
		}
	}
	if n == 0 {
		n = defaultSimilar
	}
	return n, nil
}

func (s *Endpoint) wrongN(location, found string) error {
	return &jsonrow.Faults{List: []jsonrow.Fault{{Location: location, Message: "n is out of its range",
		Value: refusal.Cut(found), Allowed: fmt.Sprintf("a whole number from 1 to %d", s.limits.Similar)}}}
}
