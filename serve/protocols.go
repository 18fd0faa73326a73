package serve

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/rows"
	"labbook/internal/data/table"
	"labbook/models/bundle"
	"labbook/serve/protocol"
	"labbook/serve/refusal"
)

// What clients of other servers ask is answered by the same endpoints, under the
// names of their pipelines: the Open Inference Protocol below /v2, and MLflow's
// scoring protocol at /v1/{pipeline}/invocations and, where one pipeline is
// served, at /invocations. What they send is recorded as the rows that it stands
// for, and errors are told as they take them.

// routeProtocols adds the routes of other servers' protocols.
func (snap *snapshot) routeProtocols(s *Server) {
	mux := snap.mux
	mux.HandleFunc("GET /v2", s.serveServerMetadata)
	mux.HandleFunc("GET /v2/{$}", s.serveServerMetadata)
	for _, version := range []string{"", "/versions/{version}"} {
		base := "/v2/models/{model}" + version
		mux.HandleFunc("GET "+base, snap.model(s, (*Endpoint).serveMetadata))
		mux.HandleFunc("GET "+base+"/ready", snap.model(s, (*Endpoint).serveModelReady))
		mux.HandleFunc("POST "+base+"/infer", snap.model(s, (*Endpoint).serveInfer))
	}
	for _, name := range snap.names {
		made := snap.endpoints[name]
		mux.HandleFunc("POST /v1/"+name+"/invocations", snap.versioned(s, made, true, (*Endpoint).serveInvocations))
		mux.HandleFunc("GET /v1/"+name+"/ping", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("\n")) })
	}
	mux.HandleFunc("POST /invocations", func(w http.ResponseWriter, r *http.Request) {
		x := w.(*exchange)
		var mine []*Endpoint
		for _, name := range snap.names {
			if mayPipeline(r.Context(), name) {
				mine = append(mine, snap.endpoints[name])
			}
		}
		if len(mine) != 1 {
			x.fail(problem(http.StatusNotFound, strconv.Itoa(len(mine))+" pipelines are served; ask for one at /v1/{pipeline}/invocations"))
			return
		}
		snap.versioned(s, mine[0], true, (*Endpoint).serveInvocations)(w, r)
	})
	mux.HandleFunc("/v2/", snap.notFound)
	mux.HandleFunc("/invocations", snap.notFound)
}

// model has the endpoint that a path names answer, or the version of it that the path
// may name.
func (snap *snapshot) model(s *Server, h func(*Endpoint, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		x, name, version := w.(*exchange), r.PathValue("model"), r.PathValue("version")
		made := snap.endpoints[name]
		switch {
		case made == nil:
			detail := "no model is called " + strconv.Quote(refusal.Cut(name))
			if hint := diag.DidYouMean(refusal.Cut(name), snap.names); hint != "" {
				detail += "; " + hint
			}
			x.fail(problem(http.StatusNotFound, detail))
		default:
			chosen, err := snap.choose(r.Context(), s, made, version)
			if faults := (*jsonrow.Faults)(nil); errors.As(err, &faults) {
				err = problem(http.StatusNotFound, fmt.Sprintf("%s has no version %s; it has %s", name, strconv.Quote(refusal.Cut(version)), strings.Join(faults.List[0].Allowed.([]string), ", ")))
			}
			if err != nil {
				x.fail(err)
				return
			}
			if version == "" && r.Method == http.MethodPost {
				chosen = snap.share(made, x)
			}
			chosen.mark(x)
			h(chosen, w, r)
		}
	}
}

func (s *Server) serveServerMetadata(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, map[string]any{"name": "labbook", "version": s.options.Version, "extensions": []string{"binary_tensor_data"}})
}

func (s *Endpoint) serveModelReady(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, map[string]any{"name": s.Name, "ready": true})
}

