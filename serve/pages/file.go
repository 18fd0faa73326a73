package pages

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"labbook/internal/base/diag"
	"labbook/internal/base/human"
	"labbook/internal/data/csvfile"
	"labbook/internal/data/jsonrow"
	"labbook/internal/data/table"
)

// fileView is what the page of a pipeline says of files.
type fileView struct {
	Text   string // the one text that the model reads, so that a .txt is a row; "" where there is more
	Name   string
	Typed  bool // it has rows and no lines
	Faults []fileFault
	More   int // faults that are not listed
	Most   int64
}

// fileFault is what is wrong with a file, and where.
type fileFault struct{ Place, Message, Found, Help string }

// file answers the rows of a file. A table gets a page of its own, a single text the
// form, filled in and answered.
func (s *tryPages) file(w http.ResponseWriter, r *http.Request) error {
	p, err := s.chosenVersion(r, r.URL.Query().Get("version")) // the form is the file
	if err != nil {
		return err
	}
	if p.Serving == nil {
		return diag.New("no model answers for "+p.Name, p.Trouble)
	}
	v := s.tryView(r, p)
	name, data, err := v.File.read(r)
	var answered *FileAnswer
	switch {
	case err != nil:
	case data == nil:
		err = diag.New("no file was chosen", "choose one, or drop it there")
	case v.File.Text != "" && isText(name):
		return s.text(w, r, v, name, data)
	default:
		answered, err = s.from.PredictFile(r, p.who(), data)
	}
	if err == nil {
		var made *sheet
		if made, err = newSheet(answered, p, name); err == nil {
			made.since = s.clock()
			if err = s.sheets.keep(made); err == nil {
				http.Redirect(w, r, path("pipelines", p.Name, "file", made.id), http.StatusSeeOther)
				return nil
			}
		}
	}
	v.File.Name, v.File.Typed = name, answered != nil && answered.Typed
	if !v.File.blame(err) {
		return err
	}
	return s.renderTry(w, r, http.StatusUnprocessableEntity, v)
}

// text answers a text that came as a file as if it had been pasted.
func (s *tryPages) text(w http.ResponseWriter, r *http.Request, v *tryView, name string, data []byte) error {
	v.Form.Inputs[0].set(string(data))
	said, err := s.from.Predict(r, v.who(), v.Form.object())
	var faults *jsonrow.Faults
	if errors.As(err, &faults) {
		v.Form.blame(faults)
		return s.renderTry(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	v.Answer, v.Of, v.Landed = readAnswer(said, v.Predicts, v.Unit), name, true
	s.around(r.Context(), v)
	return s.renderTry(w, r, http.StatusOK, v)
}

// newFileView says what files can be for a pipeline.
func (s *site) newFileView(p *Pipeline) *fileView {
	v := &fileView{Most: s.maxFile}
	if len(p.Fields) == 1 && p.Fields[0].Type == table.Text {
		v.Text = p.Fields[0].Name
	}
	return v
}

// isText says whether a file is called as one that holds a text and no table.
func isText(name string) bool {
	return slices.Contains([]string{".txt", ".text", ".md"}, strings.ToLower(filepath.Ext(name)))
}

// read gives the file that a form sent, without data where none was chosen. Several texts
// become a table, a row each.
func (f *fileView) read(r *http.Request) (name string, data []byte, err error) {
	form, err := r.MultipartReader()
	if err != nil {
		return "", nil, diag.New("no file was sent", "")
	}
	var names []string
	var texts [][]byte
	for {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return name, nil, err
		}
		one, err := readPart(part)
		if err != nil {
			return part.FileName(), nil, err
		}
		if part.FormName() != "file" || part.FileName() == "" {
			continue
		}
		name = filepath.Base(part.FileName())
		if f.Text != "" && isText(name) {
			if one, err = csvfile.Text(one, name); err != nil {
				return name, nil, err
			}
		}
		names, texts = append(names, name), append(texts, one)
	}
	switch {
	case len(names) == 0:
		return "", nil, nil
	case len(names) == 1:
		return name, texts[0], nil
	case f.Text == "" || slices.ContainsFunc(names, func(n string) bool { return !isText(n) }):
		return human.Count(len(names), "file"), nil, diag.New("several files were chosen", "send one table at a time")
	}
	return human.Count(len(names), "text"), f.table(names, texts), nil
}

// fileColumn is what the column with the names of files is called.
const fileColumn = "file"

// table makes a table of texts, with the names of their files.
func (f *fileView) table(names []string, texts [][]byte) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.Write([]string{fileColumn, f.Text})
	for i, name := range names {
		w.Write([]string{name, string(texts[i])})
	}
	w.Flush()
	return out.Bytes()
}

