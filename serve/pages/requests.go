package pages

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"labbook/internal/store/requests"
)

type requestsView struct {
	frame
	Pipelines []string
	Filter    requestFilter
	Rows      []requestRow
	Older     string
	Looked    int // how many were looked at, where there are older ones that were not; 0: all that there are
	Traffic   *traffic
}

// requestFilter is what the form of the page says.
type requestFilter struct {
	Pipeline, Route, Status, Model, Version, Caller, From, Until, Text string
}

type requestRow struct {
	*requests.Request
	Class         string
	Asked, Answer string // the beginnings of both, as people read them
}

const (
	requestRows = 50
	// excerpted is how much of a body is looked at for a list, in bytes, and searched of how
	// many of the newest requests.
	excerpted       = 2048
	requestSearched = 2000
	// requestsLooked is among how many of the newest requests those are looked for that no
	// index finds.
	requestsLooked = 10_000
	// trafficRows is how many of the newest requests the chart is of.
	trafficRows = 5000
)

// clock is how browsers send the time of an input of type datetime-local.
const clock = "2006-01-02T15:04"

// requestPages are the pages of requests.
type requestPages struct {
	*site
	pipelines Pipelines
	from      Requests
}

// requests lists what was asked, with how long the answers took.
func (s *requestPages) requests(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	v := &requestsView{frame: s.frame(r, "Requests", "requests"), Filter: requestFilter{
		Pipeline: query.Get("pipeline"), Route: query.Get("route"), Status: query.Get("status"), Model: query.Get("model"),
		Version: query.Get("version"), Caller: query.Get("caller"), From: query.Get("from"), Until: query.Get("until"), Text: strings.TrimSpace(query.Get("q"))}}
	var err error
	if v.Pipelines, err = pipelineNames(s.pipelines, r); err != nil {
		return err
	}
	f := v.Filter.chosen()
	if f.Since, err = s.since(r.Context(), v, f); err != nil {
		return err
	}
	if v.Traffic, err = s.traffic(r, f); err != nil {
		return err
	}
	if f.Before, f.Excerpt = query.Get("before"), excerpted; f.Before != "" {
		if f.Since, err = s.since(r.Context(), v, f); err != nil {
			return err
		}
	}
	last, err := s.list(r.Context(), v, f)
	if err != nil {
		return err
	}
	if last != "" {
		query.Set("before", last)
		v.Older = "/requests?" + query.Encode() + "#list"
	}
	return s.render(w, r, http.StatusOK, "requests", v)
}

// since gives from where on requests are looked at that no index finds.
func (s *requestPages) since(ctx context.Context, v *requestsView, f requests.Filter) (string, error) {
	asked := v.Filter
	if asked.Route == "" && asked.Status == "" && asked.Model == "" && asked.Version == "" && asked.Caller == "" && asked.Text == "" {
		return "", nil
	}
	return s.from.Edge(ctx, f, requestsLooked)
}

// list adds the requests of a page, and gives the id after which older ones follow; ""
// where none do.
func (s *requestPages) list(ctx context.Context, v *requestsView, f requests.Filter) (last string, err error) {
	words := strings.Fields(strings.ToLower(v.Filter.Text))
	f.Limit = requestRows
	if words != nil {
		f.Limit = requestSearched / 4
	}
	for {
		found, err := s.from.Requests(ctx, f)
		if err != nil {
			return "", err
		}
		for _, one := range found {
			f.Before = one.ID
			if saysAll(one, words) {
				v.Rows = append(v.Rows, newRequestRow(one))
			}
			if len(v.Rows) == requestRows {
				return one.ID, nil
			}
		}
		if words != nil {
			v.Looked += len(found)
		}
		switch {
		case len(found) < f.Limit && f.Since != "":
			v.Looked = requestsLooked
			return f.Since, nil
		case len(found) < f.Limit:
			v.Looked = 0
			return "", nil
		case words == nil:
			return f.Before, nil
		case v.Looked >= requestSearched:
			return f.Before, nil
		}
	}
}

// saysAll says whether all words are in what is kept of a request.
func saysAll(r *requests.Request, words []string) bool {
	if words == nil {
		return true
	}
	all := strings.ToLower(strings.Join([]string{r.ID, r.Path, r.Client, r.Caller, r.Error, string(r.Request.Kept), string(r.Response.Kept)}, " "))
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(all, word) })
}

// mostSaid is how much of a body a list shows, in characters.
const mostSaid = 90

// said gives the beginning of a body as people read it: the names and values of JSON
// without what makes it that, of anything else the text.
func said(kept []byte) string {
	d := json.NewDecoder(bytes.NewReader(kept))
	d.UseNumber()
	type level struct{ object, named bool } // named: the next is a value
	var levels []level
	var out strings.Builder
	for out.Len() < mostSaid {
		token, err := d.Token()
		if err != nil { // it may have been cut within a text
			rest := strings.TrimLeft(string(kept[min(d.InputOffset(), int64(len(kept))):]), `:" `)
			out.WriteString(strings.ToValidUTF8(rest, ""))
			break
		}
		top := &level{}
		if len(levels) > 0 {
			top = &levels[len(levels)-1]
		}
		switch {
		case token == json.Delim('{'), token == json.Delim('['):
			top.named = false
			levels = append(levels, level{object: token == json.Delim('{')})
		case token == json.Delim('}'), token == json.Delim(']'):
			levels = levels[:len(levels)-1]
		case top.object && !top.named:
			top.named = true
			fmt.Fprint(&out, token, " ")
		default:
			top.named = false
			if token == nil {
				token = "nothing"
			}
			fmt.Fprint(&out, token, ", ")
		}
	}
	return cut(strings.TrimSuffix(out.String(), ", "), mostSaid)
}