// serveMetadata tells the fields of the model as tensors, and which versions can be asked.
func (s *Endpoint) serveMetadata(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	versions, err := x.server.options.Registry.Versions(r.Context(), s.Version.Model)
	if err != nil {
		x.fail(internal(err))
		return
	}
	m := protocol.Metadata{Name: s.Name, Platform: "labbook_" + s.Version.Estimator}
	for _, v := range versions {
		if v.Retired.IsZero() {
			m.Versions = append(m.Versions, strconv.Itoa(v.Version))
		}
	}
	for _, f := range s.Features().Inputs {
		m.Inputs = append(m.Inputs, protocol.Tensor{Name: f.Name, Datatype: datatypeOf(&f), Shape: []int{-1}})
	}
	for _, o := range s.outputs(&bundle.Predictions{Classes: s.Features().Classes}) {
		o.Shape[0] = -1
		m.Outputs = append(m.Outputs, protocol.Tensor{Name: o.Name, Datatype: o.Datatype, Shape: o.Shape})
	}
	answerJSON(w, http.StatusOK, m)
}

func datatypeOf(f *table.Field) string {
	if f.Type == table.Number {
		return "FP64"
	}
	return "BYTES"
}

// outputs gives what is predicted as tensors.
func (s *Endpoint) outputs(p *bundle.Predictions) []protocol.Output {
	n := len(p.Values)
	if p.Classes == nil {
		all := []protocol.Output{{Name: s.Predicts(), Shape: []int{n}, Datatype: "FP64", Data: p.Values}}
		if s.ranged() {
			low, high := make([]*float64, n), make([]*float64, n)
			for i := range n {
				if l, h, level := s.bounds(p, i); level > 0 {
					low[i], high[i] = &l, &h
				}
			}
			all = append(all, protocol.Output{Name: "low", Shape: []int{n}, Datatype: "FP64", Data: low}, protocol.Output{Name: "high", Shape: []int{n}, Datatype: "FP64", Data: high})
		}
		return all
	}
	return []protocol.Output{{Name: s.Predicts(), Shape: []int{n}, Datatype: "BYTES", Data: labelsOf(p)},
		{Name: "probabilities", Shape: []int{n, len(p.Classes)}, Datatype: "FP64", Data: p.Probabilities, Parameters: map[string]any{"classes": strings.Join(p.Classes, "|")}}}
}

// labelsOf gives the class of each row, "" where the model gives none.
func labelsOf(p *bundle.Predictions) []string {
	all := make([]string, len(p.Values))
	for i := range all {
		if p.Abstained == nil || !p.Abstained[i] {
			all[i] = p.Label(i)
		}
	}
	return all
}

// most is what a body may stand for.
func (s *Endpoint) most() protocol.Most {
	return protocol.Most{Rows: s.limits.Rows, Bytes: int(s.limits.Body)}
}

// translated unpacks the body and puts rows in its place, which parse makes of
// it. What cannot be read is not kept.
func (x *exchange) translated(r *http.Request, parse func(body []byte) ([]byte, error)) error {
	if err := x.takeTurn(r.Context()); err != nil {
		return err
	}
	if err := x.unpack(r); err != nil {
		return err
	}
	list, err := parse(x.body)
	if err != nil {
		x.drop()
		return err
	}
	x.body, x.record.Request.Type = list, typeJSON
	return nil
}

// answerList predicts rows that are a list of objects, and gives them as a table.
func (s *Endpoint) answerList(list []byte) (*table.Table, *bundle.Predictions, error) {
	t, ok := s.decoder.ScanList(list, s.limits.Rows)
	if !ok {
		decoded, err := s.decoder.Decode(list, s.limits.Rows)
		if err != nil {
			return nil, nil, err
		}
		t = decoded.Table
	}
	p, err := s.model.bundle.Answer(t)
	if err != nil {
		return nil, nil, unanswered(err, func(row int) string { return "row " + strconv.Itoa(row) })
	}
	return t, p, nil
}

