package serve

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"labbook/internal/diag"
	"labbook/internal/jsonrow"
	"labbook/internal/registry"
	"labbook/internal/rows"
	"labbook/internal/table"
	"labbook/models"
)

// ServePredict answers what rows are worth: an object, a list, or CSV.
func (s *Service) ServePredict(w http.ResponseWriter, r *http.Request) {
	x := w.(*exchange)
	s.mark(x)
	why, err := wantsWhy(r)
	if err != nil {
		x.fail(err)
		return
	}
	switch kind := contentKind(r, x.body); kind {
	case "csv":
		s.predictCSV(x)
	case "json":
		s.predictJSON(x, why)
	default:
		x.fail(problem(http.StatusUnsupportedMediaType, "send application/json or text/csv, not "+kind))
	}
}

// mark notes who answers.
func (s *Service) mark(x *exchange) {
	x.record.Pipeline, x.record.Model, x.record.Version, x.record.Run = s.Name, s.Version.Model, s.Version.Version, s.Version.Run
}

// contentKind gives "json", "csv", or what else was sent. A client that says
// nothing better than a form, as curl does, is looked in the mouth.
func contentKind(r *http.Request, data []byte) string {
	said, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	switch said = strings.ToLower(strings.TrimSpace(said)); {
	case said == "application/json", strings.HasSuffix(said, "+json"):
		return "json"
	case said == "text/csv":
		return "csv"
	case said == "", said == "application/x-www-form-urlencoded", said == "text/plain":
		if first := bytes.TrimLeft(data, " \t\r\n"); len(first) == 0 || first[0] == '{' || first[0] == '[' {
			return "json"
		}
	}
	if len(said) > 60 {
		said = said[:60]
	}
	return strconv.Quote(said)
}

// wantsWhy says whether explanations were asked for, or refused: 1, -1; 0 when
// nothing was said.
func wantsWhy(r *http.Request) (int, error) {
	switch text, err := parameter(r, "explain"); text {
	case "":
		return 0, err
	case "true", "1":
		return 1, nil
	case "false", "0":
		return -1, nil
	default:
		return 0, &jsonrow.Faults{List: []jsonrow.Fault{{Location: "query.explain", Message: "explain does not fit", Value: cut(text), Allowed: "true or false"}}}
	}
}

// predictJSON takes the short way where it can: one object without a fault.
func (s *Service) predictJSON(x *exchange, why int) {
	row := s.rows.Get().(*jsonrow.Row)
	defer s.rows.Put(row)
	if s.decoder.Scan(x.body, row) {
		p, err := s.together.predict(row.Table)
		s.answerRows(x, row.Table, p, err, false, why)
		return
	}
	decoded, err := s.decoder.Decode(x.body, s.limits.Rows)
	if err != nil {
		x.fail(err)
		return
	}
	p, err := s.model.bundle.Predict(decoded.Table)
	s.answerRows(x, decoded.Table, p, err, decoded.List, why)
}

// answerRows answers with what the model said of rows.
func (s *Service) answerRows(x *exchange, t *table.Table, p *models.Predictions, err error, list bool, why int) {
	if err != nil {
		x.fail(err)
		return
	}
	x.header["Content-Type"] = jsonType
	x.status = http.StatusOK
	x.answer = s.appendAnswer(x.answer[:0], t, p, list, why, x.record.ID)
}

// predictCSV answers with the rows that came and columns added.
func (s *Service) predictCSV(x *exchange) {
	f := s.Features()
	asked, err := rows.Read(bytes.NewReader(x.body), "body", f.Inputs, f.Target.Name)
	if err != nil {
		x.fail(csvProblem(err))
		return
	}
	if asked.Format != rows.CSV {
		x.fail(problem(http.StatusUnsupportedMediaType, "this is JSON: send it as application/json"))
		return
	}
	if n := asked.Table.Rows(); n > s.limits.Rows {
		x.fail(problem(http.StatusUnprocessableEntity, "the file has "+strconv.Itoa(n)+" rows; at most "+strconv.Itoa(s.limits.Rows)+" are taken"))
		return
	}
	p, err := s.model.bundle.Predict(asked.Table)
	if err != nil {
		x.fail(err)
		return
	}
	target := f.Target
	target.Name = s.Predicts()
	answers := &rows.Answers{Model: registry.Name(s.Version), Target: target, Values: p.Values, Classes: p.Classes, Probabilities: p.Probabilities}
	for i := range p.Values {
		if low, high, level := s.bounds(p, i); level > 0 {
			answers.Low, answers.High = append(answers.Low, low), append(answers.High, high)
		}
	}
	if err := asked.Write(x, answers); err != nil {
		x.fail(err)
		return
	}
	x.status = http.StatusOK
	x.header.Set("Content-Type", "text/csv; charset=utf-8")
	x.header.Set("X-Labbook-Model", registry.Name(s.Version))
	x.header.Set("X-Labbook-Run", s.Version.Run)
	for _, w := range p.Warnings {
		x.header.Add("X-Labbook-Warning", headerText(w.Text))
	}
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