// chosen gives the filter. What makes no sense chooses everything.
func (f *requestFilter) chosen() requests.Filter {
	out := requests.Filter{Pipeline: f.Pipeline, Route: f.Route, Model: f.Model, Caller: f.Caller}
	out.Status, _ = strconv.Atoi(f.Status)
	out.Version, _ = strconv.Atoi(f.Version)
	out.From, _ = time.Parse(clock, f.From)
	out.Until, _ = time.Parse(clock, f.Until)
	return out
}

// traffic measures the newest requests of a filter.
func (s *requestPages) traffic(r *http.Request, f requests.Filter) (*traffic, error) {
	all, err := s.from.Timings(r.Context(), f, trafficRows+1)
	if err != nil {
		return nil, err
	}
	partly := len(all) > trafficRows || f.Since != ""
	all = all[:min(len(all), trafficRows)]
	slices.Reverse(all)
	return newTraffic(all, partly)
}

func newRequestRow(r *requests.Request) requestRow {
	row := requestRow{Request: r, Class: "cached", Asked: said(r.Request.Kept), Answer: said(r.Response.Kept)}
	var problem struct{ Detail string }
	if r.Status >= 400 && json.Unmarshal(r.Response.Kept, &problem) == nil && problem.Detail != "" {
		row.Answer = cut(problem.Detail, mostSaid)
	}
	switch {
	case r.Status >= 500:
		row.Class = "failed"
	case r.Status >= 400:
		row.Class = "warned"
	}
	return row
}

type requestView struct {
	frame
	requestRow
	Bodies   []bodyView
	Answered *tryView // what a model said of a row; nil where it is something else
	Form     string   // the form that it can be asked with again; "" where it cannot
}

type bodyView struct {
	Name string
	*requests.Body
	Text   string
	Binary bool
}

// request shows one request with what was sent and answered.
func (s *requestPages) request(w http.ResponseWriter, r *http.Request) error {
	found, err := s.from.Request(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if found == nil {
		return errNothing
	}
	v := &requestView{frame: s.frame(r, "Request "+found.ID, "requests"), requestRow: newRequestRow(found)}
	for _, b := range []bodyView{{Name: "Request", Body: &found.Request}, {Name: "Answer", Body: &found.Response}} {
		b.Binary = !utf8.Valid(b.Kept)
		b.Text = pretty(b.Kept)
		v.Bodies = append(v.Bodies, b)
	}
	if p, err := pipelineOf(s.pipelines, r, found.Pipeline); err != nil {
		return err
	} else if p != nil && p.Serving != nil {
		if a := answerOf(found, p); a != nil {
			v.Answered = &tryView{Pipeline: p, Answer: a}
			v.Form = path("pipelines", p.Name) + "?request=" + url.QueryEscape(found.ID) + "#answer"
		}
	}
	return s.render(w, r, http.StatusOK, "request", v)
}

// pipelineOf finds a pipeline, or gives nil.
func pipelineOf(from Pipelines, r *http.Request, name string) (*Pipeline, error) {
	all, err := from.Pipelines(r.Context())
	if at := slices.IndexFunc(all, func(p *Pipeline) bool { return p.Name == name }); err == nil && at >= 0 {
		return all[at], nil
	}
	return nil, err
}

// inputOf gives the row that a request asked about: its body, or what that has as input.
func inputOf(r *requests.Request) json.RawMessage {
	var body struct{ Input json.RawMessage }
	if json.Unmarshal(r.Request.Kept, &body) == nil && len(body.Input) > 0 && body.Input[0] == '{' {
		return body.Input
	}
	return r.Request.Kept
}

// answerOf gives what a request about one row was answered; nil where it was none, or is
// not kept whole.
func answerOf(r *requests.Request, p *Pipeline) *answer {
	if r.Status >= 300 || r.Response.Truncated() {
		return nil
	}
	said := json.RawMessage(r.Response.Kept)
	var saved struct{ Answer json.RawMessage }
	if json.Unmarshal(said, &saved) == nil && len(saved.Answer) > 0 {
		said = saved.Answer
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(said, &members) != nil || len(members[p.Predicts]) == 0 {
		return nil
	}
	a := readAnswer(said, p.Predicts, p.Unit)
	a.Request = "" // it is this one
	return a
}

// pretty indents JSON and leaves everything else as it is.
func pretty(data []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, data, "", "  ") == nil {
		return out.String()
	}
	return string(data)
}

// RunPath is where the run of the model that answered is shown.
func (r requestRow) RunPath() string { return path("runs", r.Run) }

// ModelPath is where the model that answered is shown.
func (r requestRow) ModelPath() string { return "/models/" + url.PathEscape(r.Model) }
