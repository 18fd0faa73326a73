package serve

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/notebook"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/rows"
	"labbook/internal/data/table"
	"labbook/internal/store/registry"
	"labbook/models/bundle"
	"labbook/serve/refusal"
)

// ServePredict answers what rows are worth: an object, a list, objects on lines, or a
// table as CSV, Parquet or Arrow; any of them may be packed.
func (s *Endpoint) ServePredict(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	s.mark(x)
	why, err := s.wantsWhy(r)
	if err == nil {
		err = x.takeTurn(r.Context())
	}
	if err == nil {
		err = x.unpack(r)
	}
	if err != nil {
		x.fail(err)
		return
	}
	switch kind := contentKind(r, x.body); kind {
	case "csv", "table":
		s.predictTable(x, kind == "table")
	case "json":
		s.predictJSON(x, why)
	case "lines":
		s.predictLines(x, why)
	default:
		x.fail(problem(http.StatusUnsupportedMediaType, "send "+typeJSON+", "+typeLines+", "+typeCSV+", "+typeParquet+" or "+typeArrow+", not "+kind))
	}
}

// The types of bodies. Streams of Arrow have one of their own.
const (
	typeJSON    = "application/json"
	typeLines   = "application/x-ndjson"
	typeCSV     = "text/csv"
	typeParquet = "application/vnd.apache.parquet"
	typeArrow   = "application/vnd.apache.arrow.file"
	typeStream  = "application/vnd.apache.arrow.stream"
)

// mark notes who answers.
func (s *Endpoint) mark(x *exchange) {
	x.record.Pipeline, x.record.Model, x.record.Version, x.record.Run = s.Name, s.Version.Model, s.Version.Version, s.Version.Run
}

// contentKind gives "json", "lines", "csv", "table", or what else was sent. Where a
// client says nothing, or calls it a form as curl does, the data themselves tell.
func contentKind(r *http.Request, data []byte) string {
	said, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch said = strings.ToLower(strings.TrimSpace(said)); {
	case said == typeJSON, strings.HasSuffix(said, "+json"):
		return "json"
	case said == typeLines, said == "application/ndjson", said == "application/jsonl":
		return "lines"
	case said == typeCSV:
		return "csv"
	case said == typeParquet, said == typeArrow, said == typeStream:
		return "table"
	case slices.Contains([]string{"", "application/x-www-form-urlencoded", "text/plain", "application/octet-stream", "application/gzip", "application/zstd"}, said):
		if rows.Binary(data) {
			return "table"
		}
		if first := bytes.TrimLeft(data, " \t\r\n"); len(first) == 0 || first[0] == '{' || first[0] == '[' {
			return "json"
		}
	}
	if len(said) > 60 {
		said = said[:60]
	}
	return strconv.Quote(said)
}

// wantsWhy says whether an answer is to be explained: as the request says, or, if
// it says nothing, as this endpoint does by default.
func (s *Endpoint) wantsWhy(r *http.Request) (bool, error) {
	given, err := parameters(r, "explain", versionParameter)
	switch text := given["explain"]; text {
	case "":
		return s.tellsWhy(), err
	case "true", "1":
		return s.explains(), nil
	case "false", "0":
		return false, nil
	default:
		return false, &jsonrow.Faults{List: []jsonrow.Fault{{Location: "query.explain", Message: "explain does not fit", Value: refusal.Cut(text), Allowed: "true or false"}}}
	}
}

// predictJSON takes the short way where it can: one object without a fault, or a
// list of such.
func (s *Endpoint) predictJSON(x *exchange, why bool) {
	row := s.rows.Get().(*jsonrow.Row)
	defer s.rows.Put(row)
	if s.decoder.Scan(x.body, row) {
		p, err := s.predictOne(row.Table, why)
		s.answerRows(x, row.Table, p, err, false, why)
		return
	}
	if list, ok := s.decoder.ScanList(x.body, s.limits.Rows); ok {
		p, err := s.model.bundle.Answer(list)
		s.answerRows(x, list, p, err, true, why)
		return
	}
	decoded, err := s.decoder.Decode(x.body, s.limits.Rows)
	if err != nil {
		x.fail(err)
		return
	}
	p, err := s.model.bundle.Answer(decoded.Table)
	s.answerRows(x, decoded.Table, p, err, decoded.List, why)
}

// predictOne predicts a row: together with others, unless reasons are asked for,
// which need what the model was shown of this one.
func (s *Endpoint) predictOne(row *table.Table, why bool) (*bundle.Predictions, error) {
	if why {
		return s.model.bundle.Answer(row)
	}
	return s.together.Predict(row)
}

// answerRows answers with what the model said of rows.
func (s *Endpoint) answerRows(x *exchange, t *table.Table, p *bundle.Predictions, err error, list, why bool) {
	if err != nil {
		x.fail(unanswered(err, func(row int) string {
			if !list {
				return "body"
			}
			return fmt.Sprintf("body[%d]", row)
		}))
		return
	}
	x.header["Content-Type"] = jsonType
	x.status = http.StatusOK
	x.answer = s.appendAnswer(x.answer[:0], t, p, list, why, x.record.ID)
}

// unanswered gives every row that has no prediction its place.
func unanswered(err error, place func(row int) string) error {
	var none *bundle.Unanswered
	if !errors.As(err, &none) {
		return err
	}
	faults := &jsonrow.Faults{}
	for k, row := range none.Rows[:min(len(none.Rows), refusal.Most)] {
		fault := jsonrow.Fault{Location: place(row), Message: bundle.NoPrediction, Allowed: "values more like those of training"}
		if k < len(none.Why) {
			fault.Hint = none.Why[k]
		}
		faults.List = append(faults.List, fault)
	}
	faults.More = len(none.Rows) - len(faults.List)
	return faults
}