func readPart(part *multipart.Part) ([]byte, error) {
	defer part.Close()
	return io.ReadAll(part)
}

// blame lists what is wrong with the file; it says whether that is a person's business.
func (f *fileView) blame(err error) bool {
	var faults *jsonrow.Faults
	var list diag.List
	var wrong *diag.Error
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &faults):
		f.More = faults.More
		for _, fault := range faults.List {
			f.Faults = append(f.Faults, newFileFault(fault))
		}
	case errors.As(err, &large):
		f.Faults = []fileFault{{Message: "It is larger than " + human.Bytes(large.Limit) + ".", Help: "Split it, or ask the API."}}
	case errors.As(err, &list), errors.As(err, &wrong):
		list = nil
		list.Add(err)
		for _, e := range list {
			what := e.What
			if e.File != "" && e.Line == 0 { // of the whole of it
				what = "the file " + what
			}
			f.Faults = append(f.Faults, fileFault{Place: placeOf(fmt.Sprintf("file:%d", e.Line)), Message: sentence(what), Found: e.Found, Help: helpOf(e.Wanted, e.Hint)})
		}
	}
	return f.Faults != nil
}

func newFileFault(fault jsonrow.Fault) fileFault {
	f := fileFault{Place: placeOf(fault.Location), Message: sentence(fault.Message)}
	if fault.Location == "body" { // of the whole of it
		f.Message = sentence("the file " + fault.Message)
	}
	switch v := fault.Value.(type) {
	case nil:
	case string:
		f.Found = cut(v, maxCut)
	default:
		f.Found = cut(fmt.Sprint(v), maxCut)
	}
	allowed, _ := fault.Allowed.(string)
	f.Help = helpOf(allowed, fault.Hint)
	return f
}

// placeOf says the line of a place such as "body:7:2"; "" where it has none.
func placeOf(location string) string {
	parts := strings.Split(location, ":")
	if len(parts) < 2 || parts[1] == "0" {
		return ""
	}
	return parts[1]
}

func helpOf(allowed, hint string) string {
	if hint == "mend it" {
		hint = ""
	}
	return strings.TrimSpace(wanted(allowed) + " " + sentence(hint))
}

// sheetRows is how many rows of a sheet a page shows.
const sheetRows = 100

// sheetView is the page of a file that was answered.
type sheetView struct {
	frame
	*Pipeline
	Tab         string
	Sheet       *sheet
	Columns     []sheetColumn
	Rows        []sheetRow
	First, Last int // of the rows shown, from 1
	Earlier     string
	Later       string
	Download    string
	RequestPath string
}

// sheetColumn is a column of the page.
type sheetColumn struct {
	runColumn
	Answer bool // it is answered, and not of the file
}

// sheetRow is a row of the page.
type sheetRow struct {
	Number int // in the file, from 1
	Href   string
	Cells  []sheetCell
}

type sheetCell struct {
	Text, Sub   string
	Num, Answer bool
}

