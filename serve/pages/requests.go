package pages

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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
	Traffic   *traffic
}

// requestFilter is what the form of the page says.
type requestFilter struct {
	Pipeline, Route, Status, Model, Version, Caller, From, Until string
}

type requestRow struct {
	*requests.Request
	Class string
}

const (
	requestRows = 50
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
		Version: query.Get("version"), Caller: query.Get("caller"), From: query.Get("from"), Until: query.Get("until")}}
	var err error
	if v.Pipelines, err = pipelineNames(s.pipelines, r); err != nil {
		return err
	}
	f := v.Filter.chosen()
	if v.Traffic, err = s.traffic(r, f); err != nil {
		return err
	}
	f.Before, f.Limit = query.Get("before"), requestRows
	found, err := s.from.Requests(r.Context(), f)
	if err != nil {
		return err
	}
	for _, one := range found {
		v.Rows = append(v.Rows, newRequestRow(one))
	}
	if len(found) == requestRows {
		query.Set("before", found[requestRows-1].ID)
		v.Older = "/requests?" + query.Encode() + "#list"
	}
	return s.render(w, r, http.StatusOK, "requests", v)
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

// traffic measures the newest requests of a filter, page by page.
func (s *requestPages) traffic(r *http.Request, f requests.Filter) (*traffic, error) {
	var all []*requests.Request
	f.Limit = 1000
	for more := true; more && len(all) <= trafficRows; {
		found, err := s.from.Requests(r.Context(), f)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
		if more = len(found) == f.Limit; more {
			f.Before = found[len(found)-1].ID
		}
	}
	partly := len(all) > trafficRows
	all = all[:min(len(all), trafficRows)]
	slices.Reverse(all)
	return newTraffic(all, partly)
}

func newRequestRow(r *requests.Request) requestRow {
	row := requestRow{Request: r, Class: "cached"}
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
	Bodies []bodyView
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
	return s.render(w, r, http.StatusOK, "request", v)
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