// predictLines answers objects that stand on lines of their own, each with one.
func (s *Endpoint) predictLines(x *exchange, why bool) {
	list, n, err := listOf(x.body)
	if err != nil {
		x.fail(err)
		return
	}
	t, ok := s.decoder.ScanList(list, s.limits.Rows)
	if !ok {
		decoded, err := s.decoder.Decode(list, s.limits.Rows)
		if err != nil {
			x.fail(err)
			return
		}
		t = decoded.Table
	}
	if t.Rows() != n {
		x.fail(&jsonrow.Faults{Syntax: true, List: []jsonrow.Fault{{Location: "body", Message: "a line holds several objects", Hint: "write each on a line of its own"}}})
		return
	}
	p, err := s.model.bundle.Answer(t)
	if err != nil {
		x.fail(unanswered(err, func(row int) string { return fmt.Sprintf("body[%d]", row) }))
		return
	}
	var reasons *explainer
	if why {
		reasons = s.explain(t, p)
		defer s.explainers.Put(reasons)
	}
	b := x.answer[:0]
	for i := range p.Values {
		b = append(s.appendPrediction(append(b, '{'), p, i, reasons), '}', '\n')
	}
	x.answer = b
	s.tell(x, typeLines, s.warnings(t, p))
}

// listOf makes a list in JSON of objects that stand on lines of their own.
func listOf(text []byte) (list []byte, n int, err error) {
	list = append(make([]byte, 0, len(text)+2), '[')
	number := 0
	for line := range bytes.SplitSeq(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")), []byte("\n")) {
		number++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if line[0] != '{' {
			return nil, 0, &jsonrow.Faults{Syntax: true, List: []jsonrow.Fault{{Location: fmt.Sprintf("body:%d", number), Message: fmt.Sprintf("line %d does not begin an object", number),
				Hint: "write each object on a line of its own"}}}
		}
		if n++; n > 1 {
			list = append(list, ',')
		}
		list = append(list, line...)
	}
	return append(list, ']'), n, nil
}

// tell completes an answer that has no place for what holds of all of it but the
// header.
func (s *Endpoint) tell(x *exchange, kind string, warnings []notebook.Finding) {
	x.status = http.StatusOK
	x.header.Set("Content-Type", kind)
	x.header.Set("X-Labbook-Model", registry.Name(s.Version))
	x.header.Set("X-Labbook-Run", s.Version.Run)
	for _, w := range warnings {
		x.header.Add("X-Labbook-Warning", headerText(w.Text))
	}
}

// predictTable answers a table, in CSV with columns added. One in a binary form is
// recorded as the CSV that it would be.
func (s *Endpoint) predictTable(x *exchange, said bool) {
	f := s.Features()
	binary := rows.Binary(x.body)
	if said != binary {
		detail := "this is Parquet or Arrow: send it as " + typeParquet + " or " + typeArrow
		if said {
			detail = "the body does not begin as Parquet or Arrow does: send what it is, CSV as " + typeCSV
		}
		x.fail(problem(http.StatusUnsupportedMediaType, detail))
		return
	}
	asked, err := rows.Parse(x.body, "body", f.Inputs, rows.Most{Rows: s.limits.Rows, Bytes: int(s.limits.Body)}, f.Target.Name)
	if err != nil {
		if binary {
			x.drop()
		}
		x.fail(unfoldProblem(err))
		return
	}
	if binary {
		x.body, x.record.Request.Type = asked.Text(), typeCSV
	}
	if asked.Format != rows.CSV {
		x.fail(problem(http.StatusUnsupportedMediaType, "this is JSON: send it as application/json"))
		return
	}
	if n := asked.Table.Rows(); n > s.limits.Rows {
		x.fail(problem(http.StatusUnprocessableEntity, "the file has "+strconv.Itoa(n)+" rows; at most "+strconv.Itoa(s.limits.Rows)+" are taken"))
		return
	}
	p, err := s.model.bundle.Answer(asked.Table)
	if err != nil {
		x.fail(unanswered(err, asked.Place))
		return
	}
	answers := s.answersOf(p)
	if err := asked.Write(x, answers); err != nil {
		x.fail(err)
		return
	}
	s.tell(x, typeCSV+"; charset=utf-8", append(asked.Remarks, s.warnings(asked.Table, p)...))
}

// answersOf gives predictions as a table has them.
func (s *Endpoint) answersOf(p *bundle.Predictions) *rows.Answers {
	target := s.Features().Target
	target.Name = s.Predicts()
	answers := &rows.Answers{Model: registry.Name(s.Version), Target: target, Values: p.Values, Classes: p.Classes, Probabilities: p.Probabilities, Threshold: s.model.bundle.Threshold,
		Sets: p.Sets, Abstained: p.Abstained, Level: p.Level}
	if s.ranged() {
		answers.Low, answers.High = make([]float64, len(p.Values)), make([]float64, len(p.Values))
		for i := range p.Values {
			answers.Low[i], answers.High[i], _ = s.bounds(p, i)
		}
	}
	return answers
}

// headerText makes a text fit for a header.
func headerText(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text)
}

// csvProblem gives every fault of a CSV body its place.
func csvProblem(err error) error {
	var list diag.List
	list.Add(err)
	faults := &jsonrow.Faults{}
	for _, e := range list {
		fault := jsonrow.Fault{Location: e.Place(), Message: e.What, Hint: e.Hint}
		if e.Found != "" {
			fault.Value = e.Found
		}
		if e.Wanted != "" {
			fault.Allowed = e.Wanted
		}
		if len(faults.List) < diag.MaxListed {
			faults.List = append(faults.List, fault)
		} else {
			faults.More++
		}
	}
	return faults
}