// serveInfer answers a request of the Open Inference Protocol.
func (s *Endpoint) serveInfer(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	var in *protocol.Infer
	err := x.translated(r, func(body []byte) ([]byte, error) {
		header := 0
		if text := r.Header.Get("Inference-Header-Content-Length"); text != "" {
			var err error
			if header, err = strconv.Atoi(text); err != nil || header < 1 {
				return nil, diag.New("Inference-Header-Content-Length is no number of bytes", "")
			}
		}
		var err error
		if in, err = protocol.ParseInfer(body, header, s.most()); err != nil {
			return nil, err
		}
		return in.JSON, nil
	})
	if err != nil {
		x.fail(err)
		return
	}
	t, p, err := s.answerList(in.JSON)
	if err != nil {
		x.fail(err)
		return
	}
	answer := protocol.Inferred{Model: s.Name, Version: strconv.Itoa(s.Version.Version), ID: in.ID, Parameters: map[string]any{"request": x.record.ID, "run": s.Version.Run}}
	if said := s.warnings(t, p); len(said) > 0 {
		texts := make([]string, len(said))
		for i, warning := range said {
			texts[i] = warning.Text
		}
		answer.Parameters["warnings"] = strings.Join(texts, "; ")
	}
	if answer.Outputs, err = protocol.Choose(s.outputs(p), in.Outputs); err != nil {
		x.fail(err)
		return
	}
	answerJSON(w, http.StatusOK, answer)
}

// serveInvocations answers a request of MLflow's scoring protocol.
func (s *Endpoint) serveInvocations(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	s.mark(x)
	var p *bundle.Predictions
	var err error
	switch kind := contentKind(r, x.body); kind {
	case "json":
		if err = x.translated(r, func(body []byte) ([]byte, error) { return protocol.ParseInvocation(body, s.most()) }); err == nil {
			_, p, err = s.answerList(x.body)
		}
	case "csv":
		if err = x.translated(r, func(body []byte) ([]byte, error) { return body, nil }); err == nil {
			x.record.Request.Type = typeCSV
			p, err = s.answerCSV(x.body)
		}
	default:
		err = problem(http.StatusUnsupportedMediaType, "send "+typeJSON+" or "+typeCSV+", not "+kind)
	}
	if err != nil {
		x.fail(err)
		return
	}
	var predictions any = p.Values
	if p.Classes != nil {
		predictions = labelsOf(p)
	}
	answerJSON(w, http.StatusOK, protocol.Predictions{Predictions: predictions})
}

// answerCSV predicts the rows of a CSV file.
func (s *Endpoint) answerCSV(text []byte) (*bundle.Predictions, error) {
	f := s.Features()
	asked, err := rows.Parse(text, "body", f.Inputs, rows.Most{Rows: s.limits.Rows, Bytes: int(s.limits.Body)}, f.Target.Name)
	switch {
	case err != nil:
		return nil, csvProblem(err)
	case asked.Format != rows.CSV:
		return nil, problem(http.StatusUnsupportedMediaType, "this is no CSV")
	case asked.Table.Rows() > s.limits.Rows:
		return nil, problem(http.StatusUnprocessableEntity, "the file has "+strconv.Itoa(asked.Table.Rows())+" rows; at most "+strconv.Itoa(s.limits.Rows)+" are taken")
	}
	p, err := s.model.bundle.Answer(asked.Table)
	if err != nil {
		return nil, unanswered(err, asked.Place)
	}
	return p, nil
}

// inForm gives a problem in the form in which the clients of a path take errors:
// those of other servers have one line, and 400 for what does not fit.
func inForm(path string, p *Problem) (status int, body any) {
	path, _, _ = strings.Cut(path, "?")
	status = p.Status
	isInfer := path == "/v2" || strings.HasPrefix(path, "/v2/")
	if !isInfer && !strings.HasSuffix(path, "/invocations") {
		return status, p
	}
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	text := p.Detail
	for i, fault := range p.Errors {
		if i == 0 && fault.Message == p.Detail { // said already
			if fault.Hint != "" {
				text += "; " + fault.Hint
			}
			continue
		}
		text += "\n" + fault.Location + ": " + fault.Message
		if fault.Hint != "" {
			text += "; " + fault.Hint
		}
	}
	if isInfer {
		return status, protocol.Error{Error: text}
	}
	code := "BAD_REQUEST"
	switch {
	case status >= 500:
		code = "INTERNAL_ERROR"
	case status == http.StatusNotFound:
		code = "RESOURCE_DOES_NOT_EXIST"
	case status == http.StatusUnauthorized:
		code = "UNAUTHENTICATED"
	case status == http.StatusForbidden:
		code = "PERMISSION_DENIED"
	}
	return status, protocol.Failure{Code: code, Message: text}
}