// sheetPage shows a file that was answered, sorted as the address says.
func (s *tryPages) sheetPage(w http.ResponseWriter, r *http.Request) error {
	p, err := findPipeline(s.pipelines, r)
	if err != nil {
		return err
	}
	made := s.sheets.find(p.Name, r.PathValue("id"))
	if made == nil {
		return errNotHeld
	}
	query := r.URL.Query()
	place, by := path("pipelines", p.Name, "file", made.id), query.Get("sort")
	v := &sheetView{frame: s.frame(r, made.Name, "pipelines"), Pipeline: p, Tab: "try", Sheet: made, Download: place + "/answers.csv", RequestPath: path("requests", made.id)}
	to := func(by string, offset int) string {
		q := url.Values{}
		if by != "" {
			q.Set("sort", by)
		}
		if offset > 0 {
			q.Set("offset", strconv.Itoa(offset))
		}
		if len(q) == 0 {
			return place + "#table"
		}
		return place + "?" + q.Encode() + "#table"
	}
	order, err := made.order(by)
	if err != nil {
		return err
	}
	for _, c := range made.columns {
		one := sheetColumn{runColumn: runColumn{Name: c.name, Title: c.title, Unit: c.unit, Num: c.numeric}, Answer: c.answer}
		one.Href = to(c.name, 0)
		switch by {
		case c.name:
			one.Sorted, one.Href = "ascending", to("-"+c.name, 0)
		case "-" + c.name:
			one.Sorted = "descending"
		}
		v.Columns = append(v.Columns, one)
	}
	offset, _ := strconv.Atoi(query.Get("offset"))
	offset = max(0, min(offset, made.Rows-1))
	end := min(offset+sheetRows, made.Rows)
	v.First, v.Last = offset+1, end
	if offset > 0 {
		v.Earlier = to(by, max(0, offset-sheetRows))
	}
	if end < made.Rows {
		v.Later = to(by, end)
	}
	asked := path("pipelines", p.Name) + "?file=" + url.QueryEscape(made.id)
	if made.version != "" {
		asked += "&version=" + url.QueryEscape(made.version)
	}
	for i := offset; i < end; i++ {
		at := i
		if order != nil {
			at = int(order[i])
		}
		record, err := made.row(at)
		if err != nil {
			return err
		}
		row := sheetRow{Number: at + 1, Href: asked + "&row=" + strconv.Itoa(at+1) + "#answer"}
		for _, c := range made.columns {
			row.Cells = append(row.Cells, c.cell(record))
		}
		v.Rows = append(v.Rows, row)
	}
	return s.render(w, r, http.StatusOK, "sheet", v)
}

// sheetFile sends the answers as they came.
func (s *tryPages) sheetFile(w http.ResponseWriter, r *http.Request) error {
	made := s.sheets.find(r.PathValue("pipeline"), r.PathValue("id"))
	if made == nil {
		return errNotHeld
	}
	name := strings.TrimSuffix(made.Name, filepath.Ext(made.Name)) + "-predicted.csv"
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''"+url.PathEscape(name))
	w.Write(made.text)
	return nil
}

// ofSheet fills the form with a row of a sheet, and answers it.
func (s *tryPages) ofSheet(r *http.Request, v *tryView) error {
	made := s.sheets.find(v.Name, r.URL.Query().Get("file"))
	row, err := strconv.Atoi(r.URL.Query().Get("row"))
	switch {
	case made == nil:
		return errNotHeld
	case err != nil || row < 1 || row > made.Rows:
		return errNothing
	}
	record, err := made.row(row - 1)
	if err != nil {
		return err
	}
	values := url.Values{}
	for i, name := range made.header {
		values.Set(inputPrefix+name, record[i])
	}
	v.Form.read(values)
	v.Of, v.Back = fmt.Sprintf("row %s of %s", human.Int(row), made.Name), path("pipelines", v.Name, "file", made.id)
	said, err := s.about.Example(r.Context(), v.who(), v.Form.object())
	var faults *jsonrow.Faults
	if errors.As(err, &faults) {
		v.Form.blame(faults)
		return nil
	}
	if err != nil {
		return err
	}
	v.Answer = readAnswer(said, v.Predicts, v.Unit)
	s.around(r.Context(), v)
	return nil
}
